# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's sample repository: made once, renewed with the sample, never against somebody's own work."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lab import repository
from lab.paths import Paths


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / "README.md").write_text("one\n")
    monkeypatch.setattr(repository, "SAMPLE", folder)
    return folder


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    (tmp_path / "state").mkdir()
    return Paths(state=tmp_path / "state", cache=tmp_path / "cache")


def head(target: Path) -> str:
    said = subprocess.run(["git", "-C", target, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return said.stdout.strip()


def test_the_same_sample_is_the_same_commit(sample: Path, paths: Paths, tmp_path: Path) -> None:
    first = head(repository.ensure(paths))
    assert head(repository.ensure(paths)) == first
    other = Paths(state=tmp_path / "other", cache=tmp_path / "cache")
    other.state.mkdir()
    assert head(repository.ensure(other)) == first
    assert (sample / "README.md").read_text() == "one\n"


def test_a_newer_sample_comes_on_top(sample: Path, paths: Paths) -> None:
    first = head(repository.ensure(paths))
    (sample / "probe").mkdir()
    (sample / "probe" / "requirements.txt").write_text("idna\n")
    target = repository.ensure(paths)
    assert (target / "probe" / "requirements.txt").read_text() == "idna\n"
    said = subprocess.run(["git", "-C", target, "log", "--format=%H"], capture_output=True, text=True, check=True)
    assert said.stdout.split()[1:] == [first]
    assert head(repository.ensure(paths)) == head(target)
    assert not list(paths.state.glob("*.lock"))


@pytest.mark.parametrize(
    "own", ["git add -A; git -c user.email=me@here.invalid -c user.name=me commit -qm mine", "true"]
)
def test_somebodys_own_work_is_left_alone(sample: Path, paths: Paths, own: str) -> None:
    target = repository.ensure(paths)
    (target / "mine").write_text("x")
    subprocess.run(["sh", "-c", f"cd {target} && {own}"], check=True)
    before = head(target)
    (sample / "README.md").write_text("two\n")
    assert head(repository.ensure(paths)) == before
    assert (target / "README.md").read_text() == "one\n"
