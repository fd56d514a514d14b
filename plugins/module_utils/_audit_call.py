# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(ai_systems.runbook.runbook_audit) does on a node: all rules in one call. Private to the collection."""

from __future__ import annotations

from ._audit import be_idle, facts
from ._audit_parts import audit_topics
from ._audit_topics import topics_of
from ._declared import DeclaredError, declared_from
from ._findings import tally
from ._node_view import NodeView, ViewError
from ._step import Step, StepError

# One more than the controller takes, so that it sees that there are too many.
_MOST_MANUAL = 10_001


def look(step: Step) -> str:
    """Ask the rules of the clauses that are asked for, and return one sentence on the outcome."""
    clauses = step.params["clauses"]
    if step.params["seconds"] < 1:
        raise StepError(
            f"seconds is {step.params['seconds']}, and nothing can be looked at in that time; give 1 or more"
        )
    try:
        declared = declared_from(step.params["declared"])
    except DeclaredError as exc:
        raise StepError(f"{exc}; declared is worked out on the controller") from exc
    be_idle()
    view = NodeView(declared, seconds=step.params["seconds"])
    done = audit_topics(view, topics_of(clauses), clauses)
    step.returns(
        findings=[one._asdict() for one in done.findings],
        rules=[one._asdict() for one in done.rules],
        facts=facts(view),
        manual=manual_packages(view),
    )
    asked = f"{len(done.rules)} {'rule' if len(done.rules) == 1 else 'rules'} asked"
    return f"{asked}, {tally(done.findings)}."


def manual_packages(view: NodeView) -> list[str]:
    """Return the packages that are there for their own sake; none where dpkg cannot be read, which a rule says."""
    try:
        packages = view.packages
    except ViewError:
        return []
    names = (name for name in packages.packages if packages.version_of(name) and name not in packages.automatic)
    return sorted(names)[:_MOST_MANUAL]


__all__ = ("look", "manual_packages")
