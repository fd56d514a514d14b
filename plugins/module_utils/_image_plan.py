# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written and what is said about it beforehand (runbook 2.1): pure decisions. Private to the collection."""

from __future__ import annotations

import typing as t

from ._image_card import is_unfinished
from ._image_disks import Disk
from ._image_look import Image
from ._image_partitions import Partition, read_table
from ._image_pieces import count
from ._image_target import FileTarget, Target
from ._image_words import size_words
from ._image_workspace import Prepared
from ._step import Change

_MOST_PARTITIONS: t.Final = 16


def decide(
    target: Target, image: Image, seeds: t.Mapping[str, str], *, before: t.Mapping[str, str], is_there: bool
) -> list[Change]:
    """Return what is to be done: nothing where the card holds it all already.

    :param before: what the card told its node until now, by the same names as the seeds.
    """
    if is_there:
        return []
    changes = [Change(target.path, "write the image", after=f"{image.path} (sha256 {image.sha256})\n")]
    changes += [
        Change(f"{target.path} {name}", "write", before=before.get(name, ""), after=text)
        for name, text in seeds.items()
    ]
    return changes


def target_lines(target: Target, head: bytes) -> list[str]:
    """Describe the target, so that a person can tell that it is the one that is meant."""
    if isinstance(target, FileTarget):
        if not target.size:
            return [f"file        {target.path} (new)"]
        lines = [f"file        {target.path}", f"size        {_exactly(target.size)}"]
    else:
        lines = [
            f"card        {target.path} ({target.name})",
            f"model       {target.model or 'not told'}",
            f"serial      {target.serial or 'not told'}",
            f"size        {_exactly(target.size)}{'' if target.is_card else ', cannot be taken out'}",
        ]
    return [*lines, *_content(head)]


def image_lines(prepared: Prepared) -> list[str]:
    """Describe the image and what the node is told."""
    image, seeds = prepared.image, prepared.seeds
    packed = f", packed with {image.packing}" if image.packing else ""
    told = ", ".join(seeds) if seeds else "nothing"
    signed = [f"            signature {prepared.signature}"] if prepared.signature else []
    return [
        f"image       {image.path}",
        f"            {_exactly(image.size)}{packed}{sparse_words(prepared)}",
        f"            sha256 {image.sha256}",
        *signed,
        f"first boot  {told}" + (f" ({prepared.form})" if seeds else ""),
    ]


def written_bytes(prepared: Prepared) -> int:
    """Return how many bytes are written: what holds data by the block map, and the boot partition whole."""
    return count(prepared.image.size, boot=prepared.boot, bmap=prepared.image.bmap)


def sparse_words(prepared: Prepared) -> str:
    """Return how much of the image is written, "" where that is all of it."""
    return f", of which {size_words(written_bytes(prepared))} are written" if prepared.image.bmap else ""


def identity(target: Target) -> str:
    """Return what makes a target the one that was looked at."""
    if isinstance(target, Disk):
        return " ".join((target.path, target.number, target.serial, str(target.size)))
    return target.path


def _content(head: bytes) -> list[str]:
    if is_unfinished(head):
        return ["holds       what an earlier run did not finish: it does not boot"]
    if not any(head):
        return ["holds       nothing in its first mebibyte"]
    partitions = read_table(head)
    if not partitions:
        return ["holds       data without a partition table"]
    words = [_partition(one) for one in partitions[:_MOST_PARTITIONS]]
    return [f"{'holds' if not number else '':<11} {line}" for number, line in enumerate(words)]


def _partition(one: Partition) -> str:
    return f"partition {one.number}: {size_words(one.size)}, {one.kind}"


def _exactly(size: int) -> str:
    return f"{size_words(size)} ({size} bytes)"


__all__ = ("decide", "identity", "image_lines", "sparse_words", "target_lines", "written_bytes")
