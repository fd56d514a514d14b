# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How what a node says of itself differs from what its image holds: a pure decision (ruling 9). Private.

What only the node holds is suspicious: nobody but the operator has been there since the card was written. What only the
image holds is told, no more: a thing that is missing does no harm by itself.
"""

from __future__ import annotations

import typing as t

# What the first boot does by design, and nobody has to explain.
FIRST_BOOT_UNIT: t.Final = "runbook-first-boot.service"
_KINDS: t.Final = (("packages", "package"), ("enabled_units", "enabled unit"), ("accounts", "account"))


class Difference(t.NamedTuple):
    """One thing in which node and image are not the same.

    :param sentence: what it is, in words.
    :param suspicious: the node holds what its image does not.
    """

    sentence: str
    suspicious: bool


def differences(image: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any], *, login: str) -> list[Difference]:
    """Return all differences, the suspicious ones first.

    :param image: what the image holds, a baseline.
    :param node: what the node says, a baseline.
    :param login: the account that the first boot makes.
    """
    found = [
        difference
        for part, kind in _KINDS
        for difference in _of_part(kind, _by_name(image[part]), _by_name(node[part]), login=login)
    ]
    return sorted(found, key=lambda difference: not difference.suspicious)


def _of_part(
    kind: str, image: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any], *, login: str
) -> t.Iterator[Difference]:
    for name in sorted(image.keys() | node.keys()):
        if name not in image:
            if not (kind == "account" and name == login and node[name]["uid"] != 0):
                yield Difference(f"{kind} {name}{_value(node[name])} is on the node only", suspicious=True)
        elif name not in node:
            if name != FIRST_BOOT_UNIT:
                yield Difference(f"{kind} {name}{_value(image[name])} is in the image only", suspicious=False)
        elif image[name] != node[name]:
            was, now = _value(image[name]), _value(node[name])
            yield Difference(f"{kind} {name} is{was} in the image and{now} on the node", suspicious=True)


def _by_name(part: t.Any) -> dict[str, t.Any]:
    return dict(part) if isinstance(part, dict) else dict.fromkeys(part)


def _value(value: t.Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return " (" + ", ".join(f"{key} {value[key]}" for key in ("uid", "gid", "home", "shell")) + ")"
    return f" {value}"


__all__ = ("FIRST_BOOT_UNIT", "Difference", "differences")
