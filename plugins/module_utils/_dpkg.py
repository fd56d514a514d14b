# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dpkg says of a node, from its own files. Private to the collection.

Read directly, since a converged run needs nothing else and python3-apt alone would cost several times as much.
"""

from __future__ import annotations

import os
import typing as t

from ._files import read_text
from ._step import StepError

STATUS = "/var/lib/dpkg/status"
EXTENDED_STATES = "/var/lib/apt/extended_states"
# Beside the status file: what dpkg has done since it wrote that.
_JOURNAL = "updates"
STATUS_LIMIT = 64 * 1024 * 1024
# What the operator does about what an interrupted dpkg left.
FINISH = "have 'ansible-playbook playbooks/update.yml' finish it on this node, or re-image it"


class Installed(t.NamedTuple):
    """A package as dpkg knows it.

    :param name: with ``:architecture`` where that is not the node's own, as apt prints it.
    :param status: dpkg's third word: ``installed``, ``config-files``, ``half-configured`` …
    :param flag: dpkg's second word: ``ok`` or ``reinstreq``.
    :param hold: whether the operator holds it back.
    :param want: dpkg's first word: ``install``, ``hold``, ``deinstall`` …
    """

    name: str
    version: str
    status: str
    flag: str
    hold: bool
    want: str = "install"

    @property
    def is_sound(self) -> bool:
        return self.flag == "ok" and self.status in {"installed", "config-files", "not-installed"}


def stanzas(text: str) -> t.Iterator[str]:
    """Split a file of Debian control paragraphs."""
    for part in text.split("\n\n"):
        stanza = part.strip("\n")
        if stanza:
            yield stanza


def field(stanza: str, name: str) -> str:
    """Return the one-line field ``name`` of a paragraph, "" where it has none."""
    marker = f"\n{name}: "
    start = f"\n{stanza}".find(marker)
    if start < 0:
        return ""
    begin = start + len(marker) - 1
    end = stanza.find("\n", begin)
    return stanza[begin : end if end >= 0 else len(stanza)].strip()


def native_architecture(text: str) -> str:
    """Return the architecture of the package dpkg itself, which is the node's own."""
    start = f"\n{text}".find("\nPackage: dpkg\n")
    return field(text[start : text.find("\n\n", start)], "Architecture") if start >= 0 else ""


def qualified(name: str, architecture: str, native: str) -> str:
    return name if architecture in {native, "all", ""} else f"{name}:{architecture}"


def parse(text: str) -> dict[str, Installed]:
    """Return what a dpkg status file lists, by name as apt prints it."""
    native = native_architecture(text)
    found = {}
    for stanza in stanzas(text):
        want, flag, status = (*field(stanza, "Status").split(), "", "", "")[:3]
        name = qualified(field(stanza, "Package"), field(stanza, "Architecture"), native)
        if name:
            found[name] = Installed(name, field(stanza, "Version"), status, flag, want == "hold", want)
    return found


def parse_automatic(text: str, native: str) -> frozenset[str]:
    """Return the names that apt's extended_states marks as installed for another package's sake only."""
    return frozenset(
        qualified(field(stanza, "Package"), field(stanza, "Architecture"), native)
        for stanza in stanzas(text)
        if field(stanza, "Auto-Installed") == "1"
    )


class Node(t.NamedTuple):
    """The packages of a node.

    :param packages: all that dpkg lists, by name.
    :param automatic: names that apt may remove once nothing needs them.
    :param interrupted: whether dpkg died before it wrote down what it had done.
    """

    packages: dict[str, Installed]
    automatic: frozenset[str]
    interrupted: bool

    def version_of(self, name: str) -> str:
        """Return the version that is completely installed, "" where none is."""
        package = self.packages.get(name)
        return package.version if package and package.status == "installed" else ""


def read(status: str = STATUS, extended_states: str = EXTENDED_STATES) -> Node:
    """Read a node's packages.

    :raises StepError: there is no dpkg status file.
    """
    text = _written(status)
    automatic = read_text(extended_states, limit=STATUS_LIMIT) or ""
    noted = _notes(status)
    return Node(
        parse(with_journal(text, noted)), parse_automatic(automatic, native_architecture(text)), noted is not None
    )


def current_status(status: str = STATUS) -> str:
    """Return what dpkg's status file would say once dpkg has written down all that it did.

    :raises StepError: there is no dpkg status file.
    """
    return with_journal(_written(status), _notes(status))


def _written(status: str) -> str:
    text = read_text(status, limit=STATUS_LIMIT)
    if text is None:
        raise StepError(f"{status} does not exist, so this is no Debian system; re-image the node (runbook 5)")
    return text


def with_journal(text: str, noted: t.Sequence[str] | None) -> str:
    """Return a status file with what dpkg noted since: of each package the last paragraph."""
    if not noted:
        return text
    native = native_architecture(text)
    last = {
        qualified(field(stanza, "Package"), field(stanza, "Architecture"), native): stanza
        for part in (text, *noted)
        for stanza in stanzas(part)
    }
    return "".join(f"{stanza}\n\n" for stanza in last.values())


def _notes(status: str) -> list[str] | None:
    """Return dpkg's notes in their order, None where there are none."""
    folder = f"{os.path.dirname(status)}/{_JOURNAL}"
    try:
        names = sorted(name for name in os.listdir(folder) if name.isdigit())
    except FileNotFoundError:
        return None
    # One that dpkg takes away meanwhile stands in the status file by then.
    return [read_text(f"{folder}/{name}", limit=STATUS_LIMIT) or "" for name in names] or None


def why_unsound(node: Node) -> str:
    """Return what an interrupted dpkg left behind, as a sentence with its remedy; "" where all is whole."""
    broken = [f"{package.name} ({package.status})" for package in node.packages.values() if not package.is_sound]
    if not broken and not node.interrupted:
        return ""
    journal = f"{os.path.dirname(STATUS)}/{_JOURNAL}"
    what = f"left {', '.join(broken[:10])} unfinished" if broken else f"left its journal in {journal}"
    more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
    return f"dpkg was interrupted and {what}{more}; nothing is repaired by itself: {FINISH}, then run again"


__all__ = (
    "EXTENDED_STATES",
    "FINISH",
    "STATUS",
    "STATUS_LIMIT",
    "Installed",
    "Node",
    "current_status",
    "field",
    "native_architecture",
    "parse",
    "parse_automatic",
    "qualified",
    "read",
    "stanzas",
    "why_unsound",
    "with_journal",
)
