# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How virtual machines are called, plugged in and entered."""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab import vm, vm_card, vm_firmware, vm_network, vm_qemu, vm_ssh
from lab.cli import check_machine, parser
from lab.command import Completed, LabError
from lab.network import LabNetwork
from lab.vm_card import Loaded
from tests.unit.lab.test_nodes import NODE

HARDWARE = vm_qemu.Hardware("rblab0123456789", "52:54:00:00:00:01")
LOADED = Loaded(Path("/m/kernel"), Path("/m/initrd"), "root=PARTUUID=1-02 console=ttyAMA0")
NETWORK = LabNetwork("runbook-lab-1", ipaddress.IPv4Network("10.89.77.0/24"), "podman1")


def test_a_foreign_processor_is_emulated_on_several_threads() -> None:
    argv = vm_qemu.argv(HARDWARE, LOADED, vm_qemu.accelerator("amd64"))
    assert argv[argv.index("-accel") + 1] == "tcg,thread=multi"
    assert argv[argv.index("-cpu") + 1] == "cortex-a76"
    assert argv[argv.index("-append") + 1] == LOADED.command_line


def test_the_same_processor_is_not_emulated_where_the_kernel_lets_us(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments: True)
    argv = vm_qemu.argv(HARDWARE, LOADED, vm_qemu.accelerator("arm64"))
    # A kernel that refuses, and QEMU emulates.
    assert [argv[at + 1] for at, word in enumerate(argv) if word == "-accel"] == ["kvm", "tcg,thread=multi"]
    assert argv[argv.index("-cpu") + 1] == "max"
    monkeypatch.setattr(vm_qemu, "KVM", tmp_path / "kvm")
    (tmp_path / "kvm").touch()
    assert vm_qemu.why_slow("arm64") == ""
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    assert vm_qemu.accelerator("arm64") == "tcg"
    assert "join the group kvm" in vm_qemu.why_slow("arm64")
    assert vm_qemu.why_slow("amd64") == ""
    (tmp_path / "kvm").unlink()
    assert vm_qemu.why_slow("arm64") == ""


def test_only_a_reboot_starts_a_machine_again() -> None:
    assert vm_qemu.reboots(["guest-reset"])
    assert not vm_qemu.reboots(["guest-shutdown"])
    assert not vm_qemu.reboots(["guest-reset", "host-signal"])
    assert not vm_qemu.reboots([])


def test_a_machine_is_loaded_anew_at_each_reboot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / vm_firmware.HARDWARE).write_text(json.dumps(HARDWARE.fields()))
    loads: list[Path] = []
    ends = iter([["guest-reset"], ["guest-reset"], ["guest-shutdown"]])

    def load(disk: Path, _folder: Path) -> Loaded:
        loads.append(disk)
        return LOADED

    monkeypatch.setattr(vm_card, "load", load)
    monkeypatch.setattr(vm_qemu, "argv", lambda *_arguments: ["true"])
    monkeypatch.setattr(vm_firmware, "shutdown_reasons", lambda *_arguments: next(ends))
    vm_firmware.run_machine(tmp_path)
    assert loads == [tmp_path / vm_qemu.DISK] * 3


def test_a_machine_runs_as_long_as_its_lock_is_held(tmp_path: Path) -> None:
    assert not vm_firmware.is_running(tmp_path)
    handle = os.open(tmp_path / vm_firmware.LOCK, os.O_RDONLY | os.O_CREAT)
    assert not vm_firmware.is_running(tmp_path)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert vm_firmware.is_running(tmp_path)
    os.close(handle)
    assert not vm_firmware.is_running(tmp_path)


def test_a_process_that_ended_says_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert vm_firmware.shutdown_reasons(tmp_path / "none.sock", process) == []


def test_each_machine_of_each_lab_has_a_cable_of_its_own() -> None:
    names = {vm_network.tap_name(lab, name) for lab in ("1", "2") for name in ("a", "b")}
    assert len(names) == 4
    assert all(len(name) <= 15 for name in names)
    macs = {vm_network.mac(lab, name) for lab in ("1", "2") for name in ("a", "b")}
    assert len(macs) == 4
    assert all(mac.startswith("52:54:00:") for mac in macs)


