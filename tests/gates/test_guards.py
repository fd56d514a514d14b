# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This tree holds to every guard. That each guard can complain is tested in tests/unit/tools/test_guards.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import guards

TOP = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("guard", guards.GUARDS, ids=lambda guard: guard.__name__)
def test_this_tree_holds_to(guard: guards.Guard) -> None:
    complaints = guard(TOP)
    assert not complaints, "\n" + "\n".join(complaints)


def test_there_is_something_to_guard() -> None:
    assert guards.scenarios(TOP)
    assert guards.names_in(TOP / "roles")
    assert list((TOP / "plugins" / "modules").glob("*.py"))
