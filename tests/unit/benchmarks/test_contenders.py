# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a run of a contender does not count."""

from __future__ import annotations

import pytest

from benchmarks.contenders import ansible_changed_nothing, pyinfra_changed_nothing
from benchmarks.meter import Taken
from benchmarks.running import BenchmarkError, Ran, want

RECAP = """
PLAY RECAP *********************************************************************
bench-1                    : ok=5    changed={}    unreachable=0    failed=0    skipped=16   rescued=0    ignored=0
bench-2                    : ok=5    changed=0    unreachable={}    failed=0    skipped=16   rescued=0    ignored=0
"""
PYINFRA = """
    Operation                        Hosts   Success   Error   No Change
    Set the hostname                     1         -       -           1
    Grand total                         28         {}       -          28
"""


def ran(output: str, status: int = 0) -> Ran:
    return Ran(Taken(status, 1.0, 1.0), output)


@pytest.mark.parametrize(
    ("changed", "unreachable", "wrong"),
    [(0, 0, ""), (2, 0, "it changed bench-1"), (0, 1, "it did not succeed on bench-2")],
)
def test_a_run_of_ansible_must_reach_all_nodes_and_change_none(changed: int, unreachable: int, wrong: str) -> None:
    assert ansible_changed_nothing(ran(RECAP.format(changed, unreachable)), ["bench-1", "bench-2"]) == wrong


def test_a_run_of_ansible_without_a_recap_is_none() -> None:
    assert ansible_changed_nothing(ran("killed"), ["bench-1"]) == "it did not succeed on bench-1"


@pytest.mark.parametrize(("changed", "wrong"), [("-", ""), ("3", "3 operations changed something")])
def test_a_run_of_pyinfra_must_change_nothing(changed: str, wrong: str) -> None:
    assert pyinfra_changed_nothing(ran(PYINFRA.format(changed)), ["bench-1"]) == wrong


def test_a_run_of_pyinfra_without_results_is_none() -> None:
    assert pyinfra_changed_nothing(ran(""), ["bench-1"]) == "it did not print its results"


@pytest.mark.parametrize(
    ("status", "output", "sentence"),
    [
        (124, "x", "did not end in time"),
        (3, "x", "ended with 3"),
        (0, "x", "does not say 'vimtutor'"),
    ],
)
def test_what_is_not_wanted_is_void(status: int, output: str, sentence: str) -> None:
    with pytest.raises(BenchmarkError, match=sentence):
        want(ran(output, status), "debsums", says=["vimtutor"])
