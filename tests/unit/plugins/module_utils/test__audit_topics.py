# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
import sys

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics import (
    DOCUMENTED,
    TOPICS,
    Topic,
    is_of,
    rules_of,
    topics_of,
)

_MODULE = "ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics"


@pytest.mark.parametrize("topic", TOPICS, ids=[topic.module for topic in TOPICS])
def test_a_topic_has_the_clauses_of_its_rules(topic: Topic) -> None:
    assert list(topic.clauses) == sorted({rule.clause for rule in rules_of(topic)})


def test_which_topics_compare_sums() -> None:
    assert [topic.module for topic in TOPICS if topic.sums] == ["_audit_code", "_audit_secrets"]


@pytest.mark.parametrize(
    ("clause", "wanted", "is_one"),
    [
        ("6.1", [], True), ("6.1", [""], True), ("6.1", ["6"], True), ("6.1", [" 6.1 "], True),
        ("6.10", ["6.1"], False), ("3.3", ["6", "3.3"], True), ("3.3", ["3.30"], False), ("3.3", ["three"], False),
    ],
)  # fmt: skip
def test_a_section_stands_for_its_clauses(clause: str, wanted: list[str], *, is_one: bool) -> None:
    assert is_of(clause, wanted) is is_one


def test_only_topics_of_what_is_wanted_are_sent() -> None:
    assert topics_of([]) == list(TOPICS)
    assert [topic.module for topic in topics_of(["6.3"])] == ["_audit_services", "_audit_secrets"]
    assert topics_of([DOCUMENTED.clause]) == []


def test_to_know_the_topics_no_rule_is_read() -> None:
    """The controller does that in every audit, and would compile most of the collection for it."""
    asked = f"import sys, {_MODULE}; print([name for name in sys.modules if '._audit_' in name])"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == f"['{_MODULE}']"
