# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that came from a node, made safe to show. Private to the collection.

A node is untrusted: what it prints may hold escape sequences that rewrite a terminal, or be far too long.
"""

from __future__ import annotations

import re

LIMIT = 20_000
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_./:@+%=,-]+")
# What a shell leaves as it is between double quotes; its backslash too, before such a letter.
_QUOTED_WORD = re.compile(r"(?:[A-Za-z0-9_./:@+%=, ()-]|\\x)+")


def printable(text: str, limit: int = LIMIT) -> str:
    """Return ``text`` with control characters written as escapes, and cut after ``limit`` characters, which is said.

    Newline and tab stay, since they only lay out. Bidirectional and other format characters are escaped too:
    they make a terminal show another text than the one that is there.
    """
    cut = text[:limit]
    shown = "".join(char if char in "\n\t" or char.isprintable() else _escape(char) for char in cut)
    left = len(text) - len(cut)
    return f"{shown}… ({left} more characters)" if left else shown


def one_line(text: str, limit: int = 500) -> str:
    """Return ``text`` as one printable line of at most about ``limit`` characters."""
    return printable(" ".join(text[: limit * 4].split()), limit)


def shell_word(text: str) -> str:
    """Return ``text`` as one word of a shell's command line without a single quote, "" where it is too odd for that."""
    if _PLAIN_WORD.fullmatch(text) and not text.startswith("-"):
        return text
    return f'"{text}"' if _QUOTED_WORD.fullmatch(text) and not text.startswith("-") else ""


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii") if not char.isspace() else " "


__all__ = ("LIMIT", "one_line", "printable", "shell_word")
