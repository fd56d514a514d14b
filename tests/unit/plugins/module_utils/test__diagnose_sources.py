from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_sources import sources
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis import diagnose
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_titles import TITLES
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_verdict import ESSENTIAL
from tests.view import view


def test_every_source_has_its_title_and_name() -> None:
    found = sources(now=1.0, audited=0.0)
    assert {one.name: one.title for one in found} == dict(TITLES)
    assert set(ESSENTIAL) <= set(TITLES)


def test_of_an_empty_node_nothing_is_well_that_is_not_there(tmp_path: pathlib.Path) -> None:
    readings = {one.name: one for one in diagnose(view(tmp_path), sources(now=1.0, audited=0.0))}
    well = {name for name, one in readings.items() if one.state == "ok"}
    assert well == set()
    # Nothing fails at what is not there, either.
    said = [symptom.evidence for one in readings.values() for symptom in one.symptoms]
    assert [one for one in said if "failed at what is there" in one] == []
