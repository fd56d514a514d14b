# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a table of cases, in which the line that has to be found is named by what stands on it."""

from __future__ import annotations

import textwrap

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


__all__ = ("bad", "good")
