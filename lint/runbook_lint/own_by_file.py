# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a node that one of this collection's modules writes from the inventory (runbook 6.5)."""

from __future__ import annotations

import posixpath
import re
import typing as t

from runbook_lint.jinja import UNKNOWN
from runbook_lint.own_example import CHECKOUT, KEYS, OPERATOR, REPOSITORY, Own

if t.TYPE_CHECKING:
    from runbook_lint.node_file import NodeFile

_SETTING: t.Final = re.compile(r"^\s*(?P<name>\w+)\s*[= ]\s*(?P<value>[^\s#]+)", re.MULTILINE)
_OF_JOURNALD: t.Final = {
    "SystemMaxUse": "system_max_use",
    "SystemKeepFree": "system_keep_free",
    "MaxRetentionSec": "max_retention",
}


Made = tuple[str, dict[str, object]]


def _hostname(file: NodeFile) -> Made:
    name = file.text.strip()
    return "node_hostname", {"name": name if name and UNKNOWN not in name else "{{ hostname_name }}"}


def _sshd(_file: NodeFile) -> Made:
    return "sshd_access", {"operator": OPERATOR, "bootstrap_user": "{{ runbook_bootstrap_user }}"}


def _journald(file: NodeFile) -> Made:
    said = {match["name"]: match["value"] for match in _SETTING.finditer(file.text)}
    known = {ours: said[name] for name, ours in _OF_JOURNALD.items() if name in said and UNKNOWN not in said[name]}
    return "journal_storage", dict(known) if known else {"system_max_use": "500M"}


def _network(_file: NodeFile) -> Made:
    given = {"address": "{{ network_address }}", "gateway": "{{ network_gateway }}", "dns": "{{ network_dns }}"}
    return "node_network", {"mode": "static", **given}


def _keys(file: NodeFile) -> Made:
    keys = [line for line in file.text.splitlines() if line.strip() and UNKNOWN not in line]
    return "operator_account", {"name": OPERATOR, "authorized_keys": keys or KEYS}


def _unit(file: NodeFile) -> Made:
    source = file.source.replace(UNKNOWN, "").rpartition("/ai-systems/")[2].lstrip("/")
    units = [{"src": source or posixpath.basename(file.path)}]
    return "systemd_unit", {"user": OPERATOR, "checkout": CHECKOUT, "units": units, "repository": REPOSITORY}


_FILES: t.Final[tuple[tuple[re.Pattern[str], str, t.Callable[[NodeFile], Made]], ...]] = (
    (re.compile(r"/etc/hostname"), "the node's name", _hostname),
    (re.compile(r"/etc/ssh/sshd_config(?:\.d/.*)?"), "who may log in", _sshd),
    (re.compile(r"/etc/systemd/journald\.conf(?:\.d/.*)?"), "what the journal keeps", _journald),
    (
        re.compile(
            r"/etc/(?:network/interfaces(?:\.d/.*)?|netplan/.*|systemd/network/.*|dhcpcd\.conf"
            r"|NetworkManager/system-connections/.*)"
        ),
        "the node's address",
        _network,
    ),
    (re.compile(r".*/\.ssh/authorized_keys2?"), "who may log in", _keys),
)
_LINKED: t.Final = re.compile(r"/etc/systemd/system/[^/]+\.(?:service|timer|socket|path|mount|target)")


def _is_beside(file: NodeFile) -> bool:
    """Whether a task sets something of journald that has nothing to do with what is kept."""
    is_journald = file.path.startswith("/etc/systemd/journald.conf")
    names = {match["name"] for match in _SETTING.finditer(file.text)}
    return is_journald and bool(names) and names.isdisjoint((*_OF_JOURNALD, "Storage"))


def by_file(file: NodeFile) -> Own | None:
    """Return what a file that a task writes says that one of our modules sees to, None where there is none."""
    if not file.is_brought:
        return None
    if file.way == "link":
        is_unit = _LINKED.fullmatch(file.path) is not None and file.source != "/dev/null"
        what = f"the task links the unit {posixpath.basename(file.path)}"
        return Own(what, *_unit(file), file.at) if is_unit else None
    for pattern, what, made in _FILES:
        if pattern.fullmatch(file.path) and not _is_beside(file):
            return Own(f"the task writes {file.path.replace(UNKNOWN, '…')}, that is {what}", *made(file), file.at)
    return None


__all__ = ("by_file",)
