# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines of a lab: made from an image of image.yml, started, entered and taken away."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import (
    archive,
    baseline,
    configuration,
    host,
    keys,
    known_hosts,
    trust,
    vm_card,
    vm_firmware,
    vm_network,
    vm_qemu,
)
from lab.command import SAY_EVERY, LabError, last_line, say
from lab.configuration import File
from lab.network import LabNetwork
from lab.paths import Paths
from lab.vm_ssh import KNOWN_HOSTS, Door, Login

KIND = "vm"
ROOT = Path(__file__).resolve().parent.parent
FIRMWARE_LOG = "firmware.log"
# Emulated on a busy machine; with KVM it takes seconds.
BOOT_SECONDS = 600.0
OFF_SECONDS = 120.0


@dataclass(frozen=True)
class Place:
    """Where a machine stands on the lab's network."""

    address: str
    cidr: str
    gateway: str
    dns: tuple[str, ...]


class Machines:
    """The virtual machines of one lab."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def folder(self, name: str) -> Path:
        """Where a machine's disk, console and process are."""
        return self._paths.machines / name

    def exists(self, name: str) -> bool:
        """Whether there is anything of a machine, running or not."""
        return self.folder(name).is_dir()

    def is_running(self, name: str) -> bool:
        """Whether a machine is switched on."""
        return vm_firmware.is_running(self.folder(name))

    def door(self, name: str, address: str) -> Door:
        """The way into a machine as root."""
        logins = (
            Login(configuration.BOOTSTRAP_USER, self._paths.keys / keys.BOOTSTRAP),
            Login(configuration.OPERATOR, self._paths.keys / keys.OPERATOR),
        )
        return Door(self.folder(name), address, logins)

    def make(
        self, name: str, place: Place, network: LabNetwork, image: Path, memory: str, *, told: bool = False
    ) -> tuple[list[str], dict[str, Any]]:
        """Make a machine's card from an image, switch it on, and wait for its first boot.

        :param told: the image is a card that says already whose it is.
        :returns: its host keys, and what it held before anyone changed it.
        :raises LabError: it does not come up.
        """
        if slow := vm_qemu.why_slow(host.own_architecture()):
            say(slow)
        folder = self.folder(name)
        folder.mkdir(parents=True)
        values = {
            "name": name,
            "hostname": name,
            "assignment": "static",
            "address": place.cidr,
            "gateway": place.gateway,
            "dns": place.dns,
            "user": configuration.BOOTSTRAP_USER,
            "authorized_keys": [keys.public_line(self._paths, keys.BOOTSTRAP)],
        }
        vm_card.make(image, folder / vm_qemu.DISK, None if told else vm_card.seed_of(values))
        hardware = vm_qemu.Hardware(
            vm_network.tap_name(self._paths.lab_id, name),
            vm_network.mac(self._paths.lab_id, name),
            memory or vm_qemu.MEMORY,
        )
        (folder / vm_firmware.HARDWARE).write_text(json.dumps(hardware.fields()))
        vm_network.connect(network, hardware.tap)
        self.switch_on(name)
        public = self.await_first_boot(name, place.address)
        door = self.door(name, place.address)
        recorded = recorded_baseline(vm_card.manifest_of(image), door)
        give(door, lent_files(place))
        return public, recorded

    def await_first_boot(self, name: str, address: str) -> list[str]:
        """Wait until a machine is the node that its card says; its host keys, as its boot partition has them."""
        public = self._await_host_keys(name)
        known_hosts.replace(self.folder(name) / KNOWN_HOSTS, address, public)
        self.await_boot(name, self.door(name, address))
        return public

    def switch_on(self, name: str) -> None:
        """Start a machine's firmware, which outlives this process.

        :raises LabError: it ended at once.
        """
        folder = self.folder(name)
        (folder / vm_qemu.MONITOR).unlink(missing_ok=True)
        with (folder / FIRMWARE_LOG).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "lab.vm_firmware", str(folder)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            )
        # QEMU makes it when it is about to run.
        while not (folder / vm_qemu.MONITOR).exists():
            if process.poll() is not None:
                raise LabError(f"its firmware ended: {last_line(folder / FIRMWARE_LOG)}; see {folder / FIRMWARE_LOG}.")
            time.sleep(0.1)

    def _await_host_keys(self, name: str) -> list[str]:
        """Until the first boot has written the host keys to the boot partition; no network is asked for them."""
        folder = self.folder(name)
        began = said = time.monotonic()
        while not (found := vm_card.host_keys(folder / vm_qemu.DISK)):
            now = time.monotonic()
            self._require_running(name, began, BOOT_SECONDS)
            if now - said >= SAY_EVERY:
                said = now
                say(f"  {name} {now - began:4.0f} s  {console_line(folder)}")
            time.sleep(2)
        return found

    def _require_running(self, name: str, began: float, seconds: float) -> None:
        console = self.folder(name) / vm_qemu.CONSOLE_LOG
        if not self.is_running(name):
            raise LabError(f"switched itself off ({console_line(console.parent)}); see {console}.")
        if why := why_stuck(console):
            raise LabError(f"{why}; see {console}.")
        if time.monotonic() - began > seconds:
            raise LabError(f"did not boot within {seconds:.0f} s ({console_line(console.parent)}); see {console}.")

    def await_boot(self, name: str, door: Door) -> None:
        """Until a machine answers over SSH and systemd has started everything.

        :raises LabError: naming the units that failed.
        """
        began = said = time.monotonic()
        why = ""
        while not why:
            with contextlib.suppress(LabError):
                state = door.run("systemctl", "is-system-running", "--wait", check=False, timeout=300).strip()
                if state == "running":
                    return
                if state == "degraded":
                    listed = door.run("systemctl", "list-units", "--failed", "--no-legend", "--plain", check=False)
                    failed = ", ".join(line.split()[0] for line in listed.splitlines() if line.strip())
                    why = f"booted with failed units ({failed}); see `lab/node shell {name} -- journalctl -u UNIT`."
                    continue
            now = time.monotonic()
            self._require_running(name, began, BOOT_SECONDS)
            if now - said >= SAY_EVERY:
                said = now
                say(f"  {name} {now - began:4.0f} s  {console_line(self.folder(name))}")
            time.sleep(2)
        raise LabError(why)

    def reboot(self, name: str, address: str) -> None:
        """Have a machine reboot itself, and wait for it.

        :raises LabError: it does not come back.
        """
        door = self.door(name, address)
        before = door.run("cat", "/proc/sys/kernel/random/boot_id")
        door.run("systemctl", "--no-block", "reboot", check=False)
        began = time.monotonic()
        while True:
            with contextlib.suppress(LabError):
                now = door.run("cat", "/proc/sys/kernel/random/boot_id", check=False)
                if now.strip() and now != before:
                    break
            self._require_running(name, began, BOOT_SECONDS)
            time.sleep(2)
        self.await_boot(name, door)

    def remove(self, name: str) -> None:
        """Switch a machine off and remove what there is of it."""
        folder = self.folder(name)
        if folder.exists():
            self.pull_plug(name)
        vm_network.remove(vm_network.tap_name(self._paths.lab_id, name))
        if folder.exists():
            shutil.rmtree(folder)

    def pull_plug(self, name: str) -> None:
        """Take a machine's power away.

        :raises LabError: its process does not end.
        """
        folder = self.folder(name)
        process = folder / vm_firmware.PROCESS
        deadline = time.monotonic() + OFF_SECONDS
        while self.is_running(name):
            # The lock is held, so the number is the firmware's and nobody else's.
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(process.read_text()), signal.SIGTERM)
            if time.monotonic() > deadline:
                raise LabError(f"{name}: its process {process.read_text().strip()} does not end; end it by hand.")
            time.sleep(0.2)


