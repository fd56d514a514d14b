# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's hostname must be (runbook 2.3): pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._step import Change

LONGEST = 64
CLOUD_INIT_FOLDER = "/etc/cloud/cloud.cfg.d"
CLOUD_INIT_FILE = f"{CLOUD_INIT_FOLDER}/99-runbook-hostname.cfg"
CLOUD_INIT_TEXT = "# Runbook 2.3: the hostname is the operator's, not the image's.\npreserve_hostname: true\n"
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_OWN_ADDRESS = "127.0.1.1"


class HostnameState(t.NamedTuple):
    """How a node is named now.

    :param static: content of /etc/hostname, stripped.
    :param kernel: the name that the kernel answers.
    :param hosts: text of /etc/hosts.
    :param cloud_init: text of our cloud-init file, None where cloud-init is not installed.
    """

    static: str
    kernel: str
    hosts: str
    cloud_init: str | None


def why_not_a_hostname(name: str) -> str:
    """Return why ``name`` cannot be a hostname by RFC 1123 on Linux, "" when it can."""
    if not name:
        return "it is empty"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, Linux takes at most {LONGEST}"
    for label in name.split("."):
        if not _LABEL.fullmatch(label):
            return f"its part {label!r} must be 1 to 63 of a-z, 0-9 and '-', with no '-' at either end (RFC 1123)"
    if name.rpartition(".")[2].isdigit():
        return "a last part of digits alone reads as an address"
    if name == "localhost" or name.startswith("localhost."):
        return "every machine calls itself localhost"
    return ""


def hosts_with(text: str, name: str) -> str:
    """Return /etc/hosts with exactly one line for 127.0.1.1, which names ``name`` and its short form.

    sudo and many services look their own name up; a name that resolves nowhere makes each of them wait.
    """
    short = name.partition(".")[0]
    wanted = f"{_OWN_ADDRESS}\t{name}" + (f" {short}" if short != name else "")
    lines: list[str] = []
    placed = False
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words or words[0] != _OWN_ADDRESS:
            lines.append(line)
        elif not placed:
            # A line that says the same in other white space stays as it is.
            lines.append(line if words[1:] == wanted.split()[1:] else wanted)
            placed = True
    if not placed:
        after = next((i for i, line in enumerate(lines) if line.split()[:1] == ["127.0.0.1"]), -1)
        lines.insert(after + 1, wanted)
    return "".join(f"{line}\n" for line in lines)


def decide(name: str, state: HostnameState) -> list[Change]:
    """Return what must change so that the node is called ``name``; the name comes last, when it already resolves."""
    changes = []
    hosts = hosts_with(state.hosts, name)
    if hosts != state.hosts:
        changes.append(Change("/etc/hosts", "write", state.hosts, hosts))
    if state.cloud_init is not None and state.cloud_init != CLOUD_INIT_TEXT:
        changes.append(Change(CLOUD_INIT_FILE, "write", state.cloud_init, CLOUD_INIT_TEXT))
    if (state.static, state.kernel) != (name, name):
        changes.append(Change("hostname", "set", f"{state.static or state.kernel}\n", f"{name}\n"))
    return changes


__all__ = (
    "CLOUD_INIT_FILE",
    "CLOUD_INIT_FOLDER",
    "CLOUD_INIT_TEXT",
    "HostnameState",
    "decide",
    "hosts_with",
    "why_not_a_hostname",
)
