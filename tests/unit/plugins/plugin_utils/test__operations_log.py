"""The record of operations: real files, several writers, and one that is killed."""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
import signal
import stat
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_log import (
    OperationsError,
    append,
    read,
)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> str:
    return str(tmp_path / "records" / "operations.jsonl")


def test_a_run_is_its_beginning_and_its_end(path: str) -> None:
    append(path, {"event": "begun", "id": "1", "playbook": "provision"})
    append(path, {"event": "begun", "id": "2", "playbook": "audit"})
    append(path, {"event": "ended", "id": "1", "result": "ok"})
    first, second = read(path).runs
    assert (first["playbook"], first["end"]["result"]) == ("provision", "ok")
    assert (second["playbook"], second["end"]) == ("audit", None)
    assert stat.S_IMODE(pathlib.Path(path).stat().st_mode) == 0o600


def test_a_record_that_is_not_there_holds_nothing(path: str) -> None:
    assert read(path).runs == ()


def test_a_torn_line_costs_nothing_but_itself(path: str) -> None:
    append(path, {"event": "begun", "id": "1"})
    with pathlib.Path(path).open("ab") as file:
        file.write(b'{"schema":1,"event":"ended","id":"1","res')
    append(path, {"event": "begun", "id": "2"})
    record = read(path)
    assert [run["id"] for run in record.runs] == ["1", "2"]
    assert record.damaged == 1
    assert record.runs[0]["end"] is None


@pytest.mark.parametrize("line", [
    b"\xff\xfe", b"[]", b'"x"', b'{"schema":2,"event":"begun","id":"x"}', b'{"schema":1,"event":"begun","id":7}',
    b'{"schema":1,"event":"other","id":"x"}', b'{"schema":1,"event":"ended","id":"nobody"}', b"[" * 100_000,
])  # fmt: skip
def test_what_is_no_entry_is_counted(path: str, line: bytes) -> None:
    append(path, {"event": "begun", "id": "1"})
    with pathlib.Path(path).open("ab") as file:
        file.write(line + b"\n")
    record = read(path)
    assert [run["id"] for run in record.runs] == ["1"]
    assert record.damaged == 1


def test_runs_side_by_side_do_not_mix(path: str) -> None:
    writers = []
    for writer in range(6):
        child = os.fork()
        if not child:
            for number in range(40):
                append(path, {"event": "begun", "id": f"{writer}-{number}", "text": "x" * 9000})
            os._exit(0)
        writers.append(child)
    for child in writers:
        assert os.waitpid(child, 0)[1] == 0
    record = read(path)
    assert len(record.runs) == 240
    assert record.damaged == 0


def test_a_writer_waits_for_the_one_before(path: str) -> None:
    append(path, {"event": "begun", "id": "1"})
    size = pathlib.Path(path).stat().st_size
    with pathlib.Path(path).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        child = os.fork()
        if not child:
            append(path, {"event": "begun", "id": "2"})
            os._exit(0)
        # Until it asks for the lock: what waits for one is marked so in the kernel's list.
        inode = f":{os.fstat(file.fileno()).st_ino} "
        waiting = False
        deadline = time.monotonic() + 30
        while not waiting and time.monotonic() < deadline:
            locks = pathlib.Path("/proc/locks").read_text(encoding="ascii").splitlines()
            waiting = any("->" in line and inode in line for line in locks)
        still = pathlib.Path(path).stat().st_size
        # Not by closing the file, which the child holds as well.
        fcntl.flock(file, fcntl.LOCK_UN)
    assert (waiting, still) == (True, size)
    assert os.waitpid(child, 0)[1] == 0
    assert [run["id"] for run in read(path).runs] == ["1", "2"]


def test_a_line_is_whole_and_on_the_disk_before_anything_goes_on(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    write, sync = os.write, os.fsync

    def short(held: int, content: bytes) -> int:
        calls.append("write")
        return write(held, content[:7])

    def synced(held: int) -> None:
        calls.append("fsync")
        sync(held)

    monkeypatch.setattr(os, "write", short)
    monkeypatch.setattr(os, "fsync", synced)
    append(path, {"event": "begun", "id": "1"})
    assert [run["id"] for run in read(path).runs] == ["1"]
    assert calls.count("write") > 3
    assert calls[-1] == "fsync"


def test_a_writer_that_is_killed_leaves_every_whole_line(path: str) -> None:
    child = os.fork()
    if not child:
        number = 0
        while True:
            number += 1
            append(path, {"event": "begun", "id": str(number), "text": "x" * 100_000})
    written = pathlib.Path(path)
    while not written.exists() or written.stat().st_size < 1_000_000:
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    append(path, {"event": "begun", "id": "after"})
    record = read(path)
    assert record.runs[-1]["id"] == "after"
    assert record.damaged <= 1
    with pathlib.Path(path).open("rb") as file:
        assert all(json.loads(line) for line in list(file)[:-3])


def test_a_link_is_not_written_through(path: str, tmp_path: pathlib.Path) -> None:
    pathlib.Path(path).parent.mkdir()
    pathlib.Path(path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OperationsError, match=r"cannot be written .*; set runbook_operations_file"):
        append(path, {"event": "begun", "id": "1"})
    assert not (tmp_path / "elsewhere").exists()


def test_a_place_that_cannot_be_written_is_told_with_the_remedy(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OperationsError, match=r"file/operations.jsonl, the record of operations, cannot be written"):
        append(str(tmp_path / "file" / "operations.jsonl"), {})
    with pytest.raises(OperationsError, match="cannot be read"):
        read(str(tmp_path))
