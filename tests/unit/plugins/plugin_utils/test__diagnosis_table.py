from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_table import headline, table
from tests.diagnosis_sample import CARD, PROBLEM, UNKNOWN, node, silent


def text(*nodes: dict[str, object], width: int = 200) -> str:
    return "\n".join(line.text for line in table(nodes, width=width))


def test_one_node_is_told_with_its_verdict_and_next_step_last() -> None:
    lines = text(node("pi-1", units=[PROBLEM], board=[UNKNOWN])).splitlines()
    assert lines[0] == "pi-1: 21 sources: 1 problem, 1 unknown, 19 ok"
    assert "  problem Units: worker.service: it failed: its program ended with an error" in lines
    assert "      | status=3" in lines
    assert "  unknown: Board" in lines
    assert lines[-4].startswith("pi-1  application a service of ours: worker.service: it failed")
    assert lines[-3].startswith("      -> next step (5.3): If it came with a commit, revert")
    assert lines[-1] == "1 of 1 node fails (1 application)."


def test_many_nodes_are_one_overview_the_worst_last() -> None:
    said = text(node("pi-1"), node("pi-2", units=[PROBLEM], kernel_log=[CARD]), silent("pi-3"), node("pi-4"))
    order = [said.index(f"\n{name}  ") for name in ("pi-1", "pi-4", "pi-3", "pi-2")]
    assert order == sorted(order)
    assert said.endswith("1 of 4 nodes fails (1 hardware); 1 unknown, 2 without a problem found.")
    assert "pi-3: unreachable: Connection timed out" in said
    assert "-> next step (5.1): Go to the node" in said


@pytest.mark.parametrize("width", [0, 40, 80])
def test_a_narrow_terminal_breaks_no_line(width: int) -> None:
    lines = table([node("pi-" + "x" * 90, units=[PROBLEM] * 30)], width=width)
    assert max(len(line.text) for line in lines) <= max(width, 40)
    assert "18 more are in the report" in "\n".join(line.text for line in lines)


def test_no_node_is_no_success() -> None:
    assert headline([]).startswith("No node was diagnosed")
    assert [line.tone for line in table([], width=80)][-1] == "unknown"
