# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node comes back with its network when cloud-init no longer writes it (runbook 6.1, ruling 4).

What cloud-init once wrote into /etc stays, whether it runs or not. What lies in /run alone is gone with the next boot,
and with it the operator's way to the node. Private to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ._command import Command, CommandError
from ._network_ifupdown import Ifupdown, count_stanzas, read_files
from ._network_networkd import Networkd, read_state
from ._network_nm import NetworkManager, active_identifier
from ._network_plan import PlanError
from ._network_state import NetworkState, read_network
from ._network_static import interface_of, manager_of
from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_NETPLAN_FOLDERS = ("/etc/netplan", "/usr/lib/netplan", "/lib/netplan")
# netplan makes these when systemd reads its units, at each boot, from what lies in its own folders.
_OF_NETPLAN = re.compile(r".*/(?:10-)?netplan-(?P<id>.+?)\.(?:network|nmconnection)")
# systemd makes these at each boot from the kernel's command line.
_OF_CMDLINE = re.compile(r"/run/systemd/network/(?:7[0-9]|91)-[^/]+\.network")
_LASTING = ("/etc/", "/usr/", "/lib/")
# Any address will do: it is asked which way leads out, nothing is sent there.
_OUTSIDE = "192.0.2.1"
_REMEDY = (
    "declare network_mode: static (2.4), which writes it to the disk, or keep cloud-init with "
    "guardrails_disable_cloud_init: false, and run again"
)


class Source(t.NamedTuple):
    """Where an interface's configuration comes from.

    :param manager: the program that runs it.
    :param file: the file in force; "" where that cannot be told.
    """

    interface: str
    manager: str
    file: str


def why_not_lasting(source: Source, *, real: str, netplan: t.Mapping[str, str], cmdline: str) -> str:
    """Return why an interface would have no configuration after a boot without cloud-init, "" where it would.

    :param real: where the file in force leads to.
    :param netplan: the text of each of netplan's own files.
    :param cmdline: the kernel's command line.
    """
    if not source.file:
        return f"{source.manager} runs {source.interface} by no file that could be found"
    generated = _OF_NETPLAN.fullmatch(source.file)
    if generated and not real.startswith(_LASTING):
        name = generated["id"]
        # Of a wireless network its name stands behind that of the interface.
        parts = name.split("-")
        names = {"-".join(parts[:end]) for end in range(1, len(parts) + 1)}
        if any(_defines(text, one) for text in netplan.values() for one in names):
            return ""
        return (
            f"netplan made {one_line(source.file, 200)} for {source.interface}, and none of its files in "
            f"{_NETPLAN_FOLDERS[0]} names {one_line(name, 60)!r}"
        )
    if real.startswith(_LASTING):
        return ""
    if _OF_CMDLINE.fullmatch(source.file) and re.search(r"(?:^|\s)ip=", cmdline):
        return ""
    return f"{source.manager} runs {source.interface} by {one_line(real or source.file, 200)}, which a reboot empties"


def _defines(text: str, name: str) -> bool:
    return re.search(rf"^[ \t]+[\"']?{re.escape(name)}[\"']?[ \t]*:", text, re.MULTILINE) is not None


def profile_file(text: str, identifier: str) -> str:
    """Return the file of a profile in what ``nmcli -t -f UUID,FILENAME connection show`` printed, "" for none."""
    for line in text.splitlines():
        found, _colon, path = line.partition(":")
        if found == identifier and identifier:
            return path.replace("\\:", ":").replace("\\\\", "\\")
    return ""


def why_network_would_go(view: NodeView, *, real: t.Callable[[str], str]) -> str:
    """Return why the node may not come back on its network without cloud-init, with the remedy; "" where it will.

    :param real: where a path leads to.
    """
    try:
        source = read_source(read_network(_OUTSIDE))
    except (PlanError, CommandError, ValueError) as exc:
        return _refused(f"{one_line(str(exc), 300)}")
    netplan = {
        f"{folder}/{name}": view.text(f"{folder}/{name}") or ""
        for folder in _NETPLAN_FOLDERS
        for name in view.names(folder)
        if name.endswith(".yaml")
    }
    reason = why_not_lasting(
        source,
        real=real(source.file) if source.file else "",
        netplan=netplan,
        cmdline=view.text("/proc/cmdline") or "",
    )
    return _refused(reason) if reason else ""


def _refused(reason: str) -> str:
    return (
        "cloud-init was not disabled, since it is not proven that the node's network comes back without it: "
        f"{reason}; {_REMEDY}"
    )


def read_source(state: NetworkState) -> Source:
    """Ask the program that runs the way to the controller by which file it does.

    :raises PlanError: no interface, or none of the programs that we know.
    :raises CommandError: it does not answer.
    """
    interface = interface_of(state)
    manager = manager_of(interface)
    if isinstance(manager, Networkd):
        return Source(interface, manager.name, read_state(interface)[1])
    if isinstance(manager, NetworkManager):
        nmcli = Command("nmcli")
        shown = nmcli.run(["-t", "-f", "GENERAL.CON-UUID", "device", "show", interface]).out
        profiles = nmcli.run(["-t", "-f", "UUID,FILENAME", "connection", "show"]).out
        return Source(interface, manager.name, profile_file(profiles, active_identifier(shown)))
    files = read_files()
    holding = [path for path, text in files.items() if count_stanzas(text, interface)]
    return Source(interface, Ifupdown.name, holding[0] if holding else "")


__all__ = ("Source", "profile_file", "read_source", "why_network_would_go", "why_not_lasting")
