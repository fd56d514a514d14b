# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups and rules that make an account as good as root (runbook 1.1). Private to the collection."""

from __future__ import annotations

import os
import typing as t

from ._access_words import HUMAN, by, is_packaged, of_others, removal, taken_from, typed, violation
from ._bootstrap_login import console_logins
from ._text import one_line

if t.TYPE_CHECKING:
    from ._accounts import Accounts
    from ._declared import Declared
    from ._findings import Finding
    from ._node_view import NodeView

# What membership gives, as the evidence says it.
_STRONG = {
    "root": "writes what belongs to root's group",
    "sudo": "becomes root by sudo",
    "wheel": "becomes root by su or doas",
    "shadow": "reads all password hashes",
    "disk": "reads and writes the whole disk",
    "kmem": "reads the node's memory",
    "docker": "starts containers, and so is as good as root",
    "lxd": "starts containers, and so is as good as root",
    "incus": "starts containers",
    "incus-admin": "starts containers, and so is as good as root",
    "libvirt": "starts virtual machines, and so is as good as root",
    "staff": "writes to /usr/local, where root's programs are looked for",
    "_ssh": "reads the keys of ssh agents",
}
# What an image gives its own login beside, and which is of no use without a login.
_OF_IMAGE = {
    "input": "reads the keyboard",
    "adm": "reads the node's logs",
    "systemd-journal": "reads the node's logs",
    "netdev": "changes the network's settings",
}
WATCHED: t.Final = frozenset((*_STRONG, *_OF_IMAGE))
# Accounts without a shell that Debian once made so.
_OF_SYSTEM = {("shutdown", "root"), ("halt", "root"), ("operator", "root")}
_POLKIT = (
    "/etc/polkit-1/rules.d",
    "/usr/local/share/polkit-1/rules.d",
    "/run/polkit-1/rules.d",
    "/usr/share/polkit-1/rules.d",
)
_PKLA = ("/etc/polkit-1/localauthority", "/var/lib/polkit-1/localauthority")


def judge_groups(accounts: Accounts, declared: Declared) -> t.Iterator[Finding]:
    """Yield who beside the operator is in a group that gives more than files of its own."""
    console = set(console_logins(accounts))
    # Whoever has root's user id is root without any group.
    roots = {account.name for account in accounts.accounts if account.uid == 0}
    for group in accounts.groups:
        what = _STRONG.get(group.name) or _OF_IMAGE.get(group.name)
        if not what:
            continue
        primary = [account.name for account in accounts.accounts if account.gid == group.gid]
        for name in dict.fromkeys([*primary, *group.members]):
            is_retired = name == declared.bootstrap_user and name not in console and group.name in _OF_IMAGE
            if name == declared.operator or name in roots or is_retired or (name, group.name) in _OF_SYSTEM:
                continue
            shown = one_line(name, 64)
            command = typed("gpasswd", "--delete", name, group.name)
            if name in primary:
                command = typed("usermod", "--gid", "nogroup", name)
            remedy = by(command)
            if group.name == "sudo":
                remedy = taken_from(declared, name, remedy)
            yield of_others(declared, f"{shown} in group {group.name}", f"whoever is in it {what}", remedy)


def look_at_groups(view: NodeView) -> t.Iterator[Finding]:
    """Judge the groups of the node."""
    yield from judge_groups(view.accounts, view.declared)


def look_at_polkit(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether somebody added rules by which programs of root's let others act."""
    paths = [f"{folder}/{name}" for folder in _POLKIT for name in view.names(folder) if name.endswith(".rules")]
    for folder in _PKLA:
        for inner in view.names(folder):
            paths += [f"{folder}/{inner}/{name}" for name in view.names(f"{folder}/{inner}") if name.endswith(".pkla")]
    for path in paths:
        if not is_packaged(view, path):
            what = "is no package's, or not as the package brought it"
            evidence = f"{os.path.basename(path)} says whom polkit lets act as root, and {what}"
            yield violation(HUMAN, path, evidence, by(removal(path)))


__all__ = ("WATCHED", "judge_groups", "look_at_groups", "look_at_polkit")
