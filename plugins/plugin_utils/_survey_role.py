# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role while it is surveyed, and each call of a module that it would make. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._plugin_questions import MoreAskedError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._role_calls import RoleCallsError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_verdict import Found, judged, why_to_enter
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_waived import (
    Ruling,
    Standing,
    pending_in,
    ruled,
)

Result = dict[str, t.Any]


class SurveyedStep:
    """One call of a module.

    :ivar asked: what the node is asked, None where it need not be.
    :ivar result: what the task would have returned, once it is known.
    """

    def __init__(self, role: SurveyedRole, module: str, args: Result, variables: Result) -> None:
        self.role = role
        self.module = module
        self.args = args
        self.variables = variables
        self.asked: Result | None = None
        self.result: Result = {}


class SurveyedRole:
    """A role that this run would carry out.

    :ivar steps: the calls that its tasks would make.
    :ivar obstacle: why it cannot be surveyed, "" where it can.
    """

    def __init__(self, clause: str, name: str) -> None:
        self.clause = clause
        self.name = name
        self.steps: list[SurveyedStep] = []
        self.obstacle = ""

    def attempt(self, act: t.Callable[..., None], *given: t.Any) -> None:
        """Do something for the survey of this role; what goes wrong is no failure of the run."""
        if self.obstacle:
            return
        try:
            act(*given)
        except AnsibleConnectionFailure:
            raise
        except (AnsibleError, RoleCallsError, MoreAskedError) as exc:
            self.obstacle = one_line(str(exc), 1000)
        except Exception as exc:  # noqa: BLE001  (the role meets it too, and that run shows it whole)
            self.obstacle = one_line(f"it cannot be surveyed: {exc!r}", 1000)

    def found(self) -> Found:
        if self.obstacle:
            return Found(self.clause, is_ok=False, sentence=self.obstacle)
        return judged(self.clause, [step.result for step in self.steps])

    def ruled(self, standings: t.Sequence[Standing]) -> Ruling:
        """Return what waivers make of it.

        :param standings: what the audit finds of what the role mends.
        """
        pending = [one for step in self.steps for one in pending_in(step.module, step.args, step.result)]
        refused = [why_to_enter(step.result) for step in self.steps if step.result.get("failed")]
        return ruled(self.clause, pending, standings, failed="; ".join(refused), blind=self.obstacle)


__all__ = ("SurveyedRole", "SurveyedStep")
