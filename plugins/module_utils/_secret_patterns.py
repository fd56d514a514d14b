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


def find(text: str, kind: Kind, *, is_binary: bool = False) -> list[Hit]:
    """Return the credentials in a text, each place once, in their order there."""
    found: list[Hit] = []
    # Of texts in another encoding the lower case may have another length, and only membership is asked of it then.
    folded = "" if is_binary else text.lower()
    for pattern in _IN_BINARY if is_binary else PATTERNS:
        if pattern.name in _COMMANDS and kind in _WITHOUT_COMMANDS:
            continue
        where = folded if pattern.folded else text
        if any(keyword in where for keyword in pattern.keywords):
            _add(found, search(pattern, text))
    if not is_binary:
        _add(found, named_secrets(text, folded, kind))
    return sorted(found, key=lambda hit: hit.start)[:MOST]


def _add(found: list[Hit], more: t.Iterable[Hit]) -> None:
    """Add hits where there is none yet: what was found by its own form is not found by its name again."""
    for hit in more:
        if len(found) > MOST * 2:
            return
        if not any(one.start < hit.end and hit.start < one.end for one in found):
            found.append(hit)


__all__ = ("MOST", "PATTERNS", "find")
