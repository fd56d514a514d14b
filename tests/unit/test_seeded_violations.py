"""How many violations the tests put on real nodes, each with what the audit is to find: counted from their tables.

The tests of these tables look at all that is found, follow each remedy as it is printed, and look again.
"""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_rules import ASKED
from tests.nodes import (
    audit_access_cases,
    audit_services_cases,
    seeded_secrets,
    test_audit_code,
    test_audit_hands,
    test_guardrails,
    test_package_rules,
)

LEAST_OF_A_CLAUSE = 3
# What an isolated node lacks is seeded where there are three nodes to isolate: test_isolate.py.
ELSEWHERE = {"5.2"}
LEAST = 120


def seeded() -> t.Iterator[tuple[str, str, str]]:
    """Yield clause and subject of each seeded violation, and what tells it from another of the same subject."""
    for module in (audit_access_cases, audit_services_cases):
        yield from ((clause, subject, case.name) for case in module.CASES for clause, subject in case.found)
    for other in audit_access_cases.OTHERWISE:
        yield from ((clause, subject, str(other.declared)) for clause, subject in other.found)
    for table in ("FILES", "CHANGED", "RIGHTS", "LOADED"):
        yield from (("6.4", subject, seed.do) for seed in getattr(test_audit_code, table) for subject in seed.subjects)
    for seed in test_audit_hands.PACKAGES:
        yield from ((clause, subject, seed.do) for subject, clause in seed.found.items())
    yield from (("6.5", subject, command) for command, subject in test_audit_hands.BY_SUDO.items())
    yield from (("6.3", path, rule) for path, (_content, rules) in seeded_secrets.SEEDED.items() for rule in rules)
    yield from (("6.1", subject, "") for subject in test_guardrails.REMEDIED)
    for case in test_package_rules.UNDOCUMENTED:
        yield from ((clause, subject, case.name) for clause, subject in case.found)


def test_each_clause_that_is_audited_is_violated_often_enough() -> None:
    each = list(seeded())
    assert len(set(each)) == len(each)
    counts = collections.Counter(clause for clause, _subject, _how in each)
    assert set(counts) == {rule.clause for rule in ASKED} - ELSEWHERE
    assert {clause: count for clause, count in counts.items() if count < LEAST_OF_A_CLAUSE} == {}
    assert counts.total() >= LEAST, counts
