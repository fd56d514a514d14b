# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies hold what git knows, links as links."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    (top / "plugins" / "modules").mkdir(parents=True)
    (top / "plugins" / "modules" / "a b.py").write_text("x")
    (top / "lab").mkdir()
    (top / "lab" / "node").write_text("#!/bin/sh\n")
    (top / "lab" / "node").chmod(0o755)
    (top / "link").symlink_to("lab")
    (top / ".gitignore").write_text("/ignored\n")
    (top / "ignored").write_text("x")
    (top / "gone").write_text("x")
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *command], cwd=top, check=True)
    (top / "gone").unlink()
    (top / "new").write_text("x")
    return top


def test_what_git_knows_is_listed(tree: Path) -> None:
    assert sorted(files.listed(tree)) == [".gitignore", "lab/node", "link", "new", "plugins/modules/a b.py"]


def test_what_nobody_added_is_missing_where_asked(tree: Path) -> None:
    assert "new" not in files.listed(tree, untracked=False)


def test_what_the_artifact_leaves_out_is_left_out() -> None:
    names = [
        "lab/node",
        "playbooks/ansible.cfg",
        "playbooks/x.yml",
        "plugins/__pycache__/a.pyc",
        "docs/lab.md",
        "a.tar.gz",
    ]
    ignored = ["lab", "playbooks/ansible.cfg", "*/__pycache__", "*.tar.gz"]
    assert files.shipped(names, ignored) == ["playbooks/x.yml", "docs/lab.md"]


def test_a_copy_replaces_what_was_there(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.mkdir()
    (target / "old").write_text("x")
    files.copy(["lab/node", "link"], top=tree, target=target)
    assert sorted(path.name for path in target.iterdir()) == ["lab", "link"]
    assert (target / "link").is_symlink()
    assert (target / "lab" / "node").stat().st_mode & 0o111
