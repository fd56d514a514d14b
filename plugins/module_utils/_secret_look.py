# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file, looked at for credentials (runbook 6.3). Private to the collection.

What leaves this module about a value is its mark: a keyed hash, by which two places with one secret are told to be
alike, and from which nobody gets the secret back.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import typing as t

from ._secret_files import Reading, is_core
from ._secret_kinds import Kind, kind_of
from ._secret_pattern import Grade, Hit
from ._secret_patterns import MOST, find
from ._secret_places import Place, place_of

_MARK = 12
# What cloud-init pickles holds the texts that it was given.
_AS_TEXT = re.compile(r"/var/lib/cloud/.*\.pkl$")
_CORE = re.compile(r"/core(?:\.[0-9]+)?$")
GIT_CONFIG = re.compile(
    r"/\.git/(?:modules/.+/)?config(?:\.worktree)?$|/\.gitconfig$|/gitconfig$|/\.config/git/config$"
)
_HELPER = re.compile(
    r"(?im)^[ \t]*helper[ \t]*=[ \t]*\"?(?:store\b|/?\S*credential-store\b|!.*(?:password|token)=)[^\n]*$"
)
# The memory of a process counts for what its place says, wherever it lies.
_CORE_PLACE: t.Final = Place("core-dump", "high", "the memory of a process", "")


class Seen(t.NamedTuple):
    """A kind of credential in a file.

    :param lines: first and last of each, counted from 1; none where the file itself is meant or has no lines.
    :param marks: of the values.
    :param is_file: whether the file as a whole is a credential, or holds nothing else.
    :param kind: of the text, see :mod:`._secret_kinds`; "binary", "packed".
    """

    path: str
    rule: str
    grade: Grade
    what: str
    lines: tuple[tuple[int, int], ...]
    marks: tuple[str, ...]
    is_file: bool
    kind: str


class Looked(t.NamedTuple):
    """What a file holds, and how many of its bytes were not looked at."""

    seen: list[Seen]
    skipped: int
    is_binary: bool


class TimeOverError(Exception):
    """There is no time left for the rest of a file."""


class _Found(t.NamedTuple):
    rule: str
    grade: Grade
    what: str
    first: int
    last: int
    mark: str


def marker(key: bytes) -> t.Callable[[str], str]:
    """Return what makes a value's mark with the key of a run."""
    return lambda value: hmac.new(key, value.encode("latin-1", "replace"), hashlib.sha256).hexdigest()[:_MARK]


def look_at(
    descriptor: int, path: str, *, mark: t.Callable[[str], str], is_over: t.Callable[[], bool] = lambda: False
) -> Looked:
    """Look at an open plain file.

    :param path: its path on the node, which says what it is.
    :raises OSError: it cannot be read.
    :raises TimeOverError: before its end.
    """
    reading = Reading(descriptor, as_text=_AS_TEXT.search(path) is not None)
    if not reading.status.st_size:
        return Looked([], 0, is_binary=False)
    place = place_of(path) or (_CORE_PLACE if _CORE.search(path) and is_core(os.pread(descriptor, 32, 0)) else None)
    if place and not place.holds:
        return Looked([_of_place(place, path, descriptor, mark)], 0, is_binary=False)
    found: list[_Found] = []
    covered: bool | None = None
    kind: Kind = "settings"
    for number, piece in enumerate(reading.pieces()):
        if is_over():
            raise TimeOverError(path)
        kind = kind if number else kind_of(path, piece.text[:200])
        hits = find(piece.text, kind, is_binary=piece.is_binary)
        hits += _of_git(path, piece.text)
        own = [hit for hit in hits if hit.start < piece.whole]
        counted = piece.lines >= 0 and reading.is_plain and not piece.is_binary
        found += [_placed(hit, piece.text, piece.lines if counted else -1, mark) for hit in own]
        found += _by_lines(place, piece.text, mark) if place and not number else []
        covered = _covers(piece.text, found) if counted and not number else False
        if len(found) > MOST:
            break
    form = "packed" if not reading.is_plain else "binary" if reading.is_binary else kind
    return Looked(_gathered(found, path, form, is_file=bool(covered)), reading.skipped, reading.is_binary)


def _of_place(place: Place, path: str, descriptor: int, mark: t.Callable[[str], str]) -> Seen:
    content = os.pread(descriptor, 65_536, 0).decode("latin-1")
    return Seen(path, place.name, place.grade, place.what, (), (mark(content),), is_file=True, kind="")


def _by_lines(place: Place, text: str, mark: t.Callable[[str], str]) -> list[_Found]:
    lines = text.split("\n")
    numbers = place.holds(text)[:MOST] if place.holds else []
    return [_Found(place.name, place.grade, place.what, one, one, mark(lines[one - 1])) for one in numbers]


def _of_git(path: str, text: str) -> list[Hit]:
    """Return where git is told to write passwords to a file, or is given one by its settings."""
    if not GIT_CONFIG.search(path):
        return []
    what = "a setting by which git stores passwords"
    return [Hit("git-helper", "high", what, match.start(), match.end(), match[0]) for match in _HELPER.finditer(text)]


def _placed(hit: Hit, text: str, lines: int, mark: t.Callable[[str], str]) -> _Found:
    if lines < 0:
        return _Found(hit.rule, hit.grade, hit.what, 0, 0, mark(hit.value))
    first = lines + text.count("\n", 0, hit.start) + 1
    last = first + text.count("\n", hit.start, max(hit.start, hit.end - 1))
    return _Found(hit.rule, hit.grade, hit.what, first, last, mark(hit.value))


def _covers(text: str, found: t.Sequence[_Found]) -> bool:
    """Whether nothing is left of a text but empty lines once the credentials are gone."""
    held: set[int] = set()
    for one in found:
        held.update(range(one.first, one.last + 1))
    return bool(held) and not any(line.strip() for number, line in enumerate(text.split("\n"), 1) if number not in held)


def _gathered(found: t.Sequence[_Found], path: str, kind: str, *, is_file: bool) -> list[Seen]:
    """Return what was found by its rule: one finding each, so that its subject stays when lines move."""
    by_place = {(one.first, one.last) for one in found if one.first and not _is_general(one)}
    rules: dict[str, list[_Found]] = {}
    for one in found:
        if not (_is_general(one) and (one.first, one.last) in by_place):
            rules.setdefault(one.rule, []).append(one)
    return [
        Seen(
            path,
            rule,
            of_rule[0].grade,
            of_rule[0].what,
            tuple(dict.fromkeys((one.first, one.last) for one in of_rule if one.first)),
            tuple(dict.fromkeys(one.mark for one in of_rule)),
            is_file,
            kind,
        )
        for rule, of_rule in rules.items()
    ]


def _is_general(one: _Found) -> bool:
    return one.rule == "named-secret"


__all__ = ("GIT_CONFIG", "Looked", "Seen", "TimeOverError", "look_at", "marker")
