# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt is waited for where somebody else uses it, and what several lack is installed once."""

from __future__ import annotations

import threading
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab import host_apt, locks, packages
from lab.command import LabError
from lab.host import Host
from lab.paths import Paths
from tests import host_tools

BUSY = "E: Could not get lock /var/lib/apt/lists/lock"
HOST = Host("amd64", needs_namespace=False, runtime="default", podman_options=(), node_options=())


class Apt:
    """Stands in for apt: what it was asked, and what it says."""

    def __init__(self, *says: str) -> None:
        self.asked: list[list[str]] = []
        self._says = list(says)
        self.installed: set[str] = set()

    def __call__(self, argv: list[str], *, what: str, usually: str, log: Path, timeout: float = 0) -> None:
        del what, usually, timeout
        words = argv[argv.index("apt-get") + 1 :]
        self.asked.append(words)
        said = self._says.pop(0) if self._says else ""
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(said)
        if said:
            raise LabError(said)
        if "install" in words:
            # Whoever were to install beside it, would have looked by then.
            time.sleep(0.2)
            self.installed |= set(words[words.index("install") + 1 :])


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(host_apt, "_PAUSE", 0.0)
    monkeypatch.setattr(locks, "host_lock", lambda purpose: tmp_path / purpose)
    return tmp_path / "apt.log"


def test_apt_that_is_busy_is_asked_again(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_apt, "run_slowly", apt := Apt(BUSY, BUSY))
    host_apt.read_index(log)
    assert [words[-1] for words in apt.asked] == ["update"] * 3
    monkeypatch.setattr(host_apt, "run_slowly", apt := Apt(*[BUSY] * 99))
    with pytest.raises(LabError, match="Could not get lock"):
        host_apt.install(["one"], log)
    assert len(apt.asked) < 99


def test_what_fails_otherwise_is_an_error_at_once(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_apt, "run_slowly", apt := Apt("E: Unable to locate package one"))
    with pytest.raises(LabError, match="Unable to locate"):
        host_apt.install(["one"], log)
    assert len(apt.asked) == 1


def both(asks: t.Callable[[threading.Barrier], None]) -> None:
    """Have two ask at once."""
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(asks, [barrier, barrier]))


def test_what_two_lack_is_installed_once(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_apt, "run_slowly", apt := Apt())
    lacking = threading.local()

    def is_present(thing: str) -> bool:
        # Both see that it is missing before either of them installs it.
        if not getattr(lacking, "seen", False):
            lacking.seen = True
            return False
        return thing != "mtype" or "mtools" in apt.installed

    monkeypatch.setattr(host_tools, "is_present", is_present)
    monkeypatch.setattr(host_tools, "check_installer", lambda *_names, **_options: None)
    monkeypatch.setattr(host_tools, "LOGS", log.parent)

    def ask(barrier: threading.Barrier) -> None:
        barrier.wait()
        host_tools.ensure_tools({"mtype": "mtools"}, log="apt.log")

    both(ask)
    assert [words for words in apt.asked if words[-1] == "update"] == [["-q", "update"]]
    assert [words[-1] for words in apt.asked] == ["update", "mtools"]


def test_a_lab_looks_again_once_it_is_its_turn(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_apt, "run_slowly", apt := Apt())
    looks = iter([["mtools"], []])
    monkeypatch.setattr(packages, "missing", lambda *_host, **_options: next(looks))
    packages.ensure(HOST, Paths(log.parent, log.parent))
    assert apt.asked == []
