# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file on a node that a task has to do with."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.decisions._text import one_line
from runbook_lint.jinja import UNKNOWN

Way = t.Literal["write", "edit", "link", "folder", "remove", "touch"]
_EXPRESSION: t.Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_SILENT: t.Final = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)


class NodeFile(t.NamedTuple):
    """What a task does with a file.

    :param path: where; the replacement character stands for what a template or variable gives.
    :param text: what the task itself writes into it, "" where that comes from elsewhere.
    :param way: write for a new file, edit for a part of one, touch for what leaves its text as it is.
    :param source: what is linked, copied or fetched, "" where there is none.
    :param at: the argument that says the path, or the line in a script.
    """

    path: str
    text: str
    way: Way
    source: str = ""
    at: str | int = ""

    @property
    def is_brought(self) -> bool:
        """Whether the file, or a part of it, comes by this task."""
        return self.way in ("write", "edit", "link")

    @property
    def shown(self) -> str:
        """The path as a finding shows it."""
        return one_line(self.path.replace(UNKNOWN, "..."), 120)

    @property
    def is_known(self) -> bool:
        """Whether nothing of its path is a template."""
        return UNKNOWN not in self.path


def config_text(text: str) -> str:
    """Return the text of a template as far as it is written out, each line in its place."""
    return _SILENT.sub(lambda found: "\n" * found[0].count("\n"), _EXPRESSION.sub(_sign, text))


def _sign(found: re.Match[str]) -> str:
    return UNKNOWN + "\n" * found[0].count("\n")


__all__ = ("NodeFile", "Way", "config_text")
