"""The whole audit over SSH: silent on what we provisioned, whole beside dead and hostile nodes.

The rules themselves have tests of their own, with far more seeded violations.
"""

from __future__ import annotations

import json
import pathlib
import time
import typing as t

import pytest

from lab import inventory
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, Node, Run

AUDIT = PLAYBOOKS / "audit.yml"
PROVISION = PLAYBOOKS / "provision.yml"
# What a lab node is and a Pi 5 is not; each with its reason. Nothing else may be waived or unknown.
WAIVERS: dict[tuple[str, str], str] = {}
SECONDS = 20.0


class Fleet(t.NamedTuple):
    """A provisioned node, one that nobody provisioned, and one that does not answer; all of them in one inventory."""

    clean: Node
    bare: Node
    dead: str
    reports: pathlib.Path

    def audit(self, nodes: str, *arguments: str, **variables: t.Any) -> tuple[Run, dict[str, t.Any]]:
        """Audit some of them, and return the run with its report."""
        known = set(self.reports.glob("*/audit.json"))
        run = self.clean.play(AUDIT, "--limit", nodes, *arguments, variables=variables)
        written = set(self.reports.glob("*/audit.json")) - known
        if len(written) != 1:
            raise AssertionError(f"{len(written)} reports were written:\n{run.output}")
        report: dict[str, t.Any] = json.loads(written.pop().read_text())
        return run, report