def test_machines_that_come_up_side_by_side_make_one_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(network: LabNetwork) -> None:
        if not made:
            time.sleep(0.1)
            made.append(network.bridge)

    monkeypatch.setattr(vm_network, "_ensure_bridge", make)
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(vm_network.ensure_bridge, [NETWORK] * 4))
    assert made == [NETWORK.bridge]


def test_the_way_out_goes_with_the_network() -> None:
    # What network.remove looks for.
    assert all(str(NETWORK.subnet) in rule for rule in vm_network.way_out(NETWORK))


def _door(tmp_path: Path) -> vm_ssh.Door:
    logins = (vm_ssh.Login("debian", tmp_path / "bootstrap"), vm_ssh.Login("ops", tmp_path / "operator"))
    return vm_ssh.Door(tmp_path, "10.89.77.10", logins)


def test_a_command_reaches_the_other_side_word_by_word(tmp_path: Path) -> None:
    door = _door(tmp_path)
    argv = door.argv(door.logins[0], "sh", "-c", "echo 'a  b'; $(id)")
    assert shlex.split(argv[-1]) == ["sudo", "-n", "--", "sh", "-c", "echo 'a  b'; $(id)"]
    assert "StrictHostKeyChecking=yes" in argv
    assert "sudo" not in door.argv(vm_ssh.Login("root", tmp_path), "id")[-1]


def test_the_login_that_worked_last_is_tried_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    works = "debian"

    def run(argv: list[str], **_options: object) -> Completed:
        user = argv[-3].partition("@")[0]
        tried.append(user)
        return Completed(tuple(argv), 0 if user == works else 255, "", "")

    monkeypatch.setattr(vm_ssh, "run", run)
    door = _door(tmp_path)
    assert door.login().user == "debian"
    works = "ops"
    assert door.login().user == "ops"
    assert door.login().user == "ops"
    assert tried == ["debian", "debian", "ops", "ops"]
    works = ""
    with pytest.raises(LabError, match=r"as debian or ops; see .*console\.log"):
        door.login()


def test_the_baseline_is_the_manifests_and_the_bootstrap_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vm_ssh.Door, "run", lambda *_a, **_k: "debian:x:1000:1000:Bootstrap:/home/debian:/bin/bash\n")
    of_image = {"packages": {"apt": "3"}, "enabled_units": ["ssh.service"], "accounts": {}}
    recorded = vm.recorded_baseline({"baseline": of_image}, _door(tmp_path))
    assert recorded["packages"] == {"apt": "3"}
    assert recorded["accounts"]["debian"] == {"uid": 1000, "gid": 1000, "home": "/home/debian", "shell": "/bin/bash"}
    assert of_image["accounts"] == {}


@pytest.mark.parametrize(
    ("words", "sentence"), [(["--bare"], "leave --bare out"), (["--arch", "amd64"], "leave --arch out")]
)
def test_a_machine_is_what_its_image_is(words: list[str], sentence: str) -> None:
    with pytest.raises(LabError, match=sentence):
        check_machine(parser().parse_args(["up", NODE.name, "--kind", "vm", *words]))


def test_a_machine_is_of_the_images_architecture() -> None:
    assert check_machine(parser().parse_args(["up", NODE.name, "--kind", "vm"])) == "arm64"


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ("[  OK  ] Reached target emergency.target - Emergency Mode.\nStarting x...\n", "emergency mode"),
        ("No init found.\n(initramfs) ", "no root"),
        ("(initramfs) \n[  OK  ] Reached target multi-user.target\n", ""),
        ("", ""),
    ],
)
def test_a_machine_that_waits_for_a_person_is_not_waited_for(tmp_path: Path, shown: str, why: str) -> None:
    console = tmp_path / "console.log"
    assert vm.why_stuck(console) == ""
    console.write_text(shown)
    said = vm.why_stuck(console)
    assert why in said
    assert bool(said) is bool(why)
