# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in its file a value stands."""

from __future__ import annotations

import typing as t

from ansiblelint.yaml_utils import get_line_column

# What ansible-lint adds to the mappings that it reads.
INTERNAL: t.Final = frozenset(("__line__", "__file__", "__ansible_action_type__", "skipped_rules"))


def line_of(value: object, default: int = 1) -> int:
    """Return the 1-based line of a value or key, ``default`` where nothing notes it: numbers, booleans."""
    try:
        return int(get_line_column(value, default)[0])
    except AttributeError:
        return default


def column_of(value: object) -> int:
    """Return the 1-based column of a value, 1 where nothing notes it."""
    try:
        return int(get_line_column(value)[1] or 1)
    except AttributeError:
        return 1


def line_of_key(mapping: t.Mapping[str, object], key: str, default: int) -> int:
    """Return the line of a mapping's key."""
    return next((line_of(one, default) for one in mapping if one == key), default)


def plain(mapping: object) -> dict[str, t.Any]:
    """Return a mapping without what ansible-lint added to it, an empty one where it is none."""
    if not isinstance(mapping, t.Mapping):
        return {}
    return {key: value for key, value in mapping.items() if isinstance(key, str) and key not in INTERNAL}


__all__ = ("INTERNAL", "column_of", "line_of", "line_of_key", "plain")
