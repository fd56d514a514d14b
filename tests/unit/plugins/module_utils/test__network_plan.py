"""What a static address takes: the decision is at once the prediction, the diff and the plan."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_plan import (
    Plan,
    PlanError,
    decide,
    resolv_conf_with,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import (
    Address,
    NetworkState,
    Resolver,
    Route,
)

DECLARED = parse("10.0.0.9/24", "10.0.0.1", ["10.0.0.1", "9.9.9.9"])
ADDRESS = Address("eth0", "10.0.0.9", 24, dynamic=False)
RESOLVER = Resolver("plain", ("10.0.0.1", "9.9.9.9"), "nameserver 10.0.0.1\nnameserver 9.9.9.9\n")
RIGHT = NetworkState("10.0.0.9", (ADDRESS,), (Route("10.0.0.1", "eth0", 0),), RESOLVER)
PLAN = Plan("systemd-networkd", "/etc/x", "wanted", "wanted", 0o644, writes_servers=True)


def actions(plan: Plan, state: NetworkState) -> list[tuple[str, str]]:
    return [(change.subject, change.action) for change in decide(DECLARED, "eth0", plan, state)]


def test_what_is_right_stays_untouched() -> None:
    assert actions(PLAN, RIGHT) == []


@pytest.mark.parametrize(
    "state",
    [
        RIGHT._replace(addresses=(ADDRESS._replace(dynamic=True),)),
        RIGHT._replace(addresses=(ADDRESS._replace(address="10.0.0.8"),)),
        RIGHT._replace(addresses=(ADDRESS._replace(prefix=16),)),
        RIGHT._replace(addresses=()),
        RIGHT._replace(routes=()),
        RIGHT._replace(routes=(Route("10.0.0.2", "eth0", 0),)),
    ],
)
def test_an_address_that_is_not_in_force_is_set(state: NetworkState) -> None:
    assert actions(PLAN, state) == [("eth0", "set 10.0.0.9/24")]


def test_every_change_of_a_file_is_proved_too() -> None:
    plan = PLAN._replace(before="", aside=("/etc/old",))
    assert actions(plan, RIGHT) == [("eth0", "set 10.0.0.9/24"), ("/etc/x", "write"), ("/etc/old", "move aside")]


def test_the_declared_address_beside_another_one_counts() -> None:
    assert actions(PLAN, RIGHT._replace(addresses=(ADDRESS._replace(address="10.0.0.8"), ADDRESS))) == []


def test_name_servers_are_ours_to_write_where_nobody_else_does() -> None:
    state = RIGHT._replace(resolver=Resolver("plain", ("1.1.1.1",), "search lan\nnameserver 1.1.1.1\n"))
    changes = decide(DECLARED, "eth0", PLAN, state)
    assert [(change.subject, change.action) for change in changes] == [
        ("eth0", "set 10.0.0.9/24"),
        ("/etc/resolv.conf", "write"),
    ]
    assert changes[1].after == "search lan\nnameserver 10.0.0.1\nnameserver 9.9.9.9\n"


def test_other_name_servers_in_spite_of_right_files_are_an_error() -> None:
    state = RIGHT._replace(resolver=Resolver("resolved", ("1.1.1.1",), ""))
    with pytest.raises(PlanError, match=r"/etc/x names the declared servers 10.0.0.1, 9.9.9.9, and yet .* 1.1.1.1"):
        decide(DECLARED, "eth0", PLAN._replace(writes_servers=False), state)


def test_the_diff_tells_both_sides() -> None:
    state = RIGHT._replace(addresses=(Address("eth0", "10.0.0.77", 24, dynamic=True),))
    change = decide(DECLARED, "eth0", PLAN, state)[0]
    assert change.before == "address 10.0.0.77/24 (a lease)\ngateway 10.0.0.1\ndns 10.0.0.1 9.9.9.9\n"
    assert change.after == "address 10.0.0.9/24\ngateway 10.0.0.1\ndns 10.0.0.1 9.9.9.9\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "nameserver 10.0.0.1\nnameserver 9.9.9.9\n"),
        ("nameserver 1.1.1.1", "nameserver 10.0.0.1\nnameserver 9.9.9.9\n"),
        (
            "# mine\nnameserver 1.1.1.1\noptions rotate\nnameserver 8.8.8.8\n",
            "# mine\nnameserver 10.0.0.1\nnameserver 9.9.9.9\noptions rotate\n",
        ),
        ("search lan\n", "search lan\nnameserver 10.0.0.1\nnameserver 9.9.9.9\n"),
    ],
)
def test_resolv_conf_keeps_its_other_lines(text: str, expected: str) -> None:
    assert resolv_conf_with(text, DECLARED) == expected
    assert resolv_conf_with(expected, DECLARED) == expected
