# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment markers of Python requirements, by PEP 508: pure decisions. Private to the collection."""

from __future__ import annotations

import os
import platform
import re
import sys
import typing as t

from ._python_names import canonical
from ._python_versions import Specifier, parse, parse_specifiers, satisfies

LONGEST = 4000
DEEPEST = 40
VARIABLES = (
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
    "extra",
)
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'[^']*'|\"[^\"]*\")"
    r"|(?P<operator>===|~=|==|!=|<=|>=|<|>|not\s+in\b|in\b)"
    r"|(?P<word>and\b|or\b|[(])|(?P<close>[)])"
    r"|(?P<variable>[a-z_]+))",
    re.ASCII,
)
Environment = t.Mapping[str, str]


class Comparison(t.NamedTuple):
    """One comparison; each side is a variable's name or a string in its quotes."""

    left: str
    operator: str
    right: str


class Both(t.NamedTuple):
    """What holds where all of its parts hold (``and``), or one of them (``or``)."""

    word: str
    parts: tuple[Marker, ...]


Marker: t.TypeAlias = "Comparison | Both"


class MarkerError(Exception):
    """A marker cannot be read; the message says what is wrong with it."""


def parse_marker(text: str) -> Marker:
    """Return the marker that ``text`` writes.

    :raises MarkerError: it is none.
    """
    if len(text) > LONGEST:
        raise MarkerError(f"it has {len(text)} characters, {LONGEST} are the most")
    reader = _Reader(_tokens(text))
    marker = reader.either()
    if reader.next[0]:
        raise MarkerError(f"{reader.next[1]!r} follows where it should have ended")
    return marker


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise MarkerError(f"{text[position : position + 20].strip()!r} is not understood")
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


class _Reader:
    """Reads a list of tokens from its front: ``and`` binds more closely than ``or``."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "its end")

    def take(self, *kinds: str) -> str:
        kind, text = self.next
        if kind not in kinds:
            raise MarkerError(f"{' or '.join(kinds)} should stand where {text!r} stands")
        self._at += 1
        return text

    def either(self) -> Marker:
        parts = [self.all()]
        while self.next == ("word", "or"):
            self._at += 1
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Both("or", tuple(parts))

    def all(self) -> Marker:
        parts = [self.one()]
        while self.next == ("word", "and"):
            self._at += 1
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Both("and", tuple(parts))

    def one(self) -> Marker:
        if self.next == ("word", "("):
            self._at += 1
            self._depth += 1
            if self._depth > DEEPEST:
                raise MarkerError(f"its parentheses are nested more than {DEEPEST} deep")
            inner = self.either()
            self.take("close")
            self._depth -= 1
            return inner
        left = self.side()
        operator = " ".join(self.take("operator").split())
        return Comparison(left, operator, self.side())

    def side(self) -> str:
        text = self.take("variable", "string")
        if text[0] in "'\"":
            return text
        # Spellings of old, which wheels still carry.
        name = {"python_implementation": "platform_python_implementation"}.get(text, text)
        if name not in VARIABLES:
            raise MarkerError(f"there is no variable {text!r} in PEP 508")
        return name


def holds(marker: Marker | None, environment: Environment, extra: str = "") -> bool:
    """Whether a marker holds in an environment, for a package that was asked for with ``extra``."""
    if marker is None:
        return True
    if isinstance(marker, Both):
        found = (holds(part, environment, extra) for part in marker.parts)
        return all(found) if marker.word == "and" else any(found)
    if "extra" in (marker.left, marker.right):
        sides = [canonical(extra if side == "extra" else side[1:-1]) for side in (marker.left, marker.right)]
        return _text_compare(sides[0], marker.operator, sides[1])
    left, right = (_value(side, environment) for side in (marker.left, marker.right))
    if marker.operator not in ("in", "not in"):
        asked = parse_specifiers(marker.operator + right) if right else None
        if asked and parse(left) is not None:
            return satisfies(left, [Specifier(marker.operator, right)])
    return _text_compare(left, marker.operator, right)


def _value(side: str, environment: Environment) -> str:
    return side[1:-1] if side[0] in "'\"" else environment.get(side, "")


def _text_compare(left: str, operator: str, right: str) -> bool:
    results = {
        "in": left in right,
        "not in": left not in right,
        "==": left == right,
        "===": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "~=": False,
    }
    return results[operator]


def own_environment() -> dict[str, str]:
    """Return the environment of the interpreter that runs this."""
    version = sys.implementation.version
    kind = "" if version.releaselevel == "final" else f"{version.releaselevel[0]}{version.serial}"
    return {
        "os_name": os.name,
        "sys_platform": sys.platform,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "python_full_version": platform.python_version(),
        "implementation_name": sys.implementation.name,
        "implementation_version": f"{version.major}.{version.minor}.{version.micro}{kind}",
    }


__all__ = (
    "VARIABLES",
    "Both",
    "Comparison",
    "Environment",
    "Marker",
    "MarkerError",
    "holds",
    "own_environment",
    "parse_marker",
)
