# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of the runbook is waived with a reason, or not at all."""

from __future__ import annotations

import logging
import re
import typing as t

from runbook_lint import waivers
from runbook_lint.decisions._text import one_line
from runbook_lint.lines import line_of
from runbook_lint.rule import Breach, RunbookRule

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

_log = logging.getLogger(__name__)
_FORM = "# runbook-waiver: <rule>: <reason>"
_NOQA = re.compile(r"#\s*noqa\b[\s:]*(?P<rules>[^#\n]*)")
_OURS = re.compile(r"runbook(?:-[a-z0-9-]+)?(?:\[\w+\])?")
_UNITS = (".service", ".timer", ".socket", ".path", ".mount", ".automount", ".target")
_CONFIGURATIONS = (".ansible-lint", ".ansible-lint.yml", ".ansible-lint.yaml", "ansible-lint.yml", "ansible-lint.yaml")
_IGNORES = (".ansible-lint-ignore", "ansible-lint-ignore.txt")


class RunbookWaiverRule(RunbookRule):
    """A rule of the runbook is waived with a reason, or not at all."""

    id = waivers.ITSELF
    clause = "6.5"
    description = (
        "Waivers name a rule and a reason, and waive something; ansible-lint's own ways of skipping are refused."
    )
    remedy = f"mend what the rule finds, or write {_FORM} in the line, or above the task"
    # After all others: only then is it known what waived something.
    _order = 9

    def judge_file(self, lintable: Lintable, data: t.Any) -> t.Iterator[Breach]:
        """Find waivers that count for nothing, and name those that count."""
        if lintable.path.suffix == ".py":
            return
        name = lintable.path.name
        yield from self._skipped_in_lines(lintable.content)
        if name in _CONFIGURATIONS:
            yield from self._skipped_by_configuration(data)
        if name in _IGNORES:
            yield from self._ignored(lintable.content)
        whole = waivers.of_whole_file(lintable)
        if whole is not None:
            _tell(whole, str(lintable.path), "every rule of the runbook")
            return
        known = waivers.of_file(lintable)
        for waiver in known.waivers:
            if lintable.path.suffix in _UNITS and waiver.rule not in self._rules():
                # Those are runbook-lint's: its rules have other names.
                continue
            yield from self._judged(waiver, known, str(lintable.path))

    def _rules(self) -> set[str]:
        others = self._collection or ()
        return {rule.id for rule in others if isinstance(rule, RunbookRule) and rule.id != self.id}

    def _judged(self, waiver: waivers.Waiver, known: waivers.OfFile, path: str) -> t.Iterator[Breach]:
        shown = one_line(waiver.rule, 60) or "no rule"
        if waiver.rule == waivers.EVERY:
            yield Breach(
                f"{waivers.EVERY} is waived for a whole file only, at its head and with a reason", at=waiver.line
            )
        elif waiver.rule not in self._rules():
            yield Breach(f"a waiver names {shown}, which is no rule that can be waived", at=waiver.line)
        elif not waiver.has_reason:
            yield Breach(f"a waiver of {shown} gives no reason", f"say in some words why, as {_FORM}", waiver.line)
        elif waiver in known.used:
            _tell(waiver, path, waiver.rule)
        elif waiver.rule in known.asked:
            yield Breach(f"a waiver of {shown} waives nothing here", "take it out", waiver.line)

    def _skipped_in_lines(self, text: str) -> t.Iterator[Breach]:
        if "noqa" not in text:
            return
        for number, line in enumerate(text.splitlines(), 1):
            match = _NOQA.search(line)
            named = [word for word in re.split(r"[\s,]+", match["rules"]) if _OURS.fullmatch(word)] if match else []
            for rule in named:
                yield Breach(f"'noqa' without a reason waives nothing of {rule}", at=number)

    def _skipped_by_configuration(self, data: t.Any) -> t.Iterator[Breach]:
        for key in ("skip_list", "warn_list"):
            named = data.get(key) if isinstance(data, dict) else None
            for rule in named if isinstance(named, list) else ():
                if isinstance(rule, str) and _OURS.fullmatch(rule):
                    what = f"{key} takes {rule} out of the whole repository"
                    yield Breach(what, f"take it out of {key}, and waive each place with its reason", line_of(rule))

    def _ignored(self, text: str) -> t.Iterator[Breach]:
        for number, line in enumerate(text.splitlines(), 1):
            words = line.partition("#")[0].split()
            if len(words) > 1 and _OURS.fullmatch(words[1]):
                yield Breach(f"{words[1]} is ignored for a whole file", "waive each place with its reason", number)


def _tell(waiver: waivers.Waiver, path: str, rule: str) -> None:
    _log.warning("Waived: %s:%d: %s: %s", one_line(path, 200), waiver.line, rule, one_line(waiver.reason, 200))
