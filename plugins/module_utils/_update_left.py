# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dpkg that was killed left of its work, and what ends it (runbook 6.1): pure decisions. Private."""

from __future__ import annotations

import typing as t

from ._step import StepError

if t.TYPE_CHECKING:
    from ._dpkg import Installed, Node

# What "dpkg --configure" ends.
TO_CONFIGURE: t.Final = ("unpacked", "half-configured", "triggers-awaited", "triggers-pending")
_ON_DISK: t.Final = ("half-installed", "installed", *TO_CONFIGURE)
_TO_STAY: t.Final = ("install", "hold")
_MOST: t.Final = 10


class Left(t.NamedTuple):
    """What is to be ended; nothing of both where dpkg only died before it wrote its notes together.

    :param again: was cut off while it was unpacked, and is unpacked once more.
    :param rest: is to be configured.
    """

    again: tuple[Installed, ...]
    rest: tuple[Installed, ...]

    @property
    def names(self) -> list[str]:
        return sorted(one.name for one in (*self.again, *self.rest))

    @property
    def described(self) -> list[str]:
        """Each package with dpkg's word for how it is."""
        return sorted(f"{one.name} {one.status}" for one in (*self.again, *self.rest))


def left_by_kill(node: Node) -> Left | None:
    """Return what a killed dpkg left, None where all is whole.

    :raises StepError: it left what only a person can judge.
    """
    broken = [one for one in node.packages.values() if not one.is_sound]
    if not broken and not node.interrupted:
        return None
    again = tuple(one for one in broken if one.status == "half-installed" or one.flag != "ok")
    rest = tuple(one for one in broken if one not in again)
    # Unpacking it once more would bring back what was being removed.
    going = [one for one in broken if one.want not in _TO_STAY]
    if going:
        raise StepError(
            f"dpkg was interrupted while {_named(going)} was to be removed; see what 'apt-get --simulate --fix-broken "
            "install' would do about it on the node, or re-image it (runbook 5), then run again"
        )
    strange = [one for one in again if one.status not in _ON_DISK] + [
        one for one in rest if one.status not in TO_CONFIGURE
    ]
    if strange:
        raise StepError(
            f"dpkg says of {_named(strange)} what no interrupted run leaves; see 'dpkg --audit' on the node, or "
            "re-image it (runbook 5), then run again"
        )
    return Left(again, rest)


def _named(packages: t.Sequence[Installed]) -> str:
    return ", ".join(f"{one.name} ({one.status or 'unknown'})" for one in packages[:_MOST])


__all__ = ("TO_CONFIGURE", "Left", "left_by_kill")
