"""What a run costs beyond another one, measured so that what else the machine does counts as little as possible."""

from __future__ import annotations

import time
import typing as t

from tests.nodes.harness import Run

ROUNDS = 5


def seconds_beyond(run: t.Callable[[], Run], other: t.Callable[[], Run]) -> float:
    """Return how many seconds ``run`` takes more than ``other``, both of which must succeed and change nothing.

    The runs take turns, and the quickest of each counts: whatever disturbs a run only ever makes it longer.
    """
    taken: dict[str, list[float]] = {"run": [], "other": []}
    for _ in range(ROUNDS):
        for name, play in (("run", run), ("other", other)):
            began = time.monotonic()
            assert play().ok().actions == set()
            taken[name].append(time.monotonic() - began)
    return min(taken["run"]) - min(taken["other"])
