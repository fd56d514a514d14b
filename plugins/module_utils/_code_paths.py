# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders that root's commands are looked for in, and who can put one there (runbook 6.4). Private."""

from __future__ import annotations

import re
import shlex
import stat
import typing as t

from ._code_facts import real_path
from ._code_rights import why_open
from ._code_walk import Open
from ._tree_facts import finding, is_plain, lies_in, listed

if t.TYPE_CHECKING:
    from ._code_facts import CodeFacts
    from ._findings import Finding
    from ._node_view import NodeView

CLAUSE: t.Final = "6.4"
_ASSIGNED = re.compile(r"""(?:^|[\s;"'])PATH\s*=\s*("[^"]*"|'[^']*'|[^\s;]+)""")
_LOGIN_DEFS = re.compile(r"^\s*ENV_(?:SU)?PATH\s+(?:PATH=)?(\S+)")
_SECURE = re.compile(r"\bsecure_path\s*\+?=\s*(\"[^\"]*\"|\S+)")
# As programs have it that were started without one.
_DEFAULT = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Searched(t.NamedTuple):
    """A folder of a PATH, and which file names it."""

    folder: str
    where: str


def folders_in(text: str, pattern: re.Pattern[str] = _ASSIGNED) -> list[str]:
    """Return the folders of every PATH that a text sets, as they stand; what is a variable is left out."""
    found = []
    for line in text.split("\n"):
        if not line.lstrip().startswith("#"):
            for value in pattern.findall(line):
                found += value.strip("\"'").split(":")
    return [one for one in found if not one.startswith(("$PATH", "${PATH"))]


def read_searched(view: NodeView) -> list[Searched]:
    """Return every folder that commands of root, or of units, are looked for in."""
    found = [Searched(one, "every program of root's") for one in _DEFAULT.split(":")]
    cron = ["/etc/crontab", *(f"/etc/cron.d/{name}" for name in view.names("/etc/cron.d"))]
    manager = [f"/etc/systemd/system.conf.d/{name}" for name in view.names("/etc/systemd/system.conf.d")]
    shells = ["/etc/profile", "/etc/bash.bashrc", *(f"/etc/profile.d/{name}" for name in view.names("/etc/profile.d"))]
    roots = [f"/root/{name}" for name in (".bashrc", ".profile", ".bash_profile")]
    for path in ("/etc/environment", "/etc/systemd/system.conf", *manager, *shells, *roots, *cron):
        found += [Searched(one, path) for one in folders_in(_text(view, path))]
    found += [Searched(one, "/etc/login.defs") for one in folders_in(_text(view, "/etc/login.defs"), _LOGIN_DEFS)]
    for path, _number, line in view.sudo_lines:
        found += [Searched(one, path) for one in folders_in(line, _SECURE)]
    for unit in view.units:
        if not unit.is_vendor and unit.unit.runs_in:
            for one in unit.unit.listed(unit.unit.runs_in, "Environment"):
                found += [Searched(folder, unit.fragment) for folder in folders_in(one.value)]
    return found


def _text(view: NodeView, path: str) -> str:
    status = view.status(real_path(view, path))
    return (view.text(path) or "") if status is not None and stat.S_ISREG(status.st_mode) else ""


def judge(view: NodeView, facts: CodeFacts, searched: t.Iterable[Searched]) -> t.Iterator[Finding]:
    """Yield a finding for each folder into which others than root can put a command."""
    named: dict[str, list[str]] = {}
    for folder, where in searched:
        named.setdefault(folder, []).append(where)
    for folder, wheres in named.items():
        by = listed(list(dict.fromkeys(wheres)))
        expanded = re.sub(r"^(~|\$HOME|\$\{HOME\})(?=/|$)", "/root", folder)
        if "$" in expanded:
            continue
        if not expanded.startswith("/"):
            subject = f"{folder or 'the current folder'} (PATH)"
            evidence = f"{by} has commands looked for in whatever folder somebody is in"
            yield finding(
                CLAUSE, "violation", subject, evidence, f"take {folder or 'the empty word'} out of PATH there"
            )
            continue
        open_at, who = _opening(view, facts, expanded)
        # The operator is as good as root, and owns the checkout with its .venv (ruling 8).
        is_own = who == view.declared.operator and lies_in(open_at, {view.declared.checkout})
        if who and not is_own:
            fix = f"'chown root:root {shlex.quote(open_at)} && chmod go-w {shlex.quote(open_at)}'"
            yield finding(
                CLAUSE,
                "violation",
                f"{folder} (PATH)",
                f"commands are looked for there by {by}, and {who} can put some there through {open_at}",
                f"{fix if is_plain(open_at) else 'make it the folder of root alone'}, or take it out of PATH",
            )


def _opening(view: NodeView, facts: CodeFacts, folder: str) -> tuple[str, str]:
    """Return the part of the way to a folder that others than root can write, and who; ("", "") where none can."""
    at = real_path(view, folder)
    is_last = True
    while True:
        status = view.status(at)
        if status is not None:
            mode = stat.S_IMODE(status.st_mode)
            # In a sticky folder nobody replaces what is there; what is not there yet anybody can make.
            if is_last or not mode & stat.S_ISVTX:
                who = why_open(Open(at, mode, status.st_uid, status.st_gid), facts.owners, facts.writers_by_group)
                if not who and status.st_uid:
                    who = facts.owners.name(status.st_uid)
                if who:
                    return at, who
            is_last = False
        if at == "/":
            return "", ""
        at = at.rpartition("/")[0] or "/"


__all__ = ("CLAUSE", "Searched", "folders_in", "judge", "read_searched")
