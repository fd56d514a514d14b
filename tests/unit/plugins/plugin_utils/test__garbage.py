# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Garbage is still found, only more rarely, and not among what a run began with."""

from __future__ import annotations

import gc
import typing as t
import weakref

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._garbage import leave_out_what_is_there


class _Knot:
    """An object that holds itself, which only a look for garbage frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> t.Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_is_there_is_left_out_and_what_comes_later_is_not() -> None:
    before = gc.get_freeze_count()
    leave_out_what_is_there()
    assert gc.get_freeze_count() > before + 1000
    assert gc.isenabled()
    later = weakref.ref(_Knot())
    gc.collect()
    assert later() is None


@pytest.mark.parametrize(("given", "then"), [(700, 100_000), (2_000, 100_000), (500_000, 500_000)])
def test_looks_become_rare_and_stay_as_rare_as_somebody_wants_them(given: int, then: int) -> None:
    gc.set_threshold(given, 10, 10)
    leave_out_what_is_there()
    leave_out_what_is_there()
    assert gc.get_threshold() == (then, 10, 10)
