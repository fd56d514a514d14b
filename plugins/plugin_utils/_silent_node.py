# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a node does not answer, as far as this machine can tell by itself (runbook 2.2). Private to the collection.

Reads only: one connection to the node's SSH port, and what the kernel here knows of the way there.
"""

from __future__ import annotations

import errno
import json
import socket
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

_SECONDS: t.Final = 5
_NO_ROUTE: t.Final = (errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
# The kernel's words for a neighbour that it asked for and that did not answer.
_ABSENT: t.Final = frozenset(("FAILED", "INCOMPLETE"))

Kind = t.Literal[
    "no name", "no route", "no neighbour", "refused", "port silent", "silent", "no SSH", "no host key", "other"
]


class Silence(t.NamedTuple):
    """What became of the last try.

    :param kind: which of the known reasons it is.
    :param said: what was seen, half a sentence.
    """

    kind: Kind
    said: str


def why_silent(host: str, port: int) -> Silence:
    """Try once to connect, and say what was seen; takes ten seconds at most."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            return _greeted(connection)
    except socket.gaierror:
        return Silence("no name", f"the name {one_line(host, 100)} leads to no address")
    except ConnectionRefusedError:
        return Silence("refused", f"the address answers, but port {port} is refused")
    except TimeoutError:
        return judged(host, port, "")
    except OSError as exc:
        reason = one_line(exc.strerror or str(exc), 100)
        if exc.errno in _NO_ROUTE:
            return Silence("no route", f"this machine has no way there ({reason})")
        if exc.errno == errno.EHOSTUNREACH:
            return judged(host, port, reason)
        return Silence("other", reason)


def _greeted(connection: socket.socket) -> Silence:
    connection.settimeout(_SECONDS)
    try:
        greeting = connection.recv(4)
    except TimeoutError:
        return Silence("no SSH", "what answers says nothing")
    if greeting == b"SSH-":
        return Silence("no host key", "it answers, but shows no host key")
    return Silence("no SSH", "what answers is no SSH server")


def judged(host: str, port: int, reason: str) -> Silence:
    """Tell apart, by the kernel's table of neighbours, a machine that is not there from one whose port is closed."""
    route = _first(["-json", "route", "get", host])
    if route is None:
        return Silence("silent", "no answer")
    if gateway := route.get("gateway"):
        return Silence("silent", f"no answer; the way there leads through {one_line(str(gateway), 60)}")
    # An address, where ``host`` may be a name.
    address = str(route.get("dst", host))
    neighbour = _first(["-json", "neighbour", "show", address])
    states = set((neighbour or {}).get("state") or ())
    hardware = one_line(str((neighbour or {}).get("lladdr", "")), 40)
    if reason or states & _ABSENT:
        return Silence("no neighbour", "no machine on this network answers for the address")
    if hardware:
        return Silence(
            "port silent", f"the machine with hardware address {hardware} is there, but port {port} is silent"
        )
    return Silence("silent", "no answer")


def _first(arguments: list[str]) -> dict[str, t.Any] | None:
    """Return the first entry that ``ip`` tells, None where it tells none or is not there."""
    try:
        said = json.loads(Command("ip").run(arguments, timeout=_SECONDS).out)
    except (CommandError, ValueError):
        return None
    return said[0] if isinstance(said, list) and said and isinstance(said[0], dict) else None


__all__ = ("Kind", "Silence", "judged", "why_silent")
