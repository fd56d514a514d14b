# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_sources import sources
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_titles import TITLES


def test_each_source_has_its_title_in_the_order_of_a_report() -> None:
    assert [(one.name, one.title) for one in sources(now=0.0, audited=0.0)] == list(TITLES.items())
    assert len(set(TITLES.values())) == len(TITLES)
