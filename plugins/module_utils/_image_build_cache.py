# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages that a build fetched, for the next one: each file is compared with its hash. Private."""

from __future__ import annotations

import contextlib
import hashlib
import os
import typing as t

from ._step import StepError

if t.TYPE_CHECKING:
    from ._image_build_apt import Package

# The head of a .deb, an ar archive: its mark, then the first member's name (16 bytes) and time (12 bytes).
_AR: t.Final = b"!<arch>\n"
_TIME: t.Final = slice(24, 36)


def missing(packages: t.Iterable[Package], archives: str) -> list[Package]:
    """Return the packages that are not there; a file that is another than the archive's is removed."""
    found = []
    for package in packages:
        path = os.path.join(archives, package.file)
        if not os.path.exists(path):
            found.append(package)
        elif _sha256(path) != package.sha256:
            os.unlink(path)
            found.append(package)
    return found


def require_all(packages: t.Iterable[Package], archives: str) -> None:
    """:raises StepError: a package is not there, or is not what the archive's signed list says."""
    if gone := missing(packages, archives):
        raise StepError(
            f"{gone[0].file} is not what Debian's signed list says, and was removed; run again, or look at the proxy "
            "or mirror that it came from"
        )


def prune(used: t.Iterable[Package], archives: str) -> None:
    """Remove the packages that the last image does not hold."""
    names = {package.file for package in used}
    for name in os.listdir(archives):
        if name.endswith(".deb") and name not in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(archives, name))


def epoch(packages: t.Iterable[Package], archives: str) -> int:
    """Return the time that an image of these packages bears: when the newest of them was made, in seconds since 1970.

    It depends on the packages alone: an archive that was signed anew changes no image.
    """
    return max(_made(os.path.join(archives, package.file)) for package in packages)


def _made(path: str) -> int:
    with open(path, "rb") as file:
        head = file.read(_TIME.stop)
    said = head[_TIME].strip()
    if not head.startswith(_AR) or not said.isdigit():
        raise StepError(f"{path} is no package; remove it and run again")
    return int(said)


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


__all__ = ("epoch", "missing", "prune", "require_all")
