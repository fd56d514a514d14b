# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which clause of the runbook each role carries out, and how that is called. Private to the collection."""

from __future__ import annotations

import typing as t


class Line(t.NamedTuple):
    """A line of the checklist (section 2), what stands before it (section 1), or a rule on packages (section 3)."""

    clause: str
    role: str
    title: str


CHECKLIST: t.Final = (
    Line("1", "runbook", "Access"),
    Line("2.1", "flash", "Flash OS"),
    Line("2.2", "preflight", "Initial boot"),
    Line("2.3", "hostname", "Hostname"),
    Line("2.4", "network", "Network"),
    Line("2.5", "system_update", "System update"),
    Line("2.6", "essential_packages", "Essential packages"),
    Line("2.7", "operator_user", "Operator user"),
    Line("2.8", "ssh", "SSH"),
    Line("2.9", "repository", "Repository"),
    Line("3", "package_rules", "Package rules"),
    Line("3.1", "apt_sources", "Package sources"),
    Line("3.3", "packages", "Packages"),
    Line("3.4", "python_venv", "Python packages"),
    Line("3.5", "node_project", "Node.js packages"),
    Line("4", "services", "Services"),
    Line("4.4", "journal", "Logs"),
    Line("5.1", "diagnose", "Diagnosis"),
    Line("5.2", "isolate", "Isolation"),
    Line("5.3", "rollback", "Rollback"),
    Line("5.4", "decommission", "Escalation"),
    Line("6.1", "guardrails", "Guardrails"),
    Line("6.1", "update", "Update"),
)

# Of two roles with one clause the first gives it its title, where no role is known.
_TITLES: t.Final = {**{line.clause: line.title for line in reversed(CHECKLIST)}, "4.2": "Service", "6": "Audit"}
_CLAUSES: t.Final = {line.role: line.clause for line in CHECKLIST}


def title_of(clause: str) -> str:
    """Return a clause's short title, the clause itself where it has none."""
    return _TITLES.get(clause, clause)


def title_of_role(role: str) -> str:
    """Return the short title of what a role carries out, "" for none; ``role`` may be fully qualified."""
    return next((line.title for line in CHECKLIST if line.role == role.rpartition(".")[2]), "")


def clause_of_role(role: str) -> str | None:
    """Return the clause that a role carries out; ``role`` may be fully qualified."""
    return _CLAUSES.get(role.rpartition(".")[2])


def clause_of_task(name: str) -> str | None:
    """Return the clause that a task's name begins with ("2.3 | Set the hostname"), None where it names none."""
    head, separator, _rest = name.rpartition(" : ")[2].partition(" | ")
    return head if separator and head.replace(".", "").isdigit() else None


def in_order(clauses: t.Iterable[str]) -> list[str]:
    """Sort clauses as the runbook numbers them: 2.9 before 2.10."""
    return sorted(set(clauses), key=lambda clause: [int(part) for part in clause.split(".")])


__all__ = ("CHECKLIST", "Line", "clause_of_role", "clause_of_task", "in_order", "title_of", "title_of_role")
