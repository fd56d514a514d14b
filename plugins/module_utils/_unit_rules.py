# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runbook says of one of our units (sections 4 and 6): all rules, asked in one place.

The module that deploys units and the audit that inspects them both ask here. Private to the collection.
"""

from __future__ import annotations

import typing as t

from ._unit_accounts import account_problems
from ._unit_commands import command_problems
from ._unit_control import control_problems
from ._unit_file import Unit
from ._unit_logs import log_problems
from ._unit_problems import Problem
from ._unit_secrets import secret_problems
from ._unit_self_heal import restart_loops, self_heal_problems

# All names that a problem's rule may have; a waiver that names another one is a mistake.
RULES = (
    "action",
    "activation",
    "downloads",
    "environment-file",
    "journal",
    "kill-mode",
    "on-failure",
    "on-success",
    "protected",
    "refuses",
    "restart",
    "runs-as-operator",
    "runs-as-root",
    "secret",
    "self-heal",
    "service-state",
    "syntax",
    "updates",
    "upholds",
    "watchdog",
)
# A unit that needs root is the one thing that ruling 8 foresees a waiver for.
WAIVABLE = frozenset(("runs-as-operator", "runs-as-root"))


class Context(t.NamedTuple):
    """What the rules must know beside the unit.

    :param operator: name of the operator's account on the node.
    :param checkout: absolute path of the repository on the node.
    :param environment_files: content of the environment files in the repository, by path.
    :param waived: names of rules that the operator has waived for this unit; only those of WAIVABLE count.
    """

    operator: str
    checkout: str = ""
    environment_files: t.Mapping[str, bytes] = {}
    waived: frozenset[str] = frozenset()


def judge(unit: Unit, context: Context) -> list[Problem]:
    """Return everything that the runbook does not allow in a unit, in the order of its files and lines."""
    found = [
        *unit.problems,
        *control_problems(unit),
        *self_heal_problems(unit),
        *command_problems(unit),
        *account_problems(unit, context.operator),
        *log_problems(unit),
        *secret_problems(unit, context.checkout, context.environment_files),
    ]
    waived = context.waived & WAIVABLE
    files = {file: number for number, file in enumerate(_files(unit, found))}
    ordered = sorted(found, key=lambda one: (files[one.file], one.line, one.rule))
    return [one._replace(waived=True) if one.rule in waived else one for one in ordered]


def judge_together(units: t.Sequence[Unit]) -> list[Problem]:
    """Return what only shows where several units are seen together."""
    return restart_loops(units)


def refusals(problems: t.Iterable[Problem]) -> list[Problem]:
    """Return the problems for which a unit is not deployed: not what is for information, not what is waived."""
    return [one for one in problems if one.verdict != "info" and not one.waived]


def _files(unit: Unit, found: t.Iterable[Problem]) -> t.Iterable[str]:
    # A drop-in without an assignment may still have a problem.
    read = (one.file for assignments in unit.assignments.values() for one in assignments)
    return dict.fromkeys((unit.file, *read, *(one.file for one in found)))


__all__ = ("RULES", "WAIVABLE", "Context", "judge", "judge_together", "refusals")
