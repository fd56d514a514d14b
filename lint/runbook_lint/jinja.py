# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a text is a template, so that what is not known is never taken for what is written."""

from __future__ import annotations

import re
import typing as t

UNKNOWN: t.Final = "\ufffd"
_EXPRESSION: t.Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_SILENT: t.Final = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_ANY: t.Final = re.compile(r"\{\{|\{%|\{#")


def is_template(text: str) -> bool:
    """Whether Jinja has anything to do in a text."""
    return bool(_ANY.search(text))


def masked(text: str) -> str:
    """Return the text with a sign for each expression, nothing for statements, and each line in its place."""
    if not is_template(text):
        return text
    return _SILENT.sub(lambda found: " " + _lines(found[0]), _EXPRESSION.sub(_sign, text))


def _sign(found: re.Match[str]) -> str:
    return UNKNOWN + _lines(found[0])


def _lines(text: str) -> str:
    # A line that a shell continues is the same command.
    return "\\\n" * text.count("\n")


__all__ = ("UNKNOWN", "is_template", "masked")
