# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The syntax tree of shell text, walked for the commands in it."""

from __future__ import annotations

import functools
import re
import typing as t

import tree_sitter
import tree_sitter_bash

from runbook_lint.jinja import UNKNOWN
from runbook_lint.shell_words import Command, Redirect, Word
from runbook_lint.shell_wrappers import unwrapped

Node = tree_sitter.Node
_GLOB: t.Final = re.compile(r"(?<!\\)[*?]|(?<!\\)\[[^\]]*\]|\{[^}]*(?:,|\.\.)[^}]*\}")
_ESCAPE: t.Final = re.compile(r"\\(.)", re.DOTALL)
_IN_QUOTES: t.Final = re.compile(r'\\([\\"$`\n])')
_SUBSTITUTIONS: t.Final = ("command_substitution", "process_substitution")
_EXPANSIONS: t.Final = ("simple_expansion", "expansion", "arithmetic_expansion", "brace_expression")
_STATEMENTS: t.Final = frozenset(
    ("pipeline", "command", "list", "redirected_statement", "subshell", "compound_statement")
)
_DEEPEST: t.Final = 200
# Of a longer pipe, what its end does with an output is nothing of its beginning any more.
_MOST_READERS: t.Final = 16


class _Place(t.NamedTuple):
    """Where in the tree a command stands.

    :param redirects: of a group around it.
    """

    into: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    is_background: bool = False


@functools.cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def commands_of(text: str) -> tuple[list[Command], tuple[tuple[int, str], ...]]:
    """Return the commands of a shell's text as they stand there, and the lines that could not be read."""
    # Tree-sitter reads bytes; a lone surrogate of a broken file has none in UTF-8.
    tree = _parser().parse(text.encode(errors="replace"))
    walk = _Walk()
    walk.values = _constants(tree.root_node)
    walk.visit(tree.root_node, _Place(), 0)
    walk.found.sort(key=lambda command: command.line)
    return walk.found, tuple(walk.undecided)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def _line(node: Node) -> int:
    return int(node.start_point[0]) + 1


def _constants(root: Node) -> dict[str, Word]:
    """Return the variables that are set once, to something that is written out."""
    values: dict[str, list[Word]] = {}
    reader = _Walk()
    stack = [root]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        if node.type == "variable_assignment" and node.parent is not None and node.parent.type != "command":
            name, value = reader.assignment(node)
            values.setdefault(name, []).append(value)
        elif node.type in ("for_statement", "c_style_for_statement") or (node.type == "command" and _reads(node)):
            values.update({_text(one): [Word(UNKNOWN, is_known=False)] * 2 for one in _names(node)})
    return {name: found[0] for name, found in values.items() if len(found) == 1 and found[0].is_known}


def _reads(node: Node) -> bool:
    return _text(node).startswith(("read ", "mapfile ", "readarray ", "printf -v"))


def _names(node: Node) -> t.Iterator[Node]:
    yield from (child for child in node.children if child.type in ("variable_name", "word"))


