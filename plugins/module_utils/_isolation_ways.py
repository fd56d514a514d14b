# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways into a node's network that its packet filter does not see (runbook 5, Isolate). Private to the collection."""

from __future__ import annotations

import json
import typing as t

from ._command import Command, CommandError
from ._text import one_line

# Their packets go from the device to another network namespace, past the node's own input, output and forward.
_PAST_THE_FILTER: t.Final = ("macvlan", "macvtap", "ipvlan", "ipvtap")
_MOST_TOLD = 10


def other_ways() -> list[str]:
    """Return a sentence for each kind of interface that the filter does not cover; none where ip(8) is silent."""
    try:
        said = Command("ip").run(["-j", "-d", "link", "show"], timeout=20).out
    except CommandError:
        return ["ip(8) does not say which interfaces the node has, so there may be one that the filter does not cover"]
    return past_the_filter(said)


def past_the_filter(said: str) -> list[str]:
    """Judge the answer of ``ip -j -d link``."""
    try:
        links = json.loads(said or "[]")
    except ValueError:
        links = None
    if not isinstance(links, list):
        return ["ip(8) answers in another form than it should, so there may be an interface that is not covered"]
    found = [
        f"{one_line(str(link.get('ifname')), 40)} ({info.get('info_kind')})"
        for link in links
        if isinstance(link, dict)
        and isinstance(info := link.get("linkinfo", {}), dict)
        and info.get("info_kind") in _PAST_THE_FILTER
    ]
    if not found:
        return []
    named = ", ".join(found[:_MOST_TOLD])
    return [f"the node's filter does not see what goes over {named}: stop what uses it, or pull the cable"]


__all__ = ("other_ways", "past_the_filter")
