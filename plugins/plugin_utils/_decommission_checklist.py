# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left for a person once a node is decommissioned (runbook 5.4). Private to the collection.

Names of credentials only: a value never gets into it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_reason import is_compromised
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_record import Entry

_MOST: t.Final = 100


class Facts(t.NamedTuple):
    """What the inventory says of the node.

    :param address: where SSH reaches it.
    :param assignment: ``static`` or ``reservation``.
    :param hostname: its own name.
    :param credentials: unit and name of each that was pushed to it.
    :param operator: the account that logs in there.
    :param keys: comments of the operator's public keys, or their kinds.
    :param has_password: whether that account has a password.
    :param files: what to commit.
    """

    address: str
    assignment: str
    hostname: str
    credentials: tuple[tuple[str, str], ...]
    operator: str
    keys: tuple[str, ...]
    has_password: bool
    files: tuple[str, ...]


def steps(entry: Entry, facts: Facts) -> list[str]:
    """Return what is to be done by hand, a line each, the most urgent first."""
    found = []
    if entry.left:
        found.append(f"Pull its cable now: {'; '.join(entry.left)}")
    else:
        found.append("Pull its cable: until then its own packet filter is all that keeps it off the network")
    found += _credentials(facts, lost=is_compromised(entry.reason))
    found.append("Take the card out and wipe it, an NVMe disk too; destroy it where it held data that nobody may read")
    where = "remove its DHCP reservation" if facts.assignment == "reservation" else "give its address free"
    found.append(f"On the network: {where} ({facts.address}), and remove its DNS name ({facts.hostname})")
    found.append("Elsewhere: take it out of monitoring, of backups, and of whatever lets its address in")
    found.append(f"Commit what this run wrote: {', '.join(facts.files)}")
    return [one_line(one, 2000) for one in found]


def _credentials(facts: Facts, *, lost: bool) -> list[str]:
    found = [f"Rotate {name}, which {unit} had" for unit, name in facts.credentials[:_MOST]]
    if len(facts.credentials) > _MOST:
        found.append(f"Rotate the {len(facts.credentials) - _MOST} others of services_credentials")
    if not facts.credentials:
        found.append("Rotate what was given to it by other ways: services_credentials of the inventory has nothing")
    keys = ", ".join(facts.keys) or "none is declared"
    if lost:
        found.append(
            f"The SSH keys of {facts.operator} ({keys}): it had the public half only, so make new ones if your agent "
            "was ever forwarded to it"
        )
    else:
        found.append(f"The SSH keys of {facts.operator} ({keys}) stay good: it had the public half only")
    if facts.has_password:
        found.append(f"Change the sudo password of {facts.operator} on the other nodes: its hash was on the card")
    return found


def page(node: str, entry: Entry, lines: t.Sequence[str]) -> str:
    """Return the file that is kept beside the diagnosis."""
    head = f"# {one_line(node, 80)} is decommissioned\n\n{entry.day}, by {entry.by}: {entry.reason}\n\n"
    return head + "".join(f"- [ ] {line}\n" for line in lines)


__all__ = ("Facts", "page", "steps")
