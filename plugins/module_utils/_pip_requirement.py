# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One requirement of a Python package, by PEP 508: pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._python_markers import Marker, MarkerError, parse_marker
from ._python_names import NAME, canonical, why_not_a_name
from ._python_versions import Specifier, parse_specifiers, pin_of

LONGEST = 8000
_HEAD = re.compile(rf"\s*({NAME})\s*(?:\[([^\]]*)\])?\s*", re.ASCII)


class Requirement(t.NamedTuple):
    """A package that is asked for.

    :param name: in its canonical spelling.
    :param extras: in their canonical spelling, sorted.
    :param url: where it is fetched from, for ``name @ url``; else "".
    """

    name: str
    extras: tuple[str, ...]
    specifiers: tuple[Specifier, ...]
    url: str
    marker: Marker | None

    @property
    def pin(self) -> str:
        """The one version that is asked for, "" where it may be one of several."""
        return pin_of(self.specifiers)


class RequirementError(Exception):
    """A requirement cannot be read; the message says what is wrong with it."""


def parse_requirement(text: str) -> Requirement:
    """Return the requirement that ``text`` writes.

    :raises RequirementError: it is none.
    """
    if len(text) > LONGEST:
        raise RequirementError(f"it has {len(text)} characters, {LONGEST} are the most")
    head = _HEAD.match(text)
    if head is None:
        raise RequirementError("it does not begin with the name of a package (PEP 508)")
    reason = why_not_a_name(head[1])
    if reason:
        raise RequirementError(f"its name {head[1][:40]!r} cannot be one: {reason}")
    rest = text[head.end() :]
    if rest.startswith("@"):
        # Only white space ends a URL, which may hold a semicolon itself.
        url, _space, marker = rest[1:].strip().partition(" ")
        marker = marker.strip()
        if marker and not marker.startswith(";"):
            raise RequirementError(f"{marker[:40]!r} follows its URL")
        condition, marker = "", marker[1:]
    else:
        url = ""
        condition, _semicolon, marker = rest.partition(";")
        if not _semicolon:
            marker = ""
    return Requirement(canonical(head[1]), _extras(head[2]), _specifiers(condition), url, _marker(marker))


def _extras(text: str | None) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",")] if text and text.strip() else []
    for name in names:
        reason = why_not_a_name(name)
        if reason:
            raise RequirementError(f"its extra {name[:40]!r} cannot be one: {reason}")
    return tuple(sorted({canonical(name) for name in names}))


def _specifiers(text: str) -> tuple[Specifier, ...]:
    bare = text.strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1]
    found = parse_specifiers(bare)
    if found is None:
        raise RequirementError(f"{bare[:60]!r} is no list of versions as PEP 440 has them, such as '==1.2'")
    return found


def _marker(text: str) -> Marker | None:
    if not text.strip():
        return None
    try:
        return parse_marker(text)
    except MarkerError as exc:
        raise RequirementError(f"its marker cannot be read: {exc}") from exc


__all__ = ("LONGEST", "Requirement", "RequirementError", "parse_requirement")
