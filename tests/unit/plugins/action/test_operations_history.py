from __future__ import annotations

import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.ai_systems.runbook.plugins.action import operations_history
from ansible_collections.ai_systems.runbook.plugins.action.operations_history import ActionModule
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_log import append


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})


def run(warnings: list[str] | None = None, **args: t.Any) -> dict[str, t.Any]:
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args=args)  # type: ignore[assignment]
    plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
    shown = types.SimpleNamespace(warning=(warnings if warnings is not None else []).append)
    plugin._display = t.cast("Display", shown)
    return plugin.run(None, {"inventory_hostname": "node-1"})


def recorded(folder: pathlib.Path, *results: str) -> str:
    path = str(folder / "operations.jsonl")
    for number, result in enumerate(results):
        append(
            path, {"event": "begun", "id": str(number), "playbook": "provision", "time": "2026-11-26T09:40:00+00:00"}
        )
        append(path, {"event": "ended", "id": str(number), "nodes": {"node-1": {"result": result, "steps": {}}}})
    return path


def test_the_last_runs_of_the_node_come_newest_first(tmp_path: pathlib.Path) -> None:
    path = recorded(tmp_path, "ok", "changed", "failed")
    done = run(file=path, runs=2)
    assert [row["result"] for row in done["history"]] == ["failed", "changed"]
    assert (done["changed"], done["summary"]) == (False, "2 runs had to do with it.")
    assert run(file=recorded(tmp_path / "one", "ok"))["summary"] == "1 run had to do with it."


def test_a_run_that_ends_as_it_is_looked_at_was_not_killed(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recorded(tmp_path)
    append(path, {"event": "begun", "id": "x", "playbook": "provision", "time": "2026-11-26T09:40:00+00:00"})

    def ends(_run: t.Any) -> bool:
        append(path, {"event": "ended", "id": "x", "nodes": {"node-1": {"result": "changed", "steps": {}}}})
        return False

    monkeypatch.setattr(operations_history, "is_alive", ends)
    assert [row["result"] for row in run(file=path)["history"]] == ["changed"]


def test_no_record_is_no_mistake(tmp_path: pathlib.Path) -> None:
    assert run(file=str(tmp_path / "none"))["summary"] == "No run is recorded for it."


def test_lines_that_are_none_of_ours_are_told(tmp_path: pathlib.Path) -> None:
    path = recorded(tmp_path, "ok")
    with pathlib.Path(path).open("a") as file:
        file.write("nonsense\n")
    warnings: list[str] = []
    assert len(run(warnings, file=path)["history"]) == 1
    assert warnings == [f"1 lines of {path} are no entries of ours; compare it with git's"]


def test_a_number_that_shows_nothing_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(AnsibleActionFail, match="runs 0 is no number of runs to show; give 1 or more"):
        run(file=str(tmp_path / "none"), runs=0)


def test_a_record_that_cannot_be_read_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(AnsibleActionFail, match="the record of operations, cannot be read"):
        run(file=str(tmp_path))
