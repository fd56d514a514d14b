# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory must hold before anything is touched: pure checks. Private to the collection."""

from __future__ import annotations

import difflib
import typing as t

Specs = t.Mapping[str, t.Mapping[str, t.Any]]
"""Options of each role's argument spec, by the role's name."""


def unknown_variables(names: t.Iterable[str], specs: Specs) -> list[str]:
    """Return a sentence for each variable that looks like one of ours and is none.

    A variable counts as ours by its prefix, or because it is almost the name of one that exists: either way a misspelt
    one would silently leave the default in force.
    """
    known = {option for options in specs.values() for option in options}
    prefixes = tuple(f"{role}_" for role in specs)
    sentences = []
    for name in sorted(names):
        # Ansible's own are many, and none of them is almost one of ours.
        if name in known or name.startswith("ansible_"):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.7 if name.startswith(prefixes) else 0.9)
        if name.startswith(prefixes) or near:
            hint = f"did you mean {near[0]}?" if near else "see docs/inventory.md for those that exist"
            sentences.append(f"variable {name} is not known: {hint}")
    return sentences


def missing_variables(values: t.Mapping[str, t.Any], specs: Specs, *, node: str) -> list[str]:
    """Return a sentence for each variable that a role cannot do without and that ``values`` does not hold."""
    return [
        f"required variable {name} (role {role}) is not set: set it in host_vars/{node}.yml or in the group_vars of a "
        "group that the node is in"
        for role, options in specs.items()
        for name, option in options.items()
        if option.get("required") and values.get(name) in (None, "", [])
    ]


def shared_values(mine: str, value_of: t.Mapping[str, str], *, what: str, remedy: str) -> list[str]:
    """Return a sentence naming the other nodes whose value equals that of ``mine``, compared without case."""
    value = value_of.get(mine, "").casefold()
    others = [node for node, other in value_of.items() if node != mine and value and other.casefold() == value]
    if not others:
        return []
    return [f"{what} {value_of[mine]!r} is declared for {mine} and for {', '.join(sorted(others))}: {remedy}"]


__all__ = ("Specs", "missing_variables", "shared_values", "unknown_variables")
