# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of one kind of credential in a text (runbook 6.3). Private to the collection.

Texts are read as Latin-1, one character a byte, so that any content has lines and none fails to decode.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ._secret_checks import is_random

Grade = t.Literal["critical", "high", "medium", "low"]


class Pattern(t.NamedTuple):
    """One kind of credential.

    :param name: unique, kebab-case; a waiver names it after the path.
    :param grade: what whoever finds it can do: critical, log in elsewhere or act as the node; low, guess.
    :param what: with its article, for "line 3: ...".
    :param keywords: one of them is in every text that holds such a credential; in lower case when ``folded``.
    :param form: a regular expression; its group "secret", or all of it, is the value.
    :param check: whether what has the form is one.
    :param folded: whether keywords are sought in the text in lower case.
    :param in_binary: whether it is sought in files that are no text, too.
    :param begins: whether each begins with a keyword, so that only those places need a look.
    """

    name: str
    grade: Grade
    what: str
    keywords: tuple[str, ...]
    form: str
    check: t.Callable[[re.Match[str]], bool]
    folded: bool = False
    in_binary: bool = False
    begins: bool = False

    @property
    def regex(self) -> re.Pattern[str]:
        """The form, compiled when the first text has a keyword of it: most forms are never met on a node."""
        return _compiled(self.form)


@functools.cache
def _compiled(form: str) -> re.Pattern[str]:
    return re.compile(form)


class Hit(t.NamedTuple):
    """A credential in a text, by its place there. The value never leaves the process that read it."""

    rule: str
    grade: Grade
    what: str
    start: int
    end: int
    value: str


def value_of(match: re.Match[str]) -> str:
    """Return the secret itself."""
    return match["secret"] if "secret" in match.re.groupindex else match[0]


def span_of(match: re.Match[str]) -> tuple[int, int]:
    """Return where the secret itself begins and ends."""
    return match.span("secret") if "secret" in match.re.groupindex else match.span()


def search(pattern: Pattern, text: str) -> t.Iterator[Hit]:
    """Yield each credential of one kind, whose keyword is known to be in the text."""
    for match in _at_keywords(pattern, text) if pattern.begins else pattern.regex.finditer(text):
        if pattern.check(match):
            yield Hit(pattern.name, pattern.grade, pattern.what, *span_of(match), value_of(match))


def _at_keywords(pattern: Pattern, text: str) -> t.Iterator[re.Match[str]]:
    regex = pattern.regex
    for keyword in pattern.keywords:
        at = text.find(keyword)
        while at >= 0:
            match = regex.match(text, at)
            if match:
                yield match
            at = text.find(keyword, match.end() if match else at + 1)


def random_of(bits: float) -> t.Callable[[re.Match[str]], bool]:
    """Return a check that the value was drawn by a program."""
    return lambda match: is_random(value_of(match), bits=bits)


__all__ = ("Grade", "Hit", "Pattern", "random_of", "search", "span_of", "value_of")
