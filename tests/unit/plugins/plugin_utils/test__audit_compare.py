from __future__ import annotations

import datetime as dt
import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison, compare, last_audit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    FleetAudit,
    NodeAudit,
    fleet_audit,
    lost_node,
    node_audit,
    to_json,
)
from tests import audit_sample

ASKED = ("6.1", "6.2")
NOW = "20261105T101500Z"
STAYS, COMES, GOES = (Finding("6.1", "violation", f"{name}.timer", "it runs", "stop it") for name in "sng")


def fleet(*nodes: NodeAudit) -> FleetAudit:
    started = audit_sample.STARTED
    return fleet_audit(nodes, started=started, ended=started + dt.timedelta(9), runbook="", collection="1.0.0")


def node(*found: Finding, name: str = "n1", asked: t.Sequence[str] = ASKED) -> NodeAudit:
    return node_audit(name, audit_sample.result(found, asked), asked=asked, seconds=1)


def report(reports: pathlib.Path, folder: str, said: FleetAudit | str | bytes) -> None:
    path = reports / folder / "audit.json"
    path.parent.mkdir(parents=True)
    text = json.dumps(to_json(said)) if isinstance(said, FleetAudit) else said
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def marks(compared: Comparison) -> dict[str, list[str]]:
    (one,) = compared.nodes
    return {
        name: [finding.subject for finding in getattr(one, name)] for name in ("new", "gone", "unclear", "unchanged")
    }


def test_what_is_new_gone_and_unchanged(tmp_path: pathlib.Path) -> None:
    report(tmp_path, "20261104T101500Z", fleet(node(STAYS, GOES)))
    compared = compare(fleet(node(STAYS, COMES)), tmp_path, folder=NOW)
    assert marks(compared) == {"new": ["n.timer"], "gone": ["g.timer"], "unclear": [], "unchanged": ["s.timer"]}
    assert compared.nodes[0].since == "2026-11-05T10:15:00+00:00"
    assert compared.notes == ()


def test_the_last_of_several_in_one_second_is_compared(tmp_path: pathlib.Path) -> None:
    for name, found in ((NOW, ()), (f"{NOW}-2", (STAYS,)), (f"{NOW}-3", (GOES,)), (f"{NOW}-10", (COMES,))):
        report(tmp_path, name, fleet(node(*found)))
    assert marks(compare(fleet(node(STAYS)), tmp_path, folder=f"{NOW}-3"))["unchanged"] == ["s.timer"]
    assert marks(compare(fleet(node(STAYS)), tmp_path, folder=""))["gone"] == ["n.timer"]
    last = last_audit("n1", tmp_path)
    assert last is not None
    assert last.findings == (COMES,)


def test_other_evidence_is_the_same_matter(tmp_path: pathlib.Path) -> None:
    report(tmp_path, "20261104T101500Z", fleet(node(STAYS)))
    assert marks(compare(fleet(node(STAYS._replace(evidence="pid 7"))), tmp_path, folder=NOW))["unchanged"]


def test_a_long_subject_keeps_its_fingerprint(tmp_path: pathlib.Path) -> None:
    long = STAYS._replace(subject="\U000e0001" * 50_000)
    report(tmp_path, "20261104T101500Z", fleet(node(long)))
    assert len(marks(compare(fleet(node(long)), tmp_path, folder=NOW))["unchanged"]) == 1


def test_what_is_not_seen_in_a_clause_that_is_unknown_now_is_not_gone(tmp_path: pathlib.Path) -> None:
    report(tmp_path, "20261104T101500Z", fleet(node(GOES)))
    cut = Finding("6.1", "unknown", "rule timers", "the time was over", "more time")
    compared = marks(compare(fleet(node(cut)), tmp_path, folder=NOW))
    assert (compared["unclear"], compared["gone"]) == (["g.timer"], [])


def test_only_clauses_that_both_looked_at_are_compared(tmp_path: pathlib.Path) -> None:
    other = Finding("6.2", "violation", "x.service", "it restarts", "mend it")
    report(tmp_path, "20261104T101500Z", fleet(node(GOES, asked=["6.1"])))
    compared = compare(fleet(node(other, asked=["6.2"])), tmp_path, folder=NOW)
    assert marks(compared) == {"new": [], "gone": [], "unclear": [], "unchanged": []}


