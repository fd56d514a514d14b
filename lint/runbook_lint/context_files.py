# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository's context.md, read by the reader that apt_package reads it by (runbook 3.3)."""

from __future__ import annotations

import typing as t

from runbook_lint.decisions._context_md import MOST_BYTES, Context, ContextError, read_context
from runbook_lint.decisions._documentation import Node, exempt_packages, judge
from runbook_lint.declared_packages import Asked, asked_packages, baseline_packages
from runbook_lint.inventory_files import Inventory
from runbook_lint.reported import Reported
from runbook_lint.repository import Repository, UnreadError

FILE: t.Final = "context.md"
_CLAUSE: t.Final = "3.3"
_REMEDY: t.Final = "say in a few words what the node has the package for"


def check_context(
    repository: Repository, *, path: str = FILE, inventory: Inventory | None = None
) -> tuple[list[Reported], int]:
    """Return what is wrong with context.md, and how many files were read.

    :param path: the file's, from the top of the repository.
    :param inventory: whose packages it must justify; None: the file is judged by itself.
    """
    found: list[Reported] = []
    context: Context | None = None
    looked_at = 0
    if path in repository.files:
        looked_at = 1
        try:
            # The reader itself says what is too large, and what is none of its encoding.
            context = read_context(repository.content(path, MOST_BYTES + 1), path)
        except UnreadError as exc:
            return [Reported(path, 0, _CLAUSE, "context", exc.what, exc.remedy)], looked_at
        except ContextError as exc:
            return [_split(path, str(exc), "context")], looked_at
        found += [_problem(path, problem.line, problem.sentence) for problem in context.problems]
    if inventory:
        asked = asked_packages(inventory)
        found += asked.reported
        found += _undocumented(context, path, asked, inventory)
    return found, looked_at


def _problem(path: str, line: int, sentence: str) -> Reported:
    what, _semicolon, remedy = sentence.partition("; ")
    return Reported(path, line, _CLAUSE, "context", what, remedy or _REMEDY)


def _undocumented(context: Context | None, path: str, asked: Asked, inventory: Inventory) -> t.Iterator[Reported]:
    # What is wrong with the file itself has been said, once and not for each node.
    clean = context._replace(problems=()) if context else None
    faulty = {problem.package for problem in context.problems} if context else set()
    for host, wanted in asked.by_host.items():
        judgement = judge(
            {name: who for name, who in wanted.items() if name not in faulty},
            node=Node(host, asked.groups[host]),
            exempt=exempt_packages(baseline_packages(inventory, host)),
            context=clean,
            file=path,
            wanted_anywhere=asked.anywhere,
        )
        yield from (_split(path, sentence, "undocumented") for sentence in judgement.errors)
        yield from (_split(path, sentence, "unused")._replace(verdict="info") for sentence in judgement.warnings)


def _split(path: str, sentence: str, topic: str) -> Reported:
    """Return a sentence of the form ``context.md:7: what is wrong; what to do`` in its parts."""
    rest = sentence.removeprefix(path)
    line = ""
    if rest != sentence and rest.startswith((":", ": ")):
        line, _colon, rest = rest[1:].partition(": ")
        if not line.isdigit():
            line, rest = "", sentence.removeprefix(f"{path}: ")
    what, _semicolon, remedy = rest.partition("; ")
    return Reported(path, int(line or 0), _CLAUSE, topic, what, remedy or _REMEDY)


__all__ = ("FILE", "check_context")
