from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.modules import diagnosis_run, node_diagnostics
from tests.thin_module import assert_documented


class Module:
    def __init__(self, **given: t.Any) -> None:
        self.given = given


def test_it_asks_the_sources_of_the_code_that_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[t.Any, ...]] = []
    monkeypatch.setattr(node_diagnostics, "AnsibleModule", Module)
    monkeypatch.setattr(node_diagnostics, "run_step", lambda *given: made.append(given))
    # It returns here, since what ends a module is replaced.
    main: t.Callable[[], object] = node_diagnostics.main
    main()
    [(module, clause, body)] = made
    assert (module.given["supports_check_mode"], clause) == (True, "5.1")
    sent = types.SimpleNamespace(look=lambda step: f"looked for {step.params['code']}")
    monkeypatch.setattr(
        node_diagnostics, "sent_module", lambda *given: sent if given == ("_diagnose_call", "packed") else None
    )
    assert body(types.SimpleNamespace(params={"code": "packed"})) == "looked for packed"


def test_the_documentation_has_every_option() -> None:
    assert_documented(node_diagnostics, node_diagnostics.ARGUMENT_SPEC)
    assert "step:" in diagnosis_run.DOCUMENTATION


def test_the_code_is_no_secret_and_stays_out_of_the_nodes_journal() -> None:
    assert node_diagnostics.ARGUMENT_SPEC["code"]["no_log"]
