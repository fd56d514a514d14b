# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports that a run may turn out to need, an audit's or a diagnosis's: most runs need none. Private.

What makes a report is as much code as all the rest of the callback, so it is loaded when the play says that it is one.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    import datetime as dt

    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_run import AuditRun
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_run import DiagnosisRun
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import RunFolder

BEGIN_AUDIT: t.Final = "ai_systems.runbook.audit_run"
AUDIT: t.Final = "ai_systems.runbook.runbook_audit"
BEGIN_DIAGNOSIS: t.Final = "ai_systems.runbook.diagnosis_run"
DIAGNOSIS: t.Final = "ai_systems.runbook.node_diagnostics"


class FleetReports:
    """Hands on what the tasks of a run return to the report that it is."""

    def __init__(self, *, started: dt.datetime, check_mode: bool, folder: RunFolder) -> None:
        self._started = started
        self._folder = folder
        self._check_mode = check_mode
        self._audit: AuditRun | None = None
        self._diagnosis: DiagnosisRun | None = None

    def take(self, node: str, action: str, state: str, result: t.Mapping[str, t.Any]) -> None:
        """Take in a task's result.

        :param action: the full name of the action that the task calls.
        :param state: ok, failed or unreachable.
        """
        if action == BEGIN_AUDIT and self._audit is None:
            from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_run import (  # noqa: PLC0415
                AuditRun,
            )

            self._audit = AuditRun(started=self._started, check_mode=self._check_mode, folder=self._folder)
        elif action == BEGIN_DIAGNOSIS and self._diagnosis is None:
            from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_run import (  # noqa: PLC0415
                DiagnosisRun,
            )

            self._diagnosis = DiagnosisRun(started=self._started, folder=self._folder)
        for report in (self._audit, self._diagnosis):
            if report is not None:
                report.take(node, action, state, result)

    def due(self) -> tuple[str, AuditRun | DiagnosisRun] | None:
        """Return the report that this run is to print, with its title; None where it is neither of both."""
        if self._audit is not None and self._audit.is_one:
            return "AUDIT", self._audit
        if self._diagnosis is not None and self._diagnosis.is_one:
            return "DIAGNOSIS", self._diagnosis
        return None


__all__ = ("AUDIT", "BEGIN_AUDIT", "BEGIN_DIAGNOSIS", "DIAGNOSIS", "FleetReports")
