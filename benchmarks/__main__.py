# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures provision.yml and audit.yml beside their peers, in rounds, and writes docs/benchmarks.md.

Usage: python -m benchmarks [--rounds N] [--nodes N] [--quick] [--only provision|audit|fleet] [--keep]
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
import typing as t

from benchmarks import contenders, facts, fleet, report
from benchmarks.auditing import Auditors
from benchmarks.figures import Spread
from benchmarks.fleet import Step
from benchmarks.meter import Taken
from benchmarks.peers_setup import ensure_pyinfra, version_of_pyinfra
from benchmarks.running import CACHE, TOP, BenchmarkError, lab
from benchmarks.site import Site, made

PAGE: t.Final = TOP / "docs" / "benchmarks.md"
GROUPS: t.Final = ("provision", "audit", "fleet")
Round = dict[str, Taken]


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int
    nodes: int
    fleet_rounds: int
    groups: tuple[str, ...]


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure this collection beside its peers.")
    top.add_argument("--rounds", type=int, default=10)
    top.add_argument("--nodes", type=int, default=8, help="how many nodes the fleet has; they share this machine")
    top.add_argument("--quick", action="store_true", help="two nodes, one round of the fleet; writes no page")
    top.add_argument("--only", choices=GROUPS, action="append", help="some of the groups; writes no page")
    top.add_argument("--keep", action="store_true", help="leave the nodes up, for the next time")
    return top


def planned(options: argparse.Namespace) -> Plan:
    """Return how much is measured.

    :raises BenchmarkError: it makes no sense.
    """
    if options.rounds < 1 or options.nodes < 1:
        raise BenchmarkError("--rounds and --nodes have to be 1 or more.")
    nodes = min(options.nodes, 2) if options.quick else options.nodes
    return Plan(options.rounds, nodes, 1 if options.quick else 2, tuple(options.only or GROUPS))


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Measure; return the exit status. A target that is missed is a result, and no failure."""
    options = parser().parse_args(arguments)
    os.environ.setdefault("RUNBOOK_LAB_STATE", str(CACHE / "lab"))
    began = time.monotonic()
    names = []
    try:
        plan = planned(options)
        names = [f"bench-{number}" for number in range(1, plan.nodes + 1)]
        results, machine = measured(plan, names)
    except BenchmarkError as exc:
        print(f"benchmarks: {exc}", file=sys.stderr)
        return 1
    finally:
        if names and not options.keep:
            lab("down", *names, check=False)
    print(report.terminal(results))
    if not options.quick and not options.only:
        PAGE.write_text(report.page(results, machine), encoding="utf-8")
        say(f"Written: {PAGE.relative_to(TOP)}")
    say(f"It took {(time.monotonic() - began) / 60:.1f} minutes")
    return 0


def say(sentence: str) -> None:
    """Tell whoever waits how far it is."""
    print(f"bench: {sentence}", file=sys.stderr, flush=True)


def measured(plan: Plan, names: t.Sequence[str]) -> tuple[report.Results, report.Facts]:
    """Measure all that is planned."""
    load = os.getloadavg()[0]
    pyinfra = ensure_pyinfra()
    site = made(names, say=say)
    contenders.write_stock_variables(site)
    auditors = Auditors(site, names[-1])
    provision: list[Round] = []
    audit: list[Round] = []
    of_fleet: dict[Step, Spread] = {}
    if "provision" in plan.groups:
        provision = [of_provision(site, pyinfra, number, plan.rounds) for number in range(1, plan.rounds + 1)]
    if "fleet" in plan.groups:
        of_fleet = fleet.measured(site, most=plan.nodes, rounds=plan.fleet_rounds, say=say)
    if "audit" in plan.groups:
        # Last, since it leaves the peers and a program that was changed on its node.
        auditors.prepare()
        audit = [of_audit(auditors, number, plan.rounds) for number in range(1, plan.rounds + 1)]
    machine = facts.gather(
        names[-1],
        rounds=plan.rounds,
        load=load,
        pyinfra=version_of_pyinfra(pyinfra),
        peers=auditors.versions() if audit else "",
    )
    return report.Results(provision, audit, of_fleet), machine


def of_provision(site: Site, pyinfra: t.Any, number: int, rounds: int) -> Round:
    """Return one round on a converged node."""
    taken = {}
    for contender in contenders.on_converged_nodes(site, site.names[:1], pyinfra):
        if (number - 1) % contender.every:
            continue
        say(f"round {number} of {rounds}: {contender.name}")
        taken[contender.name] = contender.run().taken
        site.check(contender.nodes, after=contender.name)
    return taken


def of_audit(auditors: Auditors, number: int, rounds: int) -> Round:
    """Return one round of audits."""
    taken = {}
    for name, run in auditors.runners().items():
        say(f"round {number} of {rounds}: {name}")
        taken[name] = run().taken
    return taken


if __name__ == "__main__":
    sys.exit(main())
