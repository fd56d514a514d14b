# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with several projects, told by one run (runbook 3.4 and 3.5). Private to the collection."""

from __future__ import annotations

import typing as t

from ._step import StepError

MOST_TOLD = 20
One = t.TypeVar("One")
Answer = t.TypeVar("Answer")


def of_each(projects: t.Iterable[One], ask: t.Callable[[One], Answer]) -> list[Answer]:
    """Return what ``ask`` answers for each project.

    Who has several projects to mend is told of all of them at once, and not of one run after run.

    :raises StepError: all that is wrong with any of them, in their order.
    """
    answers: list[Answer] = []
    problems: dict[str, StepError] = {}
    for project in projects:
        try:
            answers.append(ask(project))
        except StepError as exc:
            problems.setdefault(str(exc), exc)
    if len(problems) == 1:
        raise next(iter(problems.values()))
    if problems:
        more = f"; and {len(problems) - MOST_TOLD} more" if len(problems) > MOST_TOLD else ""
        raise StepError(f"{'; '.join(list(problems)[:MOST_TOLD])}{more}")
    return answers


__all__ = ("MOST_TOLD", "of_each")
