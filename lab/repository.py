# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample `ai-systems` repository that lab nodes get: a real git repository on the controller."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lab import locks
from lab.command import run
from lab.paths import Paths

SAMPLE = Path(__file__).parent / "sample/ai-systems"
BRANCH = "main"
WHO = "Lab Operator"
EMAIL = "operator@lab.invalid"
WHEN = "2026-01-01T00:00:00Z"


def ensure(paths: Paths) -> Path:
    """Make the repository from the sample's files; the same files give the same commit.

    A later version of the sample is committed on top, unless somebody has committed or changed something there.
    """
    target = paths.repository
    if not (target / ".git").is_dir():
        building = target.with_name(f"{target.name}.building-{os.getpid()}")
        shutil.copytree(SAMPLE, building)
        run([*git(building), "init", "--quiet", f"--initial-branch={BRANCH}"])
        commit(building, "The sample ai-systems repository of the lab")
        shutil.rmtree(target, ignore_errors=True)
        building.rename(target)
    elif is_older(target):
        with locks.held(target.with_name(f"{target.name}.lock"), waiting="Another run renews the sample; waiting."):
            if is_older(target) and is_ours(target):
                shutil.copytree(SAMPLE, target, dirs_exist_ok=True)
                commit(target, "The sample as this version of the lab has it")
    return target


def is_older(target: Path) -> bool:
    """Whether the sample has files that a repository lacks or has otherwise."""
    files = [path for path in SAMPLE.rglob("*") if path.is_file()]
    copies = {path: target / path.relative_to(SAMPLE) for path in files}
    return any(not copy.is_file() or copy.read_bytes() != path.read_bytes() for path, copy in copies.items())


def is_ours(target: Path) -> bool:
    """Whether nobody else has committed to a repository, or left changes in it."""
    authors = set(run([*git(target), "log", "--format=%ae"]).out.split())
    return authors == {EMAIL} and not run([*git(target), "status", "--porcelain"]).out


def commit(folder: Path, message: str) -> None:
    """Commit all that lies in a repository."""
    run([*git(folder), "add", "--all"])
    run([*git(folder), "commit", "--quiet", "--message", message])


def git(folder: Path) -> list[str]:
    """The beginning of a git command that no settings of this host change."""
    words = ["env", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"]
    words += [f"GIT_{role}_{field}={value}" for role in ("AUTHOR", "COMMITTER") for field, value in identity()]
    return [*words, "git", "-C", str(folder)]


def identity() -> list[tuple[str, str]]:
    """Who commits, and when: fixed, so that the commit is too."""
    return [("NAME", WHO), ("EMAIL", EMAIL), ("DATE", WHEN)]
