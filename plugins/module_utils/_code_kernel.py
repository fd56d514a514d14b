# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel, its modules, and what a node boots from (runbook 6.4). Private to the collection."""

from __future__ import annotations

import re
import shlex
import typing as t

from ._findings import Finding
from ._tree_facts import finding, is_plain, listed

if t.TYPE_CHECKING:
    from ._code_facts import CodeFacts
    from ._node_view import NodeView

CLAUSE: t.Final = "6.4"
# Of the kernel's taint, what says that code from elsewhere was loaded into it: bit and letter.
_FOREIGN = {1: "by force (F)", 12: "from outside of the kernel's tree (O)", 13: "without a signature (E)"}
_RELEASE = re.compile(r"[A-Za-z0-9._+~-]+")
_FIRMWARE = "/boot/firmware"
# What the firmware or the kernel's boot runs; the initrd is made on the node, so no package has its sum.
_BOOTED = re.compile(r"(?:vmlinu[xz].*|kernel.*\.img|start.*\.elf|bootcode\.bin|.*\.efi|.*\.dtb|.*\.dtbo)")
_PLACES = re.compile(rf"/boot|{_FIRMWARE}(?:/[^/]+)?")
_ORIGINS = ("/boot", "/usr/lib/raspi-firmware")


def parse_modules(text: str) -> list[str]:
    """Return the names of the loaded modules, of /proc/modules."""
    return [line.split(" ", 1)[0] for line in text.split("\n") if line]


def parse_files(text: str) -> dict[str, str]:
    """Return the files of modules by their names, of modules.dep; relative to their folder."""
    found = {}
    for line in text.split("\n"):
        path, colon, _rest = line.partition(":")
        if colon:
            found[path.rpartition("/")[2].partition(".ko")[0].replace("-", "_")] = path
    return found


def taint(number: int) -> list[str]:
    """Return in which ways code from elsewhere came into a kernel, of /proc/sys/kernel/tainted."""
    return [what for bit, what in _FOREIGN.items() if number >> bit & 1]


def of_modules(view: NodeView, facts: CodeFacts) -> t.Iterator[Finding]:
    """Yield a finding for each loaded module that no package brought."""
    if view.is_container:
        evidence = "the node is a container: its kernel is another machine's, and was not looked at"
        yield finding(CLAUSE, "info", "kernel", evidence, "look at that machine")
        return
    release = (view.text("/proc/sys/kernel/osrelease") or "").strip()
    if not _RELEASE.fullmatch(release):
        yield finding(CLAUSE, "unknown", "kernel", "it does not say its release", 'look at it by hand: "uname -a"')
        return
    folder = f"/usr/lib/modules/{release}"
    files = parse_files(view.text(f"{folder}/modules.dep", limit=32 * 1024 * 1024) or "")
    strange: list[str] = []
    for name in parse_modules(view.text("/proc/modules") or ""):
        path = files.get(name, "")
        if not path or not facts.is_brought(f"{folder}/{path}"):
            strange.append(name)
            where = f"is in {folder}/{path}, and no package brought that" if path else f"has no file in {folder}"
            yield _of_module(name, f"the module is loaded and {where}")
    yield from _of_taint(view, strange)


def _of_module(name: str, evidence: str) -> Finding:
    word = name if re.fullmatch(r"[A-Za-z0-9_]+", name) else ""
    remedy = f"look what it is; 'rmmod {word}' takes it out of the kernel" if word else "look what it is"
    return finding(CLAUSE, "violation", f"kernel module {name}", evidence, f"{remedy}, a restart without it is surer")


def _of_taint(view: NodeView, strange: t.Sequence[str]) -> t.Iterator[Finding]:
    text = (view.text("/proc/sys/kernel/tainted") or "").strip()
    ways = taint(int(text)) if text.isdecimal() else []
    if not text.isdecimal():
        evidence = "the kernel does not say whether code from elsewhere is in it"
        yield finding(CLAUSE, "unknown", "kernel", evidence, "look at /proc/sys/kernel/tainted on the node")
    elif ways and not strange:
        yield finding(
            CLAUSE,
            "violation",
            "kernel",
            f"since the node was started a module was loaded {listed(ways)}",
            'look in "journalctl --dmesg" which it was, remove it, and restart the node',
        )


def of_boot(view: NodeView, facts: CodeFacts) -> t.Iterator[Finding]:
    """Yield a finding for each kernel, firmware or device tree to boot from that no package brought."""
    paths = [path for name in view.names("/boot") if not view.target(path := f"/boot/{name}")]
    # Debian's kernels since 7 come in /usr/lib/modules, and a hook copies them here, as it does for the firmware.
    origins = _origins(facts)
    for path in (*paths, *_below(view, _FIRMWARE)):
        if is_booted(path) and not facts.is_brought(path) and view.checksums.actual(path) not in origins.values():
            yield _of_boot_file(path, is_copy=_is_copy(path, origins))


def is_booted(path: str) -> bool:
    """Whether :func:`of_boot` looks at a file, which is then no program among others."""
    folder, _slash, name = path.rpartition("/")
    return _PLACES.fullmatch(folder) is not None and _BOOTED.fullmatch(name) is not None


def _below(view: NodeView, folder: str) -> t.Iterator[str]:
    for name in view.names(folder):
        inner = [f"{folder}/{name}/{one}" for one in view.names(f"{folder}/{name}")]
        yield from inner or [f"{folder}/{name}"]


def _origins(facts: CodeFacts) -> dict[str, str]:
    """Return what packages copy to where the firmware finds it: paths with their sums."""
    folders = (*_ORIGINS, "/usr/lib/linux-image-", "/usr/lib/u-boot/", "/usr/lib/modules/")
    return {path: one.md5 for path, one in facts.brought.items() if path.startswith(folders)}


def _is_copy(path: str, origins: t.Iterable[str]) -> bool:
    """Whether a file is named like one that raspi-firmware copies there: its own, the kernel's and its device trees."""
    name = path.rpartition("/")[2]
    kernel = f"/usr/lib/modules/{name.removeprefix('vmlinuz-')}/vmlinuz"
    return path.startswith(f"{_FIRMWARE}/") and any(one.endswith(f"/{name}") or one == kernel for one in origins)


def _of_boot_file(path: str, *, is_copy: bool) -> Finding:
    evidence = "the node may be booted from it, and no package brought it with that content"
    by = f"'rm -- {shlex.quote(path)}'" if is_plain(path) else "remove it"
    # A board does not start without some of them.
    mend = (
        "look what it is; 'dpkg-reconfigure raspi-firmware' copies the package's there again"
        if is_copy
        else f"where it is no kernel of yours to keep, remove it ({by})"
    )
    return finding(CLAUSE, "violation", f"{path} (boot)", evidence, f"{mend}, and re-image the node (5) if it ran")


__all__ = ("CLAUSE", "of_boot", "of_modules", "parse_files", "parse_modules", "taint")
