# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that a node is what the runbook takes it to be (runbook 2.2). Private to the collection."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import os
import struct
import tempfile
import time
import typing as t

from ._command import Command, CommandError
from ._files import read_text
from ._preflight import (
    Clock,
    Dpkg,
    Machine,
    Space,
    broken_packages,
    dpkg_problems,
    machine_problems,
    machine_sentence,
    machine_warning,
    os_release,
    read_only_reason,
    sentence,
    space_problems,
    sync_problems,
    system_problems,
)
from ._raspberry_pi import (
    code_from_cells,
    code_from_cpuinfo,
    decode,
    tree_stepping,
)
from ._step import Step, StepError
from ._systemctl import Systemctl
from ._text import one_line

CLAUSE = "2.2"


DEVICE_TREE = "/proc/device-tree"
FIRMWARE = "/boot/firmware"
DPKG_LOCK = "/var/lib/dpkg/lock"
SYNCHRONISED = "/run/systemd/timesync/synchronized"
TIME_SERVICE = "systemd-timesyncd.service"
# Debian's other packages that provide time-daemon; each of them replaces systemd-timesyncd.
OTHER_TIME_SERVICES = ("chrony.service", "ntpsec.service", "openntpd.service")
# A device tree's strings are short; a longer one is not read to its end, whatever it is.
PROPERTY_LIMIT = 4096
STATUS_LIMIT = 64 * 1024 * 1024
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "architecture": {"type": "str", "default": "arm64"},
    "model": {"type": "str", "default": "Raspberry Pi 5"},
    "clock_owner": {"type": "str", "choices": ["node", "host"], "default": "node"},
    "clock_tolerance": {"type": "float", "default": 5},
    "clock_wait": {"type": "int", "default": 60},
    "disk_free_mib": {"type": "int", "default": 1024},
    "firmware_free_mib": {"type": "int", "default": 64},
    "inodes_free": {"type": "int", "default": 20000},
    "lock_timeout": {"type": "int", "default": 300},
}


