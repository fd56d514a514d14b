# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings by which a node updates itself: of apt, cloud-init, needrestart, the boot loader, containers (runbook 6.1).

Private to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ._containers import containers
from ._findings import Finding
from ._guardrails_apt import FILE, parse_dump, wrong
from ._guardrails_cloud_init import DISABLED, evidence, read_cloud_init
from ._guardrails_others import (
    NEEDRESTART_FILE,
    read_firmware_updates,
    read_prepared,
    read_restart,
)
from ._guardrails_units import is_on
from ._node_units import SYSTEM_MANAGER
from ._text import one_line
from ._unit_remedies import gone, removed, typed
from ._updates_units import CLAUSE

if t.TYPE_CHECKING:
    from ._containers import Container
    from ._node_view import NodeView

EEPROM_PROGRAM: t.Final = "/usr/bin/rpi-eeprom-config"
_FROZEN = re.compile(r"^\s*FREEZE_VERSION\s*=\s*1\s*$", re.MULTILINE)
_PODMAN_UPDATERS: t.Final = ("podman-auto-update.timer", "podman-auto-update.service")
_AUTO_UPDATE: t.Final = "io.containers.autoupdate"
# Containers that replace others by newer images; their names are what people leave them.
_WATCHERS = re.compile(r"(?:^|[-_/])(?:watchtower|ouroboros|diun|dockcheck|shepherd|wud|whats-?up-docker)(?:[-_.\d]|$)")
_QUADLETS: t.Final = ("/etc/containers/systemd", "/usr/share/containers/systemd", "/run/containers/systemd")
_QUADLET = re.compile(r"^\s*AutoUpdate\s*=\s*(?P<value>registry|local)\s*$", re.MULTILINE | re.IGNORECASE)


def apt(view: NodeView) -> t.Iterator[Finding]:
    """Find settings by which apt fetches, installs or reboots by itself."""
    for one in wrong(parse_dump(view.run("apt-config", "dump").out)):
        off = "false" if one.name.startswith("Unattended-Upgrade::") else "0"
        remedy = f"""'echo "{one.name} \\"{off}\\";" >> {FILE}'"""
        yield Finding(CLAUSE, "violation", one.name, one.evidence, remedy)


def cloud_init(view: NodeView) -> t.Iterator[Finding]:
    """Find a cloud-init that will run again."""
    state = read_cloud_init(view)
    if state.is_on:
        remedy = f"'touch {DISABLED}' once its first boot is over and the network lasts without it, as guardrails does"
        yield Finding(CLAUSE, "violation", "cloud-init", evidence(state), remedy)


def needrestart(view: NodeView) -> t.Iterator[Finding]:
    """Find a needrestart that restarts services without asking."""
    state = read_restart(view)
    if state.is_automatic:
        what = f"{one_line(state.said[-1][1], 200)} has it restart services after each transaction"
        remedy = f"""'echo "\\$nrconf{{restart}} = qq(l);" > {NEEDRESTART_FILE}'"""
        yield Finding(CLAUSE, "violation", "needrestart", what, remedy)


def prepared(view: NodeView) -> t.Iterator[Finding]:
    """Find updates that wait for the next boot."""
    for path in read_prepared(view):
        what = "an update of the system is prepared, and the next boot carries it out"
        yield Finding(CLAUSE, "violation", path, what, typed(removed(path)))
    for path in read_firmware_updates(view):
        what = "an update of the board's firmware is prepared, and the next boot carries it out"
        yield Finding(CLAUSE, "violation", path, what, typed(removed(path)))


def eeprom(view: NodeView) -> t.Iterator[Finding]:
    """Say of a Raspberry Pi's boot loader whether its version is held."""
    if not view.exists(EEPROM_PROGRAM):
        return
    said = view.run(EEPROM_PROGRAM, check=False, timeout=10)
    if not said.rc and said.out.strip() and not _FROZEN.search(said.out):
        what = (
            "its configuration does not say FREEZE_VERSION=1, so that a newer version would be written where one comes"
        )
        yield Finding(CLAUSE, "info", "boot loader", what, "set it with 'rpi-eeprom-config --edit' if it must stay")


def container_updates(view: NodeView) -> t.Iterator[Finding]:
    """Find what replaces containers by newer images."""
    works = any(one.name in _PODMAN_UPDATERS and is_on(one) for one in view.units if one.manager == SYSTEM_MANAGER)
    for one in containers(view):
        yield from _of_container(one, works=works)
    for folder in (*_QUADLETS, *(f"{home.path}/.config/containers/systemd" for home in view.homes)):
        for name in view.names(folder):
            path = f"{folder}/{name}"
            source = quadlet_update(view.text(path) or "") if name.endswith((".container", ".kube")) else ""
            if source:
                what = f"it asks podman for a newer image (AutoUpdate={source})"
                yield _asked(one_line(path, 300), what, works=works)


def is_container_updater(name: str) -> bool:
    """Whether a container or image of that name replaces other containers by newer images."""
    return bool(_WATCHERS.search(name.lower()))


def quadlet_update(text: str) -> str:
    """Return from where a quadlet's text has podman take newer images by itself, "" where it has not."""
    found = _QUADLET.search(text)
    return found["value"].lower() if found else ""


def _of_container(one: Container, *, works: bool) -> t.Iterator[Finding]:
    if is_container_updater(one.name):
        what = f"{one.engine} holds a container of that name, which replaces others by newer images"
        yield Finding(CLAUSE, "violation", one.subject, one_line(what), "stop it and remove it on the node by hand")
    elif one.labels.get(_AUTO_UPDATE, "") not in ("", "disabled"):
        yield _asked(one.subject, f"its label {_AUTO_UPDATE} asks podman for a newer image", works=works)


def _asked(subject: str, what: str, *, works: bool) -> Finding:
    if works:
        remedy = typed(*(gone(name) for name in _PODMAN_UPDATERS), joined="; ")
        return Finding(CLAUSE, "violation", subject, f"{what}, and podman-auto-update is on", remedy)
    return Finding(CLAUSE, "info", subject, f"{what}; podman-auto-update is off, so that nobody looks", "nothing to do")


__all__ = (
    "apt",
    "cloud_init",
    "container_updates",
    "eeprom",
    "is_container_updater",
    "needrestart",
    "prepared",
    "quadlet_update",
)
