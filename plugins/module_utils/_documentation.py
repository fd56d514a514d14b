# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each package that a node shall have is documented (runbook 3, "Documentation"): pure decisions. Private."""

from __future__ import annotations

import difflib
import typing as t

from ._apt_names import BOOTSTRAP_PACKAGES
from ._context_entries import Entry
from ._context_md import SECTION, Context, Form
from ._text import one_line

# The runbook's checklist names them (2.6): what is in there needs no justification.
CHECKLIST_PACKAGES: t.Final = ("git", "vim", "curl")
# Procedures need them at hand in an incident, when nothing can be installed: isolate.yml filters by nftables (5.2).
PROCEDURE_PACKAGES: t.Final = ("nftables",)
PLACEHOLDER: t.Final = "<why this node needs it>"
_HEADING = f"## {SECTION}"
_MOST_SAID = 50


class Judgement(t.NamedTuple):
    """What is to be said, one sentence each, the file and line first.

    :param errors: nothing may be installed before these are mended.
    """

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


class Node(t.NamedTuple):
    """For whom the packages are.

    :param groups: every group of the inventory that the node is in.
    """

    name: str
    groups: frozenset[str]


def exempt_packages(baseline: t.Iterable[str]) -> frozenset[str]:
    """Return the names that need no justification on a node.

    :param baseline: the packages of the node's baseline, where the operator reviewed and committed it (ruling 9).
    """
    ours = (*CHECKLIST_PACKAGES, *PROCEDURE_PACKAGES, *BOOTSTRAP_PACKAGES)
    return frozenset({*ours, *(name.partition(":")[0] for name in baseline)})


def judge(
    wanted: t.Mapping[str, str],
    *,
    node: Node,
    exempt: t.Collection[str],
    context: Context | None,
    file: str = "context.md",
    wanted_anywhere: t.Collection[str] | None = None,
) -> Judgement:
    """Compare what a node shall have with what is documented.

    :param wanted: who asks for each package, as "group workers" or "all, host greenhouse-1", by its plain name.
    :param context: the file as read, None where the repository has none.
    :param file: what messages call a file that is not there.
    :param wanted_anywhere: what any node of the inventory shall have; None: do not tell what is no longer wanted.
    """
    names = [name for name in wanted if name not in exempt]
    if context is None:
        return Judgement(_bounded(file, [_no_file(file, name, wanted[name], node) for name in names]), ())
    errors = [f"{_place(context, problem.line)}: {problem.sentence}" for problem in context.problems]
    entries = {entry.package: entry for entry in context.entries}
    spare = [entry for entry in context.entries if entry.package not in {*wanted, *(wanted_anywhere or ())}]
    faulty = {problem.package for problem in context.problems}
    for name in names:
        if name in entries:
            errors += _uncovered(context, entries[name], wanted[name], node)
        elif name not in faulty:
            errors.append(_missing(context, name, wanted[name], node, spare))
    warnings = [
        f"{_place(context, entry.line)}: package {entry.package} is documented, and the inventory asks for it on no "
        "node any more; remove the entry"
        for entry in (spare if wanted_anywhere is not None else ())
        if entry.package not in exempt
    ]
    return Judgement(_bounded(context.name, errors), _bounded(context.name, warnings))


def line_to_add(context: Context, package: str, asked_by: str, node: Node) -> str:
    """Return the line that documents ``package``, in the form that the file has."""
    if context.form.kind != "table":
        return f"- `{package}`: {PLACEHOLDER}"
    cells = {"package": f"`{package}`", "justification": PLACEHOLDER, "nodes": _nodes(asked_by, node)}
    return f"| {' | '.join(cells.get(column, '') for column in context.form.columns)} |"


def _nodes(asked_by: str, node: Node) -> str:
    """Return for whom an entry is to be, "" for all: those who ask, where all of them are groups or this node."""
    askers = [asker.removeprefix("group ").removeprefix("host ") for asker in asked_by.split(", ")]
    return ", ".join(askers) if set(askers) <= {node.name, *node.groups} - {"all"} else ""


def _missing(context: Context, package: str, asked_by: str, node: Node, spare: t.Sequence[Entry]) -> str:
    line = line_to_add(context, package, asked_by, node)
    what = f"package {package}, which {asked_by} asks for, is not documented"
    if context.form.kind == "none":
        where = context.name
        tell = f"there is no section '{SECTION}'; add the heading {_HEADING} and below it the line {line}"
        if context.like:
            where = _place(context, context.like[0])
            tell = (
                f"the section is to be called '{SECTION}', not '{context.like[1]}'; rename it and add the line {line}"
            )
        return f"{where}: {what}, and {tell}"
    near = difflib.get_close_matches(package, [entry.package for entry in spare], n=1, cutoff=0.7)
    hint = next((f"; or did you mean line {e.line}, '{e.package}'?" for e in spare if e.package in near), "")
    after = context.form.line
    return f"{_place(context, after)}: {what}; add below line {after}, in the section '{SECTION}': {line}{hint}"


def _no_file(file: str, package: str, asked_by: str, node: Node) -> str:
    line = line_to_add(Context(file, (), (), Form("none")), package, asked_by, node)
    return (
        f"{file}: package {package}, which {asked_by} asks for, is not documented, and the repository's commit has no "
        f"such file; commit one with the heading {_HEADING} and below it the line {line}"
    )


def _uncovered(context: Context, entry: Entry, asked_by: str, node: Node) -> list[str]:
    if not entry.nodes or {"all", node.name, *node.groups}.intersection(entry.nodes):
        return []
    add = _nodes(asked_by, node) or node.name
    documented_for = one_line(", ".join(entry.nodes), 200)
    return [
        (
            f"{_place(context, entry.line)}: package {entry.package} is documented for {documented_for} and not for "
            f"{node.name}, where {asked_by} asks for it; add {add} to the cell of the column Nodes, or leave it empty "
            "for all nodes"
        )
    ]


def _place(context: Context, line: int) -> str:
    return f"{context.name}:{line}"


def _bounded(file: str, sentences: t.Sequence[str]) -> tuple[str, ...]:
    more = len(sentences) - _MOST_SAID
    tail = (f"{file}: there are {more} more; mend these first",) if more > 0 else ()
    return (*sentences[:_MOST_SAID], *tail)


__all__ = (
    "BOOTSTRAP_PACKAGES",
    "CHECKLIST_PACKAGES",
    "PLACEHOLDER",
    "PROCEDURE_PACKAGES",
    "Judgement",
    "Node",
    "exempt_packages",
    "judge",
    "line_to_add",
)
