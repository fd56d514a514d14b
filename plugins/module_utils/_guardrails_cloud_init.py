# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cloud-init, which configures a node anew at each boot: upgrades, packages, commands (runbook 6.1).

It is switched off by a file of its own, once its first boot is over. Readers and pure decisions, private to the
collection.
"""

from __future__ import annotations

import re
import typing as t

from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

FOLDER: t.Final = "/etc/cloud"
DISABLED: t.Final = f"{FOLDER}/cloud-init.disabled"
TEXT: t.Final = "Runbook 6.1: cloud-init has done its first boot. The operator alone changes this node.\n"
# Any of them is what runs it: the first of version 25, the others of those before.
PROGRAMS: t.Final = (
    "/usr/lib/systemd/system/cloud-init-main.service",
    "/usr/lib/systemd/system/cloud-init.service",
    "/usr/bin/cloud-init",
)
CMDLINE: t.Final = "/proc/cmdline"
_RUN: t.Final = "/run/cloud-init"
# It writes this when the last of its stages is over.
RESULT: t.Final = f"{_RUN}/result.json"
_MARKS: t.Final = (f"{_RUN}/enabled", f"{_RUN}/status.json", f"{_RUN}/instance-data.json")
_SEEDS: t.Final = (
    "/boot/firmware/user-data",
    "/boot/user-data",
    "/var/lib/cloud/seed/nocloud/user-data",
    "/var/lib/cloud/seed/nocloud-net/user-data",
    "/var/lib/cloud/instance/user-data.txt",
    "/etc/cloud/cloud.cfg",
)
_PER_BOOT: t.Final = "/var/lib/cloud/scripts/per-boot"
# What of its configuration updates or runs something, with the values that do not.
_KEYS = re.compile(
    r"^(?P<key>package_update|package_upgrade|package_reboot_if_required|apt_update|apt_upgrade|apt_reboot_if_required"
    r"|packages|runcmd|bootcmd|snap|ansible|chef|puppet|salt_minion|power_state)\s*:\s*(?P<value>.*)$",
    re.MULTILINE,
)
_NO = frozenset(("false", "no", "off", "0", "null", "~", "[]", "{}", "none"))


class CloudInitState(t.NamedTuple):
    """What cloud-init is on a node.

    :param is_off: whether it is kept from running at the next boot.
    :param ran: whether it ran in this boot.
    :param is_done: whether it came to its end then.
    :param does: what of its configuration updates the node or runs something, for the report.
    """

    is_there: bool
    is_off: bool
    ran: bool
    is_done: bool
    does: tuple[str, ...]

    @property
    def is_on(self) -> bool:
        """Whether it will run at the next boot."""
        return self.is_there and not self.is_off


def is_off_by(cmdline: str) -> bool:
    """Whether the kernel's command line keeps it from running."""
    return "cloud-init=disabled" in cmdline.split()


def keys_of(text: str) -> list[str]:
    """Return the keys of a configuration by which it updates the node or runs something; no values."""
    found = (match for match in _KEYS.finditer(text))
    return [match["key"] for match in found if match["value"].partition(" #")[0].strip().lower() not in _NO]


def read_cloud_init(view: NodeView) -> CloudInitState:
    """Read what cloud-init is on a node.

    :raises ViewError: a file is there and cannot be read.
    """
    is_there = any(view.exists(path) for path in PROGRAMS)
    is_off = view.exists(DISABLED) or is_off_by(view.text(CMDLINE) or "")
    if not is_there or is_off:
        return CloudInitState(is_there, is_off, ran=False, is_done=False, does=())
    ran = any(view.exists(path) for path in (*_MARKS, RESULT))
    return CloudInitState(is_there, is_off, ran=ran, is_done=view.exists(RESULT), does=tuple(_does(view)))


def _does(view: NodeView) -> t.Iterator[str]:
    for path in _SEEDS:
        keys = keys_of(view.text(path) or "")
        if keys:
            yield f"{', '.join(dict.fromkeys(keys))} in {path}"
    scripts = view.names(_PER_BOOT)
    if scripts:
        yield one_line(f"{', '.join(scripts[:5])} in {_PER_BOOT}", 200)


def evidence(state: CloudInitState) -> str:
    """Return what is wrong with a cloud-init that is on, as half a sentence."""
    what = f"; it has {'; '.join(state.does[:5])}" if state.does else ""
    return one_line(f"it runs at each boot and may configure the node anew, with commands and packages{what}", 600)


__all__ = (
    "DISABLED",
    "FOLDER",
    "RESULT",
    "TEXT",
    "CloudInitState",
    "evidence",
    "is_off_by",
    "keys_of",
    "read_cloud_init",
)
