# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether systemd's manager reboots a node that hangs or crashes (runbook 6.2). Private to the collection.

What counts is decided in _guardrails_manager, by which the role guardrails switches it off.
"""

from __future__ import annotations

import typing as t

from ._findings import Finding
from ._guardrails_manager import DROP_IN, IN_FORCE, read_manager
from ._systemctl import show_manager
from ._text import one_line
from ._unit_remedies import aside, read_anew, typed

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_CLAUSE = "6.2"
_ROLE = "run provision.yml with --tags guardrails"


def manager(view: NodeView) -> t.Iterator[Finding]:
    """Find what has systemd reboot the node by itself: in its files, and in force."""
    said = show_manager(view.run)
    state = read_manager(view, {name: said[shown] for name, shown in IN_FORCE.items() if shown in said})
    configured = state.configured()
    for one in configured:
        # Who comes after our own drop-in takes it back; a package's own file is outsorted by ours.
        move = aside(one.file) if not one.file.startswith("/usr/") else ""
        remedy = typed(f"{move} && {read_anew()}") if move else _ROLE
        yield Finding(_CLAUSE, "violation", f"systemd {one.key}", one_line(f"{one} has it reboot by itself"), remedy)
    known = {one.key for one in configured}
    for name in state.running():
        if name not in known:
            what = f"it is {said.get(IN_FORCE[name], '')} in force, though no file says so any more"
            yield Finding(_CLAUSE, "violation", f"systemd {name}", one_line(what), typed(read_anew()))
    if not said:
        what = f"systemd does not say what it does with a hung node; see also {DROP_IN}"
        yield Finding(_CLAUSE, "unknown", "systemd watchdog", what, "look at it on the node by hand")


__all__ = ("manager",)
