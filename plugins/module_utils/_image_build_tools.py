# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that make a disk, out of Debian 13's packages: the same bits on every controller. Private.

Debian 12's mke2fs reads no tar archive and knows no SOURCE_DATE_EPOCH. Unpacked in a folder and started by their own
loader, its successor and the others need neither root nor a chroot, and nothing is installed.
"""

from __future__ import annotations

import glob
import os
import shutil
import typing as t

from ._command import Command, Completed
from ._step import StepError

if t.TYPE_CHECKING:
    from ._image_build_apt import Package

_SECONDS: t.Final = 1800


class Tools:
    """The programs, in a folder.

    :param epoch: the time that what they make bears, in seconds since 1970.
    """

    def __init__(self, folder: str, epoch: int) -> None:
        self._folder = folder
        found = glob.glob(f"{folder}/usr/lib/*/ld-linux*.so.*")
        if not found:
            raise StepError(f"{folder} holds no loader of Debian's libc6; remove it and run again")
        self._loader = found[0]
        libraries = os.path.dirname(self._loader)
        self._library_path = f"{libraries}:{folder}/usr/lib"
        self._environ = {
            "SOURCE_DATE_EPOCH": str(epoch),
            "TZ": "UTC",
            # Names of files are not all ASCII.
            "LC_ALL": "C.UTF-8",
            "MKE2FS_CONFIG": f"{folder}/etc/mke2fs.conf",
            "GCONV_PATH": f"{libraries}/gconv",
            # Of this machine's own settings none counts.
            "MTOOLSRC": "/dev/null",
            "MTOOLS_SKIP_CHECK": "1",
        }

    def run(self, program: str, arguments: t.Sequence[str], *, stdin: str | None = None) -> Completed:
        """Run a program.

        :param program: its path below the folder, as ``usr/sbin/mke2fs``.
        :raises CommandError: it fails.
        """
        loader = Command(self._loader, environ=self._environ)
        given = ["--library-path", self._library_path, f"{self._folder}/{program}", *arguments]
        return loader.run(given, stdin=stdin, timeout=_SECONDS)


def unpack(packages: t.Iterable[Package], archives: str, folder: str) -> None:
    """Unpack packages into a folder, where there is not all of them yet."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in ("bin", "sbin", "lib", "lib64"):
        # As in Debian 13 itself; packages that still name the old places lead into the new ones.
        os.makedirs(f"{folder}/usr/{name}")
        os.symlink(f"usr/{name}", f"{folder}/{name}")
    for package in packages:
        Command("dpkg-deb").run(["--extract", os.path.join(archives, package.file), folder], timeout=_SECONDS)


__all__ = ("Tools", "unpack")
