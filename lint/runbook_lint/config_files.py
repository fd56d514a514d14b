# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files say what reaches the nodes, and how: playbooks, variables, inventories, templates, settings."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

# What holds programs, and records that nobody writes by hand.
_OTHERS: t.Final = frozenset(
    ("role", "pattern", "plugin", "python", "sanity-ignore-file", "changelog", "reno", "galaxy", "")
)
_LONGEST: t.Final = 4 * 1024 * 1024


def text_of(file: Lintable) -> str:
    """Return the text of such a file, "" of any other."""
    # Examples in a module's documentation are for its readers.
    if file.kind in _OTHERS or file.name.endswith(".py") or file.path.is_dir():
        return ""
    text = file.content
    return "" if len(text) > _LONGEST or "\0" in text else text


def is_yaml(file: Lintable) -> bool:
    """Whether a file is read as YAML."""
    return str(file.base_kind) == "text/yaml"


__all__ = ("is_yaml", "text_of")