@pytest.fixture(scope="module")
def fleet(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    clean, bare, dead = (lab_node(name) for name in ("t-audit", "t-audit-bare", "t-audit-dead"))
    clean.always.update(inventory.greeters())
    clean.play(PROVISION).ok()
    folder = tmp_path_factory.mktemp("records")
    (folder / "waivers.yml").write_text(
        "".join(
            f'- {{clause: "{clause}", node: t-audit, subject: "{subject}", reason: "{reason}", who: anna, '
            'expires: "2099-01-01"}\n'
            for (clause, subject), reason in WAIVERS.items()
        )
    )
    clean.always.update(
        runbook_reports_dir=str(folder / "reports"),
        runbook_waivers_file=str(folder / "waivers.yml"),
    )
    clean.refresh_inventory()
    dead.root("systemctl stop ssh").ok()
    return Fleet(clean, bare, dead.name, folder / "reports")


def pressing(report: dict[str, t.Any], node: str) -> list[tuple[str, str, str, str]]:
    """Return what a report holds of a node that is no mere information and that nobody waived."""
    return [
        (one["verdict"], one["clause"], one["subject"], one["evidence"])
        for one in report["nodes"][node]["findings"]
        if one["verdict"] != "info" and not one["waiver"]
    ]


def test_what_we_provisioned_is_what_the_runbook_says_and_looking_changes_nothing(fleet: Fleet) -> None:
    # At midnight a timer of Debian's has logrotate write what it has done.
    look = (
        "find /etc /usr /home /root /opt /var/lib -xdev -newer /run/audit-began"
        " ! -path '/var/lib/systemd/*' ! -path '/var/lib/logrotate*' | sort"
    )
    fleet.clean.root("touch /run/audit-began; sleep 1.1").ok()
    run, report = fleet.audit("t-audit")
    assert fleet.clean.root(look).ok() == ""
    assert pressing(report, "t-audit") == []
    assert set(report["nodes"]["t-audit"]["clauses"].values()) <= {"ok", "waived"}
    assert run.rc == 0, run.output
    assert report["verdict"] == "ok"
    assert [one["state"] for one in report["waivers"]] == ["used"] * len(WAIVERS)
    assert len(report["nodes"]["t-audit"]["rules"]) > 40


def test_an_audit_takes_no_longer_than_it_may(fleet: Fleet) -> None:
    taken: list[float] = []
    # What else the machine does only ever makes a run longer.
    while not taken or (min(taken) >= SECONDS and len(taken) < 15):
        began = time.monotonic()
        fleet.audit("t-audit")
        taken.append(time.monotonic() - began)
    assert min(taken) < SECONDS, taken


def test_the_next_report_says_what_is_new_and_what_is_gone(fleet: Fleet) -> None:
    fleet.clean.root("install -m 755 /dev/null /usr/local/bin/by-hand; echo '#!/bin/sh' > /usr/local/bin/by-hand").ok()
    run, report = fleet.audit("t-audit")
    assert run.rc == 2
    assert {one[2] for one in pressing(report, "t-audit")} == {"/usr/local/bin/by-hand"}
    assert "new" in run.output.partition("AUDIT ***")[2]
    fleet.clean.root("rm /usr/local/bin/by-hand").ok()
    run, report = fleet.audit("t-audit")
    assert pressing(report, "t-audit") == []
    assert "gone" in run.output.partition("AUDIT ***")[2]


def test_a_node_that_nobody_provisioned_is_audited_too(fleet: Fleet) -> None:
    run, report = fleet.audit("t-audit-bare")
    node = report["nodes"]["t-audit-bare"]
    assert run.rc == 2
    assert (report["verdict"], node["state"]) == ("violation", "audited")
    assert "failed at what it read" not in json.dumps(report)
    assert {"2.6", "2.7", "2.8", "2.9", "6.1"} <= {
        clause for clause, verdict in node["clauses"].items() if verdict == "violation"
    }


def test_all_nodes_are_reported_whatever_happens_to_some(fleet: Fleet) -> None:
    for serial in ("100%", "1"):
        run, report = fleet.audit("t-audit,t-audit-bare,t-audit-dead", "-e", f"audit_serial={serial}")
        assert {name: node["state"] for name, node in report["nodes"].items()} == {
            "t-audit": "audited", "t-audit-bare": "audited", "t-audit-dead": "unreachable",
        }  # fmt: skip
        assert set(report["nodes"]["t-audit-dead"]["clauses"].values()) == {"unknown"}
        assert run.rc == 4, run.output
        assert "t-audit-dead" in run.output.partition("AUDIT ***")[2]


def test_every_node_dead_is_unknown_and_no_success(fleet: Fleet) -> None:
    run, report = fleet.audit("t-audit-dead")
    assert (run.rc, report["verdict"], report["nodes"]["t-audit-dead"]["state"]) == (4, "unknown", "unreachable")


def test_clauses_can_be_chosen_in_check_mode_too_and_a_wrong_one_is_named(fleet: Fleet) -> None:
    _run, report = fleet.audit("t-audit", "--check", audit_clauses=["6.1"])
    assert set(report["nodes"]["t-audit"]["clauses"]) == {"6.1"}
    fleet.clean.play(AUDIT, variables={"audit_clauses": ["6.9"]}).failed("audit_clauses holds '6.9'", "the clauses are")


def test_what_the_time_does_not_suffice_for_is_unknown(fleet: Fleet) -> None:
    fleet.clean.root("mkdir -p /srv/many && cd /srv/many && seq 1 200000 | xargs touch", seconds=300).ok()
    _run, report = fleet.audit("t-audit", audit_seconds=1)
    node = report["nodes"]["t-audit"]
    assert "unknown" in node["clauses"].values()
    assert not any(one["verdict"] == "violation" for one in node["findings"])
    fleet.clean.root("rm -rf /srv/many", seconds=300).ok()


NONSENSE = {
    "nonsense": "cat > /dev/null; echo '}{ no answer \x1b[31m'",
    "another answer": """cat > /dev/null; echo '{"changed": false, "findings": [{"clause": "<b>"}], "rules": {}}'""",
    "no end": "cat > /dev/null; exec yes '{{ 7 * 7 }}<script>alert(1)</script>'",
    "silence": "exec sleep 1000",
}


@pytest.mark.parametrize("how", NONSENSE)
def test_a_hostile_node_is_unknown_and_the_others_are_not_touched(fleet: Fleet, how: str) -> None:
    python = fleet.bare.root("readlink -f /usr/bin/python3").ok().strip()
    script = f"#!/bin/sh\n{NONSENSE[how]}\n"
    fleet.bare.root(f"mv {python} {python}.real; cat > {python}; chmod 755 {python}", stdin=script).ok()
    try:
        began = time.monotonic()
        known = set(fleet.reports.glob("*/audit.html"))
        run, report = fleet.audit("t-audit,t-audit-bare", audit_seconds=10)
        # And not the 1000 s of the one that says nothing.
        assert time.monotonic() - began < 400
        (written,) = set(fleet.reports.glob("*/audit.html")) - known
    finally:
        fleet.bare.root(f"mv {python}.real {python}; pkill -x yes; true").ok()
    assert run.rc in (2, 4), run.output
    assert set(report["nodes"]["t-audit-bare"]["clauses"].values()) == {"unknown"}
    assert report["nodes"]["t-audit"]["state"] == "audited"
    assert not any(verdict == "violation" for verdict in report["nodes"]["t-audit"]["clauses"].values())
    assert "\x1b[31m" not in run.output
    page = written.read_text()
    assert "<script>alert(1)" not in page
    assert len(page) < 2_000_000


def test_a_mistake_in_the_waivers_is_told_once_and_nothing_is_looked_at(fleet: Fleet) -> None:
    waivers = fleet.reports.parent / "waivers.yml"
    kept = waivers.read_text()
    waivers.write_text(f"{kept}- {{clause: '2.33', node: all, subject: x, reason: y, who: z, expires: '2099-01-01'}}\n")
    try:
        run = fleet.clean.play(AUDIT, "--limit", "t-audit,t-audit-bare")
    finally:
        waivers.write_text(kept)
    assert run.rc == 2
    assert " ".join(run.output.split()).count("clause '2.33' is none of the runbook's") == 1
    assert "AUDIT ***" not in run.output
