# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How QEMU is called for a virtual machine: pure decisions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.vm_card import Loaded

ARCHITECTURE = "arm64"
PROGRAM = "qemu-system-aarch64"
# The cores of a Pi 5.
CPU = "cortex-a76"
MEMORY = "2g"
KVM = Path("/dev/kvm")

# All in the machine's folder: a socket's path has a limit of 107 bytes.
DISK = "disk.img"
CONSOLE_SOCKET = "console.sock"
CONSOLE_LOG = "console.log"
MONITOR = "monitor.sock"


@dataclass(frozen=True)
class Hardware:
    """What a machine is made of.

    :ivar tap: the host's end of its cable.
    :ivar memory: a size as QEMU takes it.
    """

    tap: str
    mac: str
    memory: str = MEMORY
    cores: int = 2

    def fields(self) -> dict[str, str | int]:
        """All of it, to be written down."""
        return asdict(self)


def accelerator(host_architecture: str) -> str:
    """The fastest way to run the machine's processor here: kvm or tcg, which is emulation."""
    return "kvm" if host_architecture == ARCHITECTURE and os.access(KVM, os.R_OK | os.W_OK) else "tcg"


def why_slow(host_architecture: str) -> str:
    """What keeps the machine from running on this host's own processor though it could, "" where nothing does."""
    if host_architecture != ARCHITECTURE or not KVM.exists() or accelerator(host_architecture) == "kvm":
        return ""
    return f"Emulated, though this processor could do it: {KVM} is not yours to open; join the group kvm."


def argv(hardware: Hardware, loaded: Loaded, accelerated: str) -> list[str]:
    """The QEMU call, to be started in the machine's folder.

    :param accelerated: of :func:`accelerator`. Where the kernel then refuses, as in a machine within a machine, QEMU
        takes emulation by itself.
    """
    emulation = ("-accel", "tcg,thread=multi")
    processor = ("-accel", "kvm", *emulation, "-cpu", "max") if accelerated == "kvm" else (*emulation, "-cpu", CPU)
    return [
        PROGRAM,
        *("-machine", "virt"),
        *processor,
        *("-smp", str(hardware.cores), "-m", hardware.memory),
        *("-nodefaults", "-display", "none"),
        *("-kernel", loaded.kernel.name, "-initrd", loaded.initrd.name, "-append", loaded.command_line),
        # The disk of a lab node need not outlive the host.
        *("-drive", f"if=none,id=card,format=raw,cache=unsafe,discard=unmap,file={DISK}"),
        *("-device", "virtio-blk-pci,drive=card"),
        *("-netdev", f"tap,id=cable,ifname={hardware.tap},script=no,downscript=no"),
        *("-device", f"virtio-net-pci,netdev=cable,mac={hardware.mac},romfile="),
        *("-device", "virtio-rng-pci"),
        *("-chardev", f"socket,id=console,path={CONSOLE_SOCKET},server=on,wait=off,logfile={CONSOLE_LOG},logappend=on"),
        *("-serial", "chardev:console"),
        *("-qmp", f"unix:{MONITOR},server=on,wait=off"),
        # A reboot ends QEMU, and the firmware starts it again: with the kernel that is on the card then.
        "-no-reboot",
    ]


def reboots(events: Sequence[str]) -> bool:
    """Whether the guest went down to come up again.

    :param events: the reasons of QEMU's SHUTDOWN events, in their order.
    """
    return bool(events) and events[-1] == "guest-reset"
