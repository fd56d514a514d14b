# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs in a round on provisioned nodes, each as its own users start it, and what makes a run of it count."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from pathlib import Path

from benchmarks import targets
from benchmarks.peers_setup import PEERS
from benchmarks.running import BenchmarkError, Ran, Shell, want
from benchmarks.site import Site, ours

_RECAP: t.Final = re.compile(
    r"^(?P<node>\S+)\s+: ok=\d+\s+changed=(?P<changed>\d+)\s+unreachable=0\s+failed=0", re.MULTILINE
)
# pyinfra's last table: operations, changed ones, those without change, failed ones.
_PYINFRA: t.Final = re.compile(r"Grand total.*?(?P<numbers>\d.*)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Contender:
    """Somebody who brings a node into the end state, or only connects to it.

    :param every: it takes part in each so-manieth round: what is only shown needs fewer than what is judged.
    """

    name: str
    shell: Shell
    nodes: tuple[str, ...]
    judge: t.Callable[[Ran, t.Sequence[str]], str]
    every: int = 1

    def run(self) -> Ran:
        """Run it once.

        :raises BenchmarkError: it failed, or changed what was as it should be.
        """
        ran = want(self.shell.measured(), self.name)
        wrong = self.judge(ran, self.nodes)
        if wrong:
            raise BenchmarkError(f"{self.name}: {wrong}, the round is void: {ran.output[-1500:]}")
        return ran


def ansible_changed_nothing(ran: Ran, nodes: t.Sequence[str]) -> str:
    """Return what is wrong with a run of Ansible on nodes that were as they should be, "" if nothing."""
    seen = {match["node"]: int(match["changed"]) for match in _RECAP.finditer(ran.output)}
    if missing := [node for node in nodes if node not in seen]:
        return f"it did not succeed on {', '.join(missing)}"
    changed = [node for node in nodes if seen[node]]
    return f"it changed {', '.join(changed)}" if changed else ""


def pyinfra_changed_nothing(ran: Ran, nodes: t.Sequence[str]) -> str:
    """Return what is wrong with a run of pyinfra on nodes that were as they should be, "" if nothing."""
    del nodes
    found = _PYINFRA.search(ran.output)
    if found is None:
        return "it did not print its results"
    dummy, changed, *_rest = found["numbers"].split()
    return "" if changed == "-" else f"{changed} operations changed something"


def nothing_to_judge(ran: Ran, nodes: t.Sequence[str]) -> str:
    """Judge what only connects."""
    del ran, nodes
    return ""


def on_converged_nodes(site: Site, nodes: tuple[str, ...], pyinfra: Path) -> list[Contender]:
    """Return all contenders of a round on converged nodes, the floor first."""
    return [
        Contender(targets.SSH, ssh(site, nodes[0]), nodes[:1], nothing_to_judge),
        Contender(targets.PING, stock(site, nodes, "ping.yml"), nodes, ansible_changed_nothing),
        Contender(targets.OURS, ours(site, nodes), nodes, ansible_changed_nothing),
        Contender(targets.CHECK, ours(site, nodes, "--check"), nodes, ansible_changed_nothing),
        Contender(targets.STOCK, stock(site, nodes), nodes, ansible_changed_nothing),
        Contender(targets.PYINFRA, with_pyinfra(site, nodes, pyinfra), nodes, pyinfra_changed_nothing),
        Contender(
            targets.STOCK_DEFAULTS,
            stock(site, nodes, "-e", "facts=true", settings="default.cfg"),
            nodes,
            ansible_changed_nothing,
            every=5,
        ),
    ]


def stock(site: Site, nodes: t.Sequence[str], *arguments: str, settings: str = "tuned.cfg") -> Shell:
    """Return a run of one of the peers' playbooks, stock.yml where none is named."""
    playbook = [str(PEERS / word) if word.endswith(".yml") else word for word in arguments]
    if not any(word.endswith(".yml") for word in arguments):
        playbook += ["-e", f"@{site.folder / 'stock.json'}", str(PEERS / "stock.yml")]
    argv = ("ansible-playbook", "-i", str(site.plain), "--limit", ",".join(nodes), *playbook)
    return Shell(argv, {"ANSIBLE_CONFIG": str(PEERS / settings)})


def write_stock_variables(site: Site) -> None:
    """Write the end state as stock.yml takes it."""
    wanted = json.loads(site.wanted.read_text("utf-8"))
    (site.folder / "stock.json").write_text(json.dumps({"wanted": wanted}), encoding="utf-8")


def with_pyinfra(site: Site, nodes: t.Sequence[str], program: Path) -> Shell:
    """Return a run of pyinfra."""
    limits = [word for node in nodes for word in ("--limit", node)]
    return Shell((str(program), "--yes", *limits, str(site.pyinfra), str(PEERS / "deploy.py")))


def ssh(site: Site, node: str) -> Shell:
    """Return a login that does nothing: what no tool over SSH can go below."""
    plain = json.loads(site.plain.read_text("utf-8"))["all"]
    settings = plain["vars"]
    return Shell(
        (
            *("ssh", "-F", "none", "-o", "BatchMode=yes", *settings["ansible_ssh_common_args"].split()),
            *("-i", settings["ansible_ssh_private_key_file"]),
            f"{settings['ansible_user']}@{plain['hosts'][node]['ansible_host']}",
            "true",
        )
    )


__all__ = (
    "Contender",
    "ansible_changed_nothing",
    "nothing_to_judge",
    "on_converged_nodes",
    "pyinfra_changed_nothing",
    "ssh",
    "stock",
    "with_pyinfra",
    "write_stock_variables",
)
