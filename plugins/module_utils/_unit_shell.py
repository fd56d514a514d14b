# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shell's text taken apart into its simple commands, far enough to see what it would run. Private to the collection.

No shell is as simple as this: variables, functions and here-documents are not followed. It finds what is written
openly, which is what an honest mistake looks like.
"""

from __future__ import annotations

import re
import typing as t

# Each alternative stops at once where it cannot go on, so that a hostile text costs linear time.
_TOKEN = re.compile(
    r"""(?P<escape>\\.)|(?P<single>'[^']*'?)|(?P<double>")|(?P<open>\$\(|[<>]\(|`|\()|(?P<close>\))"""
    r"""|(?P<pipe>\|&?(?!\|))|(?P<end>&&|\|\||[;\n]|&(?![>0-9]))|(?P<blank>[ \t\r]+)|(?P<comment>(?<![^\s;])\#[^\n]*)"""
    r"""|(?P<plain>[^\\'"$<>`()|&;\s\#]+|.)""",
    re.DOTALL,
)
_RESERVED = frozenset(("if", "then", "elif", "else", "do", "while", "until", "!", "{", "time", "fi", "done"))
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_DEEPEST = 50


class Simple(t.NamedTuple):
    """One simple command.

    :param words: without reserved words and variables set before it.
    :param into: the commands that read its output: further down the pipe, or around the substitution.
    """

    words: list[str]
    into: list[list[str]]


class _Frame:
    """What is open at one level of nesting."""

    def __init__(self, outer: list[list[str]]) -> None:
        self.outer = outer
        self.words: list[str] = []
        self.part: list[str] | None = None
        self.quoted = False
        self.pipeline: list[Simple] = []

    def add(self, text: str) -> None:
        if self.part is None:
            self.part = [text]
        elif text:
            self.part.append(text)

    def end_word(self) -> None:
        if self.part is not None:
            self.words.append("".join(self.part))
        self.part = None

    def end_command(self, found: list[Simple], *, piped: bool = False) -> None:
        self.end_word()
        words = _without_prefix(self.words)
        if words:
            for before in self.pipeline[-8:]:
                before.into.append(words)
            simple = Simple(words, list(self.outer))
            found.append(simple)
            self.pipeline.append(simple)
        if not piped:
            self.pipeline = []
        self.words = []


def simple_commands(text: str) -> list[Simple]:
    """Return the simple commands of a shell's text, also those in substitutions, in the order in which they end."""
    found: list[Simple] = []
    frames = [_Frame([])]
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup or "plain"
        frame = frames[-1]
        if frame.quoted and kind not in ("escape", "double", "open", "close"):
            frame.add(token[0])
        elif kind == "open" and not (frame.quoted and token[0] in ("(", "<(", ">(")):
            _open(frames, token[0], found)
        elif kind == "close" and not frame.quoted and len(frames) > 1:
            _close(frames, found)
        else:
            _within(frame, kind, token[0], found)
    while frames:
        frames.pop().end_command(found)
    return found


def _open(frames: list[_Frame], sign: str, found: list[Simple]) -> None:
    frame = frames[-1]
    if sign == "`" and len(frames) > 1 and frame.outer and frame.outer[-1][-1:] == ["`"]:
        _close(frames, found)
        return
    if sign == "(" and frame.part is None and not frame.words:
        # A group of commands: what stands in it stands here.
        frame.end_command(found)
        around: list[list[str]] = list(frame.outer)
    else:
        # A word that has begun, as in x=$(date), is what the output becomes part of.
        begun = next((part for part in frame.part or () if part), "")
        around = [*frame.outer, [*_without_prefix(frame.words), *([begun] if begun else []), sign]][-8:]
    if len(frames) < _DEEPEST:
        frames.append(_Frame(around))


def _close(frames: list[_Frame], found: list[Simple]) -> None:
    frames.pop().end_command(found)
    frames[-1].add("")


def _within(frame: _Frame, kind: str, text: str, found: list[Simple]) -> None:
    if kind == "double":
        frame.quoted = not frame.quoted
        frame.add("")
    elif kind == "escape":
        frame.add(text if frame.quoted and text[1] not in '\\"$`' else text[1:].replace("\n", ""))
    elif kind == "single":
        frame.add(text[1:].removesuffix("'"))
    elif kind in ("end", "pipe"):
        frame.end_command(found, piped=kind == "pipe")
    elif kind == "blank":
        frame.end_word()
    elif kind != "comment":
        frame.add(text)


def _without_prefix(words: t.Sequence[str]) -> list[str]:
    for index, word in enumerate(words):
        if word not in _RESERVED and not _ASSIGNMENT.match(word):
            return list(words[index:])
    return []


__all__ = ("Simple", "simple_commands")
