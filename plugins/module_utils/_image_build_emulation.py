# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether programs of the image's architecture run on this machine, seen by running one (runbook 2.1). Private."""

from __future__ import annotations

import glob
import os
import re
import typing as t

from ._command import Command, CommandError
from ._files import read_text
from ._step import StepError

if t.TYPE_CHECKING:
    from ._image_build_apt import Package

LIBRARY: t.Final = "libc6"
BINFMT: t.Final = "/proc/sys/fs/binfmt_misc"
# The head of a program of that architecture, as the kernel shows what it compares one with.
_HEADS: t.Final = {"arm64": re.compile(r"^magic 7f454c46[0-9a-f]{28}b700", re.MULTILINE)}


def require_registered(architecture: str) -> None:
    """See to it that the kernel knows an emulator of another architecture; nothing is run.

    Where that cannot be told, as in many a container, the run of a program tells it (:func:`require_programs_run`).

    :raises StepError: it knows none.
    """
    head, on = _HEADS.get(architecture), _text(f"{BINFMT}/status")
    if head is None or not on:
        return
    rules = [_text(path) for path in sorted(glob.glob(f"{BINFMT}/*"))]
    if not on.startswith("enabled") or not any(rule.startswith("enabled") and head.search(rule) for rule in rules):
        raise _cannot_run(architecture)


def require_programs_run(packages: t.Iterable[Package], archives: str, folder: str, architecture: str) -> None:
    """Run the loader of the image's own libc6, which needs nothing else.

    :raises StepError: it does not run.
    """
    library = next((package for package in packages if package.name == LIBRARY), None)
    if library is None:
        raise StepError(f"the image would hold no {LIBRARY}; this is an error of the collection, report it")
    os.makedirs(folder)
    Command("dpkg-deb").run(["--extract", os.path.join(archives, library.file), folder])
    loaders = glob.glob(f"{folder}/usr/lib/*/ld-linux*.so.*")
    try:
        Command(loaders[0] if loaders else f"{folder}/ld-linux.so").run(["--version"])
    except CommandError as exc:
        raise _cannot_run(architecture) from exc


def _cannot_run(architecture: str) -> StepError:
    return StepError(
        f"programs of {architecture} do not run on this machine, and those of the packages have to; run "
        "'apt install qemu-user-static' (Debian 12) or 'apt install qemu-user-binfmt' (Debian 13), or set "
        "image_builder to a machine of that architecture"
    )


def _text(path: str) -> str:
    try:
        return read_text(path) or ""
    except OSError:
        # What takes a registration can only be written.
        return ""


__all__ = ("BINFMT", "LIBRARY", "require_programs_run", "require_registered")
