from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg import Installed, Node
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_left import left_by_kill


def packages(*states: str, interrupted: bool = False) -> Node:
    """Return a node whose packages have these states, each dpkg's three words."""
    found = {}
    for number, state in enumerate(states):
        want, flag, status = state.split()
        found[f"p{number}"] = Installed(f"p{number}", "1", status, flag, hold=want == "hold", want=want)
    return Node(found, frozenset(), interrupted)


@pytest.mark.parametrize(
    ("found", "again", "rest"),
    [
        (packages("install ok installed", "install ok half-configured", "hold ok unpacked"), [], ["p1", "p2"]),
        (packages("install ok triggers-pending", "install ok triggers-awaited"), [], ["p0", "p1"]),
        (packages("install ok installed", interrupted=True), [], []),
        # In the middle of the files; and in preinst, where apt by itself would remove it.
        (packages("install ok unpacked", "install reinstreq half-installed"), ["p1"], ["p0"]),
        (packages("install ok half-installed"), ["p0"], []),
        (packages("install reinstreq unpacked", "hold reinstreq installed"), ["p0", "p1"], []),
    ],
)
def test_what_a_killed_dpkg_left(found: Node, again: list[str], rest: list[str]) -> None:
    left = left_by_kill(found)
    assert left
    assert ([one.name for one in left.again], [one.name for one in left.rest]) == (again, rest)
    assert left.names == sorted([*again, *rest])
    assert left.described == [f"{name} {found.packages[name].status}" for name in left.names]


def test_a_whole_node_has_nothing_left() -> None:
    assert left_by_kill(packages("install ok installed", "deinstall ok config-files", "purge ok not-installed")) is None


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("deinstall reinstreq half-installed", r"interrupted while p0 \(half-installed\) was to be removed"),
        ("purge ok half-configured", "was to be removed"),
        ("install ok strange", r"says of p0 \(strange\) what no interrupted run leaves"),
        ("install reinstreq config-files", "what no interrupted run leaves"),
    ],
)
def test_what_only_a_person_can_judge_is_refused_with_a_remedy(state: str, sentence: str) -> None:
    with pytest.raises(StepError, match=sentence + r".* on the node, or re-image it \(runbook 5\), then run again"):
        left_by_kill(packages(state))
