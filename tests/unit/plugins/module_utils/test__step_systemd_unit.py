from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _deployment, _step_systemd_unit
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_plan import Plan
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_study import PHASES, Study
from tests.step_host import Host
from tests.unit.plugins.module_utils.test__unit_order import CHECKOUT, COMMIT, GOOD, entry, params

START = Plan(stop=("web.service",), start=("web.service",))
CHANGES = {"stop": [Change("web.service", "stop")], "start": [Change("web.service", "start")]}
AT = COMMIT[:12]


class Rig:
    """The module with what it studies and deploys as a test says."""

    def __init__(self) -> None:
        self.plan = START
        self.strays: tuple[str, ...] = ()
        self.ended = 0
        self.deployed: list[tuple[Plan, float]] = []
        self.fails = False
        self.watched = True
        self.warnings: list[str] = []

    def study(self, order: Order) -> Study:
        changes: dict[str, list[Change]] = {phase: [] for phase in PHASES}
        return Study(order, self.plan, {**changes, **(CHANGES if self.plan == START else {})}, self.strays)

    def step(self, *, check_mode: bool = False) -> tuple[Step, Host]:
        files = {"web/web.service": GOOD}
        host = Host(check_mode=check_mode, **params(files, entry("web/web.service")), settle=7)
        return Step(host, "4"), host

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    rig = Rig()

    class Deployer:
        def __init__(self, order: Order, plan: Plan, **more: t.Any) -> None:
            assert order.commit == COMMIT
            rig.deployed.append((plan, more["settle"]))
            self.note = more["note"]

        def carry_out(self, changes: dict[str, list[Change]]) -> None:
            self.note(changes["stop"])
            if rig.fails:
                raise StepError("web.service did not start\nits lines", short="web.service did not start")
            self.note(changes["start"])

    monkeypatch.setattr(_step_systemd_unit, "study", rig.study)
    monkeypatch.setattr(_step_systemd_unit, "Deployer", Deployer)
    monkeypatch.setattr(_step_systemd_unit, "locked", lambda _job: contextlib.nullcontext())
    monkeypatch.setattr(_deployment, "end", rig.end)
    return rig


def test_a_node_that_is_as_declared_needs_nothing_and_its_deployment_ends(rig: Rig) -> None:
    rig.plan = Plan()
    step, _host = rig.step()
    sentence = _step_systemd_unit.quick(step)
    assert sentence == f"1 unit is as declared at {AT}."
    result = step.result(sentence)
    assert (result["changed"], result["actions"], result["undeclared"]) == (False, [], [])
    assert rig.ended == 1
    assert _step_systemd_unit.quick(rig.step(check_mode=True)[0]) == sentence
    assert rig.ended == 1


def test_a_dry_run_predicts_what_a_real_one_does(rig: Rig) -> None:
    step, _host = rig.step(check_mode=True)
    sentence = _step_systemd_unit.quick(step)
    assert sentence == f"1 unit at {AT}, 2 changes would be made."
    predicted = step.result(sentence)["actions"]
    assert (rig.deployed, rig.ended) == ([], 0)
    step, _host = rig.step()
    assert _step_systemd_unit.quick(step) is None
    assert step.result("")["actions"] == []
    assert _step_systemd_unit.work(step, Job()) == f"1 unit at {AT}, 2 changes made."
    assert [action["action"] for action in predicted] == ["stop", "start"]
    assert step.result("")["actions"] == predicted
    assert rig.deployed == [(START, 7)]
    assert rig.ended == 1


@pytest.mark.parametrize("under_way", [True, False])
def test_a_dry_run_says_that_a_deployment_was_cut_off(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, *, under_way: bool
) -> None:
    monkeypatch.setattr(_deployment, "is_under_way", lambda: under_way)
    rig.plan = Plan()
    step, _host = rig.step(check_mode=True)
    result = step.result(_step_systemd_unit.quick(step) or "")
    assert (result.get("unfinished", False), result["changed"], rig.ended) == (under_way, False, 0)


def test_a_deployment_that_failed_is_not_ended_here_and_tells_what_was_done(rig: Rig) -> None:
    rig.fails = True
    step, _host = rig.step()
    with pytest.raises(StepError):
        _step_systemd_unit.work(step, Job())
    assert [action["action"] for action in step.result("")["actions"]] == ["stop"]
    assert rig.ended == 0


def test_where_the_operators_run_is_gone_nothing_is_begun(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_job: Job) -> None:
        raise StepError("the run that began this is gone")

    monkeypatch.setattr(Job, "require_watched", gone)
    with pytest.raises(StepError, match="is gone"):
        _step_systemd_unit.work(rig.step()[0], Job())
    assert rig.deployed == []


def test_what_nobody_declares_is_warned_of_and_returned(rig: Rig) -> None:
    rig.plan, rig.strays = Plan(), tuple(f"s{number}.service" for number in range(12))
    step, host = rig.step()
    _step_systemd_unit.quick(step)
    assert step.result("")["undeclared"] == list(rig.strays)
    (warning,) = host.warnings
    assert warning.startswith("Nobody declares s0.service, s1.service, ")
    assert "s10.service" not in warning
    assert warning.endswith(
        f"linked from {CHECKOUT}; declare them in services_list with state absent, or set services_exclusive: true."
    )


def test_without_its_action_plugin_it_does_nothing(rig: Rig) -> None:
    step, host = rig.step()
    host.params["order"] = None
    with pytest.raises(StepError, match="without its action plugin"):
        _step_systemd_unit.quick(step)
