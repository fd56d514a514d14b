# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk of an image: its two file systems, made without mounting anything, and the table (runbook 2.1). Private."""

from __future__ import annotations

import os
import re
import tarfile
import typing as t

from . import _image_build_layout as layout
from ._image_build_layout import BLOCK, BOOT_SIZE, BOOT_START, MIB, ROOT_START, SECTOR
from ._step import StepError

if t.TYPE_CHECKING:
    from ._image_build_tools import Tools

Span = tuple[int, int]
_COPY: t.Final = 4 * MIB
_FREE: t.Final = re.compile(r"^  Free blocks: (.+)$", re.MULTILINE)
_BLOCKS: t.Final = re.compile(r"^Block count: +(\d+)$", re.MULTILINE)
# What a folder of a few entries takes.
_INODE_BLOCKS: t.Final = 1


class FileSystem(t.NamedTuple):
    """A file system in a file.

    :param used: from where to where, in bytes, it holds what has a meaning: there, zeros count too.
    """

    path: str
    size: int
    used: tuple[Span, ...]


def make_boot(tools: Tools, tar: str, folder: str, epoch: int) -> FileSystem:
    """Make the boot partition: a FAT, since a Pi reads nothing else.

    :param tar: of the files in it.
    :param folder: of the build.
    """
    path, files = f"{folder}/boot.fat", f"{folder}/boot"
    _make_empty(path, BOOT_SIZE)
    # What makes it the same each time names a volume of its own, too, so that ours comes behind.
    identity = ["-F", "32", "--invariant", "-n", layout.BOOT_LABEL, "-i", layout.BOOT_ID.replace("-", "")]
    tools.run("usr/sbin/mkfs.vfat", [*identity, path])
    folders = _extract(tar, files, epoch)
    for name, entries in sorted({**folders, f"/{layout.SEED_FOLDER}": []}.items()):
        if name != "/":
            tools.run("usr/bin/mmd", ["-i", path, f"::{name}"])
        if entries:
            tools.run("usr/bin/mcopy", ["-i", path, "-m", *sorted(entries), f"::{name}"])
    return FileSystem(path, BOOT_SIZE, ((0, _fat_end(tools.run("usr/bin/minfo", ["-i", path, "::"]).out)),))


def make_root(tools: Tools, tar: str, folder: str) -> FileSystem:
    """Make the root, an ext4, out of a tar archive: owners and all come from there, so that nobody need be root.

    :param folder: of the build.
    """
    path, size = f"{folder}/root.ext4", layout.root_size(content_size(tar))
    _make_empty(path, size)
    # Whole from the beginning: nothing is left for a kernel to do behind the node's back at its first boot.
    extended = f"hash_seed={layout.ROOT_HASH_SEED},lazy_itable_init=0,lazy_journal_init=0,nodiscard"
    identity = ["-L", layout.ROOT_LABEL, "-U", layout.ROOT_UUID, "-E", extended]
    kind = ["-q", "-t", "ext4", "-b", str(BLOCK), "-J", "size=64"]
    tools.run("usr/sbin/mke2fs", [*kind, *identity, "-d", tar, path])
    return FileSystem(path, size, tuple(ext4_used(tools.run("usr/sbin/dumpe2fs", [path]).out)))


def content_size(tar: str) -> int:
    """Return how many bytes of blocks the files of a tar archive take."""
    total = 0
    with tarfile.open(tar) as archive:
        for member in archive:
            size = 0 if member.islnk() else member.size
            total += -(-size // BLOCK) * BLOCK + (_INODE_BLOCKS * BLOCK if member.isdir() else 0)
    return total


def ext4_used(said: str) -> t.Iterator[Span]:
    """Return where an ext4 holds something, from what dumpe2fs says of it."""
    count = _BLOCKS.search(said)
    if not count:
        raise StepError(
            "dumpe2fs does not say how many blocks the root has; this is an error of the collection, report it"
        )
    position = 0
    for first, last in _ranges(said):
        if first > position:
            yield position * BLOCK, first * BLOCK
        position = last + 1
    if position < int(count[1]):
        yield position * BLOCK, int(count[1]) * BLOCK


def _ranges(said: str) -> t.Iterator[tuple[int, int]]:
    for match in _FREE.finditer(said):
        for part in match[1].split(","):
            first, _dash, last = part.strip().partition("-")
            yield int(first), int(last or first)


def _fat_end(said: str) -> int:
    """Return where the files of a FAT end that was filled once, from what minfo says of it."""
    values = dict(re.findall(r"^([a-z() ]+)[:=] *(\d+)", said, re.MULTILINE | re.IGNORECASE))
    try:
        reserved, fats, length = (int(values[name]) for name in ("reserved (boot) sectors", "fats", "Big fatlen"))
        cluster, last = int(values["cluster size"]), int(values["last allocated cluster"])
    except KeyError as exc:
        raise StepError(
            f"minfo does not say {exc} of the boot partition; this is an error of the collection, report it"
        ) from exc
    end = (reserved + fats * length + (last - 1) * cluster) * SECTOR
    return -(-end // BLOCK) * BLOCK


def _extract(tar: str, folder: str, epoch: int) -> dict[str, list[str]]:
    """Unpack the boot partition's files; return them by the folder that they belong into."""
    found: dict[str, list[str]] = {"/": []}
    with tarfile.open(tar) as archive:
        for member in archive:
            # mmdebstrap names them by the folder that they were in.
            name = member.name.removeprefix("./").partition("/")[2].strip("/")
            target = os.path.join(folder, name)
            if not name or ".." in name.split("/"):
                continue
            if member.isdir():
                found[f"/{name}"] = []
                os.makedirs(target, exist_ok=True)
            elif (source := archive.extractfile(member)) is not None:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, "wb") as file:
                    while block := source.read(_COPY):
                        file.write(block)
                os.utime(target, (epoch, epoch))
                found.setdefault(f"/{os.path.dirname(name)}", []).append(target)
    return found


def assemble(
    tools: Tools, parts: tuple[FileSystem, FileSystem], path: str, tell: t.Callable[[int], None]
) -> list[Span]:
    """Put table and file systems into one file; return where it holds something.

    :param tell: takes how many bytes were written since the last time.
    """
    boot, root = parts
    _make_empty(path, ROOT_START + root.size)
    tools.run(
        "usr/sbin/sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", path], stdin=layout.partition_table(root.size)
    )
    spans: list[Span] = [(0, MIB)]
    with open(path, "r+b") as disk:
        for start, part in ((BOOT_START, boot), (ROOT_START, root)):
            with open(part.path, "rb") as source:
                for first, end in part.used:
                    source.seek(first)
                    disk.seek(start + first)
                    _copy(source, disk, end - first, tell)
                    spans.append((start + first, start + end))
        disk.flush()
        os.fsync(disk.fileno())
    return merged(spans)


def merged(spans: t.Iterable[Span]) -> list[Span]:
    """Return spans in order, those that touch as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _copy(source: t.BinaryIO, disk: t.BinaryIO, length: int, tell: t.Callable[[int], None]) -> None:
    """Copy bytes from where the one stands to where the other does."""
    while length > 0:
        block = source.read(min(length, _COPY))
        if not block:
            raise StepError(f"{source.name} is shorter than it was made; this is an error of the collection, report it")
        disk.write(block)
        length -= len(block)
        tell(len(block))


def _make_empty(path: str, size: int) -> None:
    with open(path, "wb") as file:
        file.truncate(size)


__all__ = ("FileSystem", "Span", "assemble", "content_size", "ext4_used", "make_boot", "make_root", "merged")
