"""What the inventory declares, with real git; what becomes of it in a run is in test__revert.py."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_clone import Clone
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_ref import (
    Declared,
    declared,
    still_in_force,
    upstream_of,
)
from tests.git_rig import git
from tests.revert_rig import Clone as Made
from tests.revert_rig import clone_of, text


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Made:
    return Made(tmp_path / "ai-systems")


def test_a_clone_is_its_own_source(made: Made) -> None:
    clone = Clone(Git(), made.path)
    made.git("tag", "--annotate", "--message=x", "v1")
    url = f"file://{made.path}"
    assert declared(clone, url, "main", seconds=120) == Declared("main", "main", made.head)
    assert declared(clone, url, "refs/heads/main", seconds=120).branch == "main"
    # A tag's commit, not its own object.
    assert declared(clone, url, "v1", seconds=120) == Declared("v1", "", made.head)
    assert declared(clone, url, made.head, seconds=120) == Declared(made.head, "", made.head)
    with pytest.raises(StepError, match="'v2' is no branch, tag or full commit"):
        declared(clone, url, "v2", seconds=120)


def test_a_remote_is_known_by_its_url(made: Made, tmp_path: pathlib.Path) -> None:
    mine = clone_of(made, tmp_path / "mine")
    clone = Clone(Git(), mine.path)
    assert declared(clone, f"{made.path}/", "main", seconds=120) == Declared("main", "main", made.head, "origin")
    mine.git("config", "url.file:///.insteadOf", "git@h:")
    mine.git("remote", "set-url", "origin", f"git@h:{str(made.path)[1:]}")
    assert declared(clone, str(made.path), "main", seconds=120).remote == "origin"
    assert upstream_of(clone, seconds=120).tip == made.head


def test_what_a_deployment_would_bring(made: Made) -> None:
    base, bad = made.head, made.commit({"file": text(l3="bad")})
    made.git("revert", "--no-edit", bad)
    clone = Clone(Git(), made.path)
    assert still_in_force(clone, [bad], bad) == [bad]
    assert still_in_force(clone, [bad], made.head) == []
    assert still_in_force(clone, [bad], base) == []
    # Nobody here knows what that commit holds.
    assert still_in_force(clone, [bad], "0" * 40) == [bad]
    assert git(made.path, "status", "--porcelain") == ""
