# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registration of emulators, which all labs of a host make and take back side by side."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab import emulation, locks
from lab.command import Completed
from lab.paths import Paths

RULE = ":qemu-aarch64:M:0:\\x7fELF:\\xff:/usr/bin/qemu-aarch64:OCPF"


def is_free(path: Path) -> bool:
    with locks.held_if_free(path) as free:
        return free


class Kernel:
    """A folder in the place of binfmt_misc, and whether the lock of the host was free as it was written to."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "binfmt_misc"
        self.lock = folder / "binfmt.lock"
        self.mounted = folder / "mounted"
        self.commands: list[str] = []
        self.free: set[bool] = set()
        self.folder.mkdir()
        (self.folder / "register").touch()
        self.mounted.touch()
        monkeypatch.setattr(emulation, "BINFMT", self.folder)
        monkeypatch.setattr(emulation, "MOUNTED", self.mounted)
        monkeypatch.setattr(emulation, "as_root", list)
        monkeypatch.setattr(emulation, "run", self.run)
        monkeypatch.setattr(emulation, "emulator_of", lambda *_: (Path("/cache/qemu-aarch64"), RULE))
        monkeypatch.setattr(locks, "host_lock", lambda purpose: folder / f"{purpose}.lock")

    def run(self, argv: t.Sequence[str], *, stdin: str = "", check: bool = True) -> Completed:
        del check
        self.free.add(is_free(self.lock))
        self.commands.append(argv[0])
        if argv[0] == "tee" and stdin == "-1":
            Path(argv[1]).unlink()
        elif argv[0] == "tee":
            (self.folder / stdin.split(":")[1]).write_text(stdin)
        return Completed(tuple(argv), 0, "", "")


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(tmp_path, monkeypatch)


def paths_of(folder: Path, name: str) -> Paths:
    return Paths(folder / name, folder / "cache")


def test_the_last_lab_takes_the_mount_away(kernel: Kernel, tmp_path: Path) -> None:
    first, second = paths_of(tmp_path, "first"), paths_of(tmp_path, "second")
    for paths in (first, second):
        emulation.register(paths, "amd64", "arm64")
        assert emulation.is_registered(paths, "arm64")
    line = (kernel.folder / emulation.entry_name(first, "arm64")).read_text()
    assert line.endswith(":/cache/qemu-aarch64:POCF")
    emulation.unregister(first)
    assert "umount" not in kernel.commands
    emulation.unregister(second)
    assert kernel.commands[-2:] == ["umount", "rm"]


def test_what_another_run_of_the_lab_has_registered_meanwhile_is_left(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = paths_of(tmp_path, "first")

    def fetched(*_: object) -> tuple[Path, str]:
        (kernel.folder / emulation.entry_name(paths, "arm64")).write_text("the other's")
        return Path("/cache/qemu-aarch64"), RULE

    monkeypatch.setattr(emulation, "emulator_of", fetched)
    emulation.register(paths, "amd64", "arm64")
    assert kernel.commands == []


def test_no_other_lab_is_at_it_meanwhile(kernel: Kernel, tmp_path: Path) -> None:
    paths = paths_of(tmp_path, "first")
    emulation.register(paths, "amd64", "arm64")
    emulation.unregister(paths)
    assert kernel.free == {False}
    assert not kernel.lock.exists()
