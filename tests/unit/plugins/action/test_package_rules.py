from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.package_rules import ActionModule
from ansible_collections.ai_systems.runbook.plugins.module_utils._documentation import Node
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _transaction_records, _undocumented

NODE = {"inventory_hostname": "greenhouse-1", "group_names": ["sensors"]}
STRAY = Finding("3.4", "violation", "/opt/x", "six 1.17.0 is there", "remove it")
INFO = STRAY._replace(verdict="info", subject="/opt/y")


class Rig:
    """The action with what the node answers; ``asked`` is what the node was asked, ``shown`` what the operator sees."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: dict[str, t.Any], **args: t.Any) -> None:
        self.asked: list[dict[str, t.Any]] = []
        self.shown: list[str] = []
        self.colors: list[str] = []
        self.plugin = ActionModule.__new__(ActionModule)
        self.plugin._task = types.SimpleNamespace(args=args, check_mode=False)  # type: ignore[assignment]
        self.plugin._display = types.SimpleNamespace(display=self.display)  # type: ignore[assignment]

        def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
            assert (module_name, task_vars) == ("ai_systems.runbook.package_rules", NODE)
            self.asked.append(module_args)
            return answer

        monkeypatch.setattr(self.plugin, "_execute_module", execute)
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})

    def display(self, line: str, color: str = "") -> None:
        self.shown.append(line)
        self.colors.append(color)

    def run(self) -> dict[str, t.Any]:
        return self.plugin.run(None, NODE)


def answer(*found: Finding, manual: t.Sequence[str] = ("git",)) -> dict[str, t.Any]:
    return {
        "findings": [one._asdict() for one in found],
        "manual": list(manual),
        "packages": {"official": 7, "local": 1},
    }


def test_what_is_found_is_shown_and_fails_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, answer(INFO, STRAY))
    result = rig.run()
    assert rig.shown == [
        "greenhouse-1: violation 3.4: /opt/x",
        "greenhouse-1:     six 1.17.0 is there",
        "greenhouse-1:     -> remove it",
        "greenhouse-1: info 3.4: /opt/y",
        "greenhouse-1:     six 1.17.0 is there",
        "greenhouse-1:     -> remove it",
    ]
    assert len(set(rig.colors)) == 2
    assert result["failed"]
    assert result["summary"] == "8 packages judged, 1 violation, 1 for information."
    assert result["msg"].startswith("8 packages judged, 1 violation")
    assert [one["subject"] for one in result["findings"]] == ["/opt/x", "/opt/y"]


@pytest.mark.parametrize("fail", [False, "false", "no"])
def test_the_operator_may_only_look(monkeypatch: pytest.MonkeyPatch, fail: object) -> None:
    assert "failed" not in Rig(monkeypatch, answer(STRAY), fail=fail).run()


def test_without_a_violation_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    result = Rig(monkeypatch, answer(INFO)).run()
    assert "failed" not in result
    assert not result["undecided"]
    assert Rig(monkeypatch, answer()).run()["summary"] == "8 packages judged, nothing was found."


def test_a_package_that_nobody_documented_is_found_on_the_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[object] = []

    def undocumented(manual: t.Sequence[str], _documents: object, node: Node) -> list[Finding]:
        judged.append((manual, node))
        return [STRAY._replace(subject="htop")]

    monkeypatch.setattr(_undocumented, "undocumented", undocumented)
    result = Rig(monkeypatch, answer(manual=["git", "htop\n"])).run()
    assert [one["subject"] for one in result["findings"]] == ["htop"]
    assert judged == [(["git", "htop"], Node("greenhouse-1", frozenset({"sensors"})))]
    assert result["failed"]


def test_the_record_is_handed_to_the_node(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(
        "ansible_collections.ai_systems.runbook.plugins.action.package_rules.proven",
        lambda folder, node: [f"{folder}:{node}"],
    )
    rig = Rig(monkeypatch, answer(), records_dir=str(tmp_path))
    rig.run()
    assert rig.asked[0]["proven"] == [f"{tmp_path}:greenhouse-1"]


def test_a_record_that_cannot_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "greenhouse-1" / _transaction_records.FILE).mkdir(parents=True)
    rig = Rig(monkeypatch, answer(), records_dir=str(tmp_path))
    result = rig.run()
    assert result["failed"]
    assert "cannot be read" in result["msg"]
    assert not rig.asked


@pytest.mark.parametrize("how", ["failed", "unreachable"])
def test_a_node_that_gives_no_answer_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    assert Rig(monkeypatch, {how: True, "msg": "x"}).run() == {how: True, "msg": "x"}


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ({}, 2),
        ({"findings": "none", "manual": 3, "packages": "x"}, 2),
        ({"findings": []}, 1),
        ({"findings": [], "manual": ["x"] * 10_001}, 1),
    ],
)
def test_an_answer_that_is_none_is_unknown(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, t.Any], number: int
) -> None:
    result = Rig(monkeypatch, said).run()
    assert [one["verdict"] for one in result["findings"]] == ["unknown"] * number
    assert result["undecided"]


def test_a_thousand_findings_are_shown_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, answer(*(STRAY._replace(subject=f"/opt/{number}") for number in range(150))))
    result = rig.run()
    assert len(rig.shown) == 3 * 100 + 1
    assert rig.shown[-1] == "greenhouse-1: 50 more are in the report and with -v"
    assert len(result["findings"]) == 150
