"""Runbook 2.9: what a checkout may lose (nothing) and must become, as tables."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_plan import (
    Order,
    State,
    decide,
    is_question,
    standing,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig

COMMIT = "a" * 40
OTHER = "b" * 40


def order(**changed: t.Any) -> Order:
    return Order("/home/op/ai-systems", COMMIT, "main", "", "d", 1)._replace(**changed)


def state(**changed: t.Any) -> State:
    return State(present=True, head=COMMIT, head_ref="refs/heads/main", tip=COMMIT)._replace(**changed)


@pytest.mark.parametrize(
    ("wanted", "found", "actions"),
    [
        (order(), State(), [f"clone at {COMMIT[:12]}"]),
        (order(), state(), []),
        (order(), state(head=OTHER, tip=OTHER), [f"update to {COMMIT[:12]}"]),
        (order(), state(head_ref="", tip=OTHER), [f"update to {COMMIT[:12]}"]),
        (order(), state(switching=True), [f"finish the update to {COMMIT[:12]}"]),
        (order(), state(head_ref="refs/heads/dev"), ["switch to branch main"]),
        (order(branch=""), state(tip=""), ["detach from its branch"]),
        (order(), state(remote=(("remote.origin.url", "https://t0ken@h/x"),)), ["remove the remote"]),
        (order(remote="https://h/x"), state(), ["set the remote URL"]),
        (order(remote="https://h/x"), state(remote=(("remote.origin.url", "https://h/x"),)), []),
        (order(), state(modes=3), ["set file modes"]),
    ],
)
def test_each_difference_is_one_action(wanted: Order, found: State, actions: list[str]) -> None:
    changes = decide(wanted, found)
    assert [change.action for change in changes] == actions
    assert "t0ken" not in repr(changes)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (state(changes=(("modified", "a\x1b[2J"),)), "modified a\\x1b[2J"),
        (state(changes=tuple(("untracked", str(i)) for i in range(10)), more_changes=7), "untracked 9 and 7 more"),
        (state(foreign=("x",)), "files of another account (x)"),
        (state(unfinished="rebase"), "in the middle of a rebase"),
    ],
)
def test_local_work_is_an_error_that_lists_it(found: State, words: str) -> None:
    with pytest.raises(StepError) as error:
        decide(order(), found)
    assert words in str(error.value)


def test_the_controller_is_asked_before_any_commit_moves() -> None:
    assert is_question(order(), State())
    assert is_question(order(), state(head=OTHER))
    assert is_question(order(), state(tip=OTHER))
    assert not is_question(order(), state(switching=True))
    assert standing(State()) == "absent"
    assert standing(state(tip="")) == f"{COMMIT}:"


def test_a_checkout_that_moved_since_it_was_judged_has_another_standing(rig: Rig) -> None:
    rig.ship()
    wanted = rig.order(rig.source())
    before = standing(rig.look(wanted)[0])
    rig.git("commit", "--quiet", "--allow-empty", "--message", "meanwhile")
    assert standing(rig.look(wanted)[0]) != before
