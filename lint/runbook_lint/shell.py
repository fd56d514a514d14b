# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell text as the commands that it would run: what every rule on a task's shell, command, raw or script asks.

The text is read with a real grammar, not searched: ``echo "systemctl restart x"`` is an echo, and
``sudo -n systemctl  try-restart x`` is a systemctl. Jinja expressions stand for words that nobody knows yet.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from runbook_lint import jinja, shell_tree
from runbook_lint.shell_words import UNKNOWN, Command, Redirect, Script, Word
from runbook_lint.shell_wrappers import unwrapped

LONGEST: t.Final = 256 * 1024
_DEEPEST: t.Final = 6
_SHELLS: t.Final = frozenset(("sh", "bash", "dash", "zsh", "ksh", "ash"))
_PRINTS: t.Final = frozenset(("echo", "printf"))


def read(text: str) -> Script:
    """Return the commands of a shell's text in the order in which they stand there."""
    if len(text) > LONGEST:
        return Script((), ((1, f"a script of {len(text)} characters, more than are looked at"),))
    commands, undecided = shell_tree.commands_of(jinja.masked(text))
    return _all_of(commands, list(undecided), 0)


def of_argv(argv: t.Sequence[str]) -> Script:
    """Return the command that a list of words starts, without a shell in between, and what that starts in turn."""
    words = tuple(_literal(jinja.masked(word)) for word in argv)
    return _all_of([Command(words, (), {}, (), 1, (), is_background=False)] if words else [], [], 0)


def of_line(text: str) -> Script:
    """Return the command of one line that is split into words as a shell does it, but run without a shell."""
    masked = jinja.masked(text)
    try:
        words = shlex.split(masked)
    except ValueError as exc:
        return Script((), ((1, f"a command line that cannot be split into words ({exc})"),))
    return of_argv(words)


def _literal(text: str) -> Word:
    return Word(text, UNKNOWN not in text)


def _all_of(commands: t.Sequence[Command], undecided: list[tuple[int, str]], depth: int) -> Script:
    """Take off what only starts other commands, and read the text that a shell is given."""
    found: list[Command] = []
    for command in commands:
        for inner in unwrapped(command):
            found.append(inner)
            if not _is_decided(inner):
                undecided.append((inner.line, "which program is started"))
            text = _text_to_run(inner)
            if text is None:
                continue
            if not text.is_known and text.text.strip(UNKNOWN + " \n") == "":
                undecided.append((inner.line, f"what {inner.program or 'a shell'} is told to run"))
            elif depth < _DEEPEST:
                commands_within, not_read = shell_tree.commands_of(text.text)
                within = _all_of(commands_within, list(not_read), depth + 1)
                found.extend(_placed(one, inner) for one in within.commands)
                undecided.extend((inner.line + line - 1, what) for line, what in within.undecided)
            # What the shell itself is told is now read: it stays as a wrapper of it only.
            if inner.program in _SHELLS or inner.program == "eval":
                found.remove(inner)
    return Script(tuple(found), tuple(dict.fromkeys(undecided)))


def _placed(command: Command, outer: Command) -> Command:
    """Return a command of a text within another, as seen from the outer text."""
    return command._replace(
        wrappers=(*outer.wrappers, outer.program, *command.wrappers),
        assignments={**outer.assignments, **command.assignments},
        into=(*command.into, *outer.into),
        line=outer.line + command.line - 1,
        is_background=command.is_background or outer.is_background,
    )


def _is_decided(command: Command) -> bool:
    return not command.words or command.words[0].is_known or bool(command.program)


def _text_to_run(command: Command) -> Word | None:
    """Return the shell text that a command runs: behind -c or eval, a here-document, an echo into a shell."""
    words = command.words
    if not words:
        return None
    if command.program == "eval":
        return Word(" ".join(word.text for word in words[1:]), all(word.is_known for word in words[1:]))
    if command.program in _PRINTS and command.into and command.into[0] in _SHELLS:
        plain = [word for word in words[1:] if not re.fullmatch(r"-[neE]+", word.text)]
        return Word(" ".join(word.text for word in plain), all(word.is_known for word in plain))
    if command.program not in _SHELLS:
        return None
    for index, word in enumerate(words[1:], 1):
        if re.fullmatch(r"[-+][A-Za-z]*c[A-Za-z]*", word.text) and index + 1 < len(words):
            return words[index + 1]
        if not word.text.startswith(("-", "+")):
            return None
    return next((one.target for one in command.redirects if one.operator in ("<<", "<<<")), None)


__all__ = ("LONGEST", "UNKNOWN", "Command", "Redirect", "Script", "Word", "of_argv", "of_line", "read")
