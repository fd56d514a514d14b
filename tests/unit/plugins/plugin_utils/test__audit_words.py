from __future__ import annotations

import datetime as dt

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import FleetAudit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_words import (
    counted,
    headline,
    moment,
    sentence,
    took,
)
from tests import audit_sample

ONE = audit_sample.one_node()
CLEAN = audit_sample.clean_node()
NOBODY = CLEAN._replace(nodes=())
CUT = CLEAN._replace(nodes=(CLEAN.nodes[0]._replace(rules=()),))
WAIVED = ONE._replace(
    nodes=(ONE.nodes[0]._replace(found=tuple(one for one in ONE.nodes[0].found if one.standing == "waived")),)
)


@pytest.mark.parametrize(
    ("audit", "words"),
    [
        (ONE, "lab-pi-07 breaks the runbook"),
        (CLEAN, "Every audited clause holds"),
        (WAIVED, "Every audited clause holds, some by a waiver"),
        (CUT, "Not everything could be decided"),
        (NOBODY, "No node was audited"),
        (audit_sample.fleet(3), "1 of 3 nodes breaks the runbook"),
        (audit_sample.fleet(), "9 of 50 nodes break the runbook"),
    ],
)
def test_the_headline_is_the_verdict(audit: FleetAudit, words: str) -> None:
    assert headline(audit) == words


def test_the_sentence_counts_and_names_who_was_silent() -> None:
    assert sentence(ONE) == "4 violations, 1 unknown, 1 waived on 1 node."
    assert sentence(CLEAN) == "23 clauses on 1 node, nothing found."
    assert sentence(NOBODY).startswith("A run that looks at nothing proves nothing")
    assert "Nothing is taken as known of camera-17.plant-1.example.net (unreachable), gateway-31" in sentence(
        audit_sample.fleet()
    )


def test_many_who_were_silent_are_counted() -> None:
    lost = audit_sample.fleet(18).nodes[5]
    assert lost.state == "unreachable"
    many = CLEAN._replace(nodes=tuple(lost._replace(name=f"n{number}") for number in range(9)))
    assert sentence(many).endswith("n4 (unreachable) and 4 more.")


def test_times_are_read_by_people() -> None:
    assert moment(dt.datetime(2026, 11, 5, 12, 15, tzinfo=dt.timezone(dt.timedelta(hours=2)))) == "2026-11-05 10:15 UTC"
    assert moment("2026-11-05T10:15:00+00:00") == "2026-11-05 10:15 UTC"
    assert moment("yesterday") == "yesterday"
    assert took(dt.timedelta(seconds=59)) == "59 s"
    assert took(dt.timedelta(seconds=185)) == "3 min 05 s"
    assert counted(1, "node") == "1 node"
