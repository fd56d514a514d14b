# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller does to decommission a node (runbook 5.4): each part by itself, again without harm. Private."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _inventory_files as inventory
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _pins as pins
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_record import Entry
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import GROUP, ON, REASON
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import file_names
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_run import BEGIN, LOOK, DiagnosisRun
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import IsolationRecordError, settle
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revoked_keys import revoke

CLAUSE: t.Final = "5.4"
_MOST_SHOWN = 1_000_000


class Acts:
    """Carries out one part after the other, or in check mode only says what it would do.

    :ivar actions: what was done.
    :ivar diff: the same as before and after.
    :ivar by_hand: what a person has to do in its place, a text each.
    """

    def __init__(self, node: str, entry: Entry, *, check_mode: bool) -> None:
        self._node = node
        self._entry = entry
        self._check_mode = check_mode
        self.actions: list[dict[str, str]] = []
        self.diff: list[dict[str, str]] = []
        self.by_hand: list[str] = []

    def save_diagnosis(self, reports: str, diagnosis: t.Mapping[str, t.Any], why_not: str) -> None:
        """Keep the last diagnosis, or that there is none; one that was taken is never replaced by another."""
        # The page is written after the file of the node. Alone it is another's: of a node or a run of the same second.
        kept = (f"diagnosis/{file_names([self._node])[self._node]}", "diagnosis.html")
        if all((self._folder(reports) / name).exists() for name in kept):
            return
        self._note("last diagnosis", "save")
        if self._check_mode:
            return
        started = dt.datetime.fromisoformat(self._entry.since)
        run = DiagnosisRun(started=started, folder=lambda _reports: self._folder(reports))
        run.take(self._node, BEGIN, "ok", {"diagnosis_of_fleet": {"reports_dir": reports}})
        if diagnosis:
            run.take(self._node, LOOK, "ok", {"diagnosis": dict(diagnosis)})
        else:
            run.take(self._node, LOOK, "unreachable", {"msg": why_not})
        _lines, wrong = run.report(ended=dt.datetime.now(dt.UTC).replace(microsecond=0), width=120)
        self.by_hand += wrong

    def save_checklist(self, reports: str, text: str) -> pathlib.Path:
        """Keep what is left for a person to do; what somebody ticked stays."""
        path = self.checklist(reports)
        if path.exists():
            return path
        self._note("checklist", "save")
        if not self._check_mode:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, text)
            except OSError as exc:
                self.by_hand.append(f"{path} cannot be written ({exc.strerror}); copy the checklist from here")
        return path

    def checklist(self, reports: str) -> pathlib.Path:
        """Return where the checklist lies."""
        name = file_names([self._node])[self._node].removesuffix(".json")
        return self._folder(reports) / f"decommission-{name}.md"

    def revoke_keys(self, known_hosts: str, names: t.Collection[str]) -> int:
        """Mark the node's host keys in known_hosts; return how many were."""
        path = pathlib.Path(known_hosts).expanduser().absolute()
        try:
            with pins.locked(path) as real:
                before = pins.read(real)
                done = revoke(before, names=names, node=self._node, on=self._entry.day)
                if done.text != before:
                    if not self._check_mode:
                        pins.write(real, done.text)
                    self._note(str(path), "revoke the host keys", before, done.text)
        except OSError as exc:
            self.by_hand.append(f"{path} cannot be changed ({exc.strerror}); make it yours and run again")
            return 0
        self.by_hand += [f"{path}: {sentence}" for sentence in done.by_hand]
        return done.lines

    def move(self, sources: t.Sequence[str], groups: t.Mapping[str, t.Sequence[str]]) -> list[str]:
        """Move the host in the inventory; return the groups that still hold it beside the one.

        :param groups: the hosts of each group that Ansible has, for all that the host is in.
        """
        facts = {ON: self._entry.day, REASON: self._entry.reason}
        # A group that holds all of a group's hosts is around it.
        mine = set(groups.get(GROUP, ()))
        besides = [name for name, hosts in groups.items() if name != GROUP and not (mine and mine <= set(hosts))]
        if mine and not besides:
            return []
        try:
            plan = inventory.planned(sources, self._node, facts)
            if not self._check_mode:
                inventory.carry_out(plan.edits)
        except inventory.ByHandError as exc:
            self.by_hand.append(str(exc))
            return []
        for edit in plan.edits:
            self._note(edit.path, f"move {self._node} to {GROUP}", edit.before, edit.after)
        taken = [set(groups.get(name, ())) for name in plan.groups]
        return [
            name
            for name in besides
            if name not in plan.groups and not any(hosts <= set(groups[name]) for hosts in taken)
        ]

    def end_isolation(self, records: str) -> None:
        """Drop the order to isolate the node: no run will ask it again whether it holds."""
        try:
            # A record of ours, as the order is: no action that somebody is told of.
            if not self._check_mode:
                settle(records, self._node, isolated=False)
        except IsolationRecordError as exc:
            self.by_hand.append(str(exc))

    def _folder(self, reports: str) -> pathlib.Path:
        return pathlib.Path(reports).expanduser().absolute() / self._entry.stamp

    def _note(self, subject: str, action: str, before: str = "", after: str = "") -> None:
        self.actions.append({"clause": CLAUSE, "subject": one_line(subject), "action": one_line(action)})
        if before or after:
            header = one_line(subject)
            self.diff.append(
                {
                    "before_header": header,
                    "after_header": header,
                    "before": printable(before, _MOST_SHOWN),
                    "after": printable(after, _MOST_SHOWN),
                }
            )


def _write(path: pathlib.Path, text: str) -> None:
    write_atomically(str(path), text.encode(), mode=0o644, uid=os.getuid(), gid=os.getgid())


__all__ = ("CLAUSE", "Acts")
