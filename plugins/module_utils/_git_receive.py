# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a bundle, taken into a checkout (runbook 2.9). Private to the collection."""

from __future__ import annotations

import os
import shutil
import typing as t

from ._files import sync_folder
from ._git_shadow import Shadow
from ._step import StepError

_INCOMING = "ai-systems-incoming"
_HEADER_LIMIT = 64 * 1024


def receive(shadow: Shadow, commit: str, bundle: t.BinaryIO) -> None:
    """Take the objects of a bundle into a checkout, all or none; no file and no ref of it moves.

    :raises StepError: the bundle does not bring ``commit``.
    """
    incoming = f"{shadow.git_dir}/{_INCOMING}"
    shutil.rmtree(incoming, ignore_errors=True)
    os.makedirs(f"{incoming}/pack")
    try:
        for needed in _prerequisites(bundle):
            if not shadow.has(needed):
                raise StepError(f"the checkout lacks commit {needed[:12]} on which the bundle builds; run again")
        shadow.git("index-pack", "--stdin", "--fix-thin", objects=incoming, stdin=bundle, seconds=1800)
        if shadow.git("cat-file", "-e", f"{commit}^{{commit}}", objects=incoming, check=False).rc != 0:
            raise StepError(f"the bundle does not hold commit {commit[:12]}; run again")
        target = f"{shadow.objects}/pack"
        os.makedirs(target, exist_ok=True)
        # The index of a pack last: without it git does not see the pack.
        for name in sorted(os.listdir(f"{incoming}/pack"), key=lambda name: name.endswith(".idx")):
            os.rename(f"{incoming}/pack/{name}", f"{target}/{name}")
        sync_folder(target)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _prerequisites(bundle: t.BinaryIO) -> list[str]:
    """Read a bundle's header and return the commits that it builds on; the pack follows."""
    if bundle.readline(_HEADER_LIMIT).strip() != b"# v2 git bundle":
        raise StepError("what the controller sent is no bundle; run again")
    needed = []
    for _line in range(10_000):
        line = bundle.readline(_HEADER_LIMIT)
        if line == b"\n":
            break
        if line.startswith(b"-"):
            needed.append(line[1:41].decode("ascii", "replace"))
    # git reads from the descriptor, which stands where the buffer has read to.
    os.lseek(bundle.fileno(), bundle.tell(), os.SEEK_SET)
    return needed


__all__ = ("receive",)