class _Walk:
    """One pass over a tree."""

    def __init__(self) -> None:
        self.found: list[Command] = []
        self.undecided: list[tuple[int, str]] = []
        self.values: dict[str, Word] = {}

    def visit(self, node: Node, place: _Place, depth: int) -> None:
        if depth > _DEEPEST:
            self.undecided.append((_line(node), "a script that is nested too deeply"))
            return
        if node.is_error or node.is_missing:
            self.undecided.append((_line(node), "shell text that has no grammar"))
        handler = getattr(self, f"on_{node.type}", None)
        if handler is not None:
            handler(node, place, depth)
        else:
            self.on_children(node, place, depth)

    def on_children(self, node: Node, place: _Place, depth: int) -> None:
        children = node.children
        for index, child in enumerate(children):
            if not child.is_named and not child.is_error:
                continue
            follows = children[index + 1].type if index + 1 < len(children) else ""
            here = place._replace(is_background=True) if follows == "&" else place
            self.visit(child, here, depth + 1)

    def on_pipeline(self, node: Node, place: _Place, depth: int) -> None:
        parts = [child for child in node.children if child.is_named]
        programs = tuple(self._program(part) for part in parts)
        for index, part in enumerate(parts):
            readers = programs[index + 1 : index + 1 + _MOST_READERS]
            self.visit(part, place._replace(into=(*readers, *place.into)), depth + 1)

    def on_redirected_statement(self, node: Node, place: _Place, depth: int) -> None:
        hung = [child for child in node.children if child.type.endswith("_redirect")]
        bodies = [child for child in node.children if child.is_named and child not in hung]
        # The grammar hangs what follows a here-document on its line into the redirection.
        within = [one for child in hung if child.type == "heredoc_redirect" for one in child.children if one.is_named]
        behind = [one for one in within if not one.type.startswith("heredoc_")]
        pipes = [one for one in behind if one.type == "pipeline"]
        into = tuple(self._program(one) for pipe in pipes for one in pipe.children if one.is_named)
        redirects = tuple(one for child in hung for one in self.redirects(child))
        here = place._replace(into=(*into, *place.into), redirects=(*redirects, *place.redirects))
        if not bodies:
            self.found.append(Command((), (), {}, here.redirects, _line(node), here.into, place.is_background))
        for body in bodies:
            self.visit(body, here, depth + 1)
        reader = tuple(self._program(body) for body in bodies[-1:])
        texts = [one for one in within if one.type == "heredoc_body"]
        for child in (*hung, *texts, *behind):
            if child.type in ("file_redirect", "herestring_redirect", "heredoc_body"):
                self._substitutions(child, reader, place, depth)
            elif child.type in _STATEMENTS:
                self.visit(child, place, depth + 1)

    def on_command(self, node: Node, place: _Place, depth: int) -> None:
        words: list[Word] = []
        assignments: dict[str, Word] = {}
        redirects: list[Redirect] = []
        for child in node.children:
            if child.type == "variable_assignment":
                name, value = self.assignment(child)
                assignments[name] = value
            elif child.type.endswith("_redirect"):
                redirects.extend(self.redirects(child))
            elif child.is_named and child.type != "comment":
                words.extend(self.words(child))
        command = Command(
            tuple(words),
            (),
            assignments,
            (*redirects, *place.redirects),
            _line(node),
            place.into,
            place.is_background,
        )
        self.found.append(command)
        meant = unwrapped(command)[-1]
        reader = meant.program
        name_node = node.child_by_field_name("name")
        for child in node.children:
            # An output that stands where a command's name would is what the shell runs.
            around = "sh" if child == name_node and _is_output(child) else reader
            self._substitutions(child, () if child.type == "variable_assignment" else (around,), place, depth)

    def on_variable_assignment(self, node: Node, place: _Place, depth: int) -> None:
        self._substitutions(node, (), place, depth)

    def on_declaration_command(self, node: Node, place: _Place, depth: int) -> None:
        self._substitutions(node, (), place, depth)

    def on_heredoc_body(self, node: Node, place: _Place, depth: int) -> None:
        self._substitutions(node, (), place, depth)

    def on_function_definition(self, node: Node, place: _Place, depth: int) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            self.visit(body, place, depth + 1)

    def _substitutions(self, node: Node, into: tuple[str, ...], place: _Place, depth: int) -> None:
        """Visit what stands in $( ), `` and <( ) within a word; its output goes where the word goes."""
        if node.type in _SUBSTITUTIONS:
            self.on_children(node, _Place((*into, *place.into)), depth + 1)
            return
        if depth > _DEEPEST:
            return
        for child in node.children:
            self._substitutions(child, into, place, depth + 1)

    def _program(self, node: Node) -> str:
        """Return the program that reads a pipe at this place."""
        for child in (node, *node.children):
            if child.type == "command":
                reader = _Walk()
                reader.values = self.values
                words = [word for one in child.children if one.type in _WORDS for word in reader.words(one)]
                return unwrapped(Command(tuple(words), (), {}, (), 1, (), is_background=False))[-1].program
        inner = next((child for child in node.children if child.is_named), None)
        return self._program(inner) if inner is not None else ""

    def assignment(self, node: Node) -> tuple[str, Word]:
        """Return a variable's name and what it is set to."""
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        word = self.word(value) if value is not None else Word("")
        return (_text(name) if name is not None else "", word)

    def redirects(self, node: Node) -> t.Iterator[Redirect]:
        """Return a redirection, and those that the grammar hangs into a here-document's."""
        if node.type == "heredoc_redirect":
            body = next((child for child in node.children if child.type == "heredoc_body"), None)
            yield Redirect("<<", self.word(body) if body is not None else Word(""))
            for child in node.children:
                if child.type.endswith("_redirect"):
                    yield from self.redirects(child)
            return
        descriptor = next((_text(child) for child in node.children if child.type == "file_descriptor"), "")
        operator = next((_text(child) for child in node.children if not child.is_named), "")
        target = next((child for child in reversed(node.children) if child.is_named), None)
        yield Redirect(descriptor + operator, self.word(target) if target is not None else Word(""))

    def words(self, node: Node) -> list[Word]:
        """Return the words that a node stands for: several where a variable without quotes holds several."""
        if node.type == "command_name" and node.children:
            node = node.children[0]
        word = self.word(node)
        if node.type in ("simple_expansion", "expansion") and word.is_known:
            return [Word(part) for part in word.text.split()]
        return [word]

    def word(self, node: Node) -> Word:
        """Return the text of a node, with the replacement character for each expansion."""
        kind = node.type
        if kind in ("string", "concatenation", "heredoc_body", "command_name", "array"):
            return self._joined(node)
        if kind in ("simple_expansion", "expansion"):
            return self.values.get(_text(node).strip("${}"), Word(UNKNOWN, is_known=False))
        if kind in _EXPANSIONS or kind in _SUBSTITUTIONS or kind == "subscript":
            return Word(UNKNOWN, is_known=False)
        text = _text(node)
        if kind == "raw_string":
            text = text[1:-1]
        elif kind == "ansi_c_string":
            text = text[2:-1].replace("\\n", "\n").replace("\\t", "\t").replace("\\'", "'")
        elif kind in ("string_content", "heredoc_content"):
            text = _IN_QUOTES.sub(lambda found: "" if found[1] == "\n" else found[1], text)
        else:
            is_known = not _GLOB.search(text) and UNKNOWN not in text
            return Word(_ESCAPE.sub(lambda found: "" if found[1] == "\n" else found[1], text), is_known)
        return Word(text, UNKNOWN not in text)

    def _joined(self, node: Node) -> Word:
        """Return the parts of a node put together, what stands between them too: the grammar leaves out white space."""
        source = node.text or b""
        parts: list[str] = []
        is_known = True
        end = node.start_byte
        for child in node.children:
            between = source[end - node.start_byte : child.start_byte - node.start_byte].decode(errors="replace")
            end = child.end_byte
            parts.append(between)
            if child.type == '"':
                continue
            word = self.word(child) if child.is_named else Word(_text(child))
            parts.append(word.text)
            is_known = is_known and word.is_known
        if not node.children:
            parts.append(_text(node))
        elif node.type == "heredoc_body":
            parts.append(source[end - node.start_byte :].decode(errors="replace"))
        text = "".join(parts)
        if node.type == "concatenation" and re.search(r"\{[^}]*(?:,|\.\.)[^}]*\}", text):
            is_known = False
        return Word(text, is_known and UNKNOWN not in text)


_WORDS: t.Final = frozenset(
    (
        *("command_name", "word", "string", "raw_string", "ansi_c_string", "concatenation", "number"),
        *("simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion"),
    )
)


def _is_output(node: Node) -> bool:
    """Whether a command's name is nothing but the output of another command."""
    inner = node.children[0] if node.type == "command_name" and node.children else node
    if inner.type == "string":
        inner = next((child for child in inner.children if child.is_named), inner)
    return inner.type == "command_substitution"


__all__ = ("commands_of",)
