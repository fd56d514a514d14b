# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit files of a repository, judged by the rules that systemd_unit judges them by (runbook 4 and 6)."""

from __future__ import annotations

import typing as t

from runbook_lint.decisions._unit_file import LONGEST_FILE, Text, Unit, parse
from runbook_lint.decisions._unit_logs import log_problems
from runbook_lint.decisions._unit_names import why_not_a_drop_in, why_not_a_unit
from runbook_lint.decisions._unit_problems import Problem, quoted
from runbook_lint.decisions._unit_rules import Context, judge, judge_together
from runbook_lint.decisions._unit_secrets import environment_files, secret_problems
from runbook_lint.decisions._unit_self_heal import self_heal_problems
from runbook_lint.reported import Reported
from runbook_lint.repository import Repository, UnreadError
from runbook_lint.unit_sources import Place, Source, is_unit, place_from, sources
from runbook_lint.unit_waivers import Waivers, idle, read_waivers

MOST_UNITS: t.Final = 5000
# What all units and their environment files may hold together; people's units are a few kilobytes each.
MOST_BYTES: t.Final = 16 * 1024 * 1024
_CLAUSE: t.Final = "4.3"


class Judged(t.NamedTuple):
    """What came of a repository's units.

    :param looked_at: how many files were read.
    :param place: where the units expect the repository on a node.
    """

    reported: list[Reported]
    looked_at: int
    place: Place


class _Read(t.NamedTuple):
    source: Source
    unit: Unit
    waivers: Waivers


def check_units(
    repository: Repository,
    *,
    place: Place | None = None,
    only: t.Collection[str] | None = None,
    waived: t.Mapping[str, t.Mapping[str, str]] | None = None,
) -> Judged:
    """Return what the runbook does not allow in the units of a repository.

    :param place: where it lies on nodes; what is "" in it is taken from the units themselves.
    :param only: paths; units none of whose files is among them are left out.
    :param waived: reasons by rule, by the path of a unit, as services_list has them.
    """
    found: list[Reported] = []
    chosen = [one for one in sources(repository.files) if only is None or not set(one.files).isdisjoint(only)]
    files = _Files(repository)
    read = [one for source in chosen[:MOST_UNITS] if (one := _read(files, source, found))]
    where = _place(read, repository, place)
    for one in read:
        found += _problems(one, files, where, (waived or {}).get(one.source.path, {}))
    own = [one.unit for one in read if one.source.is_here]
    found += [_reported(problem, where) for problem in judge_together(own)]
    if len(chosen) > MOST_UNITS or files.left < 0 or not repository.is_whole:
        what = "it holds more units, or more in them, than are looked at"
        found.append(Reported(".", 0, _CLAUSE, "unread", what, "check it in parts, or exclude folders", "unknown"))
    return Judged(found, sum(len(one.source.files) for one in read), where)


class _Files:
    """Reads files of a repository as long as the whole of them is bearable.

    :ivar left: bytes that may still be read; below 0 where somebody asked for more.
    """

    def __init__(self, repository: Repository) -> None:
        self.left = MOST_BYTES
        self._repository = repository

    def content(self, path: str) -> bytes:
        """:raises UnreadError: it is no file of its own, or too large, or one too many."""
        if self.left < 0:
            raise UnreadError("it comes after more than is looked at", "check it by itself")
        content = self._repository.content(path, LONGEST_FILE)
        self.left -= len(content)
        return content

    def has(self, path: str) -> bool:
        """Whether the repository has a file at a path."""
        return self._repository.has(path)


def _read(files: _Files, source: Source, found: list[Reported]) -> _Read | None:
    """Return a unit as read, None where its own file cannot be or is none; what is wrong goes into ``found``."""
    texts: list[Text] = []
    for path in source.files:
        try:
            content: bytes | None = files.content(path)
        except UnreadError as exc:
            found.append(Reported(path, 0, _CLAUSE, "file", exc.what, exc.remedy))
            content = None
        if path == source.path and (content is None or not is_unit(content)):
            # Without it the drop-ins say nothing that could be judged.
            return None
        if content is not None:
            texts.append(Text(path, content))
    if not texts:
        return None
    found += _misnamed(source)
    unit = parse(source.name, texts)
    return _Read(source, unit, read_waivers((text.path, text.content) for text in texts))


def _misnamed(source: Source) -> t.Iterator[Reported]:
    reason = why_not_a_unit(source.name) if source.is_here else ""
    if reason:
        what, _semicolon, remedy = reason.partition("; ")
        yield Reported(source.path, 0, _CLAUSE, "name", f"{quoted(source.name)} is no name for a unit: {what}", remedy)
    for path in (*source.drop_ins, *source.strays):
        name = path.removeprefix(f"{source.path}.d/")
        what, _semicolon, remedy = why_not_a_drop_in(name).partition("; ")
        if what:
            yield Reported(path, 0, _CLAUSE, "name", f"{quoted(name)} is no name for a drop-in: {what}", remedy)


def _place(read: t.Sequence[_Read], repository: Repository, given: Place | None) -> Place:
    values = (one.value for each in read for assignments in each.unit.assignments.values() for one in assignments)
    guess = place_from(values, repository.files)
    said = given or Place("", "")
    return Place(said.operator or guess.operator, (said.checkout or guess.checkout).rstrip("/"))


def _problems(one: _Read, files: _Files, place: Place, of_inventory: t.Mapping[str, str]) -> t.Iterator[Reported]:
    reasons = {**of_inventory, **one.waivers.reasons}
    if one.source.is_here:
        environment = _environment(one.unit, files, place.checkout)
        context = Context(place.operator, place.checkout, environment, frozenset(reasons))
        problems = judge(one.unit, context)
    else:
        # Of somebody else's unit only what our drop-ins say is ours.
        unit = one.unit
        problems = [*unit.problems, *self_heal_problems(unit), *log_problems(unit)]
        problems += secret_problems(unit, place.checkout, _environment(unit, files, place.checkout))
    for problem in problems:
        yield _reported(problem, place, reasons.get(problem.rule, "") if problem.waived else "")
    yield from one.waivers.mistakes
    yield from idle(one.waivers, {problem.rule for problem in problems})


def _environment(unit: Unit, files: _Files, checkout: str) -> dict[str, bytes]:
    """Return the environment files of a unit that the repository has, by their path on a node."""
    found = {}
    for path in environment_files(unit, checkout):
        own = path.removeprefix(f"{checkout}/")
        if files.has(own):
            try:
                found[path] = files.content(own)
            except UnreadError:
                # The rule says of a file that it was not given that nobody could look at it.
                continue
    return found


def _reported(problem: Problem, place: Place, reason: str = "") -> Reported:
    path = problem.file
    if place.checkout:
        path = path.removeprefix(f"{place.checkout}/")
    return Reported(
        path, problem.line, problem.clause, problem.rule, problem.what, problem.remedy, problem.verdict, reason
    )


__all__ = ("MOST_UNITS", "Judged", "check_units")
