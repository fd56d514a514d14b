from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding

FOREIGN = Finding("3.1", "violation", "ucf 3.0052+rpt1", "installed version is no archive's of Debian", "reinstall it")


def test_the_same_matter_has_the_same_fingerprint_whatever_is_said_of_it() -> None:
    assert FOREIGN._replace(evidence="otherwise", remedy="otherwise").fingerprint == FOREIGN.fingerprint


def test_another_matter_has_another_fingerprint() -> None:
    others = [FOREIGN._replace(clause="3.2"), FOREIGN._replace(verdict="unknown"), FOREIGN._replace(subject="ucf")]
    assert len({finding.fingerprint for finding in [FOREIGN, *others]}) == 4
