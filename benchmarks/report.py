# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures as a page for docs/: whether each target is met, and what it was measured with. Nothing is left out."""

from __future__ import annotations

import typing as t

from benchmarks import targets
from benchmarks.figures import Quantity, Rounds, Spread, Target, is_met, of_contender, ratios, spread
from benchmarks.fleet import Step

_INTRO: t.Final = """\
# Benchmarks

Written by `make bench`; every number below is of one run of it. What counts is the ratio of two contenders in the same
round, since they meet the same machine there: a target is met where three rounds of four reach it (upper quartile).

A round is every contender once, one after the other, each over a fresh connection. After each of them the node is asked
by Debian's own commands whether it still is in the end state that `provision.yml` brought it into. A contender that
changed something, failed, or saw less than it has to makes its round void, and the run of the benchmark with it.
"""
_METHOD: t.Final = """\
## How it is measured

- The nodes are lab nodes ([The lab](lab.md)): native containers with systemd and sshd of their own, on the machine that
  measures. A round trip costs next to nothing here; over a real network, whoever asks more often loses more.
- Wall time is from the command's start to its end. Processor time is user and system time of the command and all its
  descendants on the controller, connection masters included; or on the node for those that run there.
- The stock playbook is `benchmarks/peers/stock.yml`: modules of ansible-core alone, the same end state and no checks
  beyond it, facts off, pipelining, ControlPersist, 20 forks. With default settings it gathers facts and has none of
  these; so it takes part in every fifth round.
- pyinfra is `benchmarks/peers/deploy.py`: the same steps by its own operations, in an environment of its own
  (`benchmarks/peers/requirements.txt`, hash-locked).
- Lynis, debsums and `dpkg -V` run on the node as root, without SSH. So does `runbook_audit`, the module with every
  rule, as it was sent; `audit.yml` is the same from the controller, with connection, comparison and reports. Lynis runs
  without its plugins. Before the rounds one line is added to a package's program, and each of
  them has to name it; Lynis does not look at that.
- "our integrity and ownership" are the audit's readers alone (`benchmarks/integrity.py`): every file of every package
  against its sum, as `dpkg -V` does, and beside that who owns each command.
- The ping playbook is the floor: it logs in and runs one module. A target below what it takes against the stock
  playbook is out of reach for whatever runs in Ansible; such a one stands in the table all the same, as missed. What
  can be reached is compared beside it, without that share.
- For the fleet only the controller's processor time is shown: all nodes share the machine with it, so wall time says
  nothing.
"""


class Facts(t.NamedTuple):
    """What was measured where, and with what: (name, value) for the head of the page."""

    rows: tuple[tuple[str, str], ...]


class Results(t.NamedTuple):
    """Everything that was measured.

    :param fleet: processor time of the controller per node, by contender and number of nodes.
    """

    provision: Rounds
    audit: Rounds
    fleet: t.Mapping[Step, Spread]


class Judged(t.NamedTuple):
    """One line of the table of targets.

    :param floor: what the ping playbook takes of the same, where that is more than the target already; else 0.
    """

    figure: str
    at_most: float
    found: Spread
    met: bool
    floor: float = 0.0


def judged(results: Results) -> list[Judged]:
    """Return every target with what was found; those of which nothing was measured are left out."""
    found = [
        _judged(target, rounds)
        for wanted, rounds in ((targets.PROVISION, results.provision), (targets.AUDIT_TARGETS, results.audit))
        for target in wanted
        if _ratios(rounds, target)
    ]
    return [*found, *_of_fleet(results.fleet)]


def _judged(target: Target, rounds: Rounds) -> Judged:
    found = spread(_ratios(rounds, target))
    pinged = () if target.beyond else ratios(rounds, targets.PING, target.against, target.quantity)
    floor = spread(pinged).lower if pinged and target.against != targets.PING else 0.0
    return Judged(target.figure, target.at_most, found, is_met(target, found), floor if floor > target.at_most else 0.0)


def _ratios(rounds: Rounds, target: Target) -> list[float]:
    return ratios(rounds, target.of, target.against, target.quantity, beyond=target.beyond)


