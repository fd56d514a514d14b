# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host keys that a card carries since its first boot, and whether the node shows them (runbook 2.2). Private.

Our images write them to the boot partition. A card was in the operator's hand, the network was not: what it says needs
no eyes to compare. The card has run in a node, though, so that its file systems are read with bounds.
"""

from __future__ import annotations

import pathlib
import stat
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_bounded
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_fat import Fat, is_there
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_partitions import (
    HEAD,
    boot_partition,
    read_table,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._pins import HostKey, PinError, why_not_a_key

HOST_KEYS: t.Final = "runbook-seed/host-keys.pub"
_LIMIT: t.Final = 64 * 1024
_MOST_KEYS: t.Final = 16
# Where a boot sector says that what follows it is a FAT.
_FAT_MARKS: t.Final = ((0x52, b"FAT32   "), (0x36, b"FAT16   "), (0x36, b"FAT12   "), (0x36, b"FAT     "))


def read_card_keys(path: str) -> list[HostKey]:
    """Return the host keys that a card carries.

    :param path: of the card, of a copy of it, or of the file of the keys itself, where the card is mounted.
    :raises PinError: there are none; the message is one sentence with the remedy.
    """
    text = _text_of(path)
    keys: list[HostKey] = []
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in lines[: _MOST_KEYS + 1]:
        words = line.split(None, 2)
        reason = why_not_a_key(words[0], words[1]) if len(words) > 1 else "it is cut short"
        if reason:
            raise PinError(
                f"card {_shown(path)} carries a host key that is none: {reason}; compare the fingerprints on the "
                "node's login prompt instead, without -e card="
            )
        if (key := HostKey(words[0], words[1])) not in keys:
            keys.append(key)
    if not keys or len(lines) > _MOST_KEYS:
        raise PinError(
            f"card {_shown(path)} carries {len(lines)} host keys, where a node has one to {_MOST_KEYS}; flash it anew"
        )
    return keys


def shown_by_node(keys: t.Sequence[HostKey], card: t.Sequence[HostKey], *, node: str, path: str) -> list[HostKey]:
    """Return the card's keys, in the node's order, once the node shows all of them.

    :param keys: what the node shows.
    :param card: what the card carries.
    :raises PinError: the node shows another key; the message names both.
    """
    if all(key in keys for key in card):
        return [key for key in keys if key in card]
    shown, carried = (", ".join(f"{key.label} {key.fingerprint}" for key in some) for some in (keys, card))
    raise PinError(
        f"{node} shows {shown}, and card {_shown(path)} carries {carried}: this is another node's card, or another "
        "machine answers at the node's address; nothing was pinned"
    )


def _text_of(path: str) -> str:
    if not path.startswith("/"):
        raise PinError(f"card {_shown(path)} is no absolute path; name the card as /dev/disk/by-id/…, or a file")
    try:
        mode = pathlib.Path(path).stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
            raise PinError(f"card {_shown(path)} is neither a disk nor a regular file; name one")
        with pathlib.Path(path).open("rb") as file:
            head = file.read(HEAD)
    except PermissionError as exc:
        raise PinError(
            f"card {_shown(path)} belongs to root; run as root, or name {HOST_KEYS} where the card is mounted"
        ) from exc
    except OSError as exc:
        raise PinError(f"card {_shown(path)} cannot be read: {exc.strerror}; put it into the reader") from exc
    if any(head[at : at + len(mark)] == mark for at, mark in _FAT_MARKS):
        return _from_fat(path, 0)
    if boot := boot_partition(read_table(head)):
        return _from_fat(path, boot.start)
    if stat.S_ISBLK(mode) or b"\0" in head:
        raise PinError(f"card {_shown(path)} has no boot partition; name the card that booted the node")
    try:
        return (read_bounded(path, limit=_LIMIT) or b"").decode("utf-8", "replace")
    except FileError as exc:
        raise PinError(f"card {_shown(path)} is too large for a file of host keys; name {HOST_KEYS} of it") from exc


def _from_fat(path: str, offset: int) -> str:
    if not is_there():
        raise PinError(
            f"card {_shown(path)} is read by mtools, which is not installed here; run 'apt install mtools', or name "
            f"{HOST_KEYS} where the card is mounted"
        )
    fat = Fat(path, offset)
    try:
        size = fat.size(HOST_KEYS)
        text = fat.read(HOST_KEYS) if size is not None and size <= _LIMIT else None
    except CommandError as exc:
        raise PinError(f"the boot partition of card {_shown(path)} cannot be read: {exc}; flash it anew") from exc
    if size is None:
        raise PinError(
            f"card {_shown(path)} carries no {HOST_KEYS}: it has not booted yet, or its image is none of ours; boot "
            "the node with it once, or compare the fingerprints on the node's login prompt, without -e card="
        )
    if text is None:
        raise PinError(f"{HOST_KEYS} of card {_shown(path)} has {size} bytes, which no host keys have; flash it anew")
    return text


def _shown(path: str) -> str:
    return one_line(path, 300)


__all__ = ("HOST_KEYS", "read_card_keys", "shown_by_node")
