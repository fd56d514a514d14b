from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _audit_packages as audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.view import view


def test_each_finding_of_a_walk_belongs_to_the_rule_of_its_clause(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[float] = []
    found = [
        Finding("3.1", "violation", "3.1 x", "e", "r"),
        Finding("3.4", "info", "3.4 x", "e", "r"),
        Finding("3.5", "unknown", "3.5 x", "e", "r"),
        Finding("3", "unknown", "3 x", "e", "r"),
    ]

    def walk(*, seconds: float) -> list[Finding]:
        walks.append(seconds)
        return found

    monkeypatch.setattr(audit, "tree_findings", walk)
    node = view(tmp_path)
    said = {
        clause: [(one.clause, one.subject) for one in audit.trees(node, clause)] for clause in ("3.1", "3.4", "3.5")
    }
    # What nobody looked into leaves each of them open.
    assert said == {clause: [(clause, f"{clause} x"), (clause, "3 x")] for clause in said}
    assert len(walks) == 1


def test_what_cannot_be_read_is_told_as_such(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StepError("torn")

    monkeypatch.setattr(audit, "of_packages", fail)
    monkeypatch.setattr(audit, "read_apt_sources", fail)
    for check in (audit.origins, audit.sources):
        with pytest.raises(ViewError, match="torn"):
            list(check(view(tmp_path)))
    with pytest.raises(ViewError):
        audit.allowed_by(view(tmp_path, declared={"archive_keys": ("x",)}))


def test_the_detectors_get_what_is_declared(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = view(tmp_path, declared={"backports": ("linux",), "proven": frozenset({"x=1:all"})})
    one = Finding("3.1", "violation", "x 1", "e", "r")
    monkeypatch.setattr(audit, "of_packages", lambda allowed, proven: ([one], (allowed, proven)))
    assert list(audit.origins(node)) == [one]
    assert audit.allowed_by(node).backports == {"linux"}


@pytest.mark.parametrize(("dump", "found"), [
    ('APT::Install-Suggests "1";', True),
    ('apt::install-suggests "TRUE";', True), ('APT::Install-Suggests "0";', False),
    ('APT::Install-Recommends "1";', False),
])  # fmt: skip
def test_a_setting_that_installs_what_nobody_named(*, dump: str, found: bool) -> None:
    assert [one.clause for one in audit.of_settings(f"x\n{dump}\n")] == (["3.2"] if found else [])


def test_marks_of_dpkg() -> None:
    states = {"a": "install ok installed", "b": "install ok not-installed", "c": "install ok config-files",
              "d": "deinstall ok config-files", "e;x": "install ok not-installed"}  # fmt: skip
    status = "\n\n".join(f"Package: {name}\nStatus: {state}" for name, state in states.items())
    (one,) = audit.of_selections(status)
    assert "b, c, e;x" in one.evidence
    assert "'for name in b c; do" in one.remedy


def test_names_that_nobody_typed(tmp_path: pathlib.Path) -> None:
    ours = {"id": "a", "state": "begun", "time": "2020-01-01T00:00:00Z"}
    history = "Start-Date: 2026-11-26  05:33:09\nCommandline: apt install x*\nInstall: p:all (1)\n"
    files = {"/var/lib/ai-systems-runbook/transactions.jsonl": json.dumps(ours), "/var/log/apt/history.log": history}
    node = view(tmp_path, files=files, packages={"p": {}}, commands={("apt-config", "dump"): ""})
    assert [(one.clause, one.subject) for one in audit.explicitness(node)] == [("3.2", "apt install x*")]


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in audit.RULES}) == len(audit.RULES)
    assert {rule.clause for rule in audit.RULES} == {"3.1", "3.2", "3.4", "3.5"}
