# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was told to dpkg so that another file is run than a package's (runbook 6.4). Private to the collection.

Alternatives, diversions and kept permissions are dpkg's own ways to do that. Packages use them; so may anybody else.
"""

from __future__ import annotations

import re
import shlex
import stat
import typing as t

from ._code_facts import real_path
from ._code_privileges import may_override
from ._dpkg_files import DIVERSIONS, parse_diversions
from ._tree_facts import finding, is_plain, shown

if t.TYPE_CHECKING:
    from ._code_facts import CodeFacts
    from ._findings import Finding
    from ._node_view import NodeView

CLAUSE: t.Final = "6.4"
ALTERNATIVES = "/etc/alternatives"
_ADMIN = "/var/lib/dpkg/alternatives"
_OVERRIDES = "/var/lib/dpkg/statoverride"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
_NO_CODE = re.compile(r".*\.(?:gz|html|desktop|png|svg|css|txt)")


class Override(t.NamedTuple):
    """A permission that dpkg keeps for a path, whatever a package brings."""

    owner: str
    group: str
    mode: int
    path: str


def parse_overrides(text: str) -> list[Override]:
    """Return what dpkg's statoverride file holds."""
    found = []
    for line in text.split("\n"):
        words = line.split(" ", 3)
        if len(words) == 4 and re.fullmatch("[0-7]+", words[2]):
            found.append(Override(words[0], words[1], int(words[2], 8), words[3]))
    return found


def of_alternatives(view: NodeView, facts: CodeFacts) -> t.Iterator[Finding]:
    """Yield a finding for each command that leads to a file which is nobody's."""
    groups: dict[str, str] = {}
    for name in view.names(ALTERNATIVES):
        target = view.target(f"{ALTERNATIVES}/{name}")
        if not target or _NO_CODE.fullmatch(name) or _NO_CODE.fullmatch(target):
            continue
        real = real_path(view, f"{ALTERNATIVES}/{name}")
        if facts.is_audited(real) or not view.exists(real):
            continue
        if not groups:
            groups = {one: view.text(f"{_ADMIN}/{one}") or "" for one in view.names(_ADMIN)}
        evidence = f"the command leads to {shown(target)}, which neither dpkg nor the checkout holds"
        remedy = _back(name, target, groups)
        yield finding(CLAUSE, "violation", f"{ALTERNATIVES}/{name}", evidence, remedy)


def _back(name: str, target: str, groups: t.Mapping[str, str]) -> str:
    lines = {group: text.split("\n") for group, text in groups.items()}
    group = name if name in groups else next((one for one, text in lines.items() if name in text), "")
    if not _NAME.fullmatch(group) or not is_plain(target):
        return "remove that link, and what it leads to"
    if target in lines[group]:
        return f"'update-alternatives --remove {group} {shlex.quote(target)}', then remove what it leads to"
    return f"'update-alternatives --auto {group}', then remove what it leads to"


def of_diversions(view: NodeView) -> t.Iterator[Finding]:
    """Yield a finding for each file of a package that somebody had dpkg put elsewhere."""
    for source, target, by in parse_diversions(view.text(DIVERSIONS) or ""):
        if by == ":":
            undo = f"'rm --force -- {shlex.quote(source)} && dpkg-divert --rename --remove {shlex.quote(source)}'"
            yield finding(
                CLAUSE,
                "violation",
                f"{source} (diversion)",
                f"dpkg was told by hand to keep the package's file as {shown(target)}",
                f"{undo if is_plain(source) else 'remove the diversion'}, which brings the package's file back",
            )


def of_overrides(view: NodeView) -> t.Iterator[Finding]:
    """Yield a finding for each permission that gives more rights than Debian does."""
    for one in parse_overrides(view.text(_OVERRIDES) or ""):
        if not may_override(one.path, one.mode):
            quoted = shlex.quote(one.path)
            undo = f"'dpkg-statoverride --remove {quoted} && chmod u-s,g-s,o-w {quoted}'"
            rights = "runs with other rights than the caller's"
            if not one.mode & (stat.S_ISUID | stat.S_ISGID):
                rights = "can be written by everybody"
            yield finding(
                CLAUSE,
                "violation",
                f"{one.path} (statoverride)",
                f"dpkg was told to keep the permissions {one.mode:o} for it, so that it {rights}",
                f"{undo if is_plain(one.path) else 'remove it with dpkg-statoverride'}",
            )


__all__ = ("CLAUSE", "Override", "of_alternatives", "of_diversions", "of_overrides", "parse_overrides")
