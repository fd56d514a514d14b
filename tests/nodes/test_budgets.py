"""What a run costs on a node that is as it should be, counted: modules, commands, bytes on the wire, processes."""

from __future__ import annotations

import re
import typing as t

import pytest

from lab import inventory
from tests import budgets
from tests.budgets import Budget
from tests.nodes.conftest import LabNodes
from tests.nodes.exec_trace import traced
from tests.nodes.harness import PLAYBOOKS, Node, Run

PROVISION = PLAYBOOKS / "provision.yml"
AUDIT = PLAYBOOKS / "audit.yml"
DIAGNOSE = PLAYBOOKS / "diagnose.yml"
_RECEIVED = "cat /sys/class/net/eth0/statistics/rx_bytes"


class Counted(t.NamedTuple):
    run: Run
    cost: Budget


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    node = lab_node("t-budgets")
    node.always.update(inventory.greeters())
    node.play(PROVISION).ok()
    # Beyond what is declared, so that the audit names it; nothing here asks what it finds.
    node.root("DEBIAN_FRONTEND=noninteractive apt-get -q --yes install strace").ok()
    return node


def counted(node: Node, run: t.Callable[[], Run]) -> Counted:
    """Carry out a run and count what it costs."""
    before = int(node.root(_RECEIVED).ok())
    with traced(node) as trace:
        done = run()
    sent = int(node.root(_RECEIVED).ok()) - before
    modules = tuple(re.findall(r"Using module file \S+/(\w+)\.py", done.output))
    # Those that open and close the connection run nothing on the node.
    commands = len(re.findall(r"SSH: EXEC ssh .*/bin/sh -c", done.output))
    processes = sum(event.call == "execve" for event in trace.events)
    return Counted(done, Budget(modules, commands, sent, processes))


def within(cost: Budget, budget: Budget) -> list[str]:
    """Return what costs more than it may."""
    print(cost)
    excess = [
        f"{name}: {getattr(cost, name)} of {getattr(budget, name)}"
        for name in ("commands", "sent", "processes")
        if getattr(cost, name) > getattr(budget, name)
    ]
    return excess if cost.modules == budget.modules else [f"modules: {', '.join(cost.modules)}", *excess]


@pytest.mark.parametrize(("check", "budget"), [(False, budgets.PROVISION), (True, budgets.CHECK)])
def test_a_converged_provision_run(node: Node, budget: Budget, *, check: bool) -> None:
    counted_run = counted(node, lambda: node.play(PROVISION, "-vvv", check=check))
    assert counted_run.run.ok().actions == set()
    assert counted_run.cost.processes > 5
    assert within(counted_run.cost, budget) == []


def test_an_audit(node: Node) -> None:
    counted_run = counted(node, lambda: node.play(AUDIT, "-vvv"))
    assert counted_run.run.rc in (0, 2), counted_run.run.output
    assert counted_run.cost.processes > 5
    assert within(counted_run.cost, budgets.AUDIT) == []


def test_a_diagnosis(node: Node) -> None:
    counted_run = counted(node, lambda: node.play(DIAGNOSE, "-vvv"))
    assert counted_run.run.rc in (0, 2), counted_run.run.output
    assert counted_run.cost.processes > 5
    assert within(counted_run.cost, budgets.DIAGNOSIS) == []


def test_a_run_that_enters_every_role_costs_more(node: Node) -> None:
    """The counters see what they are to see: a module for each step, and the processes of all of them."""
    counted_run = counted(node, lambda: node.play(PROVISION, "-vvv", variables={"runbook_full": True}))
    assert counted_run.run.ok().actions == set()
    assert len(counted_run.cost.modules) > 10
    assert counted_run.cost.commands > budgets.PROVISION.commands
    assert counted_run.cost.sent > budgets.PROVISION.sent
    assert counted_run.cost.processes > budgets.PROVISION.processes
