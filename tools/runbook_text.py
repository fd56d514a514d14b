# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runbook's text, sentence by sentence, each with the clause that it belongs to.

Nothing is passed over: a block that this cannot read is an error, and what stands under no clause is given the number
of its section, which the catalogue then lacks. So the catalogue cannot fall behind the text unnoticed.
"""

from __future__ import annotations

import re
import typing as t

from markdown_it import MarkdownIt

if t.TYPE_CHECKING:
    from markdown_it.token import Token

_SECTION = re.compile(r"(\d+)\. (\S.*)")
_TITLED = re.compile(r"(?:\[[ x]\] +)?\*\*(.+?):\*\*\s+(\S.*)", re.DOTALL)
# A code span is one thing, whatever stands in it.
_PIECE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|\S", re.DOTALL)
_END = re.compile(r"[.!?]+[)\"'*_]*$")
_NO_END = re.compile(r"(?:^|[\s(])(?:e\.g|i\.e|cf|vs|etc)\.$", re.IGNORECASE)


class TextError(Exception):
    """The text has a form that this cannot read; the message names the line."""


class Sentence(t.NamedTuple):
    """One sentence, or one line of a code block, as the text has it.

    :param clause: ``2.8``; ``2`` for what a section says before its list.
    """

    clause: str
    text: str
    is_code: bool = False


class Text(t.NamedTuple):
    """The runbook as read.

    :param sections: each section's title by its number.
    :param titles: each clause's title, as ``No pip without venv``, without its markup.
    :param sentences: in the order of the text.
    """

    sections: dict[str, str]
    titles: dict[str, str]
    sentences: tuple[Sentence, ...]


def read(markdown: str) -> Text:
    """Return the runbook's sections, clauses and sentences.

    :raises TextError: there is a block that is neither a heading, a paragraph, a list nor code, or a clause without a
        title.
    """
    reader = _Reader()
    for block in _blocks(MarkdownIt("commonmark").enable("table").parse(markdown)):
        reader.top(block)
    return Text(reader.sections, reader.titles, tuple(reader.sentences))


def split(paragraph: str) -> list[str]:
    """Return a paragraph's sentences: each ends with ``.``, ``!`` or ``?`` before white space, outside of code.

    Where that cuts at the wrong place, it does so in the same way each time, so that a change of the text still shows.
    """
    said: list[str] = []
    words: list[str] = []
    for word in _words(paragraph):
        words.append(word)
        so_far = " ".join(words)
        if _END.search(word) and not _NO_END.search(so_far):
            said.append(so_far)
            words = []
    return [*said, " ".join(words)] if words else said


def _words(paragraph: str) -> t.Iterator[str]:
    word, end = "", 0
    for piece in _PIECE.finditer(paragraph):
        if piece.start() > end and word:
            yield word
            word = ""
        word += piece[0]
        end = piece.end()
    if word:
        yield word


class _Reader:
    def __init__(self) -> None:
        self.sections: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self.sentences: list[Sentence] = []
        self._section = "0"

    def top(self, block: list[Token]) -> None:
        first = block[0]
        if first.type == "heading_open":
            self._heading(block)
        elif first.type == "bullet_list_open":
            for number, item in enumerate(_blocks(block[1:-1]), start=1):
                self._item(f"{self._section}.{number}", item)
        elif first.type == "ordered_list_open":
            for item in _blocks(block[1:-1]):
                self._item(f"{self._section}.{item[0].info}", item)
        else:
            self._inner(self._section, block)

    def _heading(self, block: list[Token]) -> None:
        level, title = block[0].tag, block[1].content
        if level == "h1":
            return
        numbered = _SECTION.fullmatch(title)
        if level != "h2" or not numbered or numbered[1] in self.sections:
            raise TextError(f"{_line(block[0])}: the heading {title!r} is no section with a number of its own")
        self._section = numbered[1]
        self.sections[self._section] = numbered[2]

    def _item(self, clause: str, item: list[Token]) -> None:
        blocks = list(_blocks(item[1:-1]))
        titled = _TITLED.fullmatch(blocks[0][1].content) if blocks and blocks[0][0].type == "paragraph_open" else None
        if not titled or clause in self.titles:
            raise TextError(f"{_line(item[0])}: the item {clause} does not begin with a title in bold and a colon")
        self.titles[clause] = titled[1].replace("`", "")
        self._say(clause, titled[2])
        for block in blocks[1:]:
            self._inner(clause, block)

    def _inner(self, clause: str, block: list[Token]) -> None:
        kind = block[0].type
        if kind == "paragraph_open":
            self._say(clause, block[1].content)
        elif kind in ("fence", "code_block"):
            lines = [line.strip() for line in block[0].content.splitlines()]
            self.sentences += [Sentence(clause, line, is_code=True) for line in lines if line]
        elif kind in ("bullet_list_open", "ordered_list_open"):
            for item in _blocks(block[1:-1]):
                for inner in _blocks(item[1:-1]):
                    self._inner(clause, inner)
        else:
            raise TextError(f"{_line(block[0])}: nobody reads a block of the kind {kind}; write it as a sentence")

    def _say(self, clause: str, paragraph: str) -> None:
        self.sentences += [Sentence(clause, sentence) for sentence in split(paragraph)]


def _blocks(tokens: t.Iterable[Token]) -> t.Iterator[list[Token]]:
    """Split tokens into the blocks of their outermost level."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def _line(token: Token) -> str:
    return f"line {token.map[0] + 1}" if token.map else "somewhere"


__all__ = ("Sentence", "Text", "TextError", "read", "split")
