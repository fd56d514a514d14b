# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A static address under ifupdown (runbook 2.4). Private to the collection.

ifupdown keeps no configuration of its own in /run, but its tools take any file: the staged one lies in our own folder.
"""

from __future__ import annotations

import contextlib
import glob
import os
import typing as t

from ._command import Command, CommandError
from ._files import read_text, remove_if_there, write_atomically
from ._network_address import Declared
from ._network_plan import HEADER, Plan, PlanError
from ._network_state import Resolver

FILE = "/etc/network/interfaces"
FOLDER = "/etc/network/interfaces.d"
STAGED = "/run/ai-systems-runbook/network/interfaces"
# A restored DHCP stanza may wait this long for a lease.
_SECONDS = 120
_INDENT = "    "
_BEGINNINGS = frozenset(
    ("iface", "auto", "mapping", "source", "source-directory", "no-auto-down", "no-scripts", "rename", "template")
)
# What our own lines say instead, and what only a DHCP client would read.
_REPLACED = frozenset(
    (
        *("address", "netmask", "broadcast", "network", "gateway", "dns-nameserver", "dns-nameservers"),
        *("hostname", "leasehours", "leasetime", "vendor", "client"),
    )
)


def begins(line: str) -> bool:
    """Whether a line begins something new in interfaces(5), and so ends the stanza before it."""
    words = line.split()
    return bool(words) and (words[0] in _BEGINNINGS or words[0].startswith("allow-"))


def count_stanzas(text: str, interface: str) -> int:
    """Return how many IPv4 stanzas a file has for an interface."""
    return sum(_is_stanza(line, interface) for line in text.splitlines())


def is_started(text: str, interface: str) -> bool:
    """Whether a file has the interface brought up at boot or when it appears."""
    lines = (line.split() for line in text.splitlines())
    starting = ("auto", "allow-auto", "allow-hotplug")
    return any(words[0] in starting and interface in words[1:] for words in lines if words)


def stanza(interface: str, declared: Declared) -> list[str]:
    """Return the lines of a stanza for the declaration."""
    servers = " ".join(str(server) for server in declared.dns)
    return [
        f"iface {interface} inet static",
        f"{_INDENT}{HEADER.rstrip()}",
        f"{_INDENT}address {declared.address}",
        f"{_INDENT}gateway {declared.gateway}",
        f"{_INDENT}dns-nameservers {servers}",
    ]


def interfaces_with(text: str, interface: str, declared: Declared, *, started: bool) -> str:
    """Return the file with the interface's one IPv4 stanza replaced; other options of it, and all else, stay.

    :param started: some line already has the interface brought up.
    """
    lines: list[str] = [] if started else [f"auto {interface}"]
    inside = skipping = False
    for line in text.splitlines():
        continued, skipping = skipping, False
        if begins(line):
            inside = _is_stanza(line, interface)
            if inside:
                lines += stanza(interface, declared)
                skipping = line.endswith("\\")
                continue
        if inside and (continued or _is_replaced(line)):
            skipping = line.endswith("\\")
            continue
        lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def _is_stanza(line: str, interface: str) -> bool:
    return line.split()[:3] == ["iface", interface, "inet"]


def _is_replaced(line: str) -> bool:
    words = line.split()
    return bool(words) and (words[0] in _REPLACED or line.strip() == HEADER.rstrip())


def whole_configuration(files: t.Mapping[str, str]) -> str:
    """Return all files as one, without the lines that include one from another."""
    lines = [line for text in files.values() for line in text.splitlines()]
    kept = [line for line in lines if line.split()[:1] not in (["source"], ["source-directory"])]
    return "".join(f"{line}\n" for line in kept)


def is_up(text: str, interface: str) -> bool:
    """Whether ifupdown has brought the interface up, in what ``ifquery --state`` printed."""
    return f"{interface}={interface}" in text.split()


def read_files() -> dict[str, str]:
    """Return the configuration as Debian's default file includes it, by path."""
    paths = [FILE, *sorted(path for path in glob.glob(f"{FOLDER}/*") if os.path.isfile(path))]
    return {path: read_text(path) or "" for path in paths}


class Ifupdown:
    """Gives an interface that ifupdown runs its static address."""

    name = "ifupdown"

    def __init__(self, interface: str) -> None:
        self._interface = interface

    @classmethod
    def runs(cls, interface: str) -> bool:
        """Whether ifupdown has brought this interface up."""
        try:
            return is_up(Command("ifquery").run(["--state"], timeout=15).out, interface)
        except CommandError:
            return False

    def plan(self, declared: Declared, resolver: Resolver) -> Plan:
        """Return the file that holds the interface's stanza, with that stanza replaced."""
        files = read_files()
        holding = [path for path, text in files.items() if count_stanzas(text, self._interface)]
        if [count_stanzas(files[path], self._interface) for path in holding] != [1]:
            where = ", ".join(holding) or f"neither {FILE} nor {FOLDER}"
            raise PlanError(
                f"{where} must hold exactly one 'iface {self._interface} inet' stanza for it to be replaced: make it so"
            )
        path = holding[0]
        started = any(is_started(text, self._interface) for text in files.values())
        return Plan(
            manager=self.name,
            path=path,
            before=files[path],
            after=interfaces_with(files[path], self._interface, declared, started=started),
            mode=0o644,
            copies=True,
            # resolvconf and systemd-resolved take the servers from the stanza; a plain file is nobody's else.
            writes_servers=resolver.kind == "plain",
        )

    def switch(self, declared: Declared) -> None:
        """Take the interface down as it is configured now, and up by the staged file."""
        files = read_files()
        plan = self.plan(declared, Resolver("plain", (), ""))
        files[plan.path] = plan.after
        os.makedirs(os.path.dirname(STAGED), mode=0o700, exist_ok=True)
        write_atomically(STAGED, whole_configuration(files).encode(), mode=0o600)
        self._down()
        Command("ifup").run(["--force", "-i", STAGED, self._interface], timeout=_SECONDS)

    def settle(self) -> None:
        """Forget the staged file; ifupdown reads /etc the next time it is asked."""
        remove_if_there(STAGED)

    def restore(self) -> None:
        """Take the interface down and up by what is in /etc and was before."""
        self._down("-i", STAGED) if os.path.exists(STAGED) else self._down()
        remove_if_there(STAGED)
        Command("ifup").run(["--force", self._interface], timeout=_SECONDS)

    def _down(self, *options: str) -> None:
        with contextlib.suppress(CommandError):
            Command("ifdown").run(["--force", *options, self._interface], timeout=_SECONDS)
        # What a stanza does not name, ifdown leaves: an address from another file would stay beside the new one.
        Command("ip").run(["-4", "address", "flush", "dev", self._interface, "scope", "global"])


__all__ = (
    "FILE",
    "FOLDER",
    "STAGED",
    "Ifupdown",
    "begins",
    "count_stanzas",
    "interfaces_with",
    "is_started",
    "is_up",
    "stanza",
    "whole_configuration",
)