def test_the_newest_older_report_of_each_node_counts(tmp_path: pathlib.Path) -> None:
    report(tmp_path, "20261101T101500Z", fleet(node(GOES), node(STAYS, name="n2")))
    report(tmp_path, "20261102T101500Z", fleet(node(STAYS)))
    report(tmp_path, "20261103T101500Z", fleet(lost_node("n1", "unreachable", "", asked=ASKED)))
    report(tmp_path, NOW, fleet(node(COMES)))
    report(tmp_path, "20261106T101500Z", fleet(node(COMES)))
    (tmp_path / "latest").symlink_to("20261106T101500Z")
    compared = compare(fleet(node(STAYS), node(name="n2"), node(name="n3")), tmp_path, folder=NOW)
    assert [(one.node, len(one.unchanged), len(one.gone)) for one in compared.nodes] == [("n1", 1, 0), ("n2", 0, 1)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        (b"\xff\xfe{}", "it is not JSON"),
        ("[]", "it is no audit of schema 1"),
        ('{"schema": 2, "nodes": {}}', "it is no audit of schema 1"),
        ('{"schema": 1, "nodes": []}', "it has no nodes"),
    ],
)
def test_a_file_that_is_no_report_is_passed_over_with_a_word(
    tmp_path: pathlib.Path, text: str | bytes, words: str
) -> None:
    report(tmp_path, "20261104T101500Z", text)
    report(tmp_path, "20261103T101500Z", fleet(node(STAYS)))
    compared = compare(fleet(node(STAYS)), tmp_path, folder=NOW)
    assert compared.notes == (f"20261104T101500Z/audit.json was passed over: {words}",)
    assert len(compared.nodes) == 1


def test_a_file_larger_than_any_report_is_not_read(tmp_path: pathlib.Path) -> None:
    report(tmp_path, "20261104T101500Z", "{}")
    os.truncate(tmp_path / "20261104T101500Z" / "audit.json", 200 * 1024 * 1024)
    assert "larger than any audit" in compare(fleet(node()), tmp_path, folder=NOW).notes[0]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        7,
        {"state": "audited"},
        {"state": "audited", "clauses": ["6.1"], "findings": {}},
        {"state": "audited", "clauses": {"6.1": "ok"}, "findings": [1, None, {"clause": "x"}, {"clause": []}]},
        {"state": "audited", "clauses": {"6.1": "ok"}, "findings": [{"clause": "6.1", "verdict": ["x"]}]},
    ],
)
def test_nonsense_inside_a_report_breaks_nothing(tmp_path: pathlib.Path, broken: t.Any) -> None:
    report(tmp_path, "20261104T101500Z", json.dumps({"schema": 1, "started": 7, "nodes": {"n1": broken}}))
    assert len(compare(fleet(node(STAYS)), tmp_path, folder=NOW).nodes) <= 1


def test_without_reports_there_is_nothing_to_compare(tmp_path: pathlib.Path) -> None:
    assert compare(fleet(node()), tmp_path / "none", folder=NOW) == Comparison()
    assert compare(fleet(node()), tmp_path, folder=NOW) == Comparison()


def test_the_last_audit_of_a_node_is_the_newest_that_holds_it(tmp_path: pathlib.Path) -> None:
    for folder, nodes in [("20261101T000000Z", ["a", "b"]), ("20261102T000000Z", ["a"]), ("20261103T000000Z", [])]:
        (tmp_path / folder).mkdir()
        audited = {name: {"state": "audited", "clauses": {"6.1": "ok"}, "findings": []} for name in nodes}
        (tmp_path / folder / "audit.json").write_text(json.dumps({"schema": 1, "started": folder, "nodes": audited}))
    (tmp_path / "20261104T000000Z").mkdir()
    (tmp_path / "20261104T000000Z" / "audit.json").write_text("odd")
    found = {name: last_audit(name, tmp_path) for name in ("a", "b", "c")}
    assert {name: one.since for name, one in found.items() if one} == {"a": "20261102T000000Z", "b": "20261101T000000Z"}
    assert last_audit("a", tmp_path / "nowhere") is None
