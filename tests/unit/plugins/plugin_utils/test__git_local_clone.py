"""The controller's side of runbook 2.9: a clone of the operator's as the source, with real git."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_local_clone import require_good_clone
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from tests.git_rig import Upstream, ask, git


@pytest.mark.parametrize("change", ["edit", "untracked", "staged"])
def test_a_clone_with_changes_is_refused_unless_that_is_wanted(upstream: Upstream, change: str) -> None:
    name = "a" if change == "edit" else "new\x1b[2J"
    (upstream.path / name).write_text("changed")
    if change == "staged":
        upstream.git("add", "--all")
    with pytest.raises(SourceError, match="changes that no commit holds") as error:
        ask(upstream)
    assert "\x1b" not in str(error.value)
    assert ask(upstream, require_clean=False).commit == upstream.head


def test_a_bare_clone_is_fine(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(upstream.path), "bare.git")
    assert ask(upstream, url=str(tmp_path / "bare.git")).commit == upstream.head
    assert ask(upstream, url=f"file://{tmp_path}/bare.git").remote == ""


def test_a_whole_clean_clone_is_taken_and_no_folder_is_not(upstream: Upstream) -> None:
    require_good_clone(Git(), str(upstream.path), upstream.path, clean=True)
    with pytest.raises(SourceError, match="is no folder on this machine"):
        require_good_clone(Git(), "/nowhere/x", upstream.path / "nowhere", clean=True)
