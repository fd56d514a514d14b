from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_symptom import (
    Reading,
    Symptom,
    note,
    ok,
    problem,
    unknown,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_titles import TITLES
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_verdict import ESSENTIAL, verdict


def readings(**said: Symptom) -> list[Reading]:
    """Return all sources, well but for what is given by name, with _ for -."""
    given = {name.replace("_", "-"): symptom for name, symptom in said.items()}
    assert set(given) <= set(TITLES)
    return [Reading(name, 0.1, (given.get(name, ok(name, "well")),)) for name in TITLES]


CARD = problem("storage", "card mmc0", "it fails", "take another")
SERVICE = problem("service", "worker.service", "it failed", "look at it")


@pytest.mark.parametrize(
    ("said", "component", "cause", "step"),
    [
        (readings(), "none found", "", "5.1"),
        (readings(kernel_log=CARD), "hardware", "storage", "5.3"),
        (readings(units=SERVICE), "application", "service", "5.3"),
        (readings(units=SERVICE, kernel_log=CARD), "hardware", "storage", "5.3"),
        (readings(drift=problem("foreign", "/usr/bin/env", "changed", "x"), kernel_log=CARD), "OS", "foreign", "5.2"),
        (readings(clock=problem("clock", "clock", "off", "x"), units=SERVICE), "OS", "clock", "5.3"),
        (readings(power=problem("power", "5 V", "low", "x")), "hardware", "power", "5.4"),
        (readings(units=unknown("units", "no answer")), "unknown", "", "5.1"),
        (readings(units=unknown("units", "no answer"), memory=problem("memory", "m", "x", "y")), "application",
         "memory", "5.3"),
        (readings(throttling=unknown("throttling", "no source")), "none found", "", "5.1"),
        (readings(reboot=note("reboot", "due")), "none found", "", "5.1"),
    ],
)  # fmt: skip
def test_the_first_cause_is_the_verdict(said: list[Reading], component: str, cause: str, step: str) -> None:
    found = verdict(said)
    assert (found.component, found.cause, found.step.clause) == (component, cause, step)
    assert found.sentence.startswith(f"{component}:")


def test_what_else_fails_is_named_and_what_is_unknown_too() -> None:
    assert verdict(readings(units=SERVICE, kernel_log=CARD)).sentence.endswith("; also: worker.service")
    assert verdict(readings(board=unknown("board", "none"))).sentence.endswith("; unknown: board")


@pytest.mark.parametrize("name", ESSENTIAL)
def test_without_an_essential_source_nobody_says_that_a_node_is_well(name: str) -> None:
    assert verdict([one for one in readings() if one.name != name]).component == "unknown"
    assert verdict(readings(**{name.replace("-", "_"): unknown(name, "gone")})).component == "unknown"


def test_nothing_asked_is_unknown() -> None:
    assert verdict([]).component == "unknown"


def test_a_container_has_no_kernel_to_ask() -> None:
    said = readings(kernel_log=unknown("kernel log", "it is the host's"))
    assert [verdict(said, is_container=one).component for one in (True, False)] == ["none found", "unknown"]


def test_a_cause_that_nobody_knows_decides_nothing() -> None:
    assert verdict(readings(units=problem("made-up", "x", "y", "z"))).component == "none found"
