"""Where a revert is made; that a clone stays as it was is in test__revert.py."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_asked import Asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_clone import Clone
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_workshop import move, workshop
from tests.revert_rig import Clone as Made
from tests.revert_rig import text

WHO = ("Anna Op", "anna@example.org")


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Made:
    return Made(tmp_path / "ai-systems")


@pytest.mark.parametrize("way", ["dry", "real"])
def test_a_hook_of_the_operator_that_refuses_is_told(made: Made, way: str) -> None:
    bad = made.commit({"file": text(l3="bad")})
    hook = made.path / ".git" / "hooks" / "prepare-commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no ticket' >&2\nexit 1\n")
    hook.chmod(0o755)
    clone = Clone(Git(), made.path)
    with workshop(Git(), clone, dry=way == "dry", identity=WHO) as there:
        [commit] = clone.commits(Asked(bad))
        if way == "dry":
            # Whoever dry-runs does not run the operator's programs.
            assert there.revert(commit, 0)
            return
        with pytest.raises(StepError, match=r"git does not revert .*no ticket.*nothing was changed"):
            there.revert(commit, 0)
    assert made.head == bad


def test_the_clone_does_not_move_to_what_no_longer_fits(made: Made) -> None:
    bad = made.commit({"file": text(l3="bad")})
    clone = Clone(Git(), made.path)
    with workshop(Git(), clone, dry=False, identity=WHO) as there:
        commit = there.revert(clone.commits(Asked(bad))[0], 0)
        assert "-bad" in there.changes(bad)
        meanwhile = made.commit({"file": text(l3="bad", l8="mine")})
        with pytest.raises(SourceError, match="since it changed meanwhile"):
            move(clone, commit)
    assert made.head == meanwhile


def test_a_diff_is_bounded_and_clean(made: Made) -> None:
    bad = made.commit({"big": b"\xff\x1b[31m" + b"line\n" * 9000})
    clone = Clone(Git(), made.path)
    with workshop(Git(), clone, dry=True, identity=WHO) as there:
        assert there.revert(clone.commits(Asked(bad))[0], 0)
        said = there.changes(bad)
    assert len(said) < 21_000
    assert "\x1b" not in said
