# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file an interpreter was given to run, by its command line (runbook 6.4): pure. Private to the collection."""

from __future__ import annotations

import re
import typing as t


class Habits(t.NamedTuple):
    """How a family of interpreters reads its command line.

    :param inline: options after which what is run is no file.
    :param valued: options whose value is the next word.
    :param file: options whose value is the file.
    """

    inline: frozenset[str] = frozenset()
    valued: frozenset[str] = frozenset()
    file: frozenset[str] = frozenset()


def _of(inline: str = "", valued: str = "", file: str = "") -> Habits:
    return Habits(frozenset(inline.split()), frozenset(valued.split()), frozenset(file.split()))


_FAMILIES: t.Final = (
    (re.compile(r"(?:pypy|python)[0-9.]*"), _of("-c -m -", "-W -X --check-hash-based-pycs")),
    (re.compile(r"(?:ba|da|k|z|mk|a)?sh|busybox"), _of("-c -s -", "-o +o -O +O --rcfile --init-file")),
    (re.compile(r"perl[0-9.]*"), _of("-e -E -", "-I")),
    (re.compile(r"ruby[0-9.]*"), _of("-e -", "-I -r -C -E")),
    (re.compile(r"node(?:js)?"), _of("-e -p -i --eval --print --test -", "-r --require --import -C --conditions")),
    (re.compile(r"(?:lua|luajit|tclsh|wish)[0-9.]*"), _of("-e -", "-l")),
    (re.compile(r"php[0-9.]*"), _of("-r -a -S", "-c -d -z", "-f --file")),
    (re.compile(r"java"), _of("", "-cp -classpath --class-path -p --module-path", "-jar")),
    (re.compile(r"[gm]?awk"), _of("", "-F -v", "-f --file")),
)


def habits_of(program: str) -> Habits | None:
    """Return how a program of that path reads its command line, None where it is no interpreter that is known."""
    name = program.rpartition("/")[2]
    return next((habits for pattern, habits in _FAMILIES if pattern.fullmatch(name)), None)


def script_of(program: str, arguments: t.Sequence[str]) -> str:
    """Return the file that an interpreter was given, "" where it runs something else.

    :param arguments: what follows its own name on the command line.
    """
    habits = habits_of(program)
    if habits is None:
        return ""
    words = iter(arguments)
    for word in words:
        if word in habits.file:
            return next(words, "")
        if word in habits.inline or _ends_inline(word, habits):
            return ""
        if word == "--":
            return next(words, "")
        if word in habits.valued:
            next(words, "")
        elif not word.startswith(("-", "+")):
            # Of awk and java that is no file but a program's text or a class.
            return "" if habits.file and "-f" not in habits.inline and _is_text(habits) else word
    return ""


def _ends_inline(word: str, habits: Habits) -> bool:
    """Whether a cluster of short options ends in one that takes what is run: ``sh -ec``, ``python3 -Bc``."""
    is_cluster = len(word) > 2 and word[0] == "-" and word[1] != "-"
    return is_cluster and f"-{word[-1]}" in habits.inline and word[1:].isalpha()


def _is_text(habits: Habits) -> bool:
    return "-jar" in habits.file or "-v" in habits.valued


__all__ = ("Habits", "habits_of", "script_of")
