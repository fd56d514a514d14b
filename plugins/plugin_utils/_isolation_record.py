# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's record of which nodes are isolated, or are to be (runbook 5, Isolate). Private to the collection.

One file beside the inventory, to be committed. What a node says of its own isolation is worth little, and a node that
does not answer says nothing: so the order is written down first, and only a proof changes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import pathlib
import socket
import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_text, write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import PULL
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, shell_word

FILE: t.Final = "isolation.json"
PLAYBOOK: t.Final = "ansible-playbook playbooks/isolate.yml"
State = t.Literal["pending", "isolated", "lifting"]
_STATES: t.Final[tuple[State, ...]] = t.get_args(State)
_MOST_BYTES = 1024 * 1024


class IsolationRecordError(Exception):
    """The record cannot be read or written; the message is one sentence with the remedy."""


class Entry(t.NamedTuple):
    """What is known of one node.

    :param state: ``pending``: it is to be isolated, and nothing proves that it is; ``isolated``: proven;
        ``lifting``: it is to be open again, and nothing proves that it is.
    :param since: when that was written, UTC.
    :param by: who gave the order, as user@controller.
    """

    state: State
    since: str
    by: str


def read(records_dir: str) -> dict[str, Entry]:
    """Return the entry of each node that has one.

    :raises IsolationRecordError: the file is there and is not as :func:`order` writes it.
    """
    path = _path(records_dir)
    try:
        text = read_text(str(path), limit=_MOST_BYTES)
        nodes = json.loads(text)["nodes"] if text is not None else {}
        return {str(name): _entry(one) for name, one in nodes.items()}
    except (FileError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise IsolationRecordError(
            f"{path}, which says what nodes are isolated, cannot be read ({one_line(str(exc), 200)}); restore it from "
            "git"
        ) from exc


def order(records_dir: str, node: str, *, lift: bool) -> None:
    """Write down that a node is to be isolated, or open again, before anything is done about it.

    :raises IsolationRecordError: it cannot be written.
    """
    with _changed(records_dir) as nodes:
        held = nodes.get(node)
        if lift and held:
            nodes[node] = _now("lifting") if held.state != "lifting" else held
        elif not lift and (held is None or held.state == "lifting"):
            nodes[node] = _now("pending")


def settle(records_dir: str, node: str, *, isolated: bool) -> None:
    """Write down what was proven: the node is isolated, or open again.

    :raises IsolationRecordError: it cannot be written.
    """
    with _changed(records_dir) as nodes:
        held = nodes.get(node)
        if not isolated:
            nodes.pop(node, None)
        elif held is None or held.state != "isolated":
            nodes[node] = _now("isolated")


def reopen(records_dir: str, node: str) -> None:
    """Write down that the isolation of a node is not proven any more.

    :raises IsolationRecordError: it cannot be written.
    """
    with _changed(records_dir) as nodes:
        if (held := nodes.get(node)) is None or held.state == "isolated":
            nodes[node] = _now("pending")


def open_orders(entries: t.Mapping[str, Entry]) -> list[str]:
    """Return a sentence for each node of which an order was never proven."""
    return [_open_order(node, entry) for node, entry in sorted(entries.items()) if entry.state != "isolated"]


def is_isolated(entries: t.Mapping[str, Entry], node: str) -> str:
    """Return what to know before anything is done on ``node``, "" where it is not isolated."""
    entry = entries.get(node)
    if entry is None or entry.state != "isolated":
        return ""
    return (
        f"{one_line(node, 80)} is isolated since {entry.since} (by {entry.by}): nothing but SSH gets through, so what "
        f"needs packages or another host fails; it stays isolated until {PLAYBOOK} --limit {_word(node)} -e isolate=off"
    )


def _open_order(node: str, entry: Entry) -> str:
    name, again = one_line(node, 80), f"{PLAYBOOK} --limit {_word(node)}"
    who = f"since {entry.since}, by {entry.by}"
    if entry.state == "pending":
        return (
            f"{name} is to be isolated ({who}), and nothing proves that it is: {PULL}, then run {again}; or drop the "
            "order with -e isolate=off"
        )
    return f"{name} is to be open again ({who}), and nothing proves that it is: run {again} -e isolate=off"


def _word(node: str) -> str:
    return shell_word(node) or "<node>"


def _path(records_dir: str) -> pathlib.Path:
    return pathlib.Path(records_dir).expanduser().absolute() / FILE


def _entry(said: t.Any) -> Entry:
    entry = Entry(said["state"], one_line(str(said["since"]), 40), one_line(str(said["by"]), 120))
    if entry.state not in _STATES:
        raise ValueError(f"a state {one_line(str(entry.state), 40)!r} is none of {', '.join(_STATES)}")
    return entry


def _now(state: State) -> Entry:
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = str(os.getuid())
    return Entry(state, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), f"{who}@{socket.gethostname()}")


@contextlib.contextmanager
def _changed(records_dir: str) -> t.Iterator[dict[str, Entry]]:
    """Hand out the entries, and write them back whole where they were changed."""
    path = _path(records_dir)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as exc:
        raise _not_written(path, exc) from exc
    try:
        # Nodes of one run, and runs of several operators, write side by side.
        fcntl.flock(folder, fcntl.LOCK_EX)
        before = read(records_dir)
        nodes = dict(before)
        yield nodes
        if nodes != before:
            document = {"nodes": {name: entry._asdict() for name, entry in sorted(nodes.items())}}
            content = (json.dumps(document, indent=2) + "\n").encode()
            write_atomically(str(path), content, mode=0o644, uid=os.getuid(), gid=os.getgid())
    except OSError as exc:
        raise _not_written(path, exc) from exc
    finally:
        os.close(folder)


def _not_written(path: pathlib.Path, exc: OSError) -> IsolationRecordError:
    return IsolationRecordError(
        f"{path}, which says what nodes are isolated, cannot be written ({exc.strerror}); write down by hand what this "
        "run does"
    )


__all__ = (
    "FILE",
    "PLAYBOOK",
    "Entry",
    "IsolationRecordError",
    "State",
    "is_isolated",
    "open_orders",
    "order",
    "read",
    "reopen",
    "settle",
)
