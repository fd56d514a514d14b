# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the `ai-systems` repository's context.md says of installed packages (runbook 3, "Documentation"). Private.

Read by a Markdown parser: under each heading "Installed packages", of any level, every table with the columns Package
and Justification (and Nodes, where not all nodes have the package), and every list of items like "- `htop`: shows load
over SSH". Code blocks, quotes and comments hold no entries. Knows nothing of Ansible: a lint reads by it too.
"""

from __future__ import annotations

import re
import typing as t

from ._context_entries import Entries, Entry, Problem
from ._markdown import Document, MarkdownError
from ._text import one_line

if t.TYPE_CHECKING:
    from markdown_it.token import Token

SECTION: t.Final = "Installed packages"
MOST_BYTES = 1024 * 1024
MOST_LINES = 50_000
_LIKE_AN_ENTRY = re.compile(r"\s*([a-z0-9][a-z0-9+.-]+)\s*(?::(?:\s|$)|$)")


class ContextError(Exception):
    """The file cannot be read as a whole; the message is one sentence with the remedy."""


class Form(t.NamedTuple):
    """Where and how the file takes one more entry.

    :param kind: ``table``, ``list``, ``heading`` (the section is empty) or ``none`` (there is no such section).
    :param columns: a table's columns in order: ``package``, ``justification``, ``nodes``, or "" for any other.
    :param line: of the file, after which the entry goes.
    """

    kind: t.Literal["table", "list", "heading", "none"]
    columns: tuple[str, ...] = ()
    line: int = 0


class Context(t.NamedTuple):
    """A context.md as read.

    :param name: what messages call the file.
    :param entries: each package once; of two entries the first.
    :param like: line and text of a heading that may have been meant for the section, where there is no such section.
    """

    name: str
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    form: Form
    like: tuple[int, str] | None = None


def read_context(content: bytes, name: str = "context.md") -> Context:
    """Return what the file's ``content`` says of installed packages.

    :param name: what messages call the file.
    :raises ContextError: it is too large, is not UTF-8, or Markdown cannot be read here.
    """
    if len(content) > MOST_BYTES or content.count(b"\n") > MOST_LINES:
        raise ContextError(
            f"{name}: it is larger than {MOST_BYTES} bytes or {MOST_LINES} lines; keep the section "
            f"'{SECTION}' in a file of its usual size, and move other text elsewhere"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise ContextError(f"{name}:{line}: it is not UTF-8; save it as UTF-8") from exc
    try:
        document = Document(text)
    except MarkdownError as exc:
        raise ContextError(str(exc)) from exc
    reader = _Reader(document)
    reader.read()
    found = reader.entries
    return Context(name, tuple(found.kept.values()), tuple(sorted(found.problems)), reader.form, reader.like)


class _Reader:
    def __init__(self, document: Document) -> None:
        self.entries = Entries()
        self.form = Form("none")
        self.like: tuple[int, str] | None = None
        self._document = document

    def read(self) -> None:
        depth = 0
        for block in _blocks(self._document.tokens):
            kind, line = block[0].type, _line_of(block[0])
            if kind == "heading_open":
                depth = self._depth_after(int(block[0].tag[1:]), block[1], depth)
            elif depth and kind == "table_open":
                self._table(block)
            elif depth and kind in ("bullet_list_open", "ordered_list_open"):
                count = len(self.entries.kept)
                self._list(block)
                if len(self.entries.kept) > count and self.form.kind == "heading":
                    self.form = Form("list", line=_last_line(self._document, block[0], line))

    def _depth_after(self, level: int, heading: Token, depth: int) -> int:
        """Return the level of the section that the blocks after this heading are in, 0 for another section."""
        if depth and level > depth:
            return depth
        text = self._document.text(heading.content)
        wanted = " ".join(text.rstrip(": ").split()).casefold() == SECTION.casefold()
        if wanted and self.form.kind == "none":
            self.form = Form("heading", line=_line_of(heading))
        elif not (wanted or self.like) and "package" in text.casefold():
            self.like = (_line_of(heading), one_line(text, 80))
        return level if wanted else 0

    def _table(self, block: list[Token]) -> None:
        rows = [
            (_line_of(row[0]), [cell.content for cell in row if cell.type == "inline"])
            for row in _groups(block, "tr_open", "tr_close")
        ]
        line, header = rows[0]
        columns = _columns([self._document.text(cell) for cell in header])
        known = [column for column in columns if column]
        if not {"package", "justification"} & set(known):
            return
        missing = [name for name in ("Package", "Justification") if name.lower() not in known]
        twice = [name.capitalize() for name in dict.fromkeys(known) if known.count(name) > 1]
        if missing or twice:
            what = f"has no column {missing[0]}; add it" if missing else f"has two columns {twice[0]}; keep one"
            self.entries.complain(line, f"the table {what} (its columns are Package, Justification and Nodes)")
            return
        for row_line, cells in rows[1:]:
            self._row(row_line, columns, cells)
        if self.form.kind != "table":
            # GFM needs no rows, but always the line of dashes.
            self.form = Form("table", columns, max(rows[-1][0], line + 1))

    def _row(self, line: int, columns: tuple[str, ...], cells: list[str]) -> None:
        said = {column: self._document.text(cell) for column, cell in zip(columns, cells, strict=True) if column}
        count = _cells(self._document.lines[line - 1])
        if count != len(columns):
            self.entries.complain(
                line,
                f"the row has {count} cell{'s' * (count != 1)} where the table has {len(columns)} columns; a '|' in "
                "a cell is written '\\|', and text after a table needs an empty line before it",
                said["package"],
            )
        elif any(cell.strip() for cell in cells):
            self.entries.add(line, said["package"], said["justification"], said.get("nodes", ""))

    def _list(self, block: list[Token]) -> None:
        for item in _groups(block[1:-1], "list_item_open", "list_item_close"):
            blocks = list(_blocks(item[1:-1]))
            inner = [block for block in blocks if block[0].type in ("bullet_list_open", "ordered_list_open")]
            if blocks and blocks[0][0].type == "paragraph_open" and self._item(blocks[0][1], leads=bool(inner)):
                continue
            # An item that only leads a list of its own groups entries; what stands under an entry belongs to it.
            for inner_list in inner:
                self._list(inner_list)

    def _item(self, paragraph: Token, *, leads: bool) -> bool:
        """Read one item of a list; return whether it is an entry, a good one or not.

        :param leads: whether a list of its own stands under it.
        """
        line = _line_of(paragraph)
        spans = self._document.spans(paragraph.content)
        if not spans:
            return False
        (kind, name), rest = spans[0], "".join(text for dummy, text in spans[1:])
        if kind == "plain":
            return not leads and self._plain_item(line, name + rest)
        if kind == "strong" and name.rstrip().endswith(":"):
            name, rest = name.rstrip()[:-1], f":{rest}"
        before, colon, why = rest.partition(":")
        if before.strip() or (rest.strip() and not colon):
            self.entries.complain(
                line,
                f"after the package comes a colon and then why; write - `{one_line(name, 80)}`: and what the node has "
                "it for, one package an item",
                name.strip(),
            )
        else:
            self.entries.add(line, name.strip(), why.strip())
        return True

    def _plain_item(self, line: int, text: str) -> bool:
        match = _LIKE_AN_ENTRY.match(text)
        if match:
            name = one_line(match[1], 80)
            self.entries.complain(
                line,
                f"{name!r} looks like a package and stands without backticks; write - `{name}`: and what the node has "
                "it for, or reword the item if it is none",
                match[1],
            )
        return bool(match)


def _blocks(tokens: list[Token]) -> t.Iterator[list[Token]]:
    """Split tokens into the blocks of their outermost level."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def _groups(tokens: list[Token], opening: str, closing: str) -> t.Iterator[list[Token]]:
    """Return the outermost groups between two kinds of tokens."""
    group: list[Token] = []
    depth = 0
    for token in tokens:
        depth += token.type == opening
        if depth:
            group.append(token)
        depth -= token.type == closing
        if group and not depth:
            yield group
            group = []


def _line_of(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _last_line(document: Document, token: Token, line: int) -> int:
    """Return the last line of a block that is not empty: a list's ends with the empty lines after it."""
    last = token.map[1] if token.map else line
    while last > line and not document.lines[last - 1].strip():
        last -= 1
    return last


def _columns(titles: list[str]) -> tuple[str, ...]:
    names = {"package": "package", "justification": "justification", "nodes": "nodes", "node": "nodes"}
    return tuple(names.get(title.rstrip(": ").casefold(), "") for title in titles)


def _cells(row: str) -> int:
    """Return how many cells a row has: the parser fills up and cuts off, as GFM says."""
    cells = re.split(r"(?<!\\)\|", row.strip(" \t"))
    return len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")


__all__ = ("SECTION", "Context", "ContextError", "Entry", "Form", "Problem", "read_context")
