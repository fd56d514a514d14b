"""What the module refuses, and that it begins nothing where there is nothing to do."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_node_network
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_plan import Plan
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import (
    Address,
    NetworkState,
    Resolver,
    Route,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from tests.guard_turns import Turns

STATE = NetworkState(
    "10.0.0.5",
    (Address("eth0", "10.0.0.5", 24, dynamic=False),),
    (Route("10.0.0.1", "eth0", 0),),
    Resolver("plain", ("10.0.0.1",), "nameserver 10.0.0.1\n"),
)
TOKEN = "0" * 32


class Module:
    """Stands for AnsibleModule: options, check mode and warnings are all that a step asks it for."""

    def __init__(self, *, check_mode: bool = False, **params: t.Any) -> None:
        self.check_mode = check_mode
        self.warnings: list[str] = []
        self.params = {
            "mode": "static",
            "address": "10.0.0.5/24",
            "gateway": "10.0.0.1",
            "dns": ["10.0.0.1"],
            "assignment": "static",
            "proof_timeout": 60,
            "token": TOKEN,
            **params,
        }

    def warn(self, message: str) -> None:
        self.warnings.append(message)


class Manager:
    """Stands for a network manager whose file already says ``before``."""

    def __init__(self, before: str = "wanted") -> None:
        self._before = before

    def plan(self, *_arguments: object) -> Plan:
        return Plan("systemd-networkd", "/etc/x", self._before, "wanted", 0o644, writes_servers=True)


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, turns: Turns) -> list[dict[str, t.Any]]:
    monkeypatch.setattr(_step_node_network, "turn", turns.turn)
    monkeypatch.setattr(_step_node_network, "read_network", lambda _gateway: STATE)
    monkeypatch.setattr(_step_node_network, "require_plain", turns.within("network", lambda _interface: None))
    monkeypatch.setattr(_step_node_network, "manager_of", lambda _interface: Manager())
    monkeypatch.setattr(_step_node_network, "who_has", lambda *_: "")
    return turns.started


def configure(**options: t.Any) -> tuple[str, dict[str, t.Any], list[str]]:
    module = Module(**options)
    step = Step(module, "2.4")
    sentence = _step_node_network.body(step)
    return sentence, step.result(sentence), module.warnings


def test_what_is_set_for_good_is_left_alone(begun: list[dict[str, t.Any]]) -> None:
    sentence, result, _warnings = configure()
    assert sentence == "10.0.0.5/24 on eth0 is set for good in /etc/x."
    assert (result["changed"], begun) == (False, [])


def test_a_change_is_begun_with_the_bound_and_the_token(begun: list[dict[str, t.Any]]) -> None:
    _sentence, result, _warnings = configure(address="10.0.0.9/24", proof_timeout=7)
    assert begun == [{"name": "network", "token": TOKEN, "seconds": 7}]
    assert (result["guarded"], result["local"]) == (True, "10.0.0.5")
    assert [(action["subject"], action["action"]) for action in result["actions"]] == [("eth0", "set 10.0.0.9/24")]


def test_check_mode_begins_nothing_and_predicts_the_same(begun: list[dict[str, t.Any]], turns: Turns) -> None:
    _sentence, predicted, _warnings = configure(address="10.0.0.9/24", check_mode=True)
    assert begun == []
    assert turns.asked == [{"name": "network", "seconds": 60, "look": True}]
    assert "guarded" not in predicted
    assert predicted["actions"] == configure(address="10.0.0.9/24")[1]["actions"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"address": "10.0.0.5"}, "network_address '10.0.0.5' has no prefix length"),
        ({"gateway": "10.0.1.1"}, "network_gateway '10.0.1.1' is outside 10.0.0.0/24"),
        ({"dns": []}, "network_dns is empty"),
        ({"assignment": "reservation"}, "network_mode is static while network_assignment is reservation"),
        ({"address": "10.0.0.9/24", "token": None}, "mode static needs the controller's proof"),
        ({"mode": "verify", "address": "10.0.0.9/24"}, "the node has the address 10.0.0.5/24 on eth0 while"),
    ],
)
def test_what_cannot_be_is_refused_before_anything(
    begun: list[dict[str, t.Any]], options: dict[str, t.Any], sentence: str
) -> None:
    with pytest.raises(StepError) as caught:
        configure(**options)
    assert sentence in str(caught.value)
    assert begun == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_address_in_use_is_refused(
    begun: list[dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch, *, check_mode: bool
) -> None:
    monkeypatch.setattr(_step_node_network, "who_has", lambda *_: "62:2d:a5:b2:a6:09")
    with pytest.raises(StepError, match=r"belongs to another machine already, .* 62:2d:a5:b2:a6:09: declare a free"):
        configure(address="10.0.0.9/24", check_mode=check_mode)
    assert begun == []


def test_an_address_that_the_node_has_already_is_not_asked_for(
    begun: list[dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_step_node_network, "who_has", lambda *_: "62:2d:a5:b2:a6:09")
    monkeypatch.setattr(_step_node_network, "manager_of", lambda _interface: Manager(before=""))
    configure()
    assert len(begun) == 1


def test_an_ip_that_prints_something_else_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def lie(_gateway: str) -> NetworkState:
        raise ValueError("Expecting value")

    monkeypatch.setattr(_step_node_network, "read_network", lie)
    with pytest.raises(StepError, match="answers in another form than it should"):
        configure(mode="verify")


def test_servers_that_routers_announce_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    state = STATE._replace(resolver=Resolver("plain", ("10.0.0.1", "fe80::1%eth0"), ""))
    monkeypatch.setattr(_step_node_network, "read_network", lambda _gateway: state)
    _sentence, result, warnings = configure(mode="verify")
    assert not result["changed"]
    assert "fe80::1%eth0" in warnings[0]
