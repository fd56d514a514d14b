from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.modules import runbook_audit
from tests.thin_module import assert_documented


class Module:
    def __init__(self, **given: t.Any) -> None:
        self.given = given


def test_it_asks_the_rules_of_the_code_that_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[t.Any, ...]] = []
    monkeypatch.setattr(runbook_audit, "AnsibleModule", Module)
    monkeypatch.setattr(runbook_audit, "run_step", lambda *given: made.append(given))
    # It returns here, since what ends a module is replaced.
    main: t.Callable[[], object] = runbook_audit.main
    main()
    [(module, clause, body)] = made
    assert (module.given["supports_check_mode"], clause) == (True, "6")
    sent = types.SimpleNamespace(look=lambda step: f"looked for {step.params['code']}")
    monkeypatch.setattr(
        runbook_audit, "sent_module", lambda *given: sent if given == ("_audit_call", "packed") else None
    )
    assert body(types.SimpleNamespace(params={"code": "packed"})) == "looked for packed"


def test_the_documentation_has_every_option() -> None:
    assert_documented(runbook_audit, runbook_audit.ARGUMENT_SPEC)


def test_the_code_is_no_secret_and_stays_out_of_the_nodes_journal() -> None:
    assert runbook_audit.ARGUMENT_SPEC["code"]["no_log"]
