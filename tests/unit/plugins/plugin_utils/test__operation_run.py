"""What the callback hands on to the record of operations."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _operation
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation_run import HISTORY, OperationRun
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_log import read
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._steps import Row, State


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_operation, "_current", [])
    monkeypatch.setattr(_operation, "_TOP", pathlib.Path("/nonexistent"))


def row(clause: str, state: State) -> Row:
    return Row(clause, "", state, "", [])


def started(folder: pathlib.Path) -> tuple[OperationRun, str]:
    run = OperationRun()
    run.start("provision", {"subset": "node1", "extra_vars": ("token=abc",)}, version="1.0.0")
    file = str(folder / "records" / "operations.jsonl")
    place = {"operations": {"file": file, "folder": str(folder), "written": [str(folder / "records")]}}
    assert run.take("node1", "ai_systems.runbook.inventory_check", place) == []
    assert run.take("node2", "ai_systems.runbook.inventory_check", place) == []
    return run, file


def test_the_first_result_that_names_the_record_begins_it_and_secrets_stay_out(tmp_path: pathlib.Path) -> None:
    _run, file = started(tmp_path)
    (entry,) = read(file).runs
    assert entry["arguments"] == ["--limit", "node1", "-e", "token=(not shown)"]
    current = _operation.current()
    assert current is not None
    assert current.id == entry["id"]
    assert "abc" not in pathlib.Path(file).read_text()


@pytest.mark.parametrize(("states", "failed", "lost", "result"), [
    (["ok", "ok"], False, False, "ok"), (["ok", "changed"], False, False, "changed"),
    (["changed", "failed"], True, False, "failed"), (["ok"], True, False, "failed"),
    (["ok", "violation"], True, False, "failed"), (["waived", "not selected"], False, False, "ok"),
    (["unknown", "changed"], False, False, "unknown"), ([], False, True, "unreachable"),
    (["would change"], False, False, "would change"),
])  # fmt: skip
def test_a_nodes_result_is_its_worst_step(
    tmp_path: pathlib.Path, *, states: list[State], failed: bool, lost: bool, result: str
) -> None:
    run, file = started(tmp_path)
    rows = {"node1": [row(f"2.{number}", state) for number, state in enumerate(states)]} if states else {}
    assert run.end(rows, {"node1"} if failed else set(), {"node1"} if lost else set()) == []
    (entry,) = read(file).runs
    assert entry["end"]["nodes"]["node1"]["result"] == result
    assert entry["end"]["result"] == ("unreachable" if lost else "failed" if failed else "ok")


def test_a_run_that_names_no_record_writes_none() -> None:
    run = OperationRun()
    assert run.end({}, set(), set()) == []
    run.start("history", {}, version="1.0.0")
    assert run.take("node1", "x", {}) == []
    assert run.end({}, set(), set()) == []


def test_the_table_of_runs_is_told_node_by_node() -> None:
    run = OperationRun()
    shown: dict[str, t.Any] = {
        "when": "2026-11-26 09:40", "playbook": "provision", "arguments": "--check", "who": "ops@laptop",
        "commit": "1f0c2ab93", "result": "failed", "what": "failed 2.3",
    }  # fmt: skip
    run.take("node2", HISTORY, {"history": []})
    run.take("node1", HISTORY, {"history": [shown, shown]})
    assert run.has_history
    told = run.history(width=80)
    assert [text.strip() for _result, text in told if text.startswith("\n")] == [
        "node1: 2 runs", "node2: no run is recorded",
    ]  # fmt: skip
    assert [result for result, _text in told] == ["", "failed", "failed", ""]
