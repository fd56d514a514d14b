# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 5.4 on a real node: a live one goes, also in two halves, a dead one too, and no playbook touches them again.

The inventory is an operator's own: groups, comments, variables of all nodes beside it.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import time
import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation_switch import GUARD
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Action, Node, Run, kill_all_of

DECOMMISSION = PLAYBOOKS / "decommission.yml"
LIVE, DEAD = "t-decom", "t-dead"
HOSTS = """---
# The nodes of the greenhouse.
all:
  children:
    workers:
      hosts:
        # By the door.
        {live}:
          ansible_host: {address}   # static
        {dead}:
          # Nothing listens there.
          ansible_host: {address}
          ansible_port: 2
          network_address: 10.89.1.2/24
"""
UNITS = """
set -e; mkdir -p /home/ops/ai-systems/work && cd /home/ops/ai-systems/work
printf '[Service]\\nExecStart=/usr/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' > worker.service
printf '[Timer]\\nOnActiveSec=1h\\n[Install]\\nWantedBy=timers.target\\n' > report.timer
printf '[Service]\\nType=oneshot\\nExecStart=/usr/bin/true\\n' > report.service
ln -sf $PWD/report.service /etc/systemd/system/report.service
systemctl enable $PWD/worker.service $PWD/report.timer
systemctl start worker.service report.timer
mkdir -p /run/ai-systems-credentials/worker.service
echo secret > /run/ai-systems-credentials/worker.service/token
"""
ON_THE_NODE = {
    ("5.4", "report.timer", "stop"),
    ("5.4", "worker.service", "stop"),
    ("5.4", "report.service", "disable"),
    ("5.4", "report.timer", "disable"),
    ("5.4", "worker.service", "disable"),
    ("5.4", "worker.service", "remove credentials"),
}


class Site:
    """An operator's inventory with a live and a dead node."""

    def __init__(self, live: Node, dead: Node, folder: pathlib.Path) -> None:
        self.live, self.dead = live, dead
        self.folder = folder
        self.hosts, self.known_hosts = folder / "hosts.yml", folder / "known_hosts"
        variables = dict(live.variables)
        address = str(variables.pop("ansible_host"))
        keys = pathlib.Path(str(variables["runbook_known_hosts"])).read_text(encoding="utf-8").splitlines()
        mine = [line for line in keys if line.split()[0] == address]
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
        of_dead = " ".join((folder / "key.pub").read_text(encoding="utf-8").split()[:2])
        self.known_hosts.write_text(
            "# Reviewed.\n" + "".join(f"{line} {LIVE}\n" for line in mine) + f"[{address}]:2 {of_dead}\n"
        )
        (folder / "group_vars").mkdir()
        of_inventory = {
            name: value for name, value in variables.items() if not name.startswith(("inventory_", "group"))
        }
        for name in ("known_hosts", "baselines_dir", "reports_dir", "records_dir", "waivers_file"):
            of_inventory.pop(f"runbook_{name}")
        of_inventory["services_credentials"] = {"worker.service": {"token": "the-secret"}}
        own = of_inventory.pop("network_address")
        (folder / "group_vars" / "all.yml").write_text(yaml.safe_dump(of_inventory), encoding="utf-8")
        (folder / "host_vars").mkdir()
        (folder / "host_vars" / f"{LIVE}.yml").write_text(f"network_address: {own}\n", encoding="utf-8")
        self.hosts.write_text(HOSTS.format(live=LIVE, dead=DEAD, address=address), encoding="utf-8")
        for node in (live, dead):
            node.inventory = self.hosts

    def decommission(self, node: Node, reason: str = "", *, check: bool = False, **variables: t.Any) -> Run:
        given = {"confirm": node.name, **({"reason": reason} if reason else {}), **variables}
        return node.play(DECOMMISSION, check=check, variables=given)

    def held(self) -> dict[str, str]:
        """What an operator commits."""
        paths = (self.hosts, self.known_hosts, self.folder / "records" / "decommission.json")
        return {path.name: path.read_text(encoding="utf-8") for path in paths if path.exists()}

    def here(self) -> set[Action]:
        """What is done on this machine."""
        return {
            ("5.4", "last diagnosis", "save"),
            ("5.4", "checklist", "save"),
            ("5.4", str(self.known_hosts), "revoke the host keys"),
        }

    def moves(self, node: Node) -> Action:
        return ("5.4", str(self.hosts), f"move {node.name} to decommissioned")


