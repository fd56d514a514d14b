# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far each node is decommissioned, so that a run that ended half-way is finished by the next one (runbook 5.4).

Private to the collection. One file beside the inventory, to be committed.
"""

from __future__ import annotations

import getpass
import json
import os
import pathlib
import socket
import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_text, write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._pins import locked

FILE: t.Final = "decommission.json"
_MOST_BYTES: t.Final = 1024 * 1024
_SHOWN: t.Final = 600


class DecommissionRecordError(Exception):
    """The record cannot be read or written; the message is one sentence with the remedy."""


class Entry(t.NamedTuple):
    """What is known of one node.

    :param since: when the order was given, UTC, as ``2026-11-26T14:30:05Z``.
    :param by: who gave it, as user@controller.
    :param reason: why.
    :param is_node_over: whether all is done that only the node could do, or it was given up.
    :param left: what was not done on the node, a sentence each.
    :param is_done: whether there is nothing left to do here.
    """

    since: str
    by: str
    reason: str
    is_node_over: bool = False
    left: tuple[str, ...] = ()
    is_done: bool = False

    @property
    def day(self) -> str:
        return self.since[:10]

    @property
    def stamp(self) -> str:
        """The time as reports' folders are named."""
        return self.since.replace("-", "").replace(":", "")


def new_entry(reason: str) -> Entry:
    """Return an order that is given now."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = str(os.getuid())
    return Entry(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), f"{who}@{socket.gethostname()}", reason)


def read(records_dir: str) -> dict[str, Entry]:
    """Return the entry of each node that has one.

    :raises DecommissionRecordError: the file is there and is not as :func:`write` leaves it.
    """
    path = _path(records_dir)
    try:
        text = read_text(str(path), limit=_MOST_BYTES)
        nodes = json.loads(text)["nodes"] if text is not None else {}
        return {str(name): _entry(one) for name, one in nodes.items()}
    except (FileError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise DecommissionRecordError(
            f"{path}, which says how far nodes are decommissioned, cannot be read ({one_line(str(exc), 200)}); restore "
            "it from git"
        ) from exc


def write(records_dir: str, node: str, entry: Entry) -> None:
    """Put a node's entry in place.

    :raises DecommissionRecordError: it cannot be written.
    """
    path = _path(records_dir)
    try:
        with locked(path) as real:
            nodes = read(records_dir)
            if nodes.get(node) == entry:
                return
            document = {"nodes": {name: one._asdict() for name, one in sorted({**nodes, node: entry}.items())}}
            content = (json.dumps(document, indent=2) + "\n").encode()
            write_atomically(str(real), content, mode=0o644, uid=os.getuid(), gid=os.getgid())
    except OSError as exc:
        raise DecommissionRecordError(
            f"{path}, which says how far nodes are decommissioned, cannot be written ({exc.strerror}); without it a "
            "run that ends half-way could not be finished, so set runbook_records_dir to a folder of yours"
        ) from exc


def _path(records_dir: str) -> pathlib.Path:
    return pathlib.Path(records_dir).expanduser().absolute() / FILE


def _entry(said: t.Any) -> Entry:
    since, by, reason = (one_line(str(said[name]), _SHOWN) for name in ("since", "by", "reason"))
    left = tuple(one_line(str(one), _SHOWN) for one in said["left"])
    entry = Entry(since, by, reason, said["is_node_over"] is True, left, said["is_done"] is True)
    # A folder is named after it.
    time.strptime(entry.since, "%Y-%m-%dT%H:%M:%SZ")
    return entry


__all__ = ("FILE", "DecommissionRecordError", "Entry", "new_entry", "read", "write")
