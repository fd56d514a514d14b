from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import FleetAudit, Waiver, node_audit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import of_the_rulebook
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_view import (
    MOST_FINDINGS,
    Remedy,
    ShownNode,
    parts_of,
    remedy_of,
    shown_nodes,
)
from tests import audit_sample

TEXTS = of_the_rulebook()


def shown(audit: FleetAudit) -> list[ShownNode]:
    return shown_nodes(audit.nodes, TEXTS, set())


def count(node: ShownNode) -> int:
    return sum(len(group.findings) for group in node.groups)


def test_findings_are_grouped_by_clause_in_the_runbooks_order() -> None:
    (node,) = shown(audit_sample.one_node())
    assert [(group.clause, group.verdict) for group in node.groups] == [
        ("1.1", "violation"),
        ("2.2", "ok"),
        ("3.1", "waived"),
        ("6.1", "violation"),
        ("6.2", "violation"),
        ("6.3", "violation"),
        ("6.4", "unknown"),
    ]
    assert node.left_out == 0
    assert "6.5" in node.holds
    assert node.is_open


def test_the_worst_nodes_come_first() -> None:
    verdicts = [node.verdict for node in shown(audit_sample.fleet())]
    assert verdicts == sorted(verdicts, key=["violation", "unknown", "waived", "ok"].index)
    assert len({node.mark for node in shown(audit_sample.fleet())}) == 50


def test_what_is_new_is_marked() -> None:
    audit = audit_sample.one_node()
    new = {("lab-pi-07", audit_sample.FOUND[0].fingerprint), ("another", audit_sample.FOUND[1].fingerprint)}
    (node,) = shown_nodes(audit.nodes, TEXTS, new)
    marked = [one.subject for group in node.groups for one in group.findings if one.is_new]
    assert marked == [audit_sample.FOUND[0].subject]


def test_what_is_left_out_is_counted_and_never_the_most_pressing() -> None:
    many = [Finding("1.1", "info", str(number), "x", "") for number in range(MOST_FINDINGS + 10)]
    many.append(Finding("6.5", "violation", "the one", "x", "mend it"))
    audit = audit_sample.clean_node()
    node = node_audit("n", audit_sample.result(many), asked=audit_sample.ASKED, seconds=1)
    (one,) = shown(audit._replace(nodes=(node,)))
    assert count(one) == MOST_FINDINGS
    assert one.left_out == 11
    assert one.groups[-1].findings[0].subject == "the one"


def test_what_is_waived_keeps_nothing_unknown_off_the_page() -> None:
    many = [Finding("1.1", "violation", str(number), "x", "") for number in range(MOST_FINDINGS)]
    node = node_audit(
        "n",
        audit_sample.result([*many, Finding("6.5", "unknown", "the one", "x", "")]),
        asked=audit_sample.ASKED,
        seconds=1,
    )
    waiver = Waiver("why", "Ada", "", "")
    waived = tuple(one._replace(waiver=waiver if one.finding.verdict == "violation" else None) for one in node.found)
    (shown_node,) = shown_nodes([node._replace(found=waived)], TEXTS, set())
    assert shown_node.left_out == 1
    assert shown_node.groups[-1].findings[0].subject == "the one"


@pytest.mark.parametrize("letter", ["x", "<", "'", "\x1b"])
def test_a_crowded_fleet_is_cut_evenly(letter: str) -> None:
    nodes = shown(audit_sample.crowded(letter=letter))
    assert {count(node) + node.left_out for node in nodes} == {40}
    assert all(count(node) >= 1 for node in nodes)
    assert len({count(node) for node in nodes}) == 1


def test_forty_findings_of_ordinary_length_are_shown_of_each_of_fifty_nodes() -> None:
    assert {node.left_out for node in shown(audit_sample.crowded(length=100, letter="x"))} == {0}


@pytest.mark.parametrize(
    ("remedy", "pieces"),
    [
        ("", []),
        ("look at it", ["look at it"]),
        ("'rm /x'", ["[rm /x]"]),
        ("first 'rm /x', then 'y'", ["first ", "[rm /x]", ", then 'y'"]),
        ("the node's console", ["the node's console"]),
        ("''", []),
    ],
)
def test_the_command_of_a_remedy_is_what_lies_between_its_first_quotes(remedy: str, pieces: list[str]) -> None:
    def said(piece: Remedy) -> str:
        return f"[{piece.text}]" if piece.is_command else piece.text

    assert [said(piece) for piece in remedy_of(Finding("6.1", "violation", "s", "e", remedy))] == pieces


def test_a_node_without_an_answer_lists_what_is_unknown() -> None:
    (lost,) = [node for node in shown(audit_sample.fleet(18)) if node.state == "unreachable"]
    assert lost.unknown == audit_sample.ASKED
    assert (lost.holds, lost.brief, lost.facts) == ((), "unreachable", "")


def test_the_parts_of_a_bar_fill_it() -> None:
    parts = parts_of([("ok", 1, "ok"), ("violation", 3, "violations")])
    assert [(part.start, part.width) for part in parts] == [("0.00", "25.00"), ("25.00", "75.00")]
    assert parts_of([("ok", 0, "ok")])[0].width == "0.00"
