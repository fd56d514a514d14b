# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the kernel reboots by itself after it has died (runbook 6.2): readers and pure decisions. Private.

One setting decides, kernel.panic: seconds until the reboot, 0 for never. What makes more faults a panic, such as
panic_on_oops, reboots nothing by itself.
"""

from __future__ import annotations

import fnmatch
import typing as t

from ._journald_config import in_order
from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

NAME: t.Final = "kernel.panic"
RUNNING: t.Final = "/proc/sys/kernel/panic"
FOLDERS: t.Final = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d")
FILE: t.Final = f"{FOLDERS[0]}/zz-ai-systems-runbook.conf"
TEXT: t.Final = f"# Runbook 6.2: after a panic the node stays as it is until the operator has looked.\n{NAME} = 0\n"
CMDLINE: t.Final = "/proc/cmdline"


class Said(t.NamedTuple):
    """A value of kernel.panic that something says, and where."""

    value: str
    where: str


class PanicState(t.NamedTuple):
    """What makes the kernel reboot.

    :param running: what is in force; None where that is not the node's to set, as in a container.
    :param configured: what files say, in the order in which they are read.
    :param booted: what the kernel was told when it booted, "" for nothing.
    """

    running: str | None
    configured: tuple[Said, ...]
    booted: str = ""

    def why(self) -> str:
        """Return what has the kernel reboot by itself, now or after the next boot; "" where nothing does."""
        last = self.configured[-1] if self.configured else None
        if last and not _is_zero(last.value):
            return f"{NAME} = {one_line(last.value, 40)} in {one_line(last.where, 200)}"
        if self.running is not None and not _is_zero(self.running):
            return f"{NAME} is {one_line(self.running, 40)}"
        if self.running is not None and not last and self.booted and not _is_zero(self.booted):
            return f"panic={one_line(self.booted, 40)} in the kernel's command line"
        return ""

    def after_ours(self) -> list[Said]:
        """Return what is read after our file and takes it back."""
        ours = FILE.rpartition("/")[2].encode()
        return [
            one for one in self.configured if one.where.rpartition("/")[2].encode() > ours and not _is_zero(one.value)
        ]


def _is_zero(value: str) -> bool:
    try:
        return int(value, 0) == 0
    except ValueError:
        return False


def parse(path: str, text: str) -> list[Said]:
    """Return what one file of sysctl.d says of kernel.panic."""
    found = []
    for line in text.splitlines():
        statement = line.strip()
        key, equals, value = statement.partition("=")
        name = key.strip().removeprefix("-").replace("/", ".")
        if equals and not statement.startswith(("#", ";")) and (name == NAME or fnmatch.fnmatchcase(NAME, name)):
            found.append(Said(value.strip(), path))
    return found


def of_cmdline(text: str) -> str:
    """Return the last panic= of a kernel's command line, "" where there is none."""
    return next((word.removeprefix("panic=") for word in reversed(text.split()) if word.startswith("panic=")), "")


def read_panic(view: NodeView) -> PanicState:
    """Read what the kernel and its files say. A container has its host's kernel, which is not for it to set.

    :raises ViewError: a file is there and cannot be read.
    """
    said: list[Said] = []
    for path in in_order([(folder, view.names(folder)) for folder in FOLDERS]):
        if view.target(path) != "/dev/null":
            said += parse(path, view.text(path) or "")
    if view.is_container:
        return PanicState(None, tuple(said))
    return PanicState((view.text(RUNNING) or "").strip() or None, tuple(said), of_cmdline(view.text(CMDLINE) or ""))


__all__ = (
    "CMDLINE",
    "FILE",
    "FOLDERS",
    "NAME",
    "RUNNING",
    "TEXT",
    "PanicState",
    "Said",
    "of_cmdline",
    "parse",
    "read_panic",
)
