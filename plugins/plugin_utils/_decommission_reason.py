# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a node is decommissioned, in the runbook's words (5.4). Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

FAILED: t.Final = "re-imaging failed"
COMPROMISED: t.Final = "compromised"
RETIRED: t.Final = "retired"
HOW: t.Final = f'"{FAILED}: when and how", "{COMPROMISED}: how you know", or "{RETIRED}: why"'
QUOTED: t.Final = """on the command line with both quotes, as -e 'reason="retired: why"'"""
_LONGEST: t.Final = 300
# Ansible would work these out each time that it reads the inventory.
_TEMPLATES: t.Final = ("{{", "{%", "{#")


class ReasonError(Exception):
    """It is no reason; the message is one sentence with the remedy."""


def reason_from(text: str) -> str:
    """Return a reason in the form ``compromised: what was said``.

    :raises ReasonError: it is none of the three, or it says too little, or too much.
    """
    said = " ".join(text.split())
    if not said:
        raise ReasonError(f"no reason was given; say {HOW}")
    if len(said) > _LONGEST:
        raise ReasonError(f"the reason has {len(said)} characters, {_LONGEST} are the most; write the rest elsewhere")
    if one_line(said) != said or any(mark in said for mark in _TEMPLATES):
        raise ReasonError(f"the reason {one_line(said, 80)!r} holds what is no plain text; say it in words")
    head, colon, rest = (part.strip() for part in said.partition(":"))
    kind = {"re-imaging failed": FAILED, "reimaging failed": FAILED, COMPROMISED: COMPROMISED, RETIRED: RETIRED}.get(
        head.lower()
    )
    if kind and colon and not rest:
        # Ansible takes -e reason=compromised: x for the one word before the space.
        raise ReasonError(f"the reason {said!r} says nothing behind its colon; {QUOTED}")
    if kind is None:
        raise ReasonError(f"the reason {one_line(said, 80)!r} is none of the runbook's; say {HOW}; {QUOTED}")
    if kind == FAILED and len(rest.split()) < 2:
        raise ReasonError(
            f'the reason {said!r} does not say when and how; say "{FAILED}: 2026-11-26, two cards, no boot"'
        )
    return f"{kind}: {rest}" if rest else kind


def is_compromised(reason: str) -> bool:
    """Whether somebody else had the node."""
    return reason.partition(":")[0] == COMPROMISED


__all__ = ("HOW", "QUOTED", "ReasonError", "is_compromised", "reason_from")
