# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What shell text is made of, once it is read: words, redirections and commands."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.decisions._unit_programs import KNOWN, program_of
from runbook_lint.jinja import UNKNOWN

_VERB: t.Final = re.compile(r"[a-z][a-z-]{1,30}")


class Word(t.NamedTuple):
    """A word of a command.

    :param text: without its quotes; the replacement character stands where an expansion or a template is.
    :param is_known: whether it is written out: no expansion, no glob, no template.
    """

    text: str
    is_known: bool = True


class Redirect(t.NamedTuple):
    """Where a command's input comes from or its output goes.

    :param operator: as written, with the descriptor before it; "<<" for every here-document, "<<<" for a here-string.
    :param target: the file, or the text of a here-document or here-string.
    """

    operator: str
    target: Word


class Command(t.NamedTuple):
    """A command as it would be started, without what only starts it.

    :param words: the program first; empty where only redirections or assignments stand.
    :param wrappers: what it is started through, outermost first: sudo, env, nice, sh, eval …
    :param assignments: variables set for this command alone.
    :param line: 1-based, in the text that was read.
    :param into: the programs that read its output: further down the pipe, or around the substitution; "" for one that
        nobody knows.
    :param is_background: whether nobody waits for it.
    """

    words: tuple[Word, ...]
    wrappers: tuple[str, ...]
    assignments: t.Mapping[str, Word]
    redirects: tuple[Redirect, ...]
    line: int
    into: tuple[str, ...]
    is_background: bool

    @property
    def program(self) -> str:
        """The bare name of the program, without folder and version; "" where it is not known."""
        if not self.words:
            return ""
        name = self.words[0].text.rpartition("/")[2]
        return "" if UNKNOWN in name else program_of(self.words[0].text)

    @property
    def argv(self) -> list[str]:
        """The words, with the replacement character in each place that is not known."""
        return [word.text for word in self.words]

    @property
    def shown(self) -> str:
        """The program and its verbs: what stands behind them may hold a secret."""
        verbs: list[str] = []
        for word in self.words[1:]:
            if word.is_known and _VERB.fullmatch(word.text) and len(verbs) < 2:
                verbs.append(word.text)
            elif not (word.text.startswith("-") and self.program in KNOWN):
                # Of any other program, what follows an option may be its value.
                break
        return " ".join((self.program or "a program that is not known", *verbs))


class Script(t.NamedTuple):
    """A shell's text, read.

    :param undecided: lines, and what on each could not be read.
    """

    commands: tuple[Command, ...] = ()
    undecided: tuple[tuple[int, str], ...] = ()


__all__ = ("UNKNOWN", "Command", "Redirect", "Script", "Word")
