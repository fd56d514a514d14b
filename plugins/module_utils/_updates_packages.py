# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that exist to update a node (runbook 6.1). Private to the collection.

Most have a timer, a service or an entry of cron that starts them. Where that is off they are of no effect, and are told
of for information. What anybody can start, and nothing can switch off, is a violation while it is installed.
"""

from __future__ import annotations

import typing as t

from ._findings import Finding
from ._guardrails_others import ON_DEMAND, read_on_demand
from ._updates_units import CLAUSE

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_QUIET: t.Final = {
    **dict.fromkeys(
        (
            *("unattended-upgrades", "apt-config-auto-update", "apt-dater-host", "apticron", "apticron-systemd"),
            *("aptitude-robot", "cron-apt", "painintheapt", "pkgsync", "snapd", "fwupd"),
            *("mender-client", "mender-client4", "rauc", "swupdate", "ostree", "balena-engine"),
        ),
        "it brings software to the node when it is started",
    ),
    **dict.fromkeys(
        ("puppet-agent", "puppet", "chef", "salt-minion", "cfengine3"),
        "it pulls configuration from elsewhere when it is started",
    ),
    "rpi-update": "whoever calls it puts untested firmware and a kernel on the node",
    "rpi-eeprom": "whoever calls it writes the boot loader",
}


def why_updates(package: str) -> str:
    """Return why a package of that name exists to update a node, "" for any other."""
    return _QUIET.get(package) or next((one.why for one in ON_DEMAND if one.package == package), "")


def packages(view: NodeView) -> t.Iterator[Finding]:
    """Find packages that exist to update a node."""
    for one in read_on_demand(view):
        # It may also have come without a package of that name, and then goes by hand.
        there = bool(view.packages.version_of(one.package))
        remedy = (
            f"'apt-get --assume-yes remove {one.package}', or name it in guardrails_remove"
            if there
            else f"no package brought {one.file}; take it away by hand"
        )
        yield Finding(CLAUSE, "violation", one.package, one.why, remedy)
    for name, why in _QUIET.items():
        if view.packages.version_of(name):
            what = f"it is installed: {why}; nothing starts it by itself unless another finding says so"
            yield Finding(CLAUSE, "info", name, what, "remove it with guardrails_remove where nobody needs it")


__all__ = ("packages", "why_updates")
