"""Runbook 2.9: a clone is there whole or not at all, with real git on real files."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _git_clone
from tests.git_rig import Rig


def test_leftovers_of_a_killed_clone_are_taken_away(rig: Rig) -> None:
    (rig.home / ".ai-systems.new-0000beef/.git").mkdir(parents=True)
    rig.ship()
    rig.is_good(rig.upstream.head)


@pytest.mark.parametrize("step", ["receive", "switch", "set_remote", "sync_folder"])
def test_a_clone_that_was_cut_off_leaves_nothing_half_done(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def cut_off(*_arguments: t.Any, **_options: t.Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_git_clone, step, cut_off)
        with pytest.raises(KeyboardInterrupt):
            rig.ship()
    assert [path.name for path in rig.home.iterdir()] == (["ai-systems"] if step == "sync_folder" else [])
    rig.ship()
    rig.is_good(rig.upstream.head)
