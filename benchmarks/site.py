# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes that everything is measured on: lab nodes that provision.yml has provisioned, with the sample's service."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import yaml

from benchmarks import endstate
from benchmarks.running import CACHE, TOP, BenchmarkError, Shell, clean_environment, lab, on_node, want
from lab import inventory

PLAYBOOKS: t.Final = TOP / "playbooks"
PROVISION: t.Final = PLAYBOOKS / "provision.yml"
AUDIT: t.Final = PLAYBOOKS / "audit.yml"
_FIRST_LIMIT: t.Final = 1800.0


class Site:
    """Nodes that are up and provisioned, and the files that describe them to each contender.

    :ivar inventory: for our playbooks.
    :ivar plain: the same nodes for the stock and the ping playbook: the login is settled beforehand.
    :ivar pyinfra: the same for pyinfra.
    :ivar wanted: the end state as data, read by both peers.
    """

    def __init__(self, names: t.Sequence[str], folder: Path) -> None:
        self.names = tuple(names)
        self.folder = folder
        self.inventory = folder / "inventory.yml"
        self.plain = folder / "plain.json"
        self.pyinfra = folder / "pyinfra_inventory.py"
        self.wanted = folder / "wanted.json"
        self._end_states: dict[str, endstate.Answers] = {}

    def check(self, nodes: t.Sequence[str], *, after: str) -> None:
        """Ask nodes whether they are what they have to be, and were before.

        :raises BenchmarkError: one is not; what was measured then is void.
        """
        for node in nodes:
            wrong = endstate.complaints(answers(node), self._end_states[node])
            if wrong:
                raise BenchmarkError(f"after {after}, {node} is not in its end state: {'; '.join(wrong)}")

    def remember(self) -> None:
        """Take the nodes as they are for the end state, once they are seen to be what the runbook says.

        :raises BenchmarkError: one is not.
        """
        commit = json.loads(self.wanted.read_text("utf-8"))["commit"]
        for node in self.names:
            now = answers(node)
            wrong = endstate.complaints(now, endstate.expected(node, commit))
            if wrong:
                raise BenchmarkError(f"provision.yml did not bring {node} into its end state: {'; '.join(wrong)}")
            self._end_states[node] = now


def answers(node: str) -> endstate.Answers:
    """Return what a node answers to all questions."""
    return endstate.parse(on_node(node, endstate.questions()))


def made(names: t.Sequence[str], *, say: t.Callable[[str], None], folder: Path = CACHE / "site") -> Site:
    """Bring nodes up and provision them; return the site.

    :raises BenchmarkError: the run fails, or the end state is another.
    """
    site = Site(names, folder)
    site.folder.mkdir(parents=True, exist_ok=True)
    say(f"Bringing up {len(names)} nodes")
    lab("up", *names)
    described = yaml.safe_load(lab("inventory"))
    write_inventory(site, described)
    say("Provisioning them")
    want(ours(site, names).measured(limit=_FIRST_LIMIT), "the first run of provision.yml")
    for node in names:
        # Both peers need it, and the environments that python_venv makes have none; it leaves one alone that is there.
        on_node(
            node, f"cd / && runuser -u {endstate.OPERATOR} -- {endstate.VENV}/bin/python -m ensurepip --default-pip"
        )
    write_wanted(site, described)
    site.remember()
    return site


def write_inventory(site: Site, described: t.Mapping[str, t.Any]) -> None:
    """Write the lab's inventory with the sample's service on every node, and the plain ones for the peers."""
    hosts = described[inventory.GROUP]["hosts"]
    lost = [name for name in site.names if name not in hosts]
    if lost:
        raise BenchmarkError(f"the lab did not bring up {', '.join(lost)}")
    services = {"vars": inventory.greeters(), "hosts": {name: {} for name in site.names}}
    site.inventory.write_text(json.dumps({**described, inventory.GREETERS: services}, indent=1), encoding="utf-8")
    shared = described[inventory.GROUP]["vars"]
    known_hosts, key = shared["runbook_known_hosts"], shared["operator_user_private_key_file"]
    plain = {
        "all": {
            "vars": {
                "ansible_user": endstate.OPERATOR,
                "ansible_ssh_private_key_file": key,
                "ansible_ssh_common_args": f"-o UserKnownHostsFile={known_hosts} -o IdentitiesOnly=yes",
            },
            "hosts": {name: {"ansible_host": hosts[name]["ansible_host"]} for name in site.names},
        }
    }
    site.plain.write_text(json.dumps(plain, indent=1), encoding="utf-8")
    settings = {
        "ssh_user": endstate.OPERATOR,
        "ssh_key": key,
        "ssh_known_hosts_file": known_hosts,
        "ssh_strict_host_key_checking": "yes",
        "ssh_allow_agent": False,
        "ssh_look_for_keys": False,
        "wanted_file": str(site.wanted),
    }
    nodes = [(name, {"ssh_hostname": hosts[name]["ansible_host"]}) for name in site.names]
    site.pyinfra.write_text(f"nodes = ({nodes!r}, {settings!r})\n", encoding="utf-8")


def write_wanted(site: Site, described: t.Mapping[str, t.Any]) -> None:
    """Write the end state as data: what the files hold is what provision.yml wrote."""
    repository = described[inventory.GROUP]["vars"]["repository_url"]
    branch = described[inventory.GROUP]["vars"]["repository_version"]
    bundle = site.folder / "ai-systems.bundle"
    git = ["git", "-C", repository]
    subprocess.run([*git, "bundle", "create", "--quiet", str(bundle), branch], check=True, env=clean_environment())
    commit = subprocess.run([*git, "rev-parse", branch], check=True, capture_output=True, text=True).stdout.strip()
    wanted = {
        "paths": endstate.PATHS,
        "files": {name: on_node(site.names[0], f"cat {path}") for name, path in endstate.PATHS.items()},
        "operator": endstate.OPERATOR,
        "bootstrap": endstate.BOOTSTRAP,
        "checkout": endstate.CHECKOUT,
        "account": endstate.ACCOUNT,
        "packages": endstate.PACKAGES,
        "timers": endstate.TIMERS,
        "units": endstate.UNITS,
        "running": endstate.RUNNING,
        "marker": endstate.MARKER,
        "locked": endstate.LOCKED,
        "branch": branch,
        "commit": commit,
        "bundle": str(bundle),
    }
    site.wanted.write_text(json.dumps(wanted, indent=1), encoding="utf-8")


def ours(site: Site, nodes: t.Sequence[str], *arguments: str, playbook: Path = PROVISION) -> Shell:
    """Return a run of one of our playbooks as an operator types it."""
    argv = ("ansible-playbook", "-i", str(site.inventory), "--limit", ",".join(nodes), *arguments, str(playbook))
    return Shell(argv, {"ANSIBLE_CONFIG": str(TOP / "ansible.cfg")})


__all__ = (
    "AUDIT",
    "PROVISION",
    "Site",
    "answers",
    "made",
    "ours",
    "write_inventory",
    "write_wanted",
)
