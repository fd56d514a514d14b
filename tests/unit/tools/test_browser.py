# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser is found before one is installed."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab import host_apt
from lab.command import LabError
from tools import browser


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


class Apt:
    """Stands in for apt: what it was asked, and what it says."""

    def __init__(self, folder: Path, *, says: t.Sequence[str], brings: str = "") -> None:
        self.asked: list[list[str]] = []
        self._says = list(says)
        self._folder = folder
        self._brings = brings

    def __call__(self, argv: list[str], *, what: str, usually: str, log: Path, timeout: float = 0) -> None:
        del what, usually, timeout
        self.asked.append(argv[argv.index("apt-get") :])
        said = self._says.pop(0) if self._says else ""
        log.write_text(said)
        if said:
            raise LabError(said)
        if self._brings and argv[-1] == self._brings:
            program(self._folder, "chromium")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser."""
    (tmp_path / ".cache" / "logs").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr(browser, "TOP", tmp_path)
    monkeypatch.setattr(browser, "is_present", lambda thing: thing in ("apt-get", "sudo"))
    return tmp_path


def test_a_browser_that_is_there_is_taken(machine: Path) -> None:
    program(machine, "google-chrome")
    assert browser.ensured() == str(machine / "google-chrome")
    program(machine, "chromium")
    assert browser.found() == str(machine / "chromium")


def test_one_of_the_users_own_goes_first(machine: Path) -> None:
    program(machine, "chromium")
    own = program(machine, "mine")
    assert browser.found({"PATH": str(machine), "BROWSER": str(own)}) == str(own)
    assert browser.found({"PATH": "/nowhere"}) == ""


def test_where_there_is_none_apt_brings_it(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = Apt(machine, says=[], brings="chromium")
    monkeypatch.setattr(host_apt, "run_slowly", apt)
    assert browser.ensured() == str(machine / "chromium")
    assert [argv[-1] for argv in apt.asked] == ["update", "chromium"]


def test_ubuntus_name_is_tried_too(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    none = "E: Package 'chromium' has no installation candidate"
    apt = Apt(machine, says=["", none], brings="chromium-browser")
    monkeypatch.setattr(host_apt, "run_slowly", apt)
    assert browser.ensured()
    assert apt.asked[-1][-1] == "chromium-browser"


def test_what_cannot_be_had_is_an_error_that_says_what_to_do(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_apt, "run_slowly", Apt(machine, says=["", "E: broken", "E: broken"]))
    with pytest.raises(LabError, match=r"E: broken Install a Chromium and name it by BROWSER\."):
        browser.ensured()
    monkeypatch.setattr(browser, "is_present", lambda thing: thing == "sudo")
    with pytest.raises(LabError, match="install chromium as root, or name one by BROWSER"):
        browser.ensured()
