# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node answers to a survey: read strictly, since it is the node's word. Private to the collection."""

from __future__ import annotations

import math
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

Result = dict[str, t.Any]
_MOST_WARNINGS: t.Final = 100


class AnswersError(Exception):
    """The node's answer is none; the message says why, in a sentence."""


class NodeAnswer(t.NamedTuple):
    """What the node said of one step.

    :param result: the module's result in check mode.
    :param began: seconds after the first step's beginning.
    :param ended: the same, of its end.
    """

    result: Result
    warnings: tuple[str, ...]
    began: float
    ended: float


def answers_from(said: t.Mapping[str, t.Any], *, count: int) -> list[NodeAnswer]:
    """Return what the node said of each step.

    :param said: the result of the module node_survey.
    :raises AnswersError: it is no answer to ``count`` questions.
    """
    if said.get("failed"):
        raise AnswersError(one_line(str(said.get("msg") or "the node gives no reason"), 1000))
    answers = said.get("answers")
    if not isinstance(answers, list) or len(answers) != count:
        raise AnswersError("the node does not answer in the form that it should")
    return [_answer(answer) for answer in answers]


def _answer(answer: t.Any) -> NodeAnswer:
    try:
        result = dict(answer["result"])
        began, ended = (float(moment) for moment in answer["seconds"])
        warnings = tuple(one_line(str(warning), 1000) for warning in list(answer["warnings"])[:_MOST_WARNINGS])
        failed, has_work = bool(answer["failed"]), bool(answer["work"])
    except (TypeError, ValueError, KeyError) as exc:
        raise AnswersError("the node does not answer in the form that it should") from exc
    if not (math.isfinite(began) and math.isfinite(ended) and 0 <= began <= ended):
        raise AnswersError("the node does not say when it has worked its answers out")
    if has_work:
        result |= {"changed": True, "msg": "there is something to do"}
    return NodeAnswer({**result, "failed": True} if failed else result, warnings, began, ended)


def times_of(answers: t.Sequence[NodeAnswer], *, began: float, ended: float) -> list[tuple[float, float]]:
    """Return for each answer the controller's times between which it was worked out.

    What the way to the node and back takes is known in sum only, so each lies as late, and as early, as it can be.
    """
    last = answers[-1].ended if answers else 0.0
    return [(began + answer.began, ended - max(last - answer.ended, 0.0)) for answer in answers]


__all__ = ("AnswersError", "NodeAnswer", "answers_from", "times_of")
