from __future__ import annotations

import datetime as dt
import json
import pathlib
import re
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    FleetAudit,
    NodeAudit,
    fleet_audit,
    lost_node,
    node_audit,
    to_json,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import MOST
from tests import audit_sample

ASKED = ("6.2", "2.10", "2.9", "6.1")
BROKEN = Finding("6.1", "violation", "a.timer", "it runs", "stop it")
UNKNOWN = Finding("6.1", "unknown", "b.timer", "it could not be read", "look")
INFO = Finding("6.1", "info", "c.timer", "it is allowed", "")
WAIVER = {"subject": "a.timer", "reason": "until the rewrite", "who": "Ada", "expires": "2027-01-01"}


def node(*found: Finding, name: str = "n1", rules: t.Iterable[str] = ASKED) -> NodeAudit:
    return node_audit(name, audit_sample.result(found, rules), asked=ASKED, seconds=1.5)


def fleet(*nodes: NodeAudit, waived: t.Iterable[tuple[str, Finding]] = ()) -> FleetAudit:
    return fleet_audit(
        nodes,
        started=audit_sample.STARTED,
        ended=audit_sample.STARTED + dt.timedelta(seconds=3),
        runbook="ab" * 32,
        collection="1.0.0",
        waived={(name, finding.fingerprint): WAIVER for name, finding in waived},
    )


def test_a_clause_is_as_bad_as_the_worst_that_was_found_of_it() -> None:
    def verdict(*found: Finding, waived: bool = False) -> str:
        audit = fleet(node(*found), waived=[("n1", BROKEN)] if waived else [])
        return audit.nodes[0].clauses["6.1"]

    assert verdict() == "ok"
    assert verdict(INFO) == "ok"
    assert verdict(UNKNOWN, INFO) == "unknown"
    assert verdict(BROKEN, UNKNOWN) == "violation"
    assert verdict(BROKEN, waived=True) == "waived"
    assert verdict(BROKEN, UNKNOWN, waived=True) == "unknown"
    assert verdict(BROKEN, BROKEN._replace(subject="z.timer"), waived=True) == "violation"


def test_nobody_can_waive_what_nobody_knows() -> None:
    audit = fleet(node(UNKNOWN), waived=[("n1", UNKNOWN)])
    assert audit.nodes[0].clauses["6.1"] == "unknown"
    assert audit.nodes[0].found[0].standing == "unknown"


def test_a_waiver_is_one_of_its_node() -> None:
    audit = fleet(node(BROKEN), node(BROKEN, name="n2"), waived=[("n2", BROKEN)])
    assert [one.verdict for one in audit.nodes] == ["violation", "waived"]
    assert audit.nodes[1].found[0].waiver is not None
    assert audit.nodes[1].found[0].waiver.sentence == "waived by Ada until 2027-01-01: until the rewrite"


def test_clauses_are_in_the_runbooks_order() -> None:
    assert list(node().clauses) == ["2.9", "2.10", "6.1", "6.2"]


def test_a_clause_that_no_rule_looked_at_is_unknown() -> None:
    assert node(rules=["6.1"]).clauses == {"2.9": "unknown", "2.10": "unknown", "6.1": "ok", "6.2": "unknown"}
    assert node_audit("n", {}, asked=ASKED, seconds=0).verdict == "unknown"


def test_a_violation_of_a_clause_that_nobody_asked_for_is_one() -> None:
    assert node(BROKEN._replace(clause="3.1")).clauses["3.1"] == "violation"


def test_of_an_answer_that_is_as_long_as_can_be_nothing_is_ok() -> None:
    audit = node(*(BROKEN._replace(subject=str(number)) for number in range(MOST)))
    assert set(audit.clauses.values()) == {"violation", "unknown"}


