# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image as a stream of bytes, whatever it is packed with (runbook 2.1). Private to the collection.

What packs it is told by its first bytes, never by its name. The packed file is hashed while it is read, so that the
bytes that were judged are the bytes that were written.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib
import io
import lzma
import os
import stat
import typing as t
import zlib

CHUNK: t.Final = 4 * 1024 * 1024
_MAGIC: t.Final = {
    "xz": b"\xfd7zXZ\x00",
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "zstd": b"\x28\xb5\x2f\xfd",
}
# What people download and take for an image.
_NO_IMAGE: t.Final = {"a zip archive": b"PK\x03\x04", "a 7z archive": b"7z\xbc\xaf\x27\x1c", "a web page": b"<!DO"}


class ImageError(Exception):
    """The image cannot be used. The message is one sentence with the file and the remedy."""


class _Hashed(io.RawIOBase):
    """A file that hashes what is read of it."""

    def __init__(self, file: t.BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        got = self._file.readinto(buffer)  # type: ignore[attr-defined]
        self.sha256.update(memoryview(buffer)[:got])
        self.count += got
        return int(got)


class Source:
    """One pass over an image file: its bytes unpacked, the hash of the file as it is."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = 0
        self.packed_size = _size_of(path)
        with _opened(path) as file:
            self.packing = packing_of(file.read(8), path)
        # Set at the end of the pass.
        self.sha256 = ""
        self.read = 0

    def chunks(self) -> t.Iterator[tuple[int, bytes]]:
        """Give the unpacked image piece by piece, each with its offset; all but the last are CHUNK bytes long.

        :raises ImageError: the file is cut off, damaged, or cannot be unpacked here.
        """
        with _opened(self.path) as file:
            hashed = _Hashed(file)
            stream = _unpacked(io.BufferedReader(hashed, CHUNK), self.packing, self.path)
            while piece := self._piece(stream):
                yield self.size, piece
                self.size += len(piece)
                self.read = hashed.count
            # What a packer may leave behind its end is part of the file's hash, too.
            while hashed.readinto(bytearray(CHUNK)):
                pass
            self.sha256 = hashed.sha256.hexdigest()

    def _piece(self, stream: t.BinaryIO) -> bytes:
        piece = bytearray()
        try:
            while len(piece) < CHUNK and (more := stream.read(CHUNK - len(piece))):
                piece += more
        except EOFError as exc:
            raise ImageError(f"{self.path} is cut off: it ends in the middle of its data; fetch it again") from exc
        except (lzma.LZMAError, zlib.error, ValueError) as exc:
            raise ImageError(f"{self.path} is damaged: {exc}; fetch it again") from exc
        except OSError as exc:
            raise ImageError(f"{self.path} cannot be read: {exc.strerror or exc}; fetch it again") from exc
        return bytes(piece)


def packing_of(start: bytes, path: str) -> str:
    """Return what an image is packed with by its first bytes, "" for not at all.

    :raises ImageError: it is something that is no image.
    """
    for what, magic in _NO_IMAGE.items():
        if start.startswith(magic):
            raise ImageError(f"{path} is {what}, no image; unpack it, or fetch the image itself")
    return next((name for name, magic in _MAGIC.items() if start.startswith(magic)), "")


def _size_of(path: str) -> int:
    try:
        status = os.stat(path)
    except OSError as exc:
        raise ImageError(f"image {path} cannot be read: {exc.strerror}; name a file with -e image=FILE") from exc
    if not stat.S_ISREG(status.st_mode):
        raise ImageError(f"image {path} is no regular file; name a file with -e image=FILE")
    if not status.st_size:
        raise ImageError(f"image {path} is empty; fetch or build it again")
    return status.st_size


def _opened(path: str) -> t.BinaryIO:
    try:
        return open(path, "rb", buffering=0)
    except OSError as exc:
        raise ImageError(f"image {path} cannot be read: {exc.strerror}; name a file with -e image=FILE") from exc


def _unpacked(file: io.BufferedReader, packing: str, path: str) -> t.BinaryIO:
    if packing == "xz":
        return t.cast("t.BinaryIO", lzma.LZMAFile(file))
    if packing == "gzip":
        return t.cast("t.BinaryIO", gzip.GzipFile(fileobj=file))
    if packing == "bzip2":
        return t.cast("t.BinaryIO", bz2.BZ2File(file))
    if packing == "zstd":
        try:
            return t.cast("t.BinaryIO", importlib.import_module("compression.zstd").ZstdFile(file))
        except ImportError as exc:
            raise ImageError(
                f"{path} is packed with zstd, which Python unpacks from 3.14 on; run zstd -d {path} and name what it "
                "makes, with its own checksum"
            ) from exc
    return file


__all__ = ("CHUNK", "ImageError", "Source", "packing_of")
