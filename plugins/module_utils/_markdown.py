# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to markdown-it-py: a document's blocks, and what a piece of text says. Private to the collection.

Blocks are read for the whole document, text only where it is asked for and no longer than it may be: so the time that
a document takes grows with its size, whatever it holds.
"""

from __future__ import annotations

import functools
import sys
import typing as t

try:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
except ImportError:
    _MISSING = True
else:
    _MISSING = False

LONGEST_TEXT = 2000


class MarkdownError(Exception):
    """Markdown cannot be read here at all; the message is one sentence with the remedy."""


class Document:
    """A Markdown text: CommonMark with tables.

    :ivar lines: its lines, numbered from 0 as the tokens' ``map`` numbers them.
    :ivar tokens: its blocks; the text in them is not parsed yet.
    """

    def __init__(self, text: str) -> None:
        """:raises MarkdownError: markdown-it-py is not installed."""
        blocks, self._inlines = _parsers()
        # Only what Markdown takes for the end of a line: splitlines() knows many more.
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.lines = text.split("\n")
        self._references: dict[str, t.Any] = {}
        self.tokens: list[Token] = blocks.parse(text, self._references)

    def spans(self, content: str) -> list[tuple[str, str]]:
        """Return a piece of text as (kind, text): ``code``, ``strong`` or ``plain``.

        What is not shown to a reader is left out: HTML, the address of a link. Text over ``LONGEST_TEXT`` is cut.
        """
        parsed = self._inlines.parseInline(content[:LONGEST_TEXT], self._references)
        found: list[tuple[str, str]] = []
        strong = 0
        for token in parsed[0].children or []:
            strong += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
            text = " " if token.type.endswith("break") else token.content
            if not text or token.type == "html_inline":
                continue
            kind = "strong" if strong else "code" if token.type == "code_inline" else "plain"
            if found and found[-1][0] == kind:
                text = found.pop()[1] + text
            found.append((kind, text))
        return found

    def text(self, content: str) -> str:
        """Return what a piece of text says, without its markup."""
        return "".join(text for dummy, text in self.spans(content)).strip()


@functools.cache
def _parsers() -> tuple[MarkdownIt, MarkdownIt]:
    if _MISSING:
        raise MarkdownError(
            "context.md cannot be read, since this Ansible lacks the Python package markdown-it-py; install it with "
            f"{sys.executable} -m pip install markdown-it-py"
        )
    blocks = MarkdownIt("commonmark").enable("table")
    blocks.core.ruler.enableOnly(["normalize", "block"])
    return blocks, MarkdownIt("commonmark")


__all__ = ("LONGEST_TEXT", "Document", "MarkdownError")
