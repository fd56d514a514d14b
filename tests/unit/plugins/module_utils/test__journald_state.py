"""What outlives a reboot, which files are open, and what was read; tests/nodes meet the real journald."""

from __future__ import annotations

import os
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _journald_state as state
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import Metadata
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_config import DROP_IN
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_plan import JOURNAL, JOURNALD
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_state import (
    JournaldStateError,
    has_read,
    machine_id,
    open_journals,
    parse_mounts,
    why_lost_at_reboot,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import Systemctl, UnitStatus

ROOT = "22 1 179:2 / / rw,relatime shared:1 - ext4 /dev/mmcblk0p2 rw"
LOG2RAM = "90 22 0:40 / /var/log rw,noatime - tmpfs log2ram rw,size=131072k"
ZRAM = "91 22 252:0 / /var/log rw - ext4 /dev/zram1 rw"
OVERLAY = "22 1 0:30 / / rw - overlay overlay rw,lowerdir=/lower,upperdir=/media/root-rw/overlay,workdir=/w"
UPPER = "23 22 0:31 / /media/root-rw rw - tmpfs tmpfs rw"
DISK = "95 90 8:1 / /var/log/journal rw - ext4 /dev/sda1 rw"
SPACE = "96 22 0:41 / /var/log\\040x rw - tmpfs t rw"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([ROOT], ""),
        ([], ""),
        (["nonsense", "1 2 - x"], ""),
        ([ROOT, SPACE], ""),
        ([ROOT, LOG2RAM], "tmpfs in memory, mounted at /var/log"),
        ([ROOT, LOG2RAM, DISK], ""),
        ([ROOT, ZRAM], "ext4 on /dev/zram1 in memory, mounted at /var/log"),
        ([OVERLAY], ""),
        ([OVERLAY, UPPER], "tmpfs in memory, mounted at /media/root-rw"),
        ([ROOT, LOG2RAM, LOG2RAM.replace("tmpfs log2ram", "ext4 /dev/sda1")], ""),
        ([ROOT, LOG2RAM.replace("tmpfs", "\x1btmpfs")], ""),
    ],
)
def test_what_a_reboot_empties(lines: list[str], said: str) -> None:
    assert why_lost_at_reboot(JOURNAL, parse_mounts("\n".join(lines))) == said


def test_a_path_with_a_space_is_read() -> None:
    assert [mount.point for mount in parse_mounts(SPACE)] == ["/var/log x"]


def test_the_journals_that_a_process_has_open(tmp_path: pathlib.Path) -> None:
    kept, gone, other = (tmp_path / name for name in ("a.journal", "gone.journal", "b.log"))
    descriptors = [os.open(path, os.O_CREAT | os.O_RDWR) for path in (kept, gone, other)]
    gone.unlink()
    try:
        mine = [path for path in open_journals(os.getpid()) if path.startswith(str(tmp_path))]
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    assert mine == [str(kept)]
    assert open_journals(2**22 + 1) == ()


def test_what_was_changed_after_the_start_was_not_read() -> None:
    active = int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1_000_000)
    unit = UnitStatus(JOURNALD, active_since=active - 10_000_000)
    now = time.time()
    assert has_read(unit, now - 20)
    assert not has_read(unit, now - 5)
    # Written while the clock was wrong: else each run would find it new.
    assert has_read(unit, now + 1000)


@pytest.mark.parametrize("text", [None, "", "uninitialized\n", "ABCDEF" * 6, "0" * 31, "\x1b[2J"])
def test_a_node_without_an_id_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.setattr(state, "read_text", lambda *_given, **_options: text)
    with pytest.raises(JournaldStateError, match="/etc/machine-id holds") as raised:
        machine_id()
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        (DROP_IN, "folder", "99-ai-systems-runbook.conf is a folder, no file"),
        (JOURNAL, "link", "/var/log/journal is a link, no folder"),
        (JOURNAL, "file", "/var/log/journal is a file, no folder"),
    ],
)
def test_what_is_of_another_kind_is_an_error(monkeypatch: pytest.MonkeyPatch, path: str, kind: str, said: str) -> None:
    monkeypatch.setattr(state, "metadata", lambda one: Metadata(kind, 0, 0, 0) if one == path else None)
    with pytest.raises(JournaldStateError, match=said):
        state.read_state(0, Systemctl())


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch) -> dict[str, UnitStatus]:
    """A node that keeps its journal; what systemd says of journald can be changed."""
    mine = f"{os.path.realpath(JOURNAL)}/{'0' * 32}/system.journal"
    shown = {JOURNALD: UnitStatus(JOURNALD, active_state="active", main_pid=7)}
    folder = Metadata("folder", 0o2755, 0, 999)
    monkeypatch.setattr(state, "metadata", lambda path: folder if path == JOURNAL else None)
    monkeypatch.setattr(state, "why_lost_at_reboot", lambda *_given: "")
    monkeypatch.setattr(state, "machine_id", lambda: "0" * 32)
    monkeypatch.setattr(state, "_group", lambda: 999)
    monkeypatch.setattr(state, "open_journals", lambda pid: (mine,) if pid == 7 else ())
    monkeypatch.setattr(Systemctl, "show", lambda *_given: shown)
    return shown


def test_a_journald_that_writes_to_the_disk(unit: dict[str, UnitStatus]) -> None:
    read = state.read_state(0, Systemctl())
    assert (read.runs, read.is_persistent, read.group, read.text, read.drop_in) == (True, True, 999, None, None)
    assert unit


@pytest.mark.parametrize("active", ["inactive", "failed", "activating"])
def test_a_journald_that_is_down_writes_nowhere(unit: dict[str, UnitStatus], active: str) -> None:
    unit[JOURNALD] = unit[JOURNALD]._replace(active_state=active)
    read = state.read_state(0, Systemctl())
    assert (read.runs, read.is_persistent, read.writes_to) == (False, False, ())


def test_a_mount_in_memory_is_an_error(unit: dict[str, UnitStatus], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "why_lost_at_reboot", lambda *_given: "tmpfs in memory, mounted at /var/log")
    with pytest.raises(
        JournaldStateError, match="lies on tmpfs in memory, mounted at /var/log, which a reboot empties"
    ):
        state.read_state(0, Systemctl())
    assert unit
