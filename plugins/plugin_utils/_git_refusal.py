# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a repository is not shipped (runbook 2.9). Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

_SHOWN = 10


class SourceError(Exception):
    """The repository cannot be shipped; the message is one sentence with value and remedy, and holds no credential."""


def listed(items: t.Sequence[str]) -> str:
    """Return ``items`` as a bounded list, safe to show."""
    shown = ", ".join(one_line(item, 100) for item in items[:_SHOWN])
    left = len(items) - _SHOWN
    return f"{shown} and {left} more" if left > 0 else shown


__all__ = ("SourceError", "listed")