def why_stuck(console: Path) -> str:
    """Why a machine waits for a person at its console, by what that showed last; "" where it does not."""
    if not console.exists():
        return ""
    with console.open("rb") as log:
        log.seek(max(0, console.stat().st_size - 4096))
        shown = log.read().decode(errors="replace")
    if "emergency.target" in shown:
        return "went into systemd's emergency mode, as where a file system cannot be mounted"
    return "found no root to boot from" if shown.rstrip().endswith("(initramfs)") else ""


def console_line(folder: Path) -> str:
    """The newest line of a machine's console."""
    log = folder / vm_qemu.CONSOLE_LOG
    return re.sub(r"\[[0-9;]*m", "", last_line(log)) if log.exists() else "no output yet"


def recorded_baseline(manifest: Mapping[str, Any] | None, door: Door) -> dict[str, Any]:
    """What the machine held before anyone changed it: what the image's manifest says, and the bootstrap login.

    Without a manifest it is read from inside, as a first contact does.
    """
    if manifest is None:
        queries = baseline.QUERIES
        return baseline.compose({what: door.run(*query) for what, query in queries.items()})
    composed = json.loads(json.dumps(manifest["baseline"]))
    line = door.run("getent", "passwd", configuration.BOOTSTRAP_USER).strip()
    name, _, uid, gid, _, home, shell = line.split(":")
    composed["accounts"][name] = {"uid": int(uid), "gid": int(gid), "home": home, "shell": shell}
    return composed  # type: ignore[no-any-return]


def lent_files(place: Place) -> dict[str, File]:
    """What a machine needs of this host to reach what it reaches: proxies and authorities; mostly nothing."""
    proxies = {
        scheme: archive.reachable_from_node(url, place.gateway) for scheme, url in archive.host_proxies().items()
    }
    files = trust.proxy_files(place.gateway) | trust.certificate_files(trust.host_certificates())
    if proxies:
        files["etc/apt/apt.conf.d/80proxy"] = File(archive.apt_proxy_configuration(proxies))
    return files


def give(door: Door, files: Mapping[str, File]) -> None:
    """Put files into a machine, as root."""
    if files:
        packed = configuration.to_tar(dict(files), int(time.time()))
        door.run("tar", "--extract", "--no-same-owner", "--directory", "/", stdin=packed)
    if any(name.startswith(trust.NODE_FOLDER) for name in files):
        door.run("update-ca-certificates", timeout=300)
