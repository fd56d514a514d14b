# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all rules of the runbook's lint have in common."""

from __future__ import annotations

import typing as t

from ansiblelint.rules import AnsibleLintRule

from runbook_lint import waivers
from runbook_lint.decisions import _rulebook
from runbook_lint.decisions._text import one_line
from runbook_lint.files import content_of

if t.TYPE_CHECKING:
    from ansiblelint.errors import MatchError
    from ansiblelint.file_utils import Lintable

    from runbook_lint.tasks import PlayView, TaskView

_SEVERITIES: t.Final = {"critical": "VERY_HIGH", "high": "HIGH", "medium": "MEDIUM", "low": "LOW"}
_PAGES: t.Final = "https://github.com/ai-systems/ansible-runbook/blob/main/lint/rules/"
UNDECIDED: t.Final = "undecided"
_LONGEST: t.Final = 400


class Breach(t.NamedTuple):
    """Where a file breaks the runbook.

    :param what: one sentence without its full stop, to be read after the clause.
    :param remedy: what to write instead; "" for the rule's own.
    :param at: of a task an argument or keyword, or a line of its script; of a play a keyword; of a file a line.
    :param is_certain: False where a template hides what decides it.
    """

    what: str
    remedy: str = ""
    at: str | int = ""
    is_certain: bool = True


class RunbookRule(AnsibleLintRule):
    """A rule on a clause of the runbook.

    A subclass says its id, clause, description and remedy, and has one or more of the three judges.
    """

    clause: str = ""
    remedy: str = ""
    version_changed = "1.0.0"
    # Not a ClassVar: the class above declares it without.
    tags = ["runbook", "idiom"]  # noqa: RUF012
    _ids: t.ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **options: t.Any) -> None:
        """Take over from the catalogue what it knows of the clause."""
        super().__init_subclass__(**options)
        if cls.id and cls.clause:
            cls.severity = _SEVERITIES[_rulebook.severity_of(cls.clause)] if not cls.severity else cls.severity
            cls._ids = {cls.id: cls.shortdesc_of(), f"{cls.id}[{UNDECIDED}]": "A template hides what decides it."}

    @classmethod
    def shortdesc_of(cls) -> str:
        """Return the rule's short description."""
        return (cls._shortdesc or cls.__doc__ or "").strip().partition("\n")[0]

    def judge_task(self, task: TaskView) -> t.Iterable[Breach]:
        """Return where a task breaks the clause."""
        del task
        return ()

    def judge_play(self, play: PlayView) -> t.Iterable[Breach]:
        """Return where a play breaks the clause, apart from its tasks."""
        del play
        return ()

    def judge_file(self, lintable: Lintable, data: t.Any) -> t.Iterable[Breach]:
        """Return where any other file breaks the clause.

        :param data: what the file holds if it is YAML, None otherwise.
        """
        del lintable, data
        return ()

    @property
    def url(self) -> str:
        """Where the rule's help page is read."""
        return f"{_PAGES}{self.id.replace('-', '_')}.md"

    def matchlines(self, file: Lintable) -> list[MatchError]:
        """Look at no single lines: what a line means depends on what stands around it."""
        del file
        return []

    def matchtasks(self, file: Lintable) -> list[MatchError]:
        """Ask for each task of a file."""
        if type(self).judge_task is RunbookRule.judge_task or waivers.of_whole_file(file):
            return []
        found: dict[tuple[int, str, str], MatchError] = {}
        for task in content_of(file).tasks:
            for breach in self.judge_task(task):
                self._note(found, breach, file, task.line_of(breach.at), span=(task.line, task.last_line), task=task)
        return list(found.values())

    def matchyaml(self, file: Lintable) -> list[MatchError]:
        """Ask for each play of a file, and for the file."""
        if waivers.of_whole_file(file) and self.id != waivers.ITSELF:
            return []
        waivers.of_file(file).asked.add(self.id)
        found: dict[tuple[int, str, str], MatchError] = {}
        if type(self).judge_play is not RunbookRule.judge_play:
            for play in content_of(file).plays:
                for breach in self.judge_play(play):
                    line = play.line_of(breach.at)
                    self._note(found, breach, file, line, span=(line, line))
        if type(self).judge_file is not RunbookRule.judge_file:
            data = file.data if str(file.base_kind) == "text/yaml" else None
            for breach in self.judge_file(file, data if isinstance(data, (dict, list, str)) else None):
                line = breach.at if isinstance(breach.at, int) and breach.at else 1
                self._note(found, breach, file, line, span=(line, line))
        return list(found.values())

    def _note(
        self,
        found: dict[tuple[int, str, str], MatchError],
        breach: Breach,
        file: Lintable,
        line: int,
        *,
        span: tuple[int, int],
        task: TaskView | None = None,
    ) -> None:
        tag = self.id if breach.is_certain else f"{self.id}[{UNDECIDED}]"
        message = self.message_of(breach)
        # ansible-lint's own form asks for no reason, so that it waives nothing of ours.
        file.line_skips[line] -= {self.id, tag}
        if (line, tag, message) in found or waivers.waive(file, self.id, span):
            return
        match = self.create_matcherror(message=message, lineno=line, filename=file, tag=tag)
        if task is not None:
            match.details = f"Task/Handler: {task.name or task.module}"
            match.yaml_path = list(task.place)
        found[line, tag, message] = match

    def message_of(self, breach: Breach) -> str:
        """Return what a finding says: the clause, what is wrong, the runbook's own words and what to do."""
        title = _rulebook.title_of(self.clause)
        # What a file says may be anything, and ends on a terminal.
        said = one_line(breach.what, _LONGEST)
        what = said if breach.is_certain else f"cannot be decided: {said}"
        remedy = (breach.remedy or self.remedy).rstrip(".")
        return f"{self.clause} {title}: {what}. The runbook says: {_rulebook.quote_of(self.clause)} Instead: {remedy}."


__all__ = ("UNDECIDED", "Breach", "RunbookRule")
