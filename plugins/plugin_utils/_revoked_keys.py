# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host keys of a node that is decommissioned: ssh shall take them from nobody again (runbook 5.4). Private.

A card that was not wiped, or that somebody copied, still proves itself by them: so they are revoked under whatever name
or address they are shown.
"""

from __future__ import annotations

import fnmatch
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._pins import HostKey, Pin

MARK: t.Final = "@revoked"


class Revoked(t.NamedTuple):
    """What becomes of known_hosts.

    :param text: of the whole file.
    :param lines: how many lines are marked in it that were not before.
    :param by_hand: a sentence for each line that may be the node's and is left as it is.
    """

    text: str
    lines: int
    by_hand: tuple[str, ...] = ()


def revoke(text: str, *, names: t.Collection[str], node: str, on: str) -> Revoked:
    """Return known_hosts with each key of a node revoked; all other lines stay as they are.

    :param names: what ssh looks the node up by.
    :param node: its name in the inventory, with which lines of ours end.
    :param on: the day, as ``2026-11-26``.
    """
    lines = text.splitlines(keepends=True)
    pins = {number: pin for number, line in enumerate(lines) if (pin := _pin(line)) is not None}
    mine = {pin.key.blob for pin in pins.values() if pin.comment == node or any(pin.is_for(name) for name in names)}
    by_hand = []
    marked = 0
    for number, pin in pins.items():
        if pin.key.blob in mine:
            lines[number] = _marked(pin, node, on) + ("\n" if lines[number].endswith("\n") else "")
            marked += 1
        elif any(_matches(pin.hosts, name) for name in names):
            by_hand.append(
                f"line {number + 1} is for {one_line(pin.hosts, 80)!r}, which is more than {one_line(node, 80)}: if "
                f"its key is this node's, put '{MARK} ' before it by hand"
            )
    return Revoked("".join(lines), marked, tuple(by_hand))


def revoked_notes(text: str) -> dict[str, str]:
    """Return what is written behind each revoked key, by the key in base64."""
    found = {}
    for line in text.splitlines():
        words = line.split(None, 4)
        if len(words) > 3 and words[0] == MARK:
            found[words[3]] = words[4].strip() if len(words) > 4 else ""
    return found


def _pin(line: str) -> Pin | None:
    words = line.split(None, 3)
    if len(words) < 3 or line.lstrip().startswith(("#", "@")):
        return None
    return Pin(words[0], HostKey(words[1], words[2]), words[3].strip() if len(words) > 3 else "")


def _marked(pin: Pin, node: str, on: str) -> str:
    hosts = "hashed" if pin.hosts.startswith("|") else one_line(pin.hosts, 200)
    return f"{MARK} * {pin.key.kind} {pin.key.blob} {one_line(node, 80)} ({hosts}), decommissioned {on}"


def _matches(hosts: str, name: str) -> bool:
    patterns = [one for one in hosts.split(",") if "*" in one or "?" in one]
    # ssh knows these two alone; to fnmatch a bracket is one more, and a port is written in brackets.
    return any(fnmatch.fnmatchcase(name, one.lstrip("!").replace("[", "[[]")) for one in patterns)


__all__ = ("MARK", "Revoked", "revoke", "revoked_notes")
