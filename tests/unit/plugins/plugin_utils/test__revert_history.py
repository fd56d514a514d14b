"""What is reverted in a history: a revert of a revert does not count, and one of that does again."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_history import (
    Logged,
    in_force,
    parse_log,
    reverted_by,
)

A, B, C, D, E = (letter * 40 for letter in "abcde")


@pytest.mark.parametrize(
    ("log", "by"),
    [
        ([Logged(A)], ""),
        ([Logged(B, (A,)), Logged(A)], B),
        ([Logged(B, (A[:7],)), Logged(A)], B),
        ([Logged(C, (B,)), Logged(B, (A,)), Logged(A)], ""),
        ([Logged(D, (C,)), Logged(C, (B,)), Logged(B, (A,)), Logged(A)], B),
        ([Logged(D, (A,)), Logged(C, (B,)), Logged(B, (A,)), Logged(A)], D),
        # Older than what it speaks of: a message that says more than it can know.
        ([Logged(A), Logged(B, (A,))], ""),
        ([Logged(B, (B, A)), Logged(A)], B),
        ([Logged(B, (A,))], B),
    ],
)
def test_by_what_a_commit_is_reverted(log: list[Logged], by: str) -> None:
    assert reverted_by(A, log) == by


def test_what_is_in_force_keeps_its_order_and_is_in_the_history() -> None:
    log = [Logged(D, (B,)), Logged(C), Logged(B), Logged(A)]
    assert in_force([C, B, A, E], log) == [C, A]


def test_a_log_is_read() -> None:
    said = f'{B}\x1fRevert "x"\n\nThis reverts commit {A}, reversing\nchanges made to {C}.\n\x1e\n{A}\x1fx\n\x1e\n'
    assert parse_log(said) == [Logged(B, (A,)), Logged(A)]
    assert parse_log("") == []