def _of_fleet(fleet: t.Mapping[Step, Spread]) -> list[Judged]:
    most = max((size for name, size in fleet if name == targets.OURS), default=1)
    if most == 1:
        return []
    ours, one = fleet[targets.OURS, most], fleet[targets.OURS, 1]
    flat = _same(ours.upper / one.median, ours.number)
    lines = [
        Judged(f"processor time per node with {most} nodes against one", targets.FLAT, flat, flat.upper <= targets.FLAT)
    ]
    stock = fleet.get((targets.STOCK, most))
    if stock:
        ratio = _same(ours.upper / stock.median, ours.number)
        figure = f"processor time of the controller per node against the stock playbook, {most} nodes"
        ping = fleet.get((targets.PING, most))
        floor = ping.median / stock.median if ping else 0.0
        lines.append(Judged(figure, 1 / 10, ratio, ratio.upper <= 1 / 10, floor if floor > 1 / 10 else 0.0))
        if ping and stock.median > ping.median:
            net = _same((ours.upper - ping.median) / (stock.median - ping.median), ours.number)
            figure = f"the same, of both what they take beyond the ping playbook, {most} nodes"
            lines.append(Judged(figure, targets.NET, net, net.upper <= targets.NET))
    return lines


def _same(value: float, number: int) -> Spread:
    return Spread(value, value, value, number)


def terminal(results: Results) -> str:
    """Return the tables for the terminal."""
    lines = []
    for title, rows in _tables(results):
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines += [
            "",
            title,
            *("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows),
        ]
    return "\n".join(lines)


def page(results: Results, facts: Facts) -> str:
    """Return docs/benchmarks.md."""
    lines = [_INTRO, "## The machine\n", *_markdown([("what", "which"), *facts.rows])]
    for title, rows in _tables(results):
        lines += [f"\n## {title}\n", *_markdown(rows)]
    return "\n".join([*lines, "", _METHOD])


def _tables(results: Results) -> list[tuple[str, list[tuple[str, ...]]]]:
    tables = [("Targets", _targets(results))]
    if floor := _floor(results.provision):
        tables.append(("What Ansible itself takes", floor))
    for title, rounds in (("A converged node, seconds", results.provision), ("The audit, seconds", results.audit)):
        if rounds:
            tables.append((title, _seconds(rounds)))
    if results.fleet:
        tables.append(("The fleet: processor seconds of the controller per node", _fleet(results.fleet)))
    return tables


def _floor(rounds: Rounds) -> list[tuple[str, ...]]:
    """Return what a playbook takes that does next to nothing, against the stock playbook."""
    rows: list[tuple[str, ...]] = [("a one-task ping playbook against the stock playbook", "median", "quartiles")]
    wanted: tuple[tuple[str, Quantity], ...] = (("wall time", "wall"), ("processor time of the controller", "cpu"))
    for what, quantity in wanted:
        found = ratios(rounds, targets.PING, targets.STOCK, quantity)
        if found:
            rows.append((what, *_cells(spread(found))))
    return rows if len(rows) > 1 else []


def _targets(results: Results) -> list[tuple[str, ...]]:
    head = ("figure", "target", "median", "quartiles", "rounds", "met")
    return [
        head,
        *(
            (
                one.figure, f"<= {one.at_most:.2f}", f"{one.found.median:.2f}",
                f"{one.found.lower:.2f} to {one.found.upper:.2f}", str(one.found.number), _verdict(one),
            )
            for one in judged(results)
        ),
    ]  # fmt: skip


def _verdict(one: Judged) -> str:
    if one.met:
        return "yes"
    return f"NO: a ping playbook takes {one.floor:.2f}" if one.floor else "NO"


def _seconds(rounds: Rounds) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("contender", "wall, median", "quartiles", "processor, median", "quartiles", "rounds")
    ]
    for name in dict.fromkeys(name for one in rounds for name in one):
        wall, cpu = (spread(of_contender(rounds, name, quantity)) for quantity in ("wall", "cpu"))
        rows.append((name, *_cells(wall), *_cells(cpu), str(wall.number)))
    return rows


def _fleet(fleet: t.Mapping[Step, Spread]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("contender", "nodes", "median", "quartiles", "rounds")]
    for (name, size), found in fleet.items():
        rows.append((name, str(size), *_cells(found), str(found.number)))
    return rows


def _cells(found: Spread) -> tuple[str, str]:
    return f"{found.median:.2f}", f"{found.lower:.2f} to {found.upper:.2f}"


def _markdown(rows: t.Sequence[tuple[str, ...]]) -> list[str]:
    head, *rest = [tuple(cell.replace("|", "\\|") for cell in row) for row in rows]
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rest)]


__all__ = ("Facts", "Judged", "Results", "judged", "page", "terminal")
