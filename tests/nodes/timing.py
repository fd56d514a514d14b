"""What a run costs beyond another one, measured so that what else the machine does counts as little as possible."""

from __future__ import annotations

import time
import typing as t

from tests.nodes.harness import Run

ROUNDS = 3
# On a busy machine it takes some rounds until both runs were left alone once.
MOST_ROUNDS = 25


def seconds_beyond(run: t.Callable[[], Run], other: t.Callable[[], Run], *, bound: float) -> float:
    """Return how many seconds ``run`` takes more than ``other``, both of which must succeed and change nothing.

    The runs take turns, and the quickest of each counts: whatever disturbs a run only ever makes it longer. Where the
    difference is not below ``bound`` after the first rounds, more are taken.
    """
    taken: dict[str, list[float]] = {"run": [], "other": []}
    difference = bound
    for number in range(1, MOST_ROUNDS + 1):
        for name, play in (("run", run), ("other", other)):
            began = time.monotonic()
            assert play().ok().actions == set()
            taken[name].append(time.monotonic() - began)
        difference = min(taken["run"]) - min(taken["other"])
        if number >= ROUNDS and difference < bound:
            break
    return difference
