"""What the callback collects while an audit runs, and the files that it leaves."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import typing as t
import xml.etree.ElementTree as ET

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _audit_run
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_run import BEGIN, LOOK, AuditRun
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation import Operation
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import RunFolder
from tests.git_rig import Upstream

STARTED = dt.datetime(2026, 11, 26, 5, 0, tzinfo=dt.UTC)
ENDED = STARTED + dt.timedelta(seconds=9)
FOUND = Finding("6.1", "violation", "x.timer", "it is enabled", "stop it")
ANSWER = {
    "findings": [FOUND._asdict()],
    "rules": [{"name": "timers", "clause": "6.1", "seconds": 0.1}],
    "facts": {"kernel": "6.12"},
    "took": 1.5,
}


class Rig:
    """An audit of a few nodes."""

    def __init__(self, folder: pathlib.Path, *nodes: str) -> None:
        self.reports = folder / "reports"
        self.told = {
            "reports_dir": str(self.reports),
            "waivers_file": str(folder / "waivers.yml"),
            "clauses": ["6.1", "6.2"],
            "nodes": [*nodes, "elsewhere"],
        }
        self.run = AuditRun(started=STARTED, check_mode=False, folder=RunFolder(STARTED))
        for node in nodes:
            self.run.take(node, BEGIN, "ok", {"audit": self.told})

    def report(self) -> dict[str, t.Any]:
        self.lines, self.wrong = self.run.report(ended=ENDED, width=100)
        document: dict[str, t.Any] = json.loads((self.reports / "20261126T050000Z" / "audit.json").read_text())
        return document


def test_the_page_names_the_commit_that_the_run_goes_by(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = Upstream(tmp_path / "fleet")
    fleet.commit({"hosts.yml": "all:\n"})
    operation = Operation("audit", [], version="1.0.0")
    monkeypatch.setattr(_audit_run, "current", lambda: operation)
    rig = Rig(tmp_path, "one")
    rig.report()
    page = rig.reports / "20261126T050000Z" / "audit.html"
    assert "<dt>Commit</dt>" not in page.read_text()
    operation.begin(str(tmp_path / "operations.jsonl"), folder=str(fleet.path))
    rig.report()
    assert f"<dt>Commit</dt><dd><code>{fleet.head[:12]}</code></dd>" in page.read_text()


def test_a_playbook_that_is_no_audit_is_left_alone() -> None:
    run = AuditRun(started=STARTED, check_mode=False, folder=RunFolder(STARTED))
    run.take("a", "ai_systems.runbook.connect", "unreachable", {"msg": "dead"})
    run.take("a", LOOK, "ok", ANSWER)
    assert not run.is_one


def test_every_node_is_reported_also_the_dead_and_the_lost(tmp_path: pathlib.Path) -> None:
    rig = Rig(tmp_path, "good", "dead", "odd", "missed")
    rig.run.take("good", LOOK, "ok", ANSWER)
    rig.run.take("dead", "ai_systems.runbook.connect", "unreachable", {"msg": "no route\x1b[31m"})
    rig.run.take("dead", "ansible.builtin.set_fact", "failed", {"msg": "a later error"})
    rig.run.take("odd", LOOK, "failed", {"msg": "it broke"})
    document = rig.report()
    nodes = document["nodes"]
    assert {name: node["state"] for name, node in nodes.items()} == {
        "good": "audited", "dead": "unreachable", "odd": "failed", "missed": "failed",
    }  # fmt: skip
    assert nodes["dead"]["sentence"] == r"no route\x1b[31m"
    assert nodes["odd"]["sentence"] == "it broke"
    assert nodes["good"]["clauses"] == {"6.1": "violation", "6.2": "unknown"}
    assert nodes["missed"]["clauses"] == {"6.1": "unknown", "6.2": "unknown"}
    assert document["verdict"] == "violation"
    assert len(document["runbook"]) == 64
    assert document["collection"]
    assert rig.wrong == []


def test_the_same_is_a_page_and_junit_and_a_table(tmp_path: pathlib.Path) -> None:
    rig = Rig(tmp_path, "good", "dead")
    rig.run.take("good", LOOK, "ok", ANSWER)
    rig.run.take("dead", "ai_systems.runbook.connect", "unreachable", {"msg": "no route"})
    rig.report()
    folder = rig.reports / "20261126T050000Z"
    assert sorted(path.name for path in folder.iterdir()) == ["audit.html", "audit.json", "audit.xml"]
    assert "x.timer" in (folder / "audit.html").read_text()
    assert ET.parse(folder / "audit.xml").getroot().tag == "testsuites"  # noqa: S314  (our own file)
    shown = "\n".join(line.text for line in rig.lines)
    assert all(word in shown for word in ("good", "dead", "x.timer", "stop it", str(folder / "audit.html")))


def test_two_of_one_second_keep_both_reports(tmp_path: pathlib.Path) -> None:
    one, two = Rig(tmp_path, "one"), Rig(tmp_path, "two")
    one.report()
    two.report()
    found = {path.parent.name: json.loads(path.read_text())["nodes"] for path in two.reports.glob("*/audit.json")}
    assert {name: list(nodes) for name, nodes in found.items()} == {
        "20261126T050000Z": ["one"], "20261126T050000Z-2": ["two"],
    }  # fmt: skip
    assert any("20261126T050000Z-2/audit.html" in line.text for line in two.lines)


def test_a_waiver_counts_and_a_useless_one_is_told(tmp_path: pathlib.Path) -> None:
    entry = '- {{clause: "6.1", node: good, subject: {}, reason: it has to be, who: anna, expires: "2099-01-01"}}\n'
    (tmp_path / "waivers.yml").write_text(entry.format("x.timer") + entry.format("gone"))
    rig = Rig(tmp_path, "good")
    rig.run.take("good", LOOK, "ok", ANSWER)
    document = rig.report()
    assert document["nodes"]["good"]["clauses"]["6.1"] == "waived"
    assert [one["state"] for one in document["waivers"]] == ["used", "unused"]
    assert len(rig.wrong) == 1
    assert "gone" in rig.wrong[0]


def test_where_waivers_cannot_be_read_none_counts(tmp_path: pathlib.Path) -> None:
    (tmp_path / "waivers.yml").write_text("- nonsense\n")
    rig = Rig(tmp_path, "good")
    rig.run.take("good", LOOK, "ok", ANSWER)
    assert rig.report()["verdict"] == "violation"
    assert rig.wrong[0].startswith("no waiver counts: ")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: pathlib.Path) -> None:
    rig = Rig(tmp_path, "good")
    rig.reports.write_text("in the way")
    lines, wrong = rig.run.report(ended=ENDED, width=100)
    assert lines
    assert any("could not be written" in sentence for sentence in wrong)


@pytest.mark.parametrize("answer", [{}, {"findings": "x", "rules": None}, {"findings": [1], "rules": [{}]}])
def test_nonsense_is_never_ok(tmp_path: pathlib.Path, answer: dict[str, t.Any]) -> None:
    rig = Rig(tmp_path, "good")
    rig.run.take("good", LOOK, "ok", answer)
    assert set(rig.report()["nodes"]["good"]["clauses"].values()) == {"unknown"}
