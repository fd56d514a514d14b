# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of the work tree for tools that insist on a folder of their own."""

from __future__ import annotations

import fnmatch
import shutil
import subprocess
import typing as t
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parents[1]
COLLECTION = Path("ansible_collections") / "ai_systems" / "runbook"


def listed(top: Path, *, untracked: bool = True) -> list[str]:
    """Return the files of the work tree that git tracks, relative to it.

    :param untracked: also those that it would track.
    """
    command = ["git", "ls-files", "-z", "--cached", "--deduplicate"]
    command += ["--others", "--exclude-standard"] if untracked else []
    done = subprocess.run(command, cwd=top, stdout=subprocess.PIPE, check=True)
    names = done.stdout.decode().split("\0")
    return [name for name in names if name and ((top / name).is_symlink() or (top / name).exists())]


def shipped(names: t.Iterable[str], ignored: t.Sequence[str]) -> list[str]:
    """Return the files that the built artifact holds: no path or parent of theirs matches `build_ignore`."""

    def is_ignored(name: str) -> bool:
        path = Path(name)
        return any(fnmatch.fnmatch(str(part), pattern) for part in (path, *path.parents) for pattern in ignored)

    return [name for name in names if not is_ignored(name)]


def build_ignore(top: Path) -> list[str]:
    """Return the patterns of galaxy.yml."""
    patterns: list[str] = yaml.safe_load((top / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    return patterns


def copy(names: t.Iterable[str], *, top: Path, target: Path) -> None:
    """Lay the files down in an empty folder, links as links."""
    shutil.rmtree(target, ignore_errors=True)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(top / name, target / name, follow_symlinks=False)


__all__ = ("COLLECTION", "TOP", "build_ignore", "copy", "listed", "shipped")
