# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node boots from, and whether a reboot is due (runbook 5.1). Private to the collection."""

from __future__ import annotations

import os
import re
import typing as t

from ._diagnose_file_systems import MOUNTS, parse_mounts
from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._node_view import NodeView
from ._text import one_line

FIRMWARE: t.Final = "/boot/firmware"
_REQUIRED: t.Final = "/run/reboot-required"
_KERNEL = re.compile(r"vmlinuz-(\d.*)")
_NUMBER = re.compile(r"(\d+)")
_REBOOT: t.Final = "reboot it when its services may stop"


def boot_partition(view: NodeView) -> t.Iterator[Symptom]:
    """Ask whether the next start would find what it needs."""
    if not view.exists(FIRMWARE):
        why = "it is a container" if view.is_container else f"there is no {FIRMWARE}"
        yield unknown("boot partition", f"the node has none: {why}", "look at where it boots from")
        return
    mounts = {mount.path: mount for mount in parse_mounts(view.text(MOUNTS) or "")}
    if FIRMWARE not in mounts and f"{FIRMWARE} " in " ".join((view.text("/etc/fstab") or "").split()):
        said = "/etc/fstab names it and it is not mounted, so a new kernel would not get there"
        yield problem("boot", FIRMWARE, said, "look at 'journalctl --boot --unit=boot-firmware.mount'")
    names = frozenset(view.names(FIRMWARE))
    missing = [name for name in ("config.txt", "cmdline.txt") if name not in names]
    empty = [name for name in ("config.txt", "cmdline.txt") if name in names and not _size(view, name)]
    if missing or empty:
        said = " and ".join([*(f"{name} is missing" for name in missing), *(f"{name} is empty" for name in empty)])
        yield problem("boot", f"{FIRMWARE} files", f"the board would not start from it: {said}", "re-image the node")
    kernels = sorted(name for name in names if name.startswith(("vmlinuz", "kernel")))
    if not kernels:
        yield problem("boot", f"{FIRMWARE} kernel", "no kernel lies there", "re-image the node")
    elif not missing and not empty:
        yield ok(FIRMWARE, f"config.txt, cmdline.txt and {one_line(', '.join(kernels), 200)} are there")


def _size(view: NodeView, name: str) -> int:
    status = view.status(f"{FIRMWARE}/{name}")
    return status.st_size if status is not None else 0


def pending_reboot(view: NodeView) -> t.Iterator[Symptom]:
    """Ask whether something waits for a reboot: a mark of apt's, or a newer kernel than the one that runs."""
    if view.exists(_REQUIRED):
        packages = ", ".join((view.text(f"{_REQUIRED}.pkgs") or "").split()) or "no package named"
        yield note("reboot", f"apt asks for one: {one_line(packages, 200)}", _REBOOT)
    kernels = [match[1] for name in view.names("/boot") if (match := _KERNEL.fullmatch(name))]
    running = os.uname().release
    if not kernels:
        why = "it is a container" if view.is_container else "/boot has none"
        yield unknown("kernel", f"no installed kernel is seen beside the running {running}: {why}", "")
        return
    newest = max(kernels, key=version_key)
    if running not in kernels:
        said = f"{running} runs, and of it nothing is left in /boot: the next start is another kernel ({newest})"
        yield note("kernel", said, _REBOOT)
    elif newest != running:
        yield note("kernel", f"{running} runs, {newest} is installed", _REBOOT)
    else:
        yield ok("kernel", f"the newest installed one runs, {running}")


def version_key(version: str) -> list[tuple[int, str]]:
    """Return what sorts kernels by their numbers: 6.12.9 before 6.12.10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _NUMBER.split(version)]


__all__ = ("FIRMWARE", "boot_partition", "pending_reboot", "version_key")
