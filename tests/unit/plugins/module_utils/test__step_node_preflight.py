"""How a node is read: whatever fills its device tree may be hostile, and nothing is left by looking."""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib
import subprocess
import sys
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_node_preflight
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import (
    Command,
    CommandError,
    Completed,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._preflight import Clock


@pytest.fixture
def tree(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setattr(_step_node_preflight, "DEVICE_TREE", str(tmp_path))
    return tmp_path


def test_a_board_is_read_from_its_device_tree(tree: pathlib.Path) -> None:
    (tree / "model").write_bytes(b"Raspberry Pi 5 Model B Rev 1.1\0")
    (tree / "system").mkdir()
    (tree / "system" / "linux,revision").write_bytes(b"\x00\xd0\x41\x71")
    pinctrl = tree / "soc@107c000000" / "pinctrl@7d504100"
    pinctrl.mkdir(parents=True)
    (pinctrl / "compatible").write_bytes(b"brcm,bcm2712d0-pinctrl\0other\0")
    facts = _step_node_preflight.board_facts(_step_node_preflight.read_machine())
    assert facts == {
        "model": "Raspberry Pi 5 Model B Rev 1.1",
        "board_model": "Raspberry Pi 5",
        "code": "d04171",
        "revision": "1.1",
        "stepping": "D0",
        "tree_stepping": "D0",
        "memory_mib": 8192,
        "manufacturer": "Sony UK",
        "processor": "BCM2712",
    }


@pytest.mark.parametrize(
    ("content", "model"),
    [
        (b"", ""),
        (b"\0\0\0", ""),
        (b"\0Pi\0", "Pi"),
        (b"Pi\x1b]0;owned\x07\nx", "Pi\\x1b]0;owned\\x07 x"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("a\u202eb".encode(), "a\\u202eb"),
    ],
)
def test_a_hostile_model_is_made_printable(tree: pathlib.Path, content: bytes, model: str) -> None:
    (tree / "model").write_bytes(content)
    assert _step_node_preflight.read_machine().model == model


def test_a_model_without_end_is_cut(tree: pathlib.Path) -> None:
    (tree / "model").write_bytes(b"A" * 1024 * 1024)
    assert len(_step_node_preflight.read_machine().model) < 200


def test_no_device_tree_is_no_board(tree: pathlib.Path) -> None:
    assert _step_node_preflight.read_machine().model == ""
    assert not list(tree.iterdir())


def test_a_probe_leaves_nothing(tmp_path: pathlib.Path) -> None:
    assert _step_node_preflight.probe_writing(str(tmp_path)) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_probe_leaves_nothing_either_where_files_need_a_name(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = os.open

    def without_tmpfile(path: str, flags: int, *more: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return real_open(path, flags, *more)

    monkeypatch.setattr(os, "open", without_tmpfile)
    assert _step_node_preflight.probe_writing(str(tmp_path)) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_probe_says_why_it_failed() -> None:
    assert _step_node_preflight.probe_writing("/proc").startswith("writing to it fails: ")


def test_the_holder_of_dpkgs_lock_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "lock"
    lock.write_text("")
    monkeypatch.setattr(_step_node_preflight, "DPKG_LOCK", str(lock))
    assert _step_node_preflight.dpkg_lock_holder() == ""
    hold = (
        "import fcntl,sys; f=open(sys.argv[1],'r+'); fcntl.lockf(f,fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert _step_node_preflight.dpkg_lock_holder().startswith(f"{holder.pid} (python")
        with monkeypatch.context() as ending:
            ending.setattr(_step_node_preflight, "read_text", _over)
            assert _step_node_preflight.dpkg_lock_holder() == f"{holder.pid} (unknown)"
        holder.communicate()
    # Asking took no lock itself.
    with lock.open("r+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _over(_path: str) -> str:
    raise ProcessLookupError(3, "No such process")


def test_who_ends_his_work_while_it_is_looked_at_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    holders = ["17 (apt-get)"]
    monkeypatch.setattr(_step_node_preflight, "dpkg_lock_holder", lambda: holders[0])

    def audit(self: Command, arguments: list[str], **_: object) -> Completed:
        holders[0] = ""
        return Completed([self.program, *arguments], 0, "packages are only half configured", "")

    monkeypatch.setattr(Command, "run", audit)
    monkeypatch.setattr(_step_node_preflight, "read_text", lambda *_, **__: "")
    assert _step_node_preflight.read_dpkg().locked_by == "17 (apt-get)"
    assert _step_node_preflight.read_dpkg().locked_by == ""


def test_waiting_for_the_clock_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work = Clock(synchronised=False, load="loaded", active="active")
    monkeypatch.setattr(_step_node_preflight, "read_clock", lambda: at_work)
    start = time.monotonic()
    clock, waited = _step_node_preflight.await_clock(1.5)
    assert clock is at_work
    assert 1.5 <= waited <= time.monotonic() - start < 30


def test_nothing_is_waited_for_that_cannot_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_step_node_preflight, "read_clock", lambda: Clock(synchronised=False))
    assert _step_node_preflight.await_clock(60)[1] < 1


SHOWN = """Id=systemd-timesyncd.service
LoadState=masked

Id=chrony.service
LoadState=loaded
ActiveState=active

Id=ntpsec.service
LoadState=not-found
ActiveState=inactive

Id=openntpd.service
LoadState=not-found
ActiveState=inactive
"""


def said_by_systemd(monkeypatch: pytest.MonkeyPatch, shown: str, *, code: int = 0) -> None:
    def run(self: Command, arguments: list[str], *, check: bool = True, **_: object) -> Completed:
        if self.program == "timedatectl":
            return Completed([self.program, *arguments], 1, "no\n", "")
        assert (self.program, arguments[0]) == ("systemctl", "show")
        if check and code:
            raise CommandError("it failed", argv=[self.program])
        return Completed([self.program, *arguments], code, shown, "")

    monkeypatch.setattr(Command, "run", run)
    monkeypatch.setattr(_step_node_preflight, "SYNCHRONISED", "/nonexistent")


def test_another_time_service_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    said_by_systemd(monkeypatch, SHOWN)
    assert _step_node_preflight.read_clock() == Clock(
        synchronised=False, load="masked", active="unknown", other_service="chrony.service"
    )


def test_a_failed_start_condition_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    condition = "LoadState=loaded\nActiveState=inactive\nConditionResult=no\nConditionTimestamp=Thu 2026-11-26 02:17:51"
    shown = SHOWN.replace("LoadState=masked", condition).replace("ActiveState=active", "ActiveState=inactive")
    said_by_systemd(monkeypatch, shown)
    assert _step_node_preflight.read_clock() == Clock(
        synchronised=False, load="loaded", active="inactive", condition=False
    )


def test_a_systemd_that_does_not_answer_keeps_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    said_by_systemd(monkeypatch, "", code=1)
    assert _step_node_preflight.read_clock() == Clock(synchronised=False, load="unknown", active="unknown")


def test_free_space_counts_what_an_ordinary_user_may_take(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of one moment: others write to this disk.
    status = os.statvfs(tmp_path)
    monkeypatch.setattr(os, "statvfs", lambda path: status if path == str(tmp_path) else None)
    assert _step_node_preflight.read_space(str(tmp_path)).free_bytes == status.f_bavail * status.f_frsize
