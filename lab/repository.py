# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample `ai-systems` repository that lab nodes get: a real git repository on the controller."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lab.command import run
from lab.paths import Paths

SAMPLE = Path(__file__).parent / "sample/ai-systems"
BRANCH = "main"
WHO = "Lab Operator"
EMAIL = "operator@lab.invalid"
WHEN = "2026-01-01T00:00:00Z"


def ensure(paths: Paths) -> Path:
    """Make the repository from the sample's files once; the same files give the same commit."""
    target = paths.repository
    if (target / ".git").is_dir():
        return target
    building = target.with_name(f"{target.name}.building-{os.getpid()}")
    shutil.copytree(SAMPLE, building)
    git = ["env", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"]
    git += [f"GIT_{role}_{field}={value}" for role in ("AUTHOR", "COMMITTER") for field, value in identity()]
    git += ["git", "-C", str(building)]
    run([*git, "init", "--quiet", f"--initial-branch={BRANCH}"])
    run([*git, "add", "--all"])
    run([*git, "commit", "--quiet", "--message", "The sample ai-systems repository of the lab"])
    shutil.rmtree(target, ignore_errors=True)
    building.rename(target)
    return target


def identity() -> list[tuple[str, str]]:
    """Who commits, and when: fixed, so that the commit is too."""
    return [("NAME", WHO), ("EMAIL", EMAIL), ("DATE", WHEN)]
