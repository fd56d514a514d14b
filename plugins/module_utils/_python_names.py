# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of Python packages as PEP 503 and PEP 508 have them: pure decisions. Private to the collection."""

from __future__ import annotations

import re

LONGEST = 200
NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NAME = re.compile(NAME)
_RUNS = re.compile(r"[-_.]+")


def canonical(name: str) -> str:
    """Return the one spelling of a name that all its spellings share: ``Foo.Bar_baz`` is ``foo-bar-baz``."""
    return _RUNS.sub("-", name).lower()


def why_not_a_name(name: str) -> str:
    """Return why ``name`` cannot name a Python package or an extra, "" when it can."""
    if not name:
        return "it is empty"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, {LONGEST} are the most"
    if not _NAME.fullmatch(name):
        return "it may hold letters, digits, '.', '-' and '_' only, and a letter or digit at either end (PEP 508)"
    return ""


__all__ = ("LONGEST", "NAME", "canonical", "why_not_a_name")
