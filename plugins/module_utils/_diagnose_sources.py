# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All sources of diagnostics, in the order of a report (runbook 5.1). Private to the collection."""

from __future__ import annotations

import functools
import typing as t

from ._diagnose_boot_partition import boot_partition, pending_reboot
from ._diagnose_boots import boots, journal
from ._diagnose_clock import clock
from ._diagnose_devices import devices
from ._diagnose_drift import drift, operations
from ._diagnose_file_systems import file_systems
from ._diagnose_hardware import board, boot_loader, power, temperature, throttling
from ._diagnose_kernel_log import kernel_log
from ._diagnose_memory import memory, pressure
from ._diagnose_network import reachable
from ._diagnose_packages import packages
from ._diagnose_units import manager, units
from ._diagnosis import Source
from ._diagnosis_titles import TITLES

if t.TYPE_CHECKING:
    from ._diagnosis_symptom import Symptom
    from ._node_view import NodeView


def sources(*, now: float, audited: float) -> list[Source]:
    """Return the sources.

    :param now: the controller's clock, in seconds since 1970.
    :param audited: when the node was audited last, by that clock; 0 where it never was.
    """
    looks: dict[str, t.Callable[[NodeView], t.Iterable[Symptom]]] = {
        "board": board,
        "throttling": throttling,
        "temperature": temperature,
        "power": power,
        "boot-loader": boot_loader,
        "kernel-log": kernel_log,
        "devices": devices,
        "file-systems": file_systems,
        "boot-partition": boot_partition,
        "memory": memory,
        "pressure": pressure,
        "systemd": manager,
        "units": units,
        "boots": boots,
        "clock": functools.partial(clock, controller=now),
        "network": reachable,
        "journal": journal,
        "packages": packages,
        "reboot": pending_reboot,
        "operations": functools.partial(operations, now=now),
        "drift": functools.partial(drift, since=audited),
    }
    return [Source(name, title, looks[name]) for name, title in TITLES.items()]


__all__ = ("sources",)
