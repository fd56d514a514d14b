from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison, NodeComparison
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import FleetAudit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_table import Line, table
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import of_the_rulebook
from tests import audit_sample

TEXTS = of_the_rulebook()


def shown(audit: FleetAudit, *, width: int = 120, comparison: Comparison | None = None) -> list[Line]:
    return table(audit, TEXTS, comparison, width=width)


def text(audit: FleetAudit, *, width: int = 120, comparison: Comparison | None = None) -> str:
    return "\n".join(line.text for line in shown(audit, width=width, comparison=comparison))


def test_a_finding_is_shown_with_clause_subject_evidence_and_remedy() -> None:
    said = text(audit_sample.one_node())
    assert (
        "  violation 6.1 Never Auto-Update: apt-daily-upgrade.timer\n"
        "      the timer is enabled and active, and runs /usr/lib/apt/apt.systemd.daily install\n"
        "      -> stop it for good: 'systemctl stop apt-daily-upgrade.timer"
    ) in said
    assert "unknown 6.4" in said
    # What a waiver allows, and what is for information, is counted and in the report.
    assert "nodejs" not in said
    assert "fsck" not in said


def test_the_verdicts_stand_last_the_fleets_behind_all() -> None:
    lines = shown(audit_sample.fleet(20), width=300)
    assert "nodes break the runbook. " in lines[-1].text
    assert [line.tone for line in lines[-22:-2]] == [node.verdict for node in audit_sample.fleet(20).nodes]


def test_the_matrix_has_what_is_not_well() -> None:
    lines = [line.text for line in shown(audit_sample.fleet(12))]
    assert lines[0].split() == ["3.1", "6.1", "6.2", "6.3"]
    assert [line.split()[1:] for line in lines[1:5]] == [
        [".", ".", ".", "X"],
        [".", "X", ".", "."],
        ["w", ".", ".", "."],
        ["w", ".", "X", "."],
    ]
    assert "19 clauses and 8 nodes without a fault are left out." in lines[6]


def test_a_single_node_and_a_clean_fleet_need_no_matrix() -> None:
    assert "left out" not in text(audit_sample.one_node())
    assert text(audit_sample.clean_node()) == (
        "lab-pi-07  ok         23 clauses hold\n\nEvery audited clause holds. 23 clauses on 1 node, nothing found."
    )


def test_a_node_without_an_answer_is_unknown_and_says_why() -> None:
    said = text(audit_sample.fleet(20), width=200)
    assert "camera-17.plant-1.example.net   unknown    unreachable: Connection timed out" in said


def test_what_changed_is_told() -> None:
    finding = audit_sample.FOUND[0]
    compared = NodeComparison("lab-pi-07", "", (finding, finding), (finding,), (), ())
    assert "2 new, 1 gone since the last audit" in text(audit_sample.one_node(), comparison=Comparison((compared,)))


@pytest.mark.parametrize("width", [1, 40, 80, 120, 300])
@pytest.mark.parametrize("audit", [audit_sample.fleet(), audit_sample.one_node(), audit_sample.crowded(9, 30)])
def test_it_keeps_to_the_width_except_for_commands(audit: FleetAudit, width: int) -> None:
    for line in shown(audit, width=width):
        assert len(line.text) <= max(width, 40) or line.text.startswith("      -> ")


def test_a_command_is_never_broken() -> None:
    commands = [line.text for line in shown(audit_sample.one_node(), width=40) if "'systemctl" in line.text]
    assert commands
    assert all(line.count("'") == 2 for line in commands)


def test_it_is_bounded() -> None:
    lines = shown(audit_sample.crowded(50, 40))
    assert len(lines) < 10_000
    assert sum(len(line.text) for line in lines) < 1_000_000
    assert any("37 more are in the report" in line.text or "36 more" in line.text for line in lines)


def test_nothing_moves_the_cursor() -> None:
    hostile = audit_sample.hostile()
    assert all(line.text.isprintable() for line in shown(hostile))
    assert "\\x1b[2J" in text(hostile)


def test_a_node_cut_short_says_how_many_clauses_nobody_looked_at() -> None:
    audit = audit_sample.clean_node()
    node = audit.nodes[0]._replace(rules=audit.nodes[0].rules[:20])
    assert "3 clauses not looked at" in text(audit._replace(nodes=(node,)))
