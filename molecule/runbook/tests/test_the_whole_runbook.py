# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 1 to 6: a node that was provisioned is what the runbook says, on each architecture.

Last of this scenario's tests, since the node is another one afterwards.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import typing as t

import pytest
from testinfra.host import Host

PROJECT = pathlib.Path(__file__).resolve().parents[3]
# What a lab node under emulation is and a Pi 5 is not, with the reason. Natively there is nothing of it, nor on a Pi 5.
WAIVERS = {
    ("4.3", "/etc/systemd/system/service.d/lab-emulated.conf"): "QEMU's user emulation offers no sandboxes to services",
}
UNKNOWN = {("6.4", "processes"): "each process runs QEMU, which does not say what it runs"}


class Run(t.NamedTuple):
    rc: int
    said: str


@pytest.fixture(scope="module")
def is_emulated(host: Host) -> bool:
    return bool(host.file("/etc/systemd/system/service.d/lab-emulated.conf").exists)


@pytest.fixture(scope="module")
def reports(node_name: str, tmp_path_factory: pytest.TempPathFactory, *, is_emulated: bool) -> pathlib.Path:
    """The reports of a run of provision.yml and of the audit after it."""
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "waivers.yml").write_text(
        "".join(
            f'- {{clause: "{clause}", node: {node_name}, subject: {subject}, reason: "{reason}", who: the lab, '
            'expires: "2099-01-01"}\n'
            for (clause, subject), reason in WAIVERS.items()
            if is_emulated
        )
    )
    given = {
        "runbook_reports_dir": str(folder / "reports"),
        "runbook_waivers_file": str(folder / "waivers.yml"),
        "audit_seconds": 900,
    }
    for playbook in ("provision", "audit"):
        done = run(playbook, node_name, given)
        # That something is unknown is no failure.
        assert done.rc == 0, done.said
    return folder / "reports"


def run(playbook: str, node_name: str, given: t.Mapping[str, t.Any]) -> Run:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    done = subprocess.run(
        [
            *(".venv/bin/ansible-playbook", f"playbooks/{playbook}.yml", "--limit", node_name),
            *("--inventory", "molecule/shared/inventory.py", "--extra-vars", json.dumps(given)),
        ],
        cwd=PROJECT,
        env={**kept, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def audited(reports: pathlib.Path, node_name: str) -> dict[str, t.Any]:
    """What the report says of the node."""
    (path,) = reports.glob("*/audit.json")
    of_node: dict[str, t.Any] = json.loads(path.read_text())["nodes"][node_name]
    return of_node


def test_nothing_but_what_is_named_here_is_waived_or_unknown(audited: dict[str, t.Any], *, is_emulated: bool) -> None:
    found = [one for one in audited["findings"] if one["verdict"] != "info"]
    left = {(one["clause"], one["subject"]): one["evidence"] for one in found if not one["waiver"]}
    unknown = {(one["clause"], one["subject"]) for one in found if one["verdict"] == "unknown"}
    waived = {(one["clause"], one["subject"]) for one in found if one["waiver"]}
    assert unknown == (set(UNKNOWN) if is_emulated else set()), left
    assert waived == (set(WAIVERS) if is_emulated else set())
    assert set(left) == unknown, left


def test_each_clause_is_ok_but_where_that_stands(audited: dict[str, t.Any], *, is_emulated: bool) -> None:
    expected = dict.fromkeys(audited["clauses"], "ok")
    if is_emulated:
        expected |= {clause: "waived" for clause, _subject in WAIVERS}
        expected |= {clause: "unknown" for clause, _subject in UNKNOWN}
    assert audited["clauses"] == expected
    assert audited["state"] == "audited"