@pytest.mark.parametrize("state", ["unreachable", "failed"])
def test_of_a_node_that_gave_no_answer_everything_is_unknown(state: t.Literal["unreachable", "failed"]) -> None:
    lost = lost_node("n1", state, "no route\x1b to host", asked=ASKED)
    assert set(lost.clauses.values()) == {"unknown"}
    assert (lost.verdict, lost.sentence) == ("unknown", "no route\\x1b to host")
    assert lost_node("n1", state, "", asked=()).verdict == "unknown"


def test_an_answer_that_is_garbled_in_part_is_ok_in_nothing() -> None:
    said = {**audit_sample.result([]), "findings": [BROKEN._asdict(), "?"]}
    garbled = node_audit("n1", said, asked=ASKED, seconds=1)
    assert garbled.state == "failed"
    assert garbled.clauses == {"2.9": "unknown", "2.10": "unknown", "6.1": "violation", "6.2": "unknown"}


def test_the_fleet_is_as_bad_as_its_worst_node() -> None:
    lost = lost_node("n3", "unreachable", "no route", asked=ASKED)
    assert fleet(node()).verdict == "ok"
    assert fleet(node(INFO), node(BROKEN, name="n2"), waived=[("n2", BROKEN)]).verdict == "ok"
    assert fleet(node(), node(UNKNOWN, name="n2")).verdict == "unknown"
    assert fleet(node(), lost).verdict == "unknown"
    assert fleet(lost, node(BROKEN)).verdict == "violation"


def test_a_fleet_without_nodes_is_not_ok() -> None:
    assert fleet().verdict == "unknown"
    assert fleet(lost_node("n1", "unreachable", "", asked=())).verdict == "unknown"


def test_the_document_has_its_schema() -> None:
    audit = fleet(node(BROKEN, UNKNOWN), waived=[("n1", BROKEN)])
    document = to_json(audit._replace(waivers=audit_sample.one_node().waivers))
    assert list(document) == [
        *("schema", "started", "ended", "check_mode", "runbook", "collection", "nodes", "waivers", "verdict")
    ]
    assert document["schema"] == 1
    assert document["started"] == "2026-11-05T10:15:00+00:00"
    said = document["nodes"]["n1"]
    assert list(said) == ["state", "sentence", "seconds", "facts", "rules", "findings", "clauses"]
    assert said["facts"] == audit_sample.FACTS
    assert said["rules"][0] == {"name": "rule", "clause": "6.2", "seconds": 0.25}
    assert said["findings"] == [
        {**BROKEN._asdict(), "fingerprint": BROKEN.fingerprint, "waiver": WAIVER | {"subject": "a.timer"}},
        {**UNKNOWN._asdict(), "fingerprint": UNKNOWN.fingerprint, "waiver": None},
    ]
    assert said["clauses"] == {"2.9": "ok", "2.10": "ok", "6.1": "unknown", "6.2": "ok"}
    assert list(document["waivers"][0]) == ["clause", "node", "subject", "reason", "who", "expires", "state"]
    assert document["verdict"] == "unknown"


@pytest.mark.parametrize("audit", [audit_sample.hostile(), audit_sample.crowded(3), audit_sample.fleet()])
def test_the_document_is_json_whatever_a_node_says(audit: FleetAudit) -> None:
    text = json.dumps(to_json(audit), allow_nan=False, ensure_ascii=False)
    text.encode("utf-8")
    assert text.isprintable()
    assert json.loads(text)["nodes"].keys() == {one.name for one in audit.nodes}


def test_every_key_of_the_document_is_in_its_documentation() -> None:
    text = (pathlib.Path(__file__).parents[4] / "docs" / "audit.md").read_text(encoding="utf-8")
    (sample,) = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    def keys(document: object) -> object:
        if isinstance(document, dict):
            return {name: keys(value) for name, value in document.items()}
        return [keys(document[0])] if isinstance(document, list) and document else None

    documented, written = json.loads(sample), to_json(audit_sample.one_node())
    for document in (documented, written):
        (document["node"],) = document.pop("nodes").values()
        del document["node"]["clauses"]
        document["node"]["findings"][0]["waiver"] = None
    assert keys(documented) == keys(written)
