# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the audit says what it found of access, and which command mends it (runbook 1 and 2). Private to the collection.

Names on a node are anybody's choice: a command repeats one only where a shell takes it for what is shown.
"""

from __future__ import annotations

import os
import re
import typing as t

from ._findings import Finding
from ._text import one_line
from ._tree_facts import finding

if t.TYPE_CHECKING:
    from ._declared import Declared
    from ._node_view import NodeView

HUMAN: t.Final = "1.1"
NODES: t.Final = "1.2"
_LONGEST_WORD = 300
_MOST_LINES = 40
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]")
_UNDECLARED = "declare the operator as operator_user_name in the inventory, then audit again"
_DECLARE_ACCESS = "declare it with its purpose and who granted it in audit_node_access"


def typed(*words: str) -> str:
    """Return a command line as the operator types it between single quotes, "" where a word cannot be shown there."""
    if any(not word or "'" in word or one_line(word, _LONGEST_WORD) != word for word in words):
        return ""
    return " ".join("".join(char if _PLAIN.fullmatch(char) else f"\\{char}" for char in word) for word in words)


def all_of(*commands: str) -> str:
    """Return one command line that does several, "" where one of them could not be told."""
    return " && ".join(commands) if commands and all(commands) else ""


def by(command: str, *, what: str = "take it away", otherwise: str = "") -> str:
    """Return a remedy: what to do, the command for it, and what else would do."""
    told = f"{what} ('{command}')" if command else f"{what} by hand; its name holds what cannot be typed from here"
    return f"{told}, or {otherwise}" if otherwise else told


def removal(*paths: str) -> str:
    """Return the command that removes files."""
    return typed("rm", "--", *paths)


def commented_out(path: str, *numbers: int) -> str:
    """Return the command that turns lines of a configuration file into comments, so that line numbers stay."""
    place = typed(path)
    edits = ";".join(f"{number}s/^/# /" for number in sorted(set(numbers))[:_MOST_LINES])
    return f'sed -i "{edits}" {place}' if place and edits else ""


def violation(clause: str, subject: str, evidence: str, remedy: str) -> Finding:
    """Return the finding of something that the runbook does not allow."""
    return finding(clause, "violation", subject, evidence, remedy)


def unknown(clause: str, subject: str, evidence: str, remedy: str) -> Finding:
    """Return the finding of something that could not be decided."""
    return finding(clause, "unknown", subject, evidence, remedy)


def info(clause: str, subject: str, evidence: str, remedy: str = "nothing has to be done") -> Finding:
    """Return the finding of something that is worth knowing and allowed."""
    return finding(clause, "info", subject, evidence, remedy)


def unreadable(clause: str, subject: str, reason: object) -> Finding:
    """Return the finding of something that is there and could not be read."""
    return unknown(clause, subject, str(reason), "look at it on the node by hand, and remove it where nobody needs it")


def of_others(declared: Declared, subject: str, evidence: str, remedy: str) -> Finding:
    """Return the finding of a right that somebody else than the operator has; who that is must be declared for it."""
    if declared.operator:
        return violation(HUMAN, subject, evidence, remedy)
    return unknown(HUMAN, subject, f"{evidence}, and no operator is declared to compare that with", _UNDECLARED)


def taken_from(declared: Declared, name: str, remedy: str) -> str:
    """Return the remedy for a way in: the login of the image goes by the role, which proves the operator first."""
    return "run provision.yml --tags 2.8 for the node" if name and name == declared.bootstrap_user else remedy


def beyond_role(
    declared: Declared, subject: str, evidence: str, command: str, *, targets: t.Collection[str] = ()
) -> Finding | None:
    """Return the finding of trust towards another system, None where the node's role declares it.

    :param targets: what the declaration may call it, beside the subject: hosts, URLs, paths.
    """
    granted = {access.target for access in declared.access}
    if not granted.isdisjoint({subject, *targets}):
        return None
    return violation(NODES, subject, evidence, by(command, otherwise=_DECLARE_ACCESS))


def is_packaged(view: NodeView, path: str) -> bool:
    """Return whether a file, or what a link there leads to, is a package's, as the package brought it."""
    target = view.target(path)
    real = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
    return view.is_original(real)


def lines_of(text: str) -> t.Iterator[tuple[int, str]]:
    """Yield the lines that say something, stripped, with their number from 1."""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


__all__ = (
    "HUMAN",
    "NODES",
    "all_of",
    "beyond_role",
    "by",
    "commented_out",
    "info",
    "is_packaged",
    "lines_of",
    "of_others",
    "removal",
    "taken_from",
    "typed",
    "unknown",
    "unreadable",
    "violation",
)
