# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether programs of the image's architecture run on this machine, seen by running one (runbook 2.1). Private."""

from __future__ import annotations

import glob
import os
import typing as t

from ._command import Command, CommandError
from ._step import StepError

if t.TYPE_CHECKING:
    from ._image_build_apt import Package

_LIBRARY: t.Final = "libc6"


def require_programs_run(packages: t.Iterable[Package], archives: str, folder: str, architecture: str) -> None:
    """Run the loader of the image's own libc6, which needs nothing else.

    :raises StepError: it does not run.
    """
    library = next((package for package in packages if package.name == _LIBRARY), None)
    if library is None:
        raise StepError(f"the image would hold no {_LIBRARY}; this is an error of the collection, report it")
    os.makedirs(folder)
    Command("dpkg-deb").run(["--extract", os.path.join(archives, library.file), folder])
    loaders = glob.glob(f"{folder}/usr/lib/*/ld-linux*.so.*")
    try:
        Command(loaders[0] if loaders else f"{folder}/ld-linux.so").run(["--version"])
    except CommandError as exc:
        raise StepError(
            f"programs of {architecture} do not run on this machine, and those of the packages have to; run "
            "'apt install qemu-user-static' (Debian 12) or 'apt install qemu-user-binfmt' (Debian 13), or set "
            "image_builder to a machine of that architecture"
        ) from exc


__all__ = ("require_programs_run",)
