# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages of a node nobody has justified (runbook 3, "Documentation"). Private to the collection.

Judged on the controller: what is documented is never a node's own word.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._context_md import Context, ContextError, Form
from ansible_collections.ai_systems.runbook.plugins.module_utils._documentation import (
    Node,
    exempt_packages,
    line_to_add,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._documents import FILE, Documents
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import garbled

CLAUSE: t.Final = "3.3"
MOST_PACKAGES: t.Final = 10_000


def undocumented(manual: t.Collection[str], documents: Documents, node: Node) -> list[Finding]:
    """Return what is to be said of the packages that a node has for their own sake.

    :param manual: their names, as the node says.
    """
    baseline = documents.baseline()
    names = {name.partition(":")[0] for name in manual}
    if baseline.state != "committed":
        # Each package of the image would be one: what nobody has reviewed can be neither documented nor not.
        held = documents.held()
        unclear = [_no_baseline(baseline.sentence)] if not names <= exempt_packages(()) else []
        if not held:
            return unclear
        names -= held
    else:
        unclear = []
    left = sorted(names - exempt_packages(baseline.names))
    try:
        context = documents.context()
    except (SourceError, ContextError) as exc:
        return [*unclear, _unread(one_line(str(exc), 400), len(left))] if left else unclear
    return [*unclear, *judge(left, context, node)]


def said_undocumented(said: t.Any, documents: Documents, node: Node) -> list[Finding]:
    """Return the same of the list as a node answers it; what is no such list is unknown.

    A node that could keep the list to itself would have nothing undocumented.
    """
    if not isinstance(said, list) or len(said) > MOST_PACKAGES:
        return [garbled("list of packages", said)]
    return undocumented([one_line(str(name), 200) for name in said], documents, node)


def judge(names: t.Iterable[str], context: Context | None, node: Node) -> list[Finding]:
    """Return a violation for each package that ``context`` does not document for ``node``, and for each of its faults.

    :param context: None where the repository's commit has none.
    """
    read = context or Context(FILE, (), (), Form("none"))
    covered = {
        entry.package
        for entry in read.entries
        if not entry.nodes or {"all", node.name, *node.groups}.intersection(entry.nodes)
    }
    faults = [
        Finding(CLAUSE, "violation", f"{read.name}:{problem.line}", problem.sentence, f"correct {read.name}")
        for problem in read.problems
    ]
    return [*faults, *(_missing(name, read, node) for name in names if name not in covered)]


def _missing(name: str, context: Context, node: Node) -> Finding:
    shown = one_line(name, 100)
    # A second entry of a package would be a fault of its own.
    for entry in context.entries:
        if entry.package == name:
            others = one_line(", ".join(entry.nodes), 200)
            evidence = f"line {entry.line} of {context.name} documents it for {others} and not for {node.name}"
            remedy = f"add {node.name} to the cell Nodes of that line, or remove the package by packages_absent"
            return Finding(CLAUSE, "violation", shown, evidence, remedy)
    line = line_to_add(context, shown, f"host {node.name}", node)
    return Finding(
        CLAUSE,
        "violation",
        shown,
        f"it is installed for its own sake, and {context.name} does not document it for {node.name}",
        f"add the line {line} to {context.name} and the package to packages_list, or remove it by packages_absent",
    )


def _no_baseline(sentence: str) -> Finding:
    return Finding(
        CLAUSE,
        "unknown",
        "baseline",
        "what the node's image held is not on record, so what was installed since cannot be told for certain",
        sentence or "enroll the node (playbooks/enroll.yml), review its baseline and commit it",
    )


def _unread(why: str, number: int) -> Finding:
    return Finding(
        CLAUSE,
        "unknown",
        FILE,
        f"whether {number} packages are documented cannot be told: {why}",
        "set repository_url and repository_version, and mend what keeps the file from being read",
    )


__all__ = ("CLAUSE", "MOST_PACKAGES", "judge", "said_undocumented", "undocumented")
