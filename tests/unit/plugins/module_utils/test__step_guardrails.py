"""The order of the step: root, what there is, what stands against it, then the plan, then proof."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_guardrails
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_apt import FILE, TEXT, Wrong
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_cloud_init import CloudInitState
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_kernel import PanicState
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_manager import ManagerState
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_others import ON_DEMAND, RestartState
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_state import State
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_units import UnitState
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError
from tests.step_host import Host

NONE = CloudInitState(is_there=False, is_off=False, ran=False, is_done=False, does=())
DONE = CloudInitState(is_there=True, is_off=False, ran=True, is_done=True, does=())
QUIET = State((), (), ManagerState((), {}), PanicState(None, ()), (), NONE, RestartState(()), (), (), (), ())
FRESH = QUIET._replace(
    units=(UnitState("apt-daily.timer", "enabled", "active"),), apt=(Wrong("APT::Periodic::Enable", ""),)
)
OPTIONS: dict[str, t.Any] = {"remove": [], "disable_cloud_init": True, "keep": []}


class Node:
    """A node that becomes quiet by what is done to it."""

    def __init__(self) -> None:
        self.state = FRESH
        self.after = QUIET
        self.acts: list[tuple[str, str]] = []
        self.against_apt = ""
        self.against_network = ""

    def act(self, change: Change, **_options: object) -> None:
        self.acts.append((change.subject, change.action))

    def read(self, *_given: object) -> State:
        return self.after if self.acts else self.state


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    node = Node()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(_step_guardrails, "read_state", node.read)
    monkeypatch.setattr(_step_guardrails, "read_text", lambda _path: None)
    monkeypatch.setattr(_step_guardrails, "act", node.act)
    monkeypatch.setattr(_step_guardrails, "why_apt_would_go_on", lambda _names: node.against_apt)
    monkeypatch.setattr(_step_guardrails, "why_network_would_go", lambda *_given, **_more: node.against_network)
    return node


def step(*, check: bool = False, **options: t.Any) -> Step:
    return Step(Host(check_mode=check, **(OPTIONS | options)), "6.1")


def test_a_dry_run_tells_and_a_real_one_acts(node: Node) -> None:
    dry, real = step(check=True), step()
    assert _step_guardrails.body(dry) == "Nothing would update or heal the node by itself."
    assert node.acts == []
    assert _step_guardrails.body(real) == "Nothing updates or heals the node by itself."
    assert node.acts == [(FILE, "write"), ("apt-daily.timer", "stop"), ("apt-daily.timer", "disable")]
    assert dry.result("")["actions"] == real.result("")["actions"]


def test_a_second_run_changes_nothing(node: Node) -> None:
    node.state = QUIET
    one = step()
    _step_guardrails.body(one)
    assert one.result("")["changed"] is False


@pytest.mark.parametrize("check", [True, False])
def test_what_stands_against_it_is_said_before_anything_is_touched(node: Node, *, check: bool) -> None:
    node.against_apt, node.against_network = "apt says no", "the network says no"
    node.state = FRESH._replace(cloud_init=DONE)
    one = step(check=check)
    with pytest.raises(StepError, match="apt says no; the network says no"):
        _step_guardrails.body(one)
    assert node.acts == []
    assert one.result("")["actions"] == []


def test_the_network_is_not_asked_for_where_cloud_init_had_no_part_in_it(node: Node) -> None:
    node.against_network = "the network says no"
    node.state = FRESH._replace(cloud_init=DONE._replace(ran=False, is_done=False))
    _step_guardrails.body(step())
    assert node.acts[1][1] == "write"


def test_apt_is_asked_also_where_our_file_is_there_already(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_step_guardrails, "read_text", lambda path: TEXT if path == FILE else None)
    node.against_apt = "/etc/apt/apt.conf.d/zzz is read after it"
    with pytest.raises(StepError, match="zzz is read after it"):
        _step_guardrails.body(step())
    assert node.acts == []


def test_what_does_not_hold_afterwards_is_an_error(node: Node) -> None:
    node.after = FRESH._replace(apt=())
    with pytest.raises(StepError, match=r"apt-daily.timer \(stop\), apt-daily.timer \(disable\) is to be done again"):
        _step_guardrails.body(step())


def test_what_is_left_is_named_in_warning_result_and_sentence(node: Node) -> None:
    node.state = QUIET._replace(on_demand=(ON_DEMAND[0],))
    host = Host(check_mode=False, **OPTIONS)
    one = Step(host, "6.1")
    assert "but for 1 thing that only you can settle" in _step_guardrails.body(one)
    assert one.result("")["left"] == host.warnings
    assert "packagekit" in host.warnings[0]
    removed = step(remove=["packagekit"])
    assert "only you" not in _step_guardrails.body(removed)


def test_what_cannot_be_read_is_an_error_with_a_remedy(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> State:
        raise ViewError("/etc/cron.d/x is not a regular file")

    del node
    monkeypatch.setattr(_step_guardrails, "read_state", fail)
    with pytest.raises(StepError, match=r"/etc/cron\.d/x is not a regular file; look at it on the node"):
        _step_guardrails.body(step())


def test_it_wants_roots_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StepError, match="become: true"):
        _step_guardrails.body(step())
