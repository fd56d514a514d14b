from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding, most_pressing, tally

FOREIGN = Finding("3.1", "violation", "ucf 3.0052+rpt1", "installed version is no archive's of Debian", "reinstall it")


def test_the_same_matter_has_the_same_fingerprint_whatever_is_said_of_it() -> None:
    assert FOREIGN._replace(evidence="otherwise", remedy="otherwise").fingerprint == FOREIGN.fingerprint


def test_another_matter_has_another_fingerprint() -> None:
    others = [FOREIGN._replace(clause="3.2"), FOREIGN._replace(verdict="unknown"), FOREIGN._replace(subject="ucf")]
    assert len({finding.fingerprint for finding in [FOREIGN, *others]}) == 4


def test_violations_come_first_and_each_matter_once() -> None:
    info = FOREIGN._replace(verdict="info", subject="a")
    unknown = FOREIGN._replace(verdict="unknown", subject="b")
    found = [info, unknown, FOREIGN, FOREIGN._replace(evidence="otherwise")]
    assert [one.subject for one in most_pressing(found, at_most=9, clause="3")] == [FOREIGN.subject, "b", "a"]


def test_what_a_report_does_not_hold_is_counted() -> None:
    found = [FOREIGN._replace(subject=f"{number:02}") for number in range(5)]
    *kept, last = most_pressing(found, at_most=3, clause="3")
    assert [one.subject for one in kept] == ["00", "01"]
    assert (last.clause, last.verdict, last.subject) == ("3", "violation", "3 more findings")
    assert "3 violations" in last.evidence
    assert most_pressing(found, at_most=5, clause="3") == found


def test_findings_are_counted_by_their_verdict() -> None:
    unknown, info = FOREIGN._replace(verdict="unknown"), FOREIGN._replace(verdict="info")
    assert tally([]) == "nothing was found"
    assert tally([FOREIGN]) == "1 violation"
    assert tally([info, unknown, FOREIGN, FOREIGN]) == "2 violations, 1 unknown, 1 for information"
