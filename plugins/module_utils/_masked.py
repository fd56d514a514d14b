# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text out of a node's logs without the credentials in it (runbook 6.3). Private to the collection.

A report is kept and shown to people, and what fails often prints what it was given.
"""

from __future__ import annotations

import typing as t

from ._secret_patterns import find

HIDDEN: t.Final = "(a credential, not shown)"


def masked(text: str) -> str:
    """Return a text of one or several lines with each credential taken out, as far as it has a known form."""
    for hit in reversed(find(text, "log")):
        text = f"{text[: hit.start]}{HIDDEN}{text[hit.end :]}"
    return text


__all__ = ("HIDDEN", "masked")
