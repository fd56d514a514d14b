# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules whose controller part reads what the operator has written down of packages. Private."""

from __future__ import annotations

import typing as t

DOCUMENTED: t.Final[dict[str, dict[str, t.Any]]] = {
    "records_dir": {"type": "str", "default": ""},
    "documentation": {
        "type": "dict",
        "options": {
            "url": {"type": "str", "default": ""},
            "version": {"type": "str", "default": ""},
            "require_clean": {"type": "bool", "default": True},
            "verify_signature": {"type": "bool", "default": False},
            "fetch_timeout": {"type": "int", "default": 300},
            "baselines_dir": {"type": "str", "default": ""},
        },
    },
}

__all__ = ("DOCUMENTED",)
