# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firmware of a virtual machine: loads the kernel that is on its card, at each start anew, and runs it.

A process of its own, which ends when the machine is switched off. It holds a lock while it lives: so the kernel knows
which machines run, however they end.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from lab import host, locks, vm_card, vm_qemu

HARDWARE = "hardware.json"
LOCK = "running.lock"
PROCESS = "firmware.pid"
_MONITOR_SECONDS = 30.0


def is_running(folder: Path) -> bool:
    """Whether a machine's firmware lives."""
    path = folder / LOCK
    if not path.exists():
        return False
    handle = locks.open_lock(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def run_machine(folder: Path) -> None:
    """Run the machine of a folder until it is switched off."""
    hardware = vm_qemu.Hardware(**json.loads((folder / HARDWARE).read_text()))
    accelerated = vm_qemu.accelerator(host.own_architecture())
    while True:
        loaded = vm_card.load(folder / vm_qemu.DISK, folder)
        (folder / vm_qemu.MONITOR).unlink(missing_ok=True)
        began = time.monotonic()
        process = subprocess.Popen(vm_qemu.argv(hardware, loaded, accelerated), cwd=folder, stdin=subprocess.DEVNULL)
        try:
            reasons = shutdown_reasons(folder / vm_qemu.MONITOR, process)
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        print(f"QEMU ended after {time.monotonic() - began:.0f} s with {process.returncode}: {reasons}", flush=True)
        if not vm_qemu.reboots(reasons):
            return


def shutdown_reasons(monitor: Path, process: subprocess.Popen[bytes]) -> list[str]:
    """Listen to QEMU until it ends; why it says that the machine went down."""
    reasons: list[str] = []
    deadline = time.monotonic() + _MONITOR_SECONDS
    with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as connection:
        while process.poll() is None:
            try:
                connect(connection, monitor)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        with connection.makefile("rw", encoding="utf-8") as lines:
            lines.write('{"execute": "qmp_capabilities"}\n')
            lines.flush()
            for line in lines:
                said = json.loads(line)
                if said.get("event") == "SHUTDOWN":
                    reasons.append(str(said["data"]["reason"]))
    return reasons


def connect(connection: socket.socket, path: Path) -> None:
    """Connect to a socket whose whole path may be longer than the kernel takes."""
    handle = os.open(path.parent, os.O_PATH)
    try:
        connection.connect(f"/proc/self/fd/{handle}/{path.name}")
    finally:
        os.close(handle)


def main(folder: Path) -> int:
    """Hold the lock, and run the machine."""
    lock = locks.open_lock(folder / LOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("the machine runs already", file=sys.stderr)
        return 1
    (folder / PROCESS).write_text(f"{os.getpid()}\n")

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    run_machine(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
