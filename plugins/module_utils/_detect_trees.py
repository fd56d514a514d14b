# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that lies in a node's file trees against the rules on packages (runbook 3). Private to the collection.

One walk, of which each detector gets its look; then pure functions say what is to be said of it.
"""

from __future__ import annotations

import typing as t

from . import _detect_node, _detect_others, _detect_python, _venv_findings
from ._dpkg_files import INFO, OwnedFiles, read_owned
from ._findings import Finding, most_pressing
from ._tree_facts import Noted, Owners, finding, shown
from ._tree_links import LinkLook
from ._tree_node import NodeFacts, NodeLook
from ._tree_others import OtherLook
from ._tree_programs import ProgramLook
from ._tree_python import PythonFacts, PythonLook
from ._tree_roots import Roots, read_mounts, read_remote, read_roots
from ._walk import Folder, Missed, Walk

CLAUSE = "3"
MOST = 400


def tree_findings(*, seconds: float) -> list[Finding]:
    """Look through this node's file trees for at most about so many seconds; violations come first."""
    found = findings_of(read_roots(remote=read_remote()), read_owned(), seconds=seconds, mounts=read_mounts())
    found += _venv_findings.judge(_venv_findings.read_state())
    return most_pressing(found, at_most=MOST, clause=CLAUSE)


def findings_of(
    roots: Roots, owned: OwnedFiles, *, seconds: float, mounts: t.Collection[str] = (), base: str = ""
) -> list[Finding]:
    """Walk once and judge; ``base`` is put before every path of the system, for tests."""
    python, node, others = (
        PythonLook(owned, roots.of_accounts, base=base),
        NodeLook(owned, base=base),
        OtherLook(owned, base=base),
    )
    programs = ProgramLook(owned, roots.homes, base=base)
    whole = {root.path for root in roots.roots if root.whole}
    links = LinkLook({*roots.places, *whole}, roots.homes, whole, owned=owned, mounts=mounts)

    def look(folder: Folder) -> t.Collection[str]:
        skipped: set[str] = set()
        for one in (python, node, others, programs, links):
            skipped.update(one.look(folder))
        return skipped

    walk = Walk(look, seconds=seconds, mounts=mounts, places=roots.places)
    walk.through(roots.roots)
    owners = Owners(roots.names)
    covered = _detect_python.trees(python.facts) | _detect_node.trees(node.facts)
    covered |= {trace.path for trace in others.traces}
    return [
        *_detect_python.judge(python.facts, owners),
        *_detect_node.judge(node.facts, roots.prefixes, owners),
        *_detect_others.judge_traces(others.traces, owners),
        *_detect_others.judge_programs(
            programs.programs,
            covered,
            owners,
            claimed=_detect_python.commands(python.facts),
            checkouts=programs.checkouts,
        ),
        *not_looked_at([*roots.missed, *walk.missed, *links.missed], walk.left_out, owned.unread),
        *not_noted(_facts_left(python.facts, node.facts) + others.traces.left + programs.programs.left),
    ]


def not_looked_at(missed: t.Sequence[Missed], left_out: int, unread: t.Sequence[str]) -> list[Finding]:
    """Return what could not be decided since it was not seen."""
    found = [
        finding(
            CLAUSE, "unknown", one.path, f"it was not looked through: {one.reason}", "look at it on the node by hand"
        )
        for one in missed
    ]
    if left_out:
        evidence = f"{left_out} more folders were not looked through"
        found.append(finding(CLAUSE, "unknown", "folders", evidence, "look at those above first, then run again"))
    if unread:
        evidence = (
            f"{len(unread)} of dpkg's lists could not be read, so that its files pass for nobody's: {shown(unread[0])}"
        )
        found.append(finding(CLAUSE, "unknown", INFO, evidence, "look at them; a node without them is re-imaged (5)"))
    return found


def _facts_left(python: PythonFacts, node: NodeFacts) -> int:
    noted: tuple[Noted[t.Any], ...] = (
        *(python.distributions, python.venvs, python.venv_links, python.loose, python.tools),
        *(node.packages, node.managers, node.projects),
    )
    return sum(one.left for one in noted)


def not_noted(left: int) -> list[Finding]:
    """Return what is to be said of facts beyond all bounds."""
    evidence = f"{left} more packages and programs were seen than are noted"
    return [finding(CLAUSE, "unknown", "packages", evidence, "mend those above, then look again")] if left else []


__all__ = ("CLAUSE", "MOST", "findings_of", "not_looked_at", "tree_findings")
