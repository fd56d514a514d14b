# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image's first boot, on a real kernel: two cards from one image, in virtual machines (runbook 2.1, 2.2)."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_partitions, _image_seed
from lab import vm_card
from lab.paths import Paths
from lab.vm import Machines
from tests.e2e.conftest import ROOT, Machine, lab
from tests.image import rig

FIRST, SECOND, THIRD = "card-1", "card-2", "card-3"
# What the program says on the console before it changes the partition table.
AT_WORK = "growing /dev/"
SEEN_WITHIN = 900
GIB = 1024**3


class Two(t.NamedTuple):
    first: Machine
    second: Machine


@pytest.fixture(scope="module")
def two(machines: t.Callable[..., list[Machine]]) -> Two:
    return Two(*machines(FIRST, SECOND))


def _variables(machine: Machine) -> dict[str, t.Any]:
    said = subprocess.run(
        [ROOT / ".venv/bin/ansible-inventory", "-i", "/dev/stdin", "--host", machine.name],
        input=lab("inventory").stdout,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    variables: dict[str, t.Any] = json.loads(said.stdout)
    return variables


def test_everything_runs(two: Two) -> None:
    for machine in two:
        assert machine.root("systemctl is-system-running").strip() == "running"


def test_nothing_of_the_first_boot_stays(two: Two) -> None:
    for machine in two:
        found = machine.root("find / -xdev '(' -name 'runbook-first-boot*' -o -name '*.runbook-new' ')'")
        assert found == ""
        # systemd knows it until it reads its units anew; nothing starts it.
        assert machine.root("systemctl is-enabled runbook-first-boot.service 2>&1", check=False).strip() == "not-found"


def test_the_root_is_as_large_as_the_card(two: Two) -> None:
    for machine in two:
        size = int(machine.root("stat -f -c '%b %S' / | awk '{print $1 * $2}'"))
        assert size > 0.9 * (machine.disk.stat().st_size - 0.6 * GIB)


def test_it_is_called_and_reached_as_it_was_told(two: Two) -> None:
    for machine in two:
        variables = _variables(machine)
        assert machine.root("hostname").strip() == machine.name
        assert machine.root("hostnamectl --static").strip() == machine.name
        assert machine.root(f"getent hosts {machine.name}").split()[0] == "127.0.1.1"
        assert variables["network_address"] in machine.root("ip -4 -br address show scope global")
        assert f"via {variables['network_gateway']}" in machine.root("ip -4 route show default")
        servers = "".join(f"nameserver {server}\n" for server in variables["network_dns"])
        assert machine.root("cat /etc/resolv.conf") == servers


def test_only_the_bootstrap_key_lets_anybody_in(two: Two) -> None:
    for machine in two:
        passwords = machine.root("getent shadow | cut -d: -f1,2")
        opens = [line for line in passwords.splitlines() if not line.partition(":")[2].startswith(("!", "*"))]
        assert opens == []
        keys = machine.root("find / -xdev -path /usr/share/man -prune -o -name 'authorized_keys*' -print")
        assert keys.split() == ["/home/debian/.ssh/authorized_keys"]


def test_enroll_has_something_to_compare(two: Two) -> None:
    for machine in two:
        inside = machine.root("cat /etc/ssh/ssh_host_*_key.pub")
        assert vm_card.host_keys(machine.disk) == inside.splitlines()
        prompt = machine.root("script --quiet --return --command '/sbin/agetty --show-issue' /dev/null")
        for line in machine.root("for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -l -f $key; done").splitlines():
            assert line.split()[1] in prompt
        assert _variables(machine)["ansible_host"] in prompt


def test_two_cards_of_one_image_are_two_nodes(two: Two) -> None:
    def of(machine: Machine) -> tuple[str, ...]:
        parts = ("cat /etc/machine-id", "cat /etc/ssh/ssh_host_ed25519_key.pub", "cat /etc/ssh/ssh_host_rsa_key.pub")
        return tuple(machine.root(part) for part in parts)

    for one, other in zip(of(two.first), of(two.second), strict=True):
        assert one.split()[-2:] != other.split()[-2:]
        assert one != other
    assert len(two.first.root("cat /etc/machine-id").strip()) == 32


def test_the_kernel_is_the_images_own(two: Two) -> None:
    release = two.first.root("uname -r").strip()
    assert "bpo" in two.first.root(f"dpkg-query --show 'linux-image-{release}'")
    assert release in two.first.root("cat /boot/firmware/config.txt")
    # What neither a container nor user emulation has.
    assert "table" in two.first.root("nft add table inet probe; nft list tables; nft delete table inet probe")


def test_the_second_boot_has_nothing_left_to_do(two: Two) -> None:
    machine = two.first
    ask = "cat /etc/machine-id /etc/ssh/ssh_host_*_key.pub /etc/shadow; cat /proc/sys/kernel/random/boot_id"
    before = machine.root(ask)
    lab("reboot", machine.name)
    after = machine.root(ask)
    assert before.splitlines()[:-1] == after.splitlines()[:-1]
    assert before.splitlines()[-1] != after.splitlines()[-1]
    assert machine.root("journalctl -q -b 0 -u runbook-first-boot.service", check=False) == ""
    assert "could not be found" in machine.root("systemctl status runbook-first-boot.service 2>&1", check=False)
    assert machine.root("systemctl is-system-running").strip() == "running"
    assert int(machine.root("journalctl --list-boots -q | wc -l")) == 2


def test_a_card_that_was_shut_down_is_clean(two: Two, tmp_path: pathlib.Path) -> None:
    machine = two.second
    machine.switch_off()
    with machine.disk.open("rb") as source:
        boot, root = _image_partitions.read_table(source.read(_image_partitions.HEAD))
    rig.ensure_tools()
    for partition, check in ((boot, ["fsck.vfat", "-n"]), (root, ["e2fsck", "-f", "-n"])):
        copy = tmp_path / "partition.img"
        block = f"skip={partition.start}", f"count={partition.size}", "iflag=skip_bytes,count_bytes", "bs=4M"
        rig.run("dd", f"if={machine.disk}", f"of={copy}", "conv=sparse", "status=none", *block)
        rig.run(*check, str(copy))
        copy.unlink()


@pytest.fixture
def third() -> t.Iterator[Machine]:
    yield Machine(THIRD)
    lab("down", THIRD, check=False)


def test_a_first_boot_without_power_is_finished_by_the_next(third: Machine, image: pathlib.Path) -> None:
    power = Machines(Paths.from_environment())
    argv = [sys.executable, str(ROOT / "lab/node"), "up", THIRD, "--kind", "vm", "--image", str(image)]
    with subprocess.Popen(argv, cwd=ROOT) as coming_up:
        try:
            _wait_for(lambda: AT_WORK in third.console(), "the first boot's work")
            power.pull_plug(THIRD)
        finally:
            # Without power it says so, and ends.
            assert coming_up.wait(timeout=300) == 1
    assert vm_card.host_keys(third.disk) == []
    told = json.loads(vm_card.boot(third.disk).read(_image_seed.NODE_FILE) or "")
    address = told["network"]["address"].partition("/")[0]
    power.switch_on(THIRD)
    power.await_first_boot(THIRD, address)
    inside = power.door(THIRD, address)
    assert inside.run("systemctl", "is-system-running").strip() == "running"
    assert inside.run("hostname").strip() == THIRD
    left = "ls -d /usr/local/sbin/runbook-first-boot* /etc/systemd/system/runbook-* 2>/dev/null"
    assert inside.run("sh", "-c", left, check=False) == ""


def _wait_for(holds: t.Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SEEN_WITHIN
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} was not seen within {SEEN_WITHIN} s")
        time.sleep(0.2)