def read_property(path: str) -> bytes | None:
    """Return a property of the device tree, cut after a bearable size; None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read(PROPERTY_LIMIT)
    except OSError:
        return None


def words(content: bytes | None) -> list[str]:
    """Return the strings of a property, made printable: whatever filled them may be hostile."""
    return [one_line(part.decode("utf-8", "replace"), 120) for part in (content or b"").split(b"\0") if part]


def read_machine() -> Machine:
    code = code_from_cells(read_property(f"{DEVICE_TREE}/system/linux,revision"))
    if code is None:
        code = code_from_cpuinfo(read_text("/proc/cpuinfo") or "")
    controllers = sorted(glob.glob(f"{DEVICE_TREE}/soc*/pinctrl*/compatible"))[:16]
    compatible = [word for path in controllers for word in words(read_property(path))]
    return Machine(
        model=next(iter(words(read_property(f"{DEVICE_TREE}/model"))), ""),
        board=None if code is None else decode(code),
        tree_stepping=tree_stepping(compatible),
    )


def read_space(path: str) -> Space:
    status = os.statvfs(path)
    # FAT counts no inodes.
    return Space(path, status.f_bavail * status.f_frsize, status.f_favail if status.f_files else None)


def dpkg_lock_holder() -> str:
    """Return the process that holds dpkg's lock as "1234 (name)", "" for none; nothing is locked by asking."""
    query = struct.pack("hhqqixxxx", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        # The kernel answers for a descriptor opened for reading as well.
        with open(DPKG_LOCK, "rb") as file:
            kind, _whence, _start, _length, pid = struct.unpack("hhqqixxxx", fcntl.fcntl(file, fcntl.F_GETLK, query))
    except OSError:
        return ""
    if kind == fcntl.F_UNLCK:
        return ""
    name = None
    # It may end as it is asked about.
    with contextlib.suppress(OSError):
        name = read_text(f"/proc/{pid}/comm")
    return f"{pid} ({one_line(name or 'unknown', 40)})"


def read_dpkg() -> Dpkg:
    # Whoever is at work as the look begins may have ended by its end: what was seen is half of their work all the same.
    at_work = dpkg_lock_holder()
    status = read_text("/var/lib/dpkg/status", limit=STATUS_LIMIT)
    if status is None:
        raise StepError("/var/lib/dpkg/status is missing, so this is no Debian system; flash a Debian 13 image (2.1)")
    try:
        # Parts of a run are named by number; dpkg keeps a tmp.i of its own there.
        unfinished = sum(name.isdigit() for name in os.listdir("/var/lib/dpkg/updates"))
    except FileNotFoundError:
        unfinished = 0
    audit = Command("dpkg").run(["--audit"], check=False)
    return Dpkg(
        broken=broken_packages(status),
        unfinished=unfinished,
        audit=audit.out.strip() or (audit.err.strip() if audit.rc else ""),
        locked_by=at_work or dpkg_lock_holder(),
    )


def read_clock() -> Clock:
    if os.path.exists(SYNCHRONISED):
        return Clock(synchronised=True)
    # The kernel's own flag, which any time service sets.
    kernel = Command("timedatectl").run(["show", "--property=NTPSynchronized", "--value"], check=False)
    if kernel.out.strip() == "yes":
        return Clock(synchronised=True)
    try:
        found = Systemctl().show([TIME_SERVICE, *OTHER_TIME_SERVICES])
    except CommandError:
        # Whoever has no systemd that answers has no time service of it either.
        return Clock(synchronised=False, load="unknown", active="unknown")
    ours = found[TIME_SERVICE]
    return Clock(
        synchronised=False,
        load=ours.load_state or "unknown",
        active=ours.active_state or "unknown",
        condition=not ours.condition_failed,
        other_service=next((name for name in OTHER_TIME_SERVICES if found[name].active_state == "active"), ""),
    )


def await_clock(seconds: float) -> tuple[Clock, float]:
    """Wait until a time server has set the clock, as long as something tries to; return it and how long that took."""
    start = time.monotonic()
    while True:
        clock = read_clock()
        waited = time.monotonic() - start
        if clock.synchronised or not clock.at_work or waited >= seconds:
            return clock, waited
        time.sleep(min(1, max(seconds - waited, 0)))


def probe_writing(folder: str) -> str:
    """Write and sync a file without a name; return why that failed, "" when it went well."""
    try:
        try:
            # Without a name from the start, so that nothing is left even when the power fails now.
            descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
        except OSError as exc:
            if exc.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
                raise
            descriptor, name = tempfile.mkstemp(dir=folder, prefix=".runbook-probe-")
            os.unlink(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(descriptor)
    except OSError as exc:
        return f"writing to it fails: {exc.strerror}"
    return ""


def root_problems(*, check_mode: bool) -> list[str]:
    reason = read_only_reason(read_text("/proc/self/mountinfo") or "", "/")
    if not reason and not check_mode:
        reason = probe_writing("/")
    if not reason:
        return []
    return [
        (
            f"the root file system cannot be written, {reason}; look for errors in 'journalctl -k', "
            "a card that fails must be replaced"
        )
    ]


def board_facts(machine: Machine) -> dict[str, t.Any]:
    board = machine.board
    return {
        "model": machine.model,
        "board_model": board.model if board else "",
        "code": board.code if board else "",
        "revision": board.revision if board else "",
        "stepping": board.stepping if board else "",
        "tree_stepping": machine.tree_stepping,
        "memory_mib": board.memory_mib if board else 0,
        "manufacturer": board.manufacturer if board else "",
        "processor": board.processor if board else "",
    }


def body(step: Step) -> str:
    start = time.monotonic()
    params = step.params
    release = os_release(read_text("/etc/os-release") or "")
    architecture = Command("dpkg").run(["--print-architecture"]).out.strip()
    problems = system_problems(release, architecture, params["architecture"])

    machine = read_machine() if params["model"] else Machine()
    step.returns(machine=board_facts(machine))
    problems += machine_problems(machine, params["model"])
    if warning := machine_warning(machine):
        step.warn(warning)

    needs = {"/": params["disk_free_mib"]}
    if os.path.isdir(FIRMWARE):
        needs[FIRMWARE] = params["firmware_free_mib"]
    problems += space_problems([read_space(path) for path in needs], needs, params["inodes_free"])
    problems += root_problems(check_mode=step.check_mode)
    dpkg = read_dpkg()
    found = dpkg_problems(dpkg)
    problems += found
    if found and dpkg.locked_by:
        step.returns(busy=one_line(dpkg.locked_by, 100))

    synchronised: dict[str, bool] = {}
    if params["clock_owner"] == "node":
        clock, waited = await_clock(params["clock_wait"])
        problems += sync_problems(clock, waited)
        synchronised = {"synchronised": clock.synchronised}
    step.returns(problems=problems, clock={**synchronised, "time": time.time(), "took": time.monotonic() - start})
    if problems:
        raise StepError(sentence(problems))
    # One that says less than its point release is no less Debian 13.
    version = release.get("DEBIAN_VERSION_FULL") or release["VERSION_ID"]
    place = machine_sentence(machine) if params["model"] else architecture
    return f"Debian {one_line(version, 20)} on {place}."


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
