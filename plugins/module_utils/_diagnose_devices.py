# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cards and disks: what they say of their own wear and errors (runbook 5.1). Private to the collection.

An SD card says nothing of its health to anybody: only eMMC has a life time, and NVMe its own log. For a card the errors
that the kernel counts are all there is.
"""

from __future__ import annotations

import json
import re
import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._node_view import NodeView, ViewError
from ._text import one_line

_BLOCK: t.Final = "/sys/block"
_COUNTERS: t.Final = "/sys/kernel/debug"
_DISK = re.compile(r"mmcblk\d+|nvme\d+n\d+|sd[a-z]+")
# eMMC counts tenths of its life: 0x0b is past the last one.
_WORN_OUT: t.Final = 0x0A
_END_OF_LIFE: t.Final = {2: "four fifths of its spare blocks are used", 3: "nearly all of its spare blocks are used"}
_USED: t.Final = 90
_NEW: t.Final = "take another card or disk, and re-image the node on it"


def devices(view: NodeView) -> t.Iterator[Symptom]:
    """Ask each card and disk."""
    names = [name for name in view.names(_BLOCK) if _DISK.fullmatch(name)]
    if not names or (view.is_container and not any(view.exists(f"{_BLOCK}/{name}/device") for name in names)):
        why = "it is a container, its disk is the host's" if view.is_container else f"{_BLOCK} has none"
        yield unknown("disks", f"no card or disk is seen: {why}", "look at 'lsblk' on the node")
        return
    for name in names:
        yield from _card(view, name) if name.startswith("mmcblk") else _disk(view, name)


def _card(view: NodeView, name: str) -> t.Iterator[Symptom]:
    said = _identity(view, name)
    counted = _counted(view, name)
    life = _word(view, name, "life_time")
    spare = _word(view, name, "pre_eol_info")
    if life or spare:
        yield of_life(f"{name} {said}".rstrip(), life, spare)
    elif counted is None:
        yield unknown(name, f"the card {said} does not tell its health, and no error is counted", _NEW)
    if counted:
        listed = ", ".join(f"{what} {number}" for what, number in counted.items())
        yield problem("storage", name, f"the kernel counts errors of the card {said}: {listed}", _NEW)
    elif counted is not None:
        yield ok(name, f"the kernel counts no error of the card {said}".rstrip())


def _identity(view: NodeView, name: str) -> str:
    words = [_word(view, name, key) for key in ("name", "date", "manfid", "serial")]
    return ", ".join(one_line(word, 40) for word in words if word)


def _word(view: NodeView, name: str, key: str) -> str:
    try:
        return (view.text(f"{_BLOCK}/{name}/device/{key}") or "").strip()
    except ViewError:
        return ""


def of_life(subject: str, life: str, spare: str) -> Symptom:
    """Judge what an eMMC says of its wear: tenths of its life for two kinds of its cells, and its spare blocks."""
    tenths = [number for word in life.split() if (number := _hex(word)) is not None]
    left = _hex(spare)
    if left in _END_OF_LIFE:
        return problem("storage", subject, f"its end is near: {_END_OF_LIFE[left or 0]}", _NEW)
    if tenths and max(tenths) > _WORN_OUT:
        return problem("storage", subject, f"it is worn out: life_time {one_line(life, 40)}", _NEW)
    if not tenths:
        return unknown(subject, f"life_time is {one_line(life, 40)!r}", _NEW)
    return ok(subject, f"at most {max(tenths) * 10} % of its life are used")


def _hex(word: str) -> int | None:
    try:
        return int(word, 16)
    except ValueError:
        return None


def _counted(view: NodeView, name: str) -> dict[str, int] | None:
    """Return what errors the kernel has counted; None where it does not, or root alone is told."""
    host = f"mmc{name.removeprefix('mmcblk')}"
    try:
        text = view.text(f"{_COUNTERS}/{host}/err_stats")
    except ViewError:
        return None
    return None if text is None else of_counters(text)


def of_counters(text: str) -> dict[str, int]:
    """Return the counters that are not zero."""
    found = {}
    for line in text.splitlines()[:100]:
        what, _colon, number = line.rpartition(":")
        if number.strip().isdecimal() and int(number):
            found[one_line(what.lstrip("# ").strip(), 60)] = int(number)
    return found


def _disk(view: NodeView, name: str) -> t.Iterator[Symptom]:
    try:
        said = view.run("smartctl", "--json", "--all", f"/dev/{name}", timeout=15, check=False).out
    except ViewError:
        yield unknown(name, "smartctl (package smartmontools) is not there to ask the disk", "install it by context.md")
        return
    yield from of_smart(name, said)


def of_smart(name: str, text: str) -> t.Iterator[Symptom]:
    """Judge a disk by its own log, as smartctl gives it."""
    try:
        said = json.loads(text)
        passed = said["smart_status"]["passed"]
    except (ValueError, LookupError, TypeError):
        yield unknown(name, "the disk does not tell its health to smartctl", f"'smartctl --all /dev/{name}'")
        return
    log = said.get("nvme_smart_health_information_log")
    log = log if isinstance(log, dict) else {}
    used = log.get("percentage_used")
    errors = log.get("media_errors")
    if passed is not True:
        yield problem("storage", name, "the disk says of itself that it fails", _NEW)
    elif isinstance(errors, int) and errors:
        yield problem("storage", name, f"the disk has counted {errors} errors of its medium", _NEW)
    elif isinstance(used, int) and used >= _USED:
        yield note(name, f"{used} % of the disk's life are used", _NEW)
    else:
        yield ok(name, "the disk says that it is well" + (f", {used} % used" if isinstance(used, int) else ""))


__all__ = ("devices", "of_counters", "of_life", "of_smart")
