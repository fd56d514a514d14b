# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May a node's checkout move to another commit, and what does it need for that (runbook 2.9)?

Private to the collection. The node says which commits it has; only the controller knows which of them are upstream's.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import is_commit
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import listed
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Version

_STANDING = re.compile(r"absent|[0-9a-f]{40}:([0-9a-f]{40})?")
_MOST = 200


class JudgeError(Exception):
    """The checkout must not move; the message is one sentence that names what would be lost, or why."""


class History(t.Protocol):
    """What the controller knows of upstream's commits."""

    def known(self, commits: t.Iterable[str]) -> set[str]: ...

    def is_ancestor(self, older: str, newer: str) -> bool: ...

    def roots(self, commit: str) -> set[str]: ...


@dataclasses.dataclass(frozen=True)
class Question:
    """What a node says of its checkout: hostile data, of which only the shape is certain.

    :param standing: echoed to the node, which so notices that the checkout moved meanwhile.
    :param free: bytes free on its file system, -1 where it could not say.
    :param history: (commit, subject), newest first.
    :param local: those of them that no run of ours brought, None where none ever brought any.
    """

    standing: str = "absent"
    free: int = -1
    head: str = ""
    has_commit: bool = False
    history: tuple[tuple[str, str], ...] = ()
    local: tuple[tuple[str, str], ...] | None = None
    roots: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Move:
    """A move that may be made.

    :param needs_bundle: whether the node lacks the commit.
    :param base: a commit that both sides have, on which the bundle can build, "" for none.
    :param remark: what the operator should read of it, "" or beginning with a space.
    """

    needs_bundle: bool
    base: str = ""
    remark: str = ""

    def require_room(self, path: str, version: Version, bundle: int, free: int) -> None:
        """:raises JudgeError: the node's disk cannot take it."""
        # The bundle as it arrives, the pack made from it, and the files.
        needed = 2 * bundle + version.size
        if 0 <= free < needed:
            raise JudgeError(
                f"the disk that holds {path} has {free >> 20} MiB free, and commit {version.commit[:12]} needs about "
                f"{(needed >> 20) + 1} MiB; make room on the node"
            )


def question_from(data: t.Any) -> Question:
    """Read what a node said.

    :raises JudgeError: it is not of the shape that our module gives it.
    """
    try:
        return Question(
            standing=_standing(data["standing"]),
            free=int(data.get("free", -1)),
            head=_commit(data["head"]) if data.get("head") else "",
            has_commit=data.get("has_commit") is True,
            history=_log(data.get("history") or []),
            local=None if data.get("local") is None else _log(data["local"]),
            roots=tuple(_commit(root) for root in data.get("roots") or []),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise JudgeError("the node's answer on its checkout makes no sense; look at the node before you go on") from exc


def judge(path: str, version: Version, question: Question, history: History) -> Move:
    """Return how the checkout moves to ``version``.

    :raises JudgeError: that would leave commits behind that are nowhere else, or the checkout is of another repository.
    """
    if not question.head:
        return Move(needs_bundle=True)
    known = history.known(commit for commit, _subject in question.history)
    unknown = [item for item in question.history if item[0] not in known]
    mine = unknown if question.local is None else [item for item in question.local if item in unknown]
    is_related = bool(known) or bool(set(question.roots) & history.roots(version.commit))
    if not is_related:
        raise JudgeError(
            f"{path} is at {question.head[:12]}, which shares no history with commit {version.commit[:12]} of the "
            "declared repository: it is a checkout of another one; move it aside on the node, or correct repository_url"
        )
    if mine:
        raise JudgeError(
            f"{path} has commits that the declared repository does not have: "
            f"{listed([f'{commit[:12]} {subject!r}' for commit, subject in mine])}; push them from the node's clone to "
            "the repository, or move the checkout aside (nothing was discarded)"
        )
    base = next((commit for commit, _subject in question.history if commit in known), "")
    remark = _remark(version, question.head, history, is_known=question.head in known)
    return Move(needs_bundle=not question.has_commit, base=base, remark=remark)


def _remark(version: Version, head: str, history: History, *, is_known: bool) -> str:
    if is_known:
        if history.is_ancestor(head, version.commit):
            return ""
        if history.is_ancestor(version.commit, head):
            return f" It went back from the later {head[:12]}."
    return (
        f" {head[:12]}, which it was at before, is no part of that history: upstream was rewritten, or another line of "
        "it was declared."
    )


def _standing(text: t.Any) -> str:
    if not isinstance(text, str) or not _STANDING.fullmatch(text):
        raise ValueError(text)
    return str(text)


def _commit(text: t.Any) -> str:
    if not isinstance(text, str) or not is_commit(text):
        raise ValueError(text)
    return str(text)


def _log(items: t.Sequence[t.Sequence[t.Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((_commit(commit), one_line(str(subject), 100)) for commit, subject in items[:_MOST])


__all__ = ("History", "JudgeError", "Move", "Question", "judge", "question_from")
