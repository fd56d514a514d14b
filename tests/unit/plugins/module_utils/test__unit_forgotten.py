"""What systemd is made to forget, and what it is left to remember."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW, UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_forgotten import forget_failed

STATES = {
    "gone.service": ("not-found", "failed"),
    "job@x.service": ("not-found", "failed"),
    "there.service": ("loaded", "failed"),
    "down.service": ("not-found", "inactive"),
    "held.service": ("not-found", "failed"),
}


class Reader:
    """In Systemctl's place: says the states above, and what lies in memory while it reads anew."""

    def __init__(self, memory: pathlib.Path, *, fails: bool = False) -> None:
        self.memory = memory
        self.fails = fails
        self.seen: dict[str, str] = {}

    def show(self, names: t.Sequence[str]) -> dict[str, UnitStatus]:
        return {
            name: UnitStatus(name, load_state=STATES[name][0], active_state=STATES[name][1]) for name in names
        }  # fmt: skip

    def enable(self, *units: str) -> None:
        assert units == (READ_ANEW,)
        self.seen = {path.name: path.read_text() for path in self.memory.iterdir()}
        if self.fails:
            raise CommandError("no", argv=["systemctl", "enable"])


def test_what_failed_and_has_no_file_is_forgotten(tmp_path: pathlib.Path) -> None:
    (tmp_path / "held.service").write_text("somebody's\n")
    reader = Reader(tmp_path)
    forgotten = forget_failed(reader, STATES, str(tmp_path))  # type: ignore[arg-type]
    assert forgotten == ["gone.service", "job@x.service"]
    assert {name for name, text in reader.seen.items() if "CollectMode=inactive-or-failed" in text} == set(forgotten)
    assert [path.name for path in tmp_path.iterdir()] == ["held.service"]


def test_nothing_is_read_anew_for_nothing(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "none"
    assert forget_failed(Reader(folder), ["there.service", "down.service"], str(folder)) == []  # type: ignore[arg-type]
    assert not folder.exists()


def test_a_systemd_that_does_not_read_leaves_no_stub(tmp_path: pathlib.Path) -> None:
    with pytest.raises(CommandError):
        forget_failed(Reader(tmp_path, fails=True), ["gone.service"], str(tmp_path))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
