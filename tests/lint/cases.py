# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of tables of cases: what a case has to say is what differs from one to the next.

`bad` and `good` take a whole file and name the line by what stands on it; `task`, `commands` and `allowed` make files
of one task.
"""

from __future__ import annotations

import textwrap
import typing as t

from tests.lint.harness import TASKS, Case


def bad(rule: str, name: str, text: str, *found: str, path: str = TASKS, undecided: bool = False) -> Case:
    """Return a case with a finding on each line that holds one of the texts.

    :param undecided: whether the rule has to say that it cannot decide.
    """
    written = _written(text, path)
    tag = f"{rule}[undecided]" if undecided else rule
    lines = [_line_of(written, needle) for needle in found]
    return Case(name, written, tuple((line, tag) for line in sorted(lines)), path)


def good(name: str, text: str, path: str = TASKS) -> Case:
    """Return a case without any finding."""
    return Case(name, _written(text, path), (), path)


def _written(text: str, path: str) -> str:
    plain = textwrap.dedent(text).strip("\n") + "\n"
    return f"---\n{plain}" if path.endswith((".yml", ".yaml")) else plain


def _line_of(text: str, needle: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if needle in line:
            return number
    raise ValueError(f"No line of the case holds {needle!r}.")


def task(name: str, body: str, *expected: tuple[int, str], path: str = TASKS) -> Case:
    """Return a case of one task; its module stands on line 3.

    :param body: the task without its name.
    """
    return Case(
        name, f"---\n- name: X\n{textwrap.indent(textwrap.dedent(body).strip(chr(10)), '  ')}\n", expected, path
    )


def commands(rule: str, refused: t.Iterable[str]) -> list[Case]:
    """Return a bad case for each command line, as a shell task."""
    return [task(f"shell {one}", f"ansible.builtin.shell: |\n  {one}\n", (4, rule)) for one in refused]


def allowed(lines: t.Iterable[str]) -> list[Case]:
    """Return a good case for each command line, as a shell task."""
    return [task(f"shell {one}", f"ansible.builtin.shell: |\n  {one}\n") for one in lines]


__all__ = ("allowed", "bad", "commands", "good", "task")
