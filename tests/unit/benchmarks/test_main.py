# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is typed, and how much of it is then measured."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import GROUPS, main, parser, planned
from benchmarks.fleet import sizes
from benchmarks.running import BenchmarkError


def test_all_of_it_by_default() -> None:
    plan = planned(parser().parse_args([]))
    assert (plan.rounds, plan.nodes, plan.groups) == (10, 8, GROUPS)


def test_quick_is_less() -> None:
    plan = planned(parser().parse_args(["--quick", "--rounds", "3", "--only", "audit"]))
    assert (plan.rounds, plan.nodes, plan.fleet_rounds, plan.groups) == (3, 2, 1, ("audit",))


@pytest.mark.parametrize("option", ["--rounds", "--nodes"])
def test_nothing_cannot_be_measured(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BenchmarkError):
        planned(parser().parse_args([option, "0"]))
    assert main([option, "0"]) == 1
    assert "1 or more" in capsys.readouterr().err


@pytest.mark.parametrize(("most", "found"), [(1, [1]), (2, [1, 2]), (8, [1, 2, 4, 8]), (10, [1, 2, 4, 8, 10])])
def test_fleets_double(most: int, found: list[int]) -> None:
    assert sizes(most) == found
