# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers in a file's comments: ``# runbook-waiver: <rule>: <reason>``.

One at the end of a line holds for that line, one on a line of its own for the next line; where that line belongs to a
task, for the task. It silences one rule, never without a reason, and every run names it.
"""

from __future__ import annotations

import re
import typing as t
import weakref

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

_WAIVER: t.Final = re.compile(r"(?:^|\s)#\s*runbook-waiver:\s*(?P<rule>[^\s:]*)\s*:?[ \t]*(?P<reason>[^\n]*)")
_SHORTEST: t.Final = 10
# The rule on waivers; nothing waives it.
ITSELF: t.Final = "runbook-waiver"
# In place of a rule's name, at the head of a file.
EVERY: t.Final = "every-rule"


class Waiver(t.NamedTuple):
    """A waiver as written.

    :param line: where it stands.
    :param target: the line that it is for.
    """

    rule: str
    reason: str
    line: int
    target: int

    @property
    def has_reason(self) -> bool:
        """Whether somebody wrote down why."""
        return len(self.reason) >= _SHORTEST and " " in self.reason


class OfFile(t.NamedTuple):
    """A file's waivers.

    :param used: those that waived something so far.
    :param asked: the rules that have looked at the file so far.
    """

    file: weakref.ref[t.Any]
    text: str
    waivers: tuple[Waiver, ...]
    used: set[Waiver]
    asked: set[str]


_READ: t.Final[dict[int, OfFile]] = {}


def waivers_in(text: str) -> tuple[Waiver, ...]:
    """Return the waivers of a text."""
    if "runbook-waiver" not in text:
        return ()
    all_lines = text.splitlines()
    found = []
    for number, line in enumerate(all_lines, 1):
        match = _WAIVER.search(line)
        if match is None:
            continue
        target = number
        if line.lstrip().startswith("#"):
            following = range(number, len(all_lines))
            is_said = (n + 1 for n in following if all_lines[n].strip() and not all_lines[n].lstrip().startswith("#"))
            target = next(is_said, number)
        found.append(Waiver(match["rule"], match["reason"].strip(), number, target))
    return tuple(found)


def of_file(file: Lintable) -> OfFile:
    """Return a file's waivers, and what became of them so far."""
    known = _READ.get(id(file))
    if known is None or known.file() is not file or known.text != file.content:
        known = OfFile(weakref.ref(file), file.content, waivers_in(file.content), set(), set())
        _READ[id(file)] = known
    return known


def of_whole_file(file: Lintable) -> Waiver | None:
    """Return the waiver of all rules with which a file begins, None where it has none with a reason.

    It is for what breaks the runbook on purpose: what a test seeds. Before it stand comments only, so that whoever
    opens the file sees it.
    """
    for waiver in of_file(file).waivers:
        if waiver.rule == EVERY and waiver.has_reason:
            before = file.content.splitlines()[: waiver.line]
            if all(not line.strip() or line.startswith(("#", "---")) for line in before):
                return waiver
    return None


def waive(file: Lintable, rule: str, span: tuple[int, int]) -> bool:
    """Whether a waiver with a reason covers a rule on one of these lines; it is noted that it does."""
    if rule == ITSELF:
        return False
    known = of_file(file)
    covering = [one for one in known.waivers if one.rule == rule and one.has_reason]
    covering = [one for one in covering if span[0] <= one.target <= span[1]]
    known.used.update(covering)
    return bool(covering)


__all__ = ("EVERY", "ITSELF", "OfFile", "Waiver", "of_file", "of_whole_file", "waive", "waivers_in")
