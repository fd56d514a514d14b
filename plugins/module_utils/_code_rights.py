# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs, and who can change, the code of a node with rights that are not theirs (runbook 6.4): pure. Private."""

from __future__ import annotations

import shlex
import stat
import typing as t

from ._accounts import FIRST_UID
from ._code_privileges import is_expected
from ._tree_facts import finding, is_plain, listed

if t.TYPE_CHECKING:
    from ._code_walk import Open, Privileged
    from ._findings import Finding
    from ._tree_facts import Owners

CLAUSE: t.Final = "6.4"


def of_privileged(privileged: t.Iterable[Privileged], owners: Owners) -> list[Finding]:
    """Return the findings on files that run with other rights than the caller's."""
    return [_of_rights(one, owners) for one in privileged if not (one.owned and is_expected(one))]


def _of_rights(one: Privileged, owners: Owners) -> Finding:
    rights = []
    if one.mode & stat.S_ISUID:
        rights.append(f"with the rights of {owners.name(one.uid)}")
    if one.mode & stat.S_ISGID:
        rights.append(f"with those of group id {one.gid}")
    if one.capability:
        rights.append("with capabilities of its own")
    whose = "Debian's package does not give it that" if one.owned else "no package brought it"
    quoted = shlex.quote(one.path)
    undo = [f"chmod u-s,g-s {quoted}"] if one.mode & (stat.S_ISUID | stat.S_ISGID) else []
    # The kernel takes a file's capabilities away when its owner is set; setcap is in no package of a minimal node.
    undo += [f"chown --reference={quoted} {quoted}"] if one.capability else []
    undo = undo if one.owned else [f"rm --force -- {quoted}"]
    remedy = f"'{' && '.join(undo)}'" if is_plain(one.path) else "take that from it, or remove it"
    return finding(CLAUSE, "violation", f"{one.path} (rights)", f"it runs {' and '.join(rights)}, and {whose}", remedy)


def of_open(found: t.Iterable[Open], owners: Owners, writers: t.Callable[[int], t.Sequence[str]]) -> list[Finding]:
    """Return the findings on packages' programs that others than root can change.

    :param writers: the members of a group.
    """
    said = []
    for one in found:
        who = why_open(one, owners, writers)
        if who:
            fix = f"'chown root {shlex.quote(one.path)} && chmod go-w {shlex.quote(one.path)}'"
            remedy = fix if is_plain(one.path) else "make it root's alone"
            said.append(finding(CLAUSE, "violation", f"{one.path} (writable)", f"{who} can change it", remedy))
    return said


def why_open(one: Open, owners: Owners, writers: t.Callable[[int], t.Sequence[str]]) -> str:
    """Return who beside root can write something, "" where nobody can."""
    if one.mode & 0o002:
        return "everybody"
    members = writers(one.gid) if one.mode & 0o020 else ()
    if members:
        return listed(members)
    # Some of Debian's programs belong to the account of a service, such as at's to daemon.
    return owners.name(one.uid) if one.uid >= FIRST_UID else ""


__all__ = ("CLAUSE", "of_open", "of_privileged", "why_open")
