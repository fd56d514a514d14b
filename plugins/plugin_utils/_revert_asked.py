# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator asks to be reverted (runbook 5.3): a commit or a range, and how. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

Lint = t.Literal["fail", "warn"]
_ONE = r"[0-9a-f]{7,40}"
_ASKED = re.compile(rf"({_ONE})(?:\.\.({_ONE}))?")
_MOST_PARENTS: t.Final = 16


class Asked(t.NamedTuple):
    """What is to be reverted.

    :param newest: the commit, or the last one of a range; shortened or in full.
    :param after: of a range the commit that it begins after, "" for one commit.
    :param mainline: of a merge the parent, from 1, whose line stays; 0 where none was named.
    :param push: whether the branch may be pushed.
    :param lint: whether a new finding of the lint ends the run.
    """

    newest: str
    after: str = ""
    mainline: int = 0
    push: bool = False
    lint: Lint = "fail"


def asked_from(given: t.Mapping[str, t.Any]) -> Asked:
    """Read what stands in ``-e commit``, ``-e mainline``, ``-e push`` and ``-e lint``; each may be text.

    :raises StepError: a value is none.
    """
    commit = str(given.get("commit") or "").strip()
    shown = one_line(commit, 80)
    if not commit:
        raise StepError(
            "commit is not set; name what is to be reverted, as -e commit=1a2b3c4, or prepare a new image with -e "
            "reimage=true"
        )
    found = _ASKED.fullmatch(commit.lower())
    if not found:
        raise StepError(
            f"commit {shown!r} is neither a commit id of 7 to 40 hexadecimal digits nor a range of two, as "
            "1a2b3c4..5d6e7f8; a name means something else after the revert, so take the id that git log shows"
        )
    newest, after = (found[2], found[1]) if found[2] else (found[1], "")
    return Asked(newest, after, _mainline(given), flag(given, "push"), _lint(given))


def flag(given: t.Mapping[str, t.Any], name: str) -> bool:
    """Return an option that is true or false, false where it is not given.

    :raises StepError: it is neither.
    """
    value = given.get(name)
    if value in (None, ""):
        return False
    try:
        return bool(boolean(value))
    except TypeError as exc:
        raise StepError(f"{name} is {one_line(str(value), 80)!r}; write true or false") from exc


def _mainline(given: t.Mapping[str, t.Any]) -> int:
    value = str(given.get("mainline") or "").strip()
    if not value:
        return 0
    if not value.isdecimal() or not 1 <= int(value[:9]) <= _MOST_PARENTS:
        raise StepError(
            f"mainline is {one_line(value, 80)!r}; write the number of the merge's parent whose line stays, as 1"
        )
    return int(value)


def _lint(given: t.Mapping[str, t.Any]) -> Lint:
    value = str(given.get("lint") or "fail").strip()
    if value == "fail":
        return "fail"
    if value == "warn":
        return "warn"
    raise StepError(f"lint is {one_line(value, 80)!r}; write fail, or warn where a new finding is to be accepted")


__all__ = ("Asked", "Lint", "asked_from", "flag")
