# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a card holds before it is written (runbook 2.1). Private to the collection."""

from __future__ import annotations

import contextlib
import typing as t

from . import _image_fat as fat
from . import _image_plan as plan
from . import _image_refusals as refusals
from ._command import CommandError
from ._image_card import Card, opened
from ._image_disks import Disk, parts_of
from ._image_look_members import Place, members
from ._image_partitions import HEAD, boot_partition, read_table
from ._image_pieces import pieces
from ._image_progress import Listener, Progress
from ._image_source import Source
from ._image_target import FileTarget
from ._image_write import is_there
from ._step import StepError

if t.TYPE_CHECKING:
    from ._image_workspace import Prepared

# A file of a seed has some hundred bytes; what is larger is not read from a card that anybody may have written.
_LONGEST_SEED: t.Final = 64 * 1024


class Held(t.NamedTuple):
    """What a card holds.

    :param head: its first mebibyte.
    :param told: what it tells its node now, by the names of what it is to tell.
    :param is_all: it holds everything already.
    """

    head: bytes
    told: dict[str, str]
    is_all: bool


def look_at_card(prepared: Prepared, listener: Listener) -> Held:
    """Read what a card holds, and change nothing.

    :raises StepError: somebody else has it, or it is part of a RAID or of LVM.
    """
    target, image = prepared.target, prepared.image
    if isinstance(target, FileTarget) and not target.size:
        return Held(b"", {}, is_all=False)
    with opened(target, writing=False) as card:
        head = card.read(0, HEAD)
        if isinstance(target, Disk):
            _require_alone(target, card, head)
        told = _told_now(card, head, prepared.seeds)
        progress = Progress(listener, "comparing", plan.written_bytes(prepared))
        holds_all = is_there(card, pieces(Source(image.path), boot=prepared.boot, bmap=image.bmap), progress)
        return Held(head, told, holds_all)


def _require_alone(disk: Disk, card: Card, head: bytes) -> None:
    """Refuse a disk that is one of several.

    :raises StepError: it is part of a RAID or of LVM.
    """
    # Of the table that is on it too: not every kernel reads tables.
    parts = {part.start: Place(f"its partition {part.number}", part.start, part.size) for part in read_table(head)}
    parts |= {start: Place(name, start, size) for name, start, size in parts_of(disk.name)}
    if refused := refusals.of_members(disk, members(card.read, [Place(disk.name, 0, disk.size), *parts.values()])):
        raise StepError(". ".join(refused))


def _told_now(card: Card, head: bytes, names: t.Iterable[str]) -> dict[str, str]:
    """Return what a card has in the place of what it is to tell its node."""
    boot = boot_partition(read_table(head))
    if boot is None:
        return {}
    on_card = fat.Fat(card.path, boot.start)
    told = {}
    with contextlib.suppress(CommandError):
        for name in names:
            if (on_card.size(name) or _LONGEST_SEED + 1) <= _LONGEST_SEED and (text := on_card.read(name)):
                told[name] = text
    return told


__all__ = ("Held", "look_at_card")
