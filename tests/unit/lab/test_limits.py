# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's limit is raised while any lab has nodes, and is then what it was."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab import limits, locks
from lab.command import Completed, run


def unchanged(argv: t.Sequence[str]) -> list[str]:
    return list(argv)


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "max_user_instances"
    file.write_text("128\n")
    monkeypatch.setattr(limits, "SETTING", file)
    monkeypatch.setattr(limits, "FOLDER", tmp_path / "limits")
    monkeypatch.setattr(limits, "as_root", unchanged)
    monkeypatch.setattr(locks, "host_lock", lambda purpose: tmp_path / f"{purpose}.lock")
    return file


def test_the_last_lab_puts_the_hosts_own_limit_back(setting: Path) -> None:
    limits.ensure("first")
    limits.ensure("second")
    limits.ensure("first")
    assert int(setting.read_text()) == limits.ENOUGH
    limits.release("first")
    assert int(setting.read_text()) == limits.ENOUGH
    limits.release("second")
    assert int(setting.read_text()) == 128
    assert not limits.FOLDER.exists()


def test_a_limit_that_is_high_enough_is_left_alone(setting: Path) -> None:
    setting.write_text("65536\n")
    limits.ensure("first")
    assert not limits.FOLDER.exists()
    limits.release("first")
    assert setting.read_text() == "65536\n"


def test_a_limit_that_someone_lowered_meanwhile_is_raised_again(setting: Path) -> None:
    limits.ensure("first")
    setting.write_text("128\n")
    limits.ensure("first")
    assert int(setting.read_text()) == limits.ENOUGH


def test_a_run_killed_before_it_noted_the_old_value_restores_nothing_wrong(setting: Path) -> None:
    limits.FOLDER.mkdir()
    limits.release("first")
    assert setting.read_text() == "128\n"
    assert not limits.FOLDER.exists()


def is_free(path: Path) -> bool:
    with locks.held_if_free(path) as free:
        return free


@pytest.mark.usefixtures("setting")
def test_nobody_else_is_at_it_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = []

    def noted(argv: t.Sequence[str], stdin: str = "") -> Completed:
        free.append(is_free(tmp_path / "limits.lock"))
        return run(argv, stdin=stdin)

    monkeypatch.setattr(limits, "run", noted)
    limits.ensure("first")
    limits.release("first")
    assert set(free) == {False}
    assert not (tmp_path / "limits.lock").exists()
