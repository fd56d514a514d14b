# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions and ranges as npm reads them: pure decisions. Private to the collection.

Needed for one question: does an optional package say that it is made for the node's Node.js? npm leaves it out
otherwise, without a word.
"""

from __future__ import annotations

import re
import typing as t

LONGEST = 256
_PART = r"(?:0|[1-9]\d{0,15})"
_WILD = rf"(?:{_PART}|[xX*])"
_TAIL = r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
_VERSION = re.compile(rf"[v=\s]*(?P<major>{_PART})\.(?P<minor>{_PART})\.(?P<patch>{_PART}){_TAIL}\s*", re.ASCII)
_COMPARATOR = re.compile(
    rf"(?P<operator>>=|<=|>|<|=|\^|~>?)?\s*[v=]*\s*"
    rf"(?P<major>{_WILD})(?:\.(?P<minor>{_WILD})(?:\.(?P<patch>{_WILD}){_TAIL})?)?",
    re.ASCII,
)
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)", re.ASCII)

_PreKey = tuple[tuple[int, int, str], ...]


class Version(t.NamedTuple):
    """A version; ``pre`` is empty for a release."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[int, int, int, int, _PreKey]:
        """What versions are ordered by: a release comes after its own pre-releases."""
        parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre)
        return self.major, self.minor, self.patch, 0 if self.pre else 1, parts


class _Span(t.NamedTuple):
    """Versions from one up to another, the latter itself left out; None for no bound."""

    low: Version | None
    high: Version | None


_ANY = _Span(None, None)
_NONE = _Span(Version(0, 0, 0), Version(0, 0, 0, ("0",)))


def parse(text: str) -> Version | None:
    """Return the version that ``text`` is, None where it is none."""
    found = _VERSION.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    pre = tuple(found["pre"].split(".")) if found["pre"] else ()
    return Version(int(found["major"]), int(found["minor"]), int(found["patch"]), pre)


def is_newer(one: str, other: str) -> bool:
    """Whether a version is newer than another; what is no version is older than all that are."""
    first, second = parse(one), parse(other)
    return first is not None and (second is None or first.key > second.key)


def satisfies(version: str, wanted: str) -> bool:
    """Whether a version lies in a range, pre-releases included; in what is no range lies none."""
    found = parse(version)
    if found is None or len(wanted) > LONGEST:
        return False
    return any(_fits(found, alternative) for alternative in wanted.split("||"))


def _fits(version: Version, alternative: str) -> bool:
    spans = _spans(alternative.strip())
    return spans is not None and all(
        (low is None or version.key >= low.key) and (high is None or version.key < high.key) for low, high in spans
    )


def _spans(text: str) -> list[_Span] | None:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        low, high = _comparator(f">={hyphen[1]}"), _comparator(f"<={hyphen[2]}")
        return None if low is None or high is None else [low, high]
    spans: list[_Span] = []
    at = 0
    while at < len(text):
        found = _COMPARATOR.match(text, at)
        if found is None or (found.end() < len(text) and not text[found.end()].isspace()):
            return None
        spans.append(_span(found))
        at = found.end() + len(text[found.end() :]) - len(text[found.end() :].lstrip())
    return spans


def _comparator(text: str) -> _Span | None:
    found = _COMPARATOR.fullmatch(text)
    return None if found is None else _span(found)


def _span(found: re.Match[str]) -> _Span:
    operator = found["operator"] or "="
    numbers: list[int] = []
    for name in ("major", "minor", "patch"):
        part = found[name]
        if part is None or part in "xX*":
            break
        numbers.append(int(part))
    if not numbers:
        return _NONE if operator in "<>" else _ANY
    whole = len(numbers) == 3
    pre = tuple(found["pre"].split(".")) if whole and found["pre"] else ()
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    exact = Version(major, minor, patch, pre)
    # A partial version stands for all that begin with it, their pre-releases too.
    low = exact if whole else Version(major, minor, patch, ("0",))
    after = _after(exact) if whole else _next(numbers, len(numbers) - 1)
    spans = {
        "=": _Span(low, after),
        ">=": _Span(low, None),
        ">": _Span(after, None),
        "<": _Span(None, low),
        "<=": _Span(None, after),
        "^": _Span(low, _next(numbers, _caret_at(numbers))),
    }
    return spans.get(operator) or _Span(low, _next(numbers, min(1, len(numbers) - 1)))


def _after(version: Version) -> Version:
    """Return the version that comes right after: one more part makes a pre-release newer."""
    if version.pre:
        return version._replace(pre=(*version.pre, "0"))
    return version._replace(patch=version.patch + 1, pre=("0",))


def _next(numbers: t.Sequence[int], at: int) -> Version:
    """Return the first version, pre-releases included, that differs from the numbers up to and with number ``at``."""
    raised = (*numbers[:at], numbers[at] + 1, 0, 0, 0)
    return Version(raised[0], raised[1], raised[2], ("0",))


def _caret_at(numbers: t.Sequence[int]) -> int:
    return next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)


__all__ = ("Version", "is_newer", "parse", "satisfies")
