# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which roles a provision run enters, by what the survey found of each. Private to the collection.

The law that keeps it honest: what is ok here, its role would not change. So whatever is not plainly good is entered:
the role itself decides, or says what is wrong.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

# Where one of these has something to do, the ones after it may find another node than the survey did: other packages,
# another account, another commit.
UNSETTLING: t.Final = frozenset(("6.1", "2.5", "2.6", "2.7", "2.9", "3.3", "3.4", "3.5"))

_SERVICES: t.Final = "4"
_MOVES_CODE: t.Final = ("2.9", "3.4", "3.5")

Result = t.Mapping[str, t.Any]


class Found(t.NamedTuple):
    """What the survey found of one role.

    :param is_ok: the role would change nothing.
    :param sentence: why not, or how it is.
    :param rows: where it is ok, the results that its tasks would have had.
    :param is_waived: all that the role would change is allowed by waivers, and so it must not be entered.
    """

    clause: str
    is_ok: bool
    sentence: str
    rows: tuple[Result, ...] = ()
    is_waived: bool = False

    @property
    def verdict(self) -> str:
        """One of ok, waived, enter."""
        return "ok" if self.is_ok else "waived" if self.is_waived else "enter"


def why_to_enter(result: Result) -> str:
    """Return why a result that a task of the role would have had is not plainly good, "" where it is.

    What the node said is untrusted: only the exact words of a result that changes nothing count.
    """
    said = one_line(str(result.get("msg") or result.get("summary") or "it says nothing"), 1000)
    if result.get("failed") or result.get("skipped") or result.get("undecided") or result.get("unfinished"):
        return said
    actions = result.get("actions")
    if result.get("changed") is not False or actions != [] or not result.get("summary"):
        return said
    return ""


def judged(clause: str, results: t.Sequence[Result]) -> Found:
    """Return what is found of a role whose tasks would have had these results."""
    reasons = [reason for result in results if (reason := why_to_enter(result))]
    if reasons or not results:
        return Found(clause, is_ok=False, sentence="; ".join(reasons) or "the role asks nothing")
    telling = [result for result in results if not result.get("asks_nothing")] or results
    return Found(clause, is_ok=True, sentence=one_line(str(telling[-1]["summary"]), 1000), rows=tuple(results))


def settled(found: t.Sequence[Found]) -> list[Found]:
    """Return the same with what must be entered because of what comes before it.

    :param found: in the order of the play.
    """
    unsettled = ""
    after = []
    for one in found:
        if one.is_ok and unsettled:
            sentence = f"what {unsettled} changes may concern it"
            after.append(Found(one.clause, is_ok=False, sentence=sentence))
            continue
        after.append(one)
        if one.verdict == "enter" and one.clause in UNSETTLING:
            unsettled = unsettled or one.clause
    return after


def stopped_for_good(found: t.Sequence[Found]) -> str:
    """Return why a waiver of a service stands against the deployment of this run, "" where none does.

    What moves the code of services stops them, and the role that starts them again would be left out.
    """
    waived = next((one for one in found if one.clause == _SERVICES and one.is_waived), None)
    moving = [one.clause for one in found if one.clause in _MOVES_CODE and one.verdict == "enter"]
    if waived is None or not moving:
        return ""
    return (
        f"{waived.sentence}, and {', '.join(moving)} would stop services that only the step {_SERVICES} starts again; "
        f"take the waiver out of waivers.yml, or run with --skip-tags {','.join(moving)}"
    )


def told(found: t.Sequence[Found]) -> dict[str, t.Any]:
    """Return the part of the task's result that tells this: ``enter``, ``clauses`` and ``rows``."""
    return {
        "enter": [one.clause for one in found if one.verdict == "enter"],
        "clauses": {one.clause: {"verdict": one.verdict, "sentence": one.sentence} for one in found},
        "rows": [row for one in found for row in _rows(one)],
    }


def _rows(one: Found) -> list[dict[str, t.Any]]:
    if one.is_waived:
        return [{**_row(one.clause, {"summary": one.sentence}), "waived": True}]
    return [_row(one.clause, result) for result in one.rows]


def _row(clause: str, result: Result) -> dict[str, t.Any]:
    kept = {key: result[key] for key in ("summary", "findings", "asks_nothing") if key in result}
    return {"clause": clause, "changed": False, "actions": [], **kept}


__all__ = ("UNSETTLING", "Found", "judged", "settled", "stopped_for_good", "told", "why_to_enter")
