from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from ansible_collections.ai_systems.runbook.plugins.module_utils._rule import Rule
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from ansible_collections.ai_systems.runbook.plugins.modules import runbook_audit
from ansible_collections.ai_systems.runbook.plugins.modules.runbook_audit import look, manual_packages
from tests.thin_module import assert_documented
from tests.view import view

STATUS = """\
Package: git
Status: install ok installed
Architecture: all
Version: 1

Package: liberror-perl
Status: install ok installed
Architecture: all
Version: 1

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1
"""
STATES = "Package: liberror-perl\nArchitecture: all\nAuto-Installed: 1\n"


class Host:
    """The module, with what it is given."""

    check_mode = False

    def __init__(self, **given: t.Any) -> None:
        self.params = {"clauses": [], "seconds": 60, "declared": {}, **given}

    def warn(self, warning: str) -> None:
        raise AssertionError(warning)


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> list[str]:
    """Two rules on an empty node; returns the hostnames that they were shown."""
    shown: list[str] = []

    def check(node: NodeView) -> t.Iterator[Finding]:
        shown.append(node.declared.hostname)
        yield Finding("6.1", "violation", "x.timer", "it is enabled", "stop it")

    monkeypatch.setattr(runbook_audit, "RULES", (Rule("6.1", "one", "x", check), Rule("6.2", "two", "x", check)))
    monkeypatch.setattr(runbook_audit, "be_idle", lambda: None)
    monkeypatch.setattr(
        runbook_audit,
        "NodeView",
        lambda declared, seconds: view(tmp_path, declared=declared._asdict(), seconds=seconds),
    )
    return shown


def carried_out(**given: t.Any) -> tuple[dict[str, t.Any], Exception | None]:
    return conclude(Step(Host(**given), "6"), look)


def test_rules_of_the_clauses_are_asked_and_nothing_changes(rules: list[str]) -> None:
    result, error = carried_out(clauses=["6.1"], declared={"hostname": "node-1"})
    assert error is None
    assert rules == ["node-1"]
    assert [one["name"] for one in result["rules"]] == ["one"]
    assert [one["subject"] for one in result["findings"]] == ["x.timer"]
    assert (result["changed"], result["actions"], result["clause"]) == (False, [], "6")
    assert result["summary"] == "1 rule asked, 1 violation."
    assert set(result["facts"]) >= {"model", "kernel", "architecture", "emulated"}


@pytest.mark.parametrize(
    ("given", "words"),
    [({"seconds": 0}, "seconds is 0"), ({"declared": {"hostnam": "x"}}, "unknown key 'hostnam'")],
)
def test_a_mistake_is_named_and_no_rule_is_asked(rules: list[str], given: dict[str, t.Any], words: str) -> None:
    result, error = carried_out(**given)
    assert error is not None
    assert words in result["msg"]
    assert rules == []


def test_packages_that_are_there_for_their_own_sake(tmp_path: pathlib.Path) -> None:
    files = {"/var/lib/dpkg/status": STATUS, "/var/lib/apt/extended_states": STATES}
    assert manual_packages(view(tmp_path, files=files)) == ["git"]


def test_without_dpkg_there_are_none(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path)
    (tmp_path / "node/var/lib/dpkg/status").unlink()
    assert manual_packages(node) == []


def test_it_takes_what_it_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[t.Any] = []

    def module(**given: t.Any) -> types.SimpleNamespace:
        made.append(given)
        return types.SimpleNamespace()

    monkeypatch.setattr(runbook_audit, "AnsibleModule", module)
    monkeypatch.setattr(runbook_audit, "run_step", lambda *given: made.append(given))
    runbook_audit.main()
    given, (_module, clause, body) = made
    assert_documented(runbook_audit, given["argument_spec"])
    assert (given["supports_check_mode"], clause, body) == (True, "6", look)
