from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_causes import (
    CAUSES,
    COMPONENTS,
    NOTHING,
    SILENT,
    UNDECIDED,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook import CLAUSES


def test_every_cause_has_a_component_of_the_runbook_and_a_step_of_its_fifth_section() -> None:
    assert {cause.component for cause in CAUSES.values()} == set(COMPONENTS)
    steps = [cause.step for cause in CAUSES.values()] + [NOTHING, SILENT, UNDECIDED]
    assert {step.clause for step in steps} <= {clause for clause in CLAUSES if clause.startswith("5.")}
    assert all(step.words.endswith(".") for step in steps)


def test_what_explains_the_most_stands_first() -> None:
    order = list(CAUSES)
    pairs = (
        *(("foreign", "power"), ("power", "storage"), ("storage", "filesystem"), ("filesystem", "space")),
        *(("space", "memory"), ("memory", "service"), ("manager", "service"), ("clock", "service")),
    )
    for first, then in pairs:
        assert order.index(first) < order.index(then)
