# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a version names one state for good, or whatever somebody else moves it to (runbook 6.4)."""

from __future__ import annotations

import re
import typing as t

_COMMIT: t.Final = re.compile(r"[0-9a-f]{7,64}|[0-9]+")
# A name with a number of two parts or more is one release's; whoever moves such a tag is caught by his own users.
_RELEASE: t.Final = re.compile(
    r"(?:refs/tags/)?(?:[A-Za-z][\w+-]*[-_/])?[vVrR]?\d+(?:[._]\d+){1,4}(?:[-+.~_]?[\w.+-]+)?"
)


def is_pinned(version: str) -> bool:
    """Whether a version is a commit or a release's number, and no branch."""
    return _COMMIT.fullmatch(version) is not None or _RELEASE.fullmatch(version) is not None


__all__ = ("is_pinned",)
