"""Whether the next nodes may follow: what is new on the first one counts, what is old or waived does not."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._rollback_verdict import Told, verdict
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Waiver

OLD = Finding("4.1", "violation", "web.service down", "it failed", "look")
NEW = Finding("4.1", "violation", "probe.service down \x1b", "it failed", "look")
UNKNOWN = Finding("4.1", "unknown", "x", "nobody can tell", "look")


def found(*findings: Finding) -> dict[str, t.Any]:
    return {"findings": [one._asdict() for one in findings]}


def waiver() -> Waiver:
    day = dt.datetime.now().astimezone().date() + dt.timedelta(days=9)
    return Waiver(1, 1, "4.1", "n1", "probe.service down*", "known to be so", "anna", day)


@pytest.mark.parametrize(
    ("before", "after", "well"),
    [
        ((), (), True),
        ((OLD,), (OLD,), True),
        ((OLD,), (), True),
        ((), (UNKNOWN,), True),
        ((OLD,), (OLD, NEW), False),
        ((UNKNOWN,), (NEW,), False),
    ],
)
def test_a_new_violation_stops_it(before: tuple[Finding, ...], after: tuple[Finding, ...], *, well: bool) -> None:
    is_well, said = verdict(Told("n1", "Reverted.", waiting=2), found(*before), found(*after), ())
    assert is_well is well
    assert said.startswith("Reverted. ")
    assert said.isprintable()
    if not well:
        assert "n1 is worse than before: 4.1 probe.service down" in said
        assert (
            "The other 2 nodes were left as they are. Next: ansible-playbook playbooks/diagnose.yml --limit n1" in said
        )


def test_what_is_waived_stops_nothing() -> None:
    assert verdict(Told("n1", "R."), found(), found(NEW), (waiver(),))[0]


def test_what_is_as_before_is_counted() -> None:
    said = verdict(Told("n1", "R."), found(OLD), found(OLD, UNKNOWN), ())[1]
    assert said.startswith("R. It was deployed here: no new violation, 1 violation as before; 1 of what")


def test_what_is_unknown_is_never_called_good() -> None:
    said = verdict(Told("n1", "R."), found(UNKNOWN), found(UNKNOWN), ())[1]
    assert "as declared" not in said
    assert "1 of what the audit asks could not be looked at" in said


def test_a_deployment_that_failed_and_a_node_that_nobody_looked_at() -> None:
    is_well, said = verdict(Told("n1", "R.", lost="Put back."), {}, {}, ())
    assert (is_well, "It does not run on n1: Put back. Next:" in said) == (False, True)
    is_well, said = verdict(Told("n 1'", "R."), found(), {"msg": "x"}, ())
    assert (is_well, "nobody could look" in said, "--limit <node>" in said) == (False, True, True)


def test_a_dry_run_says_what_would_be() -> None:
    assert verdict(Told("n1", "R.", waiting=3, dry=True), {}, {}, ()) == (
        True,
        "R. It is to be deployed here, then the other 3.",
    )
    assert not verdict(Told("n1", "R.", lost="no", dry=True), {}, {}, ())[0]