@pytest.fixture(scope="module")
def site(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    live = lab_node(LIVE)
    live.role("operator_user").ok()
    live.root(UNITS).ok()
    return Site(live, Node(DEAD, folder.parent), folder)


def test_it_takes_one_node_a_reason_and_its_name(site: Site) -> None:
    before = site.held()
    for variables, sentence in (
        ({"confirm": LIVE}, "no reason was given, and there is no terminal to ask at; give it"),
        ({"reason": "retired"}, f"{LIVE} was not confirmed, and there is no terminal to type its name in"),
        ({"reason": "retired", "confirm": DEAD}, f"since -e confirm= names '{DEAD}'"),
    ):
        site.live.play(DECOMMISSION, variables=variables).failed(sentence)
    site.live.play(DECOMMISSION, "--limit", "workers", variables={"reason": "retired"}).failed("2 nodes are meant")
    assert site.held() == before


def test_a_live_node_in_two_halves(site: Site, tmp_path: pathlib.Path) -> None:
    reason = "compromised: a login from nowhere"
    before = site.held()
    foretold = site.decommission(site.live, reason, check=True).ok()
    assert site.held() == before
    assert site.live.root("systemctl is-active worker.service").out.strip() == "active"
    assert "+@revoked * ssh-ed25519" in foretold.output
    assert f"+    {LIVE}:\n+      ansible_host:" in foretold.output

    # Killed when the node waits for the proof that it may stay isolated: its services are down by then.
    stopped, wrapper = tmp_path / "stopped", tmp_path / "ssh"
    wrapper.write_text(
        f'#!/bin/sh\ncase "$*" in *isolation.*.proof*) touch {stopped}; exec sleep 60;; esac\nexec ssh "$@"\n'
    )
    wrapper.chmod(0o700)
    variables = {"confirm": LIVE, "reason": reason, "ansible_ssh_executable": str(wrapper)}
    # Long enough for the run to come to its proof on a busy machine; the test waits as long for the node to go back.
    variables["isolate_proof_timeout"] = "40"
    argv, env, _steps = site.live.command(DECOMMISSION, variables=variables)
    process = subprocess.Popen(argv, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(stopped.exists, seconds=300)
    kill_all_of(process.pid)
    process.wait()
    wait_until(lambda: site.live.guard(GUARD).get("state") == "undone")
    assert {name: site.held()[name] for name in before} == before

    # The reason is known by now.
    done = site.decommission(site.live).ok()
    assert foretold.actions - done.actions == ON_THE_NODE
    assert {action for action in done.actions if action[0] == "5.4"} == site.here() | {site.moves(site.live)}
    assert {action for action in done.actions if action[0] == "5.2"}
    assert not json.loads((site.folder / "records" / "isolation.json").read_text(encoding="utf-8"))["nodes"]
    assert f"DECOMMISSIONED: {LIVE}, " in done.output
    assert "[ ] Rotate token, which worker.service had" in done.output
    assert "the-secret" not in done.output

    again = site.decommission(site.live).ok()
    assert again.actions == set()
    assert again.rows(LIVE)["5.4"]["state"] == "ok"
    assert "Nothing was changed." in again.output


def test_the_node_is_off(site: Site) -> None:
    units = "worker.service report.timer report.service"
    assert set(site.live.root(f"systemctl show -P ActiveState,LoadState {units}").out.split()) <= {
        "inactive",
        "not-found",
    }
    assert "ai-systems" not in site.live.root("find /etc/systemd/system -type l -printf '%l\\n'").ok()
    assert site.live.root("ls /run/ai-systems-credentials").out == ""
    assert "runbook_isolation" in site.live.root("nft list tables").ok()


def test_what_is_kept(site: Site) -> None:
    text = site.hosts.read_text(encoding="utf-8")
    assert "# The nodes of the greenhouse." in text
    assert "        # By the door.\n" in text
    found = yaml.safe_load(text)
    assert LIVE not in found["all"]["children"]["workers"]["hosts"]
    assert found["decommissioned"]["hosts"][LIVE]["decommissioned_reason"] == "compromised: a login from nowhere"
    assert "   # static\n" in text
    lines = site.known_hosts.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Reviewed."
    assert all(line.startswith("@revoked * ") and f" {LIVE} (" in line for line in lines[1:-1])
    assert lines[-1].startswith("[")
    [page] = (site.folder / "reports").glob("*/decommission-*.md")
    diagnosis = json.loads((page.parent / "diagnosis" / f"{LIVE}.json").read_text(encoding="utf-8"))
    assert diagnosis["state"] == "asked" or diagnosis["sources"]
    assert (page.parent / "diagnosis.html").exists()


def test_nobody_logs_in_there_by_its_key(site: Site) -> None:
    variables = {**site.live.variables, "runbook_known_hosts": str(site.known_hosts)}
    site.live.__dict__["variables"] = variables
    said = site.live.ssh("ops", str(variables["operator_user_private_key_file"]))
    assert said.rc == 255
    assert "REVOKED HOST KEY" in said.err


def test_no_other_playbook_touches_it(site: Site) -> None:
    sentence = f"{LIVE} is decommissioned since 20"
    for playbook in ("provision", "audit", "isolate"):
        site.live.play(PLAYBOOKS / f"{playbook}.yml").failed(sentence, "leave it out of --limit")
    # A run over the fleet goes on without it, and says so once; the other one does not answer.
    for playbook in ("services", "diagnose"):
        run = site.dead.play(PLAYBOOKS / f"{playbook}.yml", "--limit", "all")
        assert run.rc == 4
        assert run.output.count(f"LEFT OUT, since decommissioned: {LIVE}") == 1
        assert LIVE not in run.steps.get("nodes", {})


def test_a_dead_node(site: Site) -> None:
    foretold = site.decommission(site.dead, "re-imaging failed: twice, no boot", check=True)
    done = site.decommission(site.dead, "re-imaging failed: twice, no boot")
    for run in (foretold, done):
        assert run.rc == 4
        assert "it does not answer, so nothing was stopped or isolated on it" in " ".join(run.output.split())
        assert run.rows(DEAD)["5.4"]["state"] == "unreachable"
    assert done.actions == foretold.actions
    assert site.moves(site.dead) in done.actions
    hosts = yaml.safe_load(site.hosts.read_text(encoding="utf-8"))["decommissioned"]["hosts"]
    assert list(hosts) == [LIVE, DEAD]
    assert hosts[DEAD]["ansible_port"] == 2
    again = site.decommission(site.dead).ok()
    assert again.actions == set()
    assert again.rows(DEAD)["5.4"]["state"] == "unknown"
    assert "Never done on the node: it does not answer" in again.rows(DEAD)["5.4"]["sentence"]


def wait_until(what: t.Callable[[], bool], *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.5)
