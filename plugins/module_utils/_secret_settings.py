# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that are given to the name of a secret: password = value, in any of the usual notations (runbook 6.3). Private
to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ._secret_checks import entropy, is_mixed, stands_for_one
from ._secret_kinds import Kind
from ._secret_pattern import Hit
from ._secret_words import is_secret, is_secret_name

NAME = "named-secret"
WHAT = "a value by the name of a secret"
# Each name of a secret holds one of these.
_STEMS = (
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "psk",
    "credential",
    "auth",
    "bearer",
    "pin=",
    "pin:",
    'pin"',
    "pin ",
)
_AROUND = 160
_AFTER = 700
_ASSIGNMENT = re.compile(
    r"""(?<![A-Za-z0-9_.$-])(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,80})(?P<quote>\\?["']?)\]?[ \t]{0,20}
    (?P<sign>:=|=>|\+=|\?=|=(?![=>~])|:(?![:=/]))[ \t]{0,20}
    (?:[bruf]{1,2}(?=["'])|!!str[ ])?(?P<value>
        \\?"(?P<q2>[^"\r\n]{0,600}?)\\?"|'(?P<q1>[^'\r\n]{0,600})'
        |(?P<plain>[^\s"'`,;&|<>()\[\]{}\\][^\s,;&|<>()"'`]{0,600}))
    """,
    re.VERBOSE,
)
_ELEMENT = re.compile(
    r"""<(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,80})>(?P<value>[^<>\r\n]{1,600})</
    |\b(?:key|name|id)="(?P<name2>[A-Za-z_][A-Za-z0-9_.-]{0,80})"
        [ \t]{1,8}(?:value|content)="(?P<value2>[^"\r\n]{1,600})"
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Names that say so in a file of settings, and something else in a program.
_SETTING = frozenset(("pass", "_auth", "authinfo", "secretaccesskey", "passwort", "userpass", "community_secret"))
# What follows a plain value that is one word of a sentence.
_ENDS = re.compile(r"[ \t]*(?:[\r\n,;&|)\]}#<\"'\\]|//|$)")
_CHOSEN = ("pass", "pwd", "psk", "pin")
_CAMEL = re.compile(r"[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})+")
_ROUGHLY_A_NAME = re.compile(r"[A-Za-z_]+(?:[.:_-][A-Za-z_]+)*(?:\(.*)?")
_HEX_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def named_secrets(text: str, folded: str, kind: Kind) -> t.Iterator[Hit]:
    """Yield each value that is given to a name that secrets have.

    :param folded: the text in lower case.
    """
    if kind == "lock":
        return
    for begin, end in _spans(text, folded):
        for match in _assignments(text, begin, end):
            if _is_one(match, text, kind):
                yield Hit(NAME, "high", WHAT, *match.span("value"), _value(match))
        if "<" in text[begin:end]:
            yield from _in_elements(text, begin, end)


def _assignments(text: str, begin: int, end: int) -> t.Iterator[re.Match[str]]:
    """Yield each assignment, and those in the value of one: Environment="TOKEN=x", options="user=x,password=y"."""
    for match in _ASSIGNMENT.finditer(text, begin, end):
        yield match
        if "=" in match["value"]:
            inner, last = match.span("value")
            yield from _ASSIGNMENT.finditer(text, inner + (match["plain"] is None), last)


def _in_elements(text: str, begin: int, end: int) -> t.Iterator[Hit]:
    for match in _ELEMENT.finditer(text, begin, end):
        name, value = match["name"] or match["name2"], match["value"] or match["value2"]
        if _names_one(name, "settings") and is_secret(name, value) and not stands_for_one(value):
            yield Hit(NAME, "high", WHAT, match.start(), match.end(), value)


def _spans(text: str, folded: str) -> list[tuple[int, int]]:
    """Return the places around the stems, in order, none of them twice."""
    places: list[tuple[int, int]] = []
    for stem in _STEMS:
        at = folded.find(stem)
        while at >= 0:
            begin = max(text.rfind("\n", 0, at) + 1, at - _AROUND)
            line_end = text.find("\n", at, at + _AFTER)
            end = line_end if line_end >= 0 else min(len(text), at + _AFTER)
            places.append((begin, end))
            # In a line that goes on, a value may begin shortly before the end of this place.
            at = folded.find(stem, end if line_end >= 0 else max(at + 1, end - _AROUND))
    spans: list[tuple[int, int]] = []
    for begin, end in sorted(places):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
    return spans


def _value(match: re.Match[str]) -> str:
    return match["q2"] or match["q1"] or match["plain"] or ""


def _names_one(name: str, kind: Kind) -> bool:
    if is_secret_name(name):
        return True
    return kind != "code" and name.lower().rpartition(".")[2] in _SETTING


def is_secret_setting(name: str, value: str) -> bool:
    """Whether a value that a file of settings gives to a name is a secret, whatever its notation."""
    return _may_be_one(name, value, "settings") and _is_setting(name, value)


def _may_be_one(name: str, value: str, kind: Kind) -> bool:
    if not _names_one(name, kind) or stands_for_one(value) or not is_secret(f"password_{name}", value):
        return False
    # An identifier is told to whoever asks; those that are secrets have their own rules.
    return value.lower() != name.lower() and not _HEX_ID.fullmatch(value)


def _is_one(match: re.Match[str], text: str, kind: Kind) -> bool:
    value = _value(match)
    if not _may_be_one(match["name"], value, kind) or (match["plain"] and not _ends_well(match, text)):
        return False
    return _IS_ENOUGH[kind](match, value)


def _ends_well(match: re.Match[str], text: str) -> bool:
    """Whether a value without quotes is no call, and after a colon no word of a sentence."""
    if text[match.end() : match.end() + 1] == "(":
        return False
    return match["sign"] != ":" or _ENDS.match(text, match.end()) is not None


def _in_settings(match: re.Match[str], value: str) -> bool:
    return _is_setting(match["name"], value)


def _is_setting(setting: str, value: str) -> bool:
    name = setting.lower()
    if len(value) < 3 or (name.endswith(("key", "keys")) and not is_mixed(value)):
        return False
    # A person may choose any word for a password, and none for a token: there it is another setting's name.
    is_chosen = any(stem in name for stem in _CHOSEN)
    return is_chosen or not (_CAMEL.fullmatch(value) or (_ROUGHLY_A_NAME.fullmatch(value) and is_secret_name(value)))


def _in_shell(match: re.Match[str], value: str) -> bool:
    if match["plain"] and match["sign"] != "=":
        return _in_code(match, value)
    return _in_settings(match, value) and not value.startswith("$(")


def _in_code(match: re.Match[str], value: str) -> bool:
    if match["plain"] and not (match["sign"] == "=" and match["name"].isupper()):
        return False
    return len(value) >= 6 and is_mixed(value) and entropy(value) >= 2.5 and not _reads_as_code(value)


def _in_log(_match: re.Match[str], value: str) -> bool:
    return len(value) >= 6 and is_mixed(value) and entropy(value) >= 2.5 and not _reads_as_code(value)


def _in_prose(_match: re.Match[str], value: str) -> bool:
    return len(value) >= 16 and is_mixed(value) and entropy(value) >= 3.7 and not _reads_as_code(value)


def _reads_as_code(value: str) -> bool:
    return _ROUGHLY_A_NAME.fullmatch(value) is not None or " " in value.strip()


_IS_ENOUGH: t.Final[dict[Kind, t.Callable[[re.Match[str], str], bool]]] = {
    "settings": _in_settings,
    "shell": _in_shell,
    "history": _in_shell,
    "log": _in_log,
    "code": _in_code,
    "prose": _in_prose,
}

__all__ = ("NAME", "WHAT", "is_secret_setting", "named_secrets")
