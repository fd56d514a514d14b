# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ratios are those of one round, and a target is met by three rounds of four."""

from __future__ import annotations

import pytest

from benchmarks.figures import Spread, Target, is_met, of_contender, ratios, spread
from benchmarks.meter import Taken

ROUNDS = [
    {"a": Taken(0, 1.0, 0.5), "b": Taken(0, 4.0, 1.0)},
    {"a": Taken(0, 3.0, 0.5), "b": Taken(0, 6.0, 2.0), "slow": Taken(0, 60.0, 9.0)},
]


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([2.0], Spread(2.0, 2.0, 2.0, 1)),
        ([3.0, 1.0], Spread(1.5, 2.0, 2.5, 2)),
        ([5.0, 1.0, 2.0, 4.0, 3.0], Spread(2.0, 3.0, 4.0, 5)),
    ],
)
def test_quartiles(numbers: list[float], found: Spread) -> None:
    assert spread(numbers) == found


def test_no_figures_are_no_figure() -> None:
    with pytest.raises(ValueError, match="no figures"):
        spread([])


def test_a_ratio_is_taken_within_its_round() -> None:
    assert ratios(ROUNDS, "a", "b") == [0.25, 0.5]
    assert ratios(ROUNDS, "a", "b", "cpu") == [0.5, 0.25]


def test_rounds_without_a_contender_do_not_count() -> None:
    assert ratios(ROUNDS, "a", "slow") == [0.05]
    assert ratios(ROUNDS, "a", "nobody") == []
    assert of_contender(ROUNDS, "slow", "wall") == [60.0]


def test_the_upper_quartile_decides() -> None:
    target = Target("x", "a", "b", 0.5)
    assert is_met(target, Spread(0.1, 0.2, 0.5, 10))
    assert not is_met(target, Spread(0.1, 0.2, 0.51, 10))
