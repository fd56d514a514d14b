"""One run, from its beginning to its end, in the record."""

from __future__ import annotations

import getpass
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _operation
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation import Operation, is_alive
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_log import read
from tests.git_rig import Upstream


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """The collection is one that was installed, so that what is being worked on here is not told."""
    monkeypatch.setattr(_operation, "_TOP", tmp_path / "installed")


@pytest.fixture
def fleet(tmp_path: pathlib.Path) -> Upstream:
    fleet = Upstream(tmp_path / "fleet")
    fleet.commit({"hosts.yml": "all:\n"})
    return fleet


def begun(fleet: Upstream) -> tuple[Operation, str, list[str]]:
    path = str(fleet.path / "records" / "operations.jsonl")
    operation = Operation("provision", ["--limit", "node1"], version="1.0.0")
    return operation, path, operation.begin(path, folder=str(fleet.path))


def test_a_run_is_written_down_before_and_after(fleet: Upstream) -> None:
    operation, path, told = begun(fleet)
    assert told == []
    (run,) = read(path).runs
    assert run["end"] is None
    assert run["inventory"] == {"folder": str(fleet.path), "commit": fleet.head, "branch": "main", "uncommitted": []}
    assert (run["playbook"], run["arguments"]) == ("provision", ["--limit", "node1"])
    assert run["collection"] == {"version": "1.0.0"}
    assert is_alive(run)
    assert operation.end("ok", {"node1": {"result": "changed", "steps": {"2.3": "changed"}}}) == []
    (run,) = read(path).runs
    assert run["end"]["nodes"]["node1"]["steps"] == {"2.3": "changed"}
    # Its own record is no change that the operator forgot to commit.
    assert begun(fleet)[2] == []


def test_it_begins_once_and_ends_once(fleet: Upstream) -> None:
    operation, path, _told = begun(fleet)
    operation.begin(path, folder=str(fleet.path))
    operation.end("ok", {})
    operation.end("ok", {})
    with pathlib.Path(path).open("rb") as file:
        assert len(file.readlines()) == 2
    never = Operation("x", [], version="1")
    assert never.end("ok", {}) == []


def test_what_no_commit_holds_is_told_and_written_down(fleet: Upstream) -> None:
    (fleet.path / "hosts.yml").write_text("other\n")
    operation, path, told = begun(fleet)
    assert "holds what no commit holds: hosts.yml" in told[0]
    assert read(path).runs[0]["inventory"]["uncommitted"] == ["hosts.yml"]
    assert operation.sentence().endswith(f"from {fleet.head[:12]} and uncommitted changes")


def test_a_collection_that_is_run_from_a_clone_is_told_apart_from_its_commit(
    fleet: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = Upstream(tmp_path / "clone")
    clone.commit({"galaxy.yml": "version: 1.0.0\n"})
    monkeypatch.setattr(_operation, "_TOP", clone.path)
    assert begun(fleet)[2] == []
    (clone.path / "own.py").write_text("x")
    _operation_, path, (told,) = begun(fleet)
    assert f"{clone.path} holds what no commit holds: own.py" in told
    assert read(path).runs[-1]["collection"]["commit"] == clone.head
    assert read(path).runs[-1]["collection"]["uncommitted"] == ["own.py"]


def test_an_inventory_in_no_repository_is_recorded_without_a_commit(tmp_path: pathlib.Path) -> None:
    operation = Operation("provision", [], version="1.0.0")
    assert operation.begin(str(tmp_path / "operations.jsonl"), folder=str(tmp_path)) == []
    assert read(str(tmp_path / "operations.jsonl")).runs[0]["inventory"]["commit"] == ""
    assert operation.sentence().endswith("from no commit")


def test_a_record_that_cannot_be_written_stops_nothing_and_is_told(fleet: Upstream) -> None:
    operation = Operation("provision", [], version="1.0.0")
    (told,) = operation.begin(str(fleet.path / "hosts.yml" / "x"), folder=str(fleet.path))
    assert "the record of operations, cannot be written" in told


PROGRAM = """
import signal, sys, time
# As at a terminal, also where the tests run in the background of a shell, which has them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {collections!r})
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation import Operation
operation = Operation("provision", [], version="1")
operation.begin(sys.argv[1], folder=sys.argv[2])
print("begun", flush=True)
time.sleep(60)
"""


def started(path: pathlib.Path, folder: pathlib.Path) -> subprocess.Popen[str]:
    collections = str(pathlib.Path(_operation.__file__).absolute().parents[5])
    program = PROGRAM.format(collections=collections)
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_ended_from_outside_says_so(
    fleet: Upstream, tmp_path: pathlib.Path, end: signal.Signals
) -> None:
    path = tmp_path / "operations.jsonl"
    process = started(path, fleet.path)
    assert is_alive(read(str(path)).runs[0])
    process.send_signal(end)
    process.communicate(timeout=30)
    (run,) = read(str(path)).runs
    assert not is_alive(run)
    if end == signal.SIGINT:
        assert run["end"]["result"] == "interrupted"
    else:
        assert run["end"] is None


def test_a_process_of_another_boot_or_with_its_number_is_not_taken_for_the_run() -> None:
    assert not is_alive({"process": {"pid": os.getpid(), "boot": "another"}})
    assert not is_alive({"process": {"pid": "x", "boot": _operation._boot()}})
    mine = {"pid": os.getpid(), "boot": _operation._boot()}
    # As runs were recorded before they said when they were started.
    assert is_alive({"process": mine})
    assert not is_alive({"process": {**mine, "started": 1}})
    assert not is_alive({})


def test_two_runs_of_one_second_have_two_names() -> None:
    # The month may change meanwhile.
    months = [time.strftime("%Y%m", time.gmtime())]
    names = {Operation("x", [], version="1").id for _run in range(100)}
    months.append(time.strftime("%Y%m", time.gmtime()))
    assert len(names) == 100
    assert all(name.startswith(tuple(months)) for name in names)


def test_who_runs_it_behind_sudo_is_the_one_who_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    assert _operation.who().startswith("alice@")
    monkeypatch.delenv("SUDO_USER")

    def nobody() -> t.NoReturn:
        raise KeyError("no such user")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert _operation.who().startswith(f"{os.getuid()}@")


def test_the_current_run_is_the_one_that_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_operation, "_current", [])
    assert _operation.current() is None
    operation = Operation("x", [], version="1")
    _operation.set_current(operation)
    assert _operation.current() is operation
