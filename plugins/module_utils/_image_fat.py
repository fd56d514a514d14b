# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in a FAT partition, by mtools: no mount, no rights but those to the file (runbook 2.1).

Private to the collection.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import typing as t

from ._command import Command, CommandError
from ._image_source import ImageError

# 1 January 2026: what is written twice is the same twice.
_EPOCH: t.Final = "1767225600"
_ENVIRON: t.Final = {"MTOOLSRC": "/dev/null", "MTOOLS_SKIP_CHECK": "1", "TZ": "UTC0", "SOURCE_DATE_EPOCH": _EPOCH}
_MOST_NAMES: t.Final = 1000
# The last line but one of a listing; mtools sets the figure in groups of three.
_SUMMED: t.Final = re.compile(r"^ +1 file +([0-9][0-9 ]*) bytes$", re.MULTILINE)


def is_there() -> bool:
    """Return whether mtools is installed here."""
    return shutil.which("mcopy", path="/usr/local/bin:/usr/bin:/bin") is not None


class Fat:
    """One FAT file system, in a file or from a byte of a disk on."""

    def __init__(self, path: str, offset: int = 0) -> None:
        self._image = f"{path}@@{offset}" if offset else path

    def names(self) -> list[str]:
        """Return what lies in its root.

        :raises ImageError: it is no FAT file system.
        """
        try:
            said = self._run("mdir", ["-b", "-i", self._image, "::"]).out
        except CommandError as exc:
            raise ImageError(
                f"the image's boot partition is no FAT file system that mtools reads ({exc}); build or fetch the image "
                "anew, or set flash_seed to none"
            ) from exc
        return [line.removeprefix("::/").rstrip("/") for line in said.splitlines() if line.strip()][:_MOST_NAMES]

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has, None where there is none: to be asked before what is not ours is read."""
        said = self._run("mdir", ["-i", self._image, f"::{name}"], check=False)
        match = _SUMMED.search(said.out) if said.rc == 0 else None
        return int(match[1].replace(" ", "")) if match else None

    def read(self, name: str) -> str | None:
        """Return the text of a file, None where there is none."""
        said = self._run("mtype", ["-i", self._image, f"::{name}"], check=False)
        return said.out if said.rc == 0 else None

    def write(self, files: t.Mapping[str, str], *, folder: str | None = None) -> None:
        """Put files in place, and make the folders that they need.

        :param folder: where there is room for them meanwhile.
        :raises CommandError: mtools could not, as where the file system is full.
        """
        with tempfile.TemporaryDirectory(prefix="runbook-seed-", dir=folder) as place:
            for number, (name, text) in enumerate(files.items()):
                parent = os.path.dirname(name)
                if parent and self._run("mdir", ["-b", "-i", self._image, f"::{parent}"], check=False).rc != 0:
                    self._run("mmd", ["-i", self._image, f"::{parent}"])
                local = os.path.join(place, str(number))
                with open(local, "w", encoding="utf-8") as file:
                    file.write(text)
                self._run("mcopy", ["-o", "-i", self._image, local, f"::{name}"])

    def _run(self, program: str, arguments: list[str], *, check: bool = True) -> t.Any:
        return Command(program, environ=_ENVIRON).run(arguments, check=check, timeout=120)


__all__ = ("Fat", "is_there")
