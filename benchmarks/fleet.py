# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller pays per node, from one node to as many as the machine carries.

Processor time, not wall time: here the nodes share the machine with the controller, and a fleet's do not.
"""

from __future__ import annotations

import typing as t

from benchmarks import targets
from benchmarks.contenders import Contender, ansible_changed_nothing, stock
from benchmarks.figures import Spread, spread
from benchmarks.site import Site, ours

Step = tuple[str, int]


def sizes(most: int) -> list[int]:
    """Return the numbers of nodes that are tried: 1, 2, 4 … and all."""
    found = []
    size = 1
    while size < most:
        found.append(size)
        size *= 2
    return [*found, most]


def contenders(site: Site, most: int, *, number: int = 1) -> dict[Step, Contender]:
    """Return ours for each number of nodes, and in the first round what it is compared with, at both ends."""
    found = {}
    for size in sizes(most):
        nodes = site.names[:size]
        found[targets.OURS, size] = Contender(targets.OURS, ours(site, nodes), nodes, ansible_changed_nothing)
        if size in (1, most) and number == 1:
            found[targets.STOCK, size] = Contender(targets.STOCK, stock(site, nodes), nodes, ansible_changed_nothing)
            ping = stock(site, nodes, "ping.yml")
            found[targets.PING, size] = Contender(targets.PING, ping, nodes, ansible_changed_nothing)
    return found


def measured(site: Site, *, most: int, rounds: int, say: t.Callable[[str], None]) -> dict[Step, Spread]:
    """Return the controller's processor time per node, by contender and number of nodes."""
    taken: dict[Step, list[float]] = {}
    for number in range(1, rounds + 1):
        for step, contender in contenders(site, most, number=number).items():
            name, size = step
            say(f"fleet, round {number} of {rounds}: {name}, {size} nodes")
            taken.setdefault(step, []).append(contender.run().taken.cpu / size)
            site.check(contender.nodes, after=name)
    return {step: spread(numbers) for step, numbers in taken.items()}


__all__ = ("Step", "contenders", "measured", "sizes")
