# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a text justifies a package (runbook 3, "Documentation"): a pure decision. Private to the collection.

No program can tell a good reason from a bad one. This rule refuses what is no reason at all, and can be foretold:
besides the package's own name and the words that would go with any package, at least two different words must remain.
"shows load over SSH" passes; "needed", "htop", "required dependency", "see above" and "TODO: find out" do not.
"""

from __future__ import annotations

import re
import typing as t

# Said before anything else, or in capitals anywhere, they mean that the reason is still to be written.
_MARKERS: t.Final = frozenset({"todo", "tbd", "tba", "tbc", "fixme", "xxx", "wip"})
_SAID_OF_ANY: t.Final = """
a an the this that these those it its is are be was as at by for from in of on to with and or not no we i you our us my
they one any all some just only also very please need needs needed require requires required requirement necessary
mandatory must should can want wants wanted because since why reason reasons justification justified purpose use uses
used using useful handy important essential nice have has had do does done make makes work works good package packages
tool tools program programs software utility utilities library libraries lib app application module dependency
dependencies depends dep deps prerequisite thing things stuff install installs installed installation node nodes host
hosts system systems project here there see above below other others same ditto idem none nil null na nothing unknown
misc various later example placeholder default
"""
_EMPTY_WORDS: t.Final = _MARKERS.union(_SAID_OF_ANY.split())
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
# Scripts from here on write words without spaces between them, so that each sign counts.
_FIRST_UNSPACED = "\u0e00"


def why_no_justification(text: str, package: str) -> str:
    """Return why ``text`` does not say what a node has ``package`` for, "" where it does."""
    if not text.strip():
        return "it has no justification"
    if _is_marked(text):
        return "its justification is still to be written"
    name = _words(package)
    own = {*name, *(part.rstrip("0123456789") for part in name)}
    if len(set(_words(text)) - _EMPTY_WORDS - own) < 2:
        return "its justification says nothing that would not go for any package"
    return ""


def _is_marked(text: str) -> bool:
    return any(
        word.casefold() in _MARKERS and (word.isupper() or number == 0)
        for number, word in enumerate(_WORD.findall(text))
    )


def _words(text: str) -> list[str]:
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        if word[0] >= _FIRST_UNSPACED:
            found += word
        elif len(word) > 1 and not word.isdigit():
            found.append(word)
    return found


__all__ = ("why_no_justification",)
