# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All kinds of credentials, and the search for them in a text (runbook 6.3). Private to the collection.

The rules are informed by those that the open scanners share, in our own words. A keyword decides first, since most
texts hold none: it costs a fraction of an expression.
"""

from __future__ import annotations

import typing as t

from ._secret_keys import KEYS
from ._secret_kinds import Kind
from ._secret_logins import LOGINS
from ._secret_pattern import Hit, Pattern, search
from ._secret_settings import named_secrets
from ._secret_tokens import TOKENS

PATTERNS: t.Final[tuple[Pattern, ...]] = (*KEYS, *TOKENS, *LOGINS)
_IN_BINARY: t.Final = tuple(pattern for pattern in PATTERNS if pattern.in_binary)
# What a command line holds means nothing in other texts.
_COMMANDS: t.Final = frozenset(("option-password", "command-password", "command-login", "piped-password"))
_WITHOUT_COMMANDS: t.Final = frozenset(("prose", "lock", "code"))
# Of one text: a file of thousands of them is one matter.
MOST = 200
# A token is a long run of characters of its alphabet, and few texts have many of those: only they are searched for the
# many beginnings of tokens.
_RUN = 20
_IN_RUNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~+/=%:-"
_CLASSES = bytes(1 if code in _IN_RUNS else 0 for code in range(256))


def _words(patterns: t.Sequence[Pattern], tokens: t.Container[Pattern], *, folded: bool, runs: bool) -> tuple[str, ...]:
    chosen = [one for one in patterns if one.folded is folded and (one in tokens) is runs]
    return tuple(dict.fromkeys(word for one in chosen for word in one.keywords))


class _Words(t.NamedTuple):
    """What is sought first: in long runs, in the text, in the text in lower case."""

    runs: tuple[str, ...]
    plain: tuple[str, ...]
    folded: tuple[str, ...]


def _words_of(patterns: t.Sequence[Pattern]) -> _Words:
    return _Words(
        _words(patterns, TOKENS, folded=False, runs=True),
        _words(patterns, TOKENS, folded=False, runs=False),
        _words(patterns, TOKENS, folded=True, runs=False),
    )


_TEXT_WORDS: t.Final = _words_of(PATTERNS)
_BINARY_WORDS: t.Final = _words_of(_IN_BINARY)


def find(text: str, kind: Kind, *, is_binary: bool = False) -> list[Hit]:
    """Return the credentials in a text, each place once, in their order there."""
    found: list[Hit] = []
    folded = "" if is_binary else text.lower()
    there = _present(text, folded, _BINARY_WORDS if is_binary else _TEXT_WORDS)
    for pattern in (_IN_BINARY if is_binary else PATTERNS) if there else ():
        if pattern.name in _COMMANDS and kind in _WITHOUT_COMMANDS:
            continue
        if not there.isdisjoint(pattern.keywords):
            _add(found, search(pattern, text))
    if not is_binary:
        _add(found, named_secrets(text, folded, kind))
    return sorted(found, key=lambda hit: hit.start)[:MOST]


def _present(text: str, folded: str, words: _Words) -> set[str]:
    """Return the keywords that are there."""
    runs = long_runs(text)
    there = {word for word in words.runs if word in runs} if runs else set()
    there.update([word for word in words.plain if word in text])
    there.update([word for word in words.folded if word in folded])
    return there


def long_runs(text: str) -> str:
    """Return the parts of a text that are long enough for a token, a line each."""
    classes = text.encode("latin-1", "replace").translate(_CLASSES)
    wanted = b"\1" * _RUN
    runs = []
    at = classes.find(wanted)
    while at >= 0:
        end = classes.find(b"\0", at)
        runs.append(text[at : end if end >= 0 else len(text)])
        at = classes.find(wanted, end) if end >= 0 else -1
    return "\n".join(runs)


def _add(found: list[Hit], more: t.Iterable[Hit]) -> None:
    """Add hits where there is none yet: what was found by its own form is not found by its name again."""
    for hit in more:
        if len(found) > MOST * 2:
            return
        if not any(one.start < hit.end and hit.start < one.end for one in found):
            found.append(hit)


__all__ = ("MOST", "PATTERNS", "find", "long_runs")
