# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in apt's cache of .deb files (runbook 3.1). Private to the collection.

apt takes a file from there by its name and size alone. Whatever lies there under the name of a package that is about to
be installed must be what the archive offers, or apt has to fetch it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import typing as t

from ._files import remove_if_there

if t.TYPE_CHECKING:
    from ._apt_plan import Detail

ARCHIVES = "/var/cache/apt/archives"
_CHUNK = 1 << 20


def file_name(name: str, version: str, architecture: str) -> str:
    """Return how apt calls a package's file in its cache."""
    return f"{_quoted(name.partition(':')[0])}_{_quoted(version)}_{_quoted(architecture)}.deb"


def _quoted(text: str) -> str:
    return "".join(char if char not in "_:%" else f"%{ord(char):02x}" for char in text)


def remove_altered(details: t.Iterable[Detail], archives: str = ARCHIVES) -> list[str]:
    """Remove the files of these packages that are not what the archive offers; return their names."""
    removed = []
    for detail in details:
        name = file_name(detail.planned.name, detail.planned.after, detail.architecture)
        path = f"{archives}/{name}"
        if _sha256(path) not in (None, detail.sha256) and remove_if_there(path):
            removed.append(name)
    return removed


def _sha256(path: str) -> str | None:
    """Return the digest of a file, "" for what is no file, None for nothing."""
    try:
        # Never through a link: what it leads to may be another file when apt comes.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return ""
    digest = hashlib.sha256()
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


__all__ = ("ARCHIVES", "file_name", "remove_altered")
