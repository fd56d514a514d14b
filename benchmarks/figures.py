# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Medians and spreads, of seconds and of the ratios per round that the targets are about."""

from __future__ import annotations

import statistics
import typing as t

if t.TYPE_CHECKING:
    from benchmarks.meter import Taken

Rounds = t.Sequence[t.Mapping[str, "Taken"]]
Quantity = t.Literal["wall", "cpu"]


class Spread(t.NamedTuple):
    """The quartiles of some numbers."""

    lower: float
    median: float
    upper: float
    number: int


class Target(t.NamedTuple):
    """A ratio that the design must reach (its upper quartile counts).

    :param figure: the sentence of the table.
    :param of: the contender that is judged.
    :param against: the one that it is compared with.
    :param beyond: the contender whose share both have in common, and which is taken off both; "" for none.
    """

    figure: str
    of: str
    against: str
    at_most: float
    quantity: Quantity = "wall"
    beyond: str = ""


def spread(numbers: t.Sequence[float]) -> Spread:
    """Return the quartiles; of a single number they are that number.

    :raises ValueError: there is no number.
    """
    if not numbers:
        raise ValueError("there are no figures to take quartiles of")
    if len(numbers) == 1:
        return Spread(numbers[0], numbers[0], numbers[0], 1)
    lower, median, upper = statistics.quantiles(numbers, n=4, method="inclusive")
    return Spread(lower, median, upper, len(numbers))


def of_contender(rounds: Rounds, name: str, quantity: Quantity) -> list[float]:
    """Return what a contender took in each round that it was part of."""
    return [getattr(one[name], quantity) for one in rounds if name in one]


def ratios(rounds: Rounds, of: str, against: str, quantity: Quantity = "wall", *, beyond: str = "") -> list[float]:
    """Return the ratio of two contenders in each round that both were part of.

    Within a round both met the same machine, so that what else it did counts as little as possible.

    :param beyond: see :class:`Target`.
    """
    needed = {of, against, *([beyond] if beyond else [])}
    found = []
    for one in rounds:
        if needed <= one.keys():
            common = getattr(one[beyond], quantity) if beyond else 0.0
            divisor = getattr(one[against], quantity) - common
            if divisor > 0:
                found.append((getattr(one[of], quantity) - common) / divisor)
    return found


def is_met(target: Target, found: Spread) -> bool:
    """Whether three rounds of four reach a target."""
    return found.upper <= target.at_most


__all__ = ("Quantity", "Rounds", "Spread", "Target", "is_met", "of_contender", "ratios", "spread")
