"""Runbook 6.1 on real nodes: packages come anew at the operator's word alone, and a fault stops the fleet."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
import typing as t

import pytest

from lab import host
from lab.command import as_root, run
from lab.nodes import BOOT_TIMEOUT, Lab
from lab.paths import Paths
from lab.podman import Podman
from tests.nodes import local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node, Run
from tests.nodes.local_archive import Package

PLAYBOOK = "playbooks/update.yml"
CONFIRMED = {"confirm": "yes"}
PROBE, UNIT, STRANGER = "runbook-probe", "probe.service", "stranger.service"
CHECKOUT = "/home/ops/ai-systems"
# Two services of which the inventory declares the first; both run a program that the package brings.
SERVICES = f"""
mkdir -p {CHECKOUT}/probe
printf '[Service]\\nExecStart=/usr/bin/{PROBE} infinity\\n[Install]\\nWantedBy=multi-user.target\\n' \\
    | tee {CHECKOUT}/probe/{UNIT} > /etc/systemd/system/{STRANGER}
systemctl enable {CHECKOUT}/probe/{UNIT} {STRANGER}
systemctl start {UNIT} {STRANGER}
"""
PIDS = f"systemctl show --property=MainPID --value {UNIT} {STRANGER}"
# A maintainer script that tells where it is, once only, and goes on when the test lets it.
SLOW = (
    "test -e /run/slow-once || exit 0; mv /run/slow-once /run/in-postinst; "
    "while test -e /run/in-postinst; do sleep 0.2; done"
)
# What dpkg reads a package's files from: of the probe's once half of them only, and then nothing for as long as the
# test wants.
UNPACKER, APT_CONF = "/usr/local/sbin/dpkg-deb", "/etc/apt/apt.conf.d/99unpacker"
SET_UP = f"""
tee {UNPACKER} && chmod 755 {UNPACKER} && touch /run/half-once /run/slow-once
echo 'DPkg::Path "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";' > {APT_CONF}
"""
HALF = f"""#!/bin/sh
case "$1 $2" in "--fsys-tarfile "*{PROBE}*) if test -e /run/half-once; then
    mv /run/half-once /run/in-unpack; /usr/bin/dpkg-deb "$@" | head -c 600000
    while test -e /run/in-unpack; do sleep 0.2; done; exit 1
fi;; esac
exec /usr/bin/dpkg-deb "$@"
"""
KILL = (
    "kill -9 $(cut -d ' ' -f 1 /run/ai-systems-runbook/job-*/pid) $(pgrep -x apt-get) $(pgrep -x dpkg); "
    "rm -f /run/in-postinst /run/in-unpack"
)
FAILING = "test -e /run/may-configure"
REBOOT = "/var/lib/ai-systems-runbook/reboot.json"
NEW_BOOT_ID = (
    "cat /proc/sys/kernel/random/uuid > /run/boot-id && mount --bind /run/boot-id /proc/sys/kernel/random/boot_id"
)


@pytest.fixture(scope="module")
def nodes(lab_node: LabNodes) -> list[Node]:
    """Two nodes whose archive holds what a test puts there, and of which one clause is audited: that they update."""
    both = [lab_node("t-upd-a"), lab_node("t-upd-b")]
    for node in both:
        node.refresh_inventory()
        node.always["audit_clauses"] = ["6.1"]
        local_archive.prepare(node)
        has(node, Package(PROBE, "1.0", program=True))
    both[0].always["services_list"] = [{"src": f"probe/{UNIT}"}]
    both[0].root(SERVICES).ok()
    return both


@pytest.fixture
def node(nodes: list[Node]) -> Node:
    return nodes[0]


def offer(node: Node, *packages: Package, folder: str = local_archive.FOLDER, codename: str = "trixie") -> None:
    """Make these packages the node's only ones, in an archive that counts as Debian's by its key."""
    key = local_archive.offer(
        node, packages, folder=folder, origin="Debian", label="Debian", codename=codename, key="lab@example.org"
    )
    node.always["runbook_archive_keys"] = [key]


def has(node: Node, *packages: Package) -> None:
    """Install packages as they are, beside apt."""
    offer(node, *packages)
    files = " ".join(f"{local_archive.FOLDER}/{one.name}_{one.version}_all.deb" for one in packages)
    node.root(f"dpkg -i {files}").ok()


def version(node: Node, package: str = PROBE) -> str:
    return node.root(f"dpkg-query -W -f '${{Version}} ${{db:Status-Status}}' {package}").out


def update(node: Node, *arguments: str, check: bool = False, **variables: t.Any) -> Run:
    return node.play(PLAYBOOK, *arguments, check=check, variables={**CONFIRMED, **variables})


def sentence(run: Run, node: Node) -> str:
    return str(run.rows(node.name)["6.1"]["sentence"])


def test_nobody_updates_without_the_operators_word(node: Node) -> None:
    offer(node, Package(PROBE, "1.1", program=True))
    run = node.play(PLAYBOOK)
    run.failed("there is no terminal, so nothing was changed on any node", "say -e confirm=yes")
    assert f"{PROBE}  1.0 -> 1.1  trixie" in run.output
    node.play(PLAYBOOK, variables={"confirm": "no"}).failed("-e confirm=no confirms nothing, so nothing was changed")
    assert version(node) == "1.0 installed"


def test_four_runs_with_a_declared_service_on_a_replaced_program(node: Node) -> None:
    newer = Package(PROBE, "2.0", depends="runbook-new", program=True)
    offer(node, newer, Package("runbook-new", "1.5"))
    before = node.root(PIDS).ok().split()
    foretold = update(node, check=True, restart_services="yes").ok()
    assert version(node) == "1.0 installed"
    assert f"A reboot is due after it (-e reboot=yes): {STRANGER} still run the old code" in foretold.output
    done = update(node, restart_services="yes").ok()
    assert done.actions == foretold.actions
    assert done.actions == {
        ("6.1", PROBE, "upgrade 1.0 -> 2.0"),
        ("6.1", "runbook-new", "install 1.5"),
        ("6.1", UNIT, "stop and start"),
    }
    after = node.root(PIDS).ok().split()
    assert (before[0] != after[0], before[1] == after[1]) == (True, True)
    said = sentence(done, node)
    assert f"1 package was upgraded and 1 newly installed, {UNIT} stopped and started." in said
    assert f"a reboot is due, with -e reboot=yes: {STRANGER} still run the old code" in said
    # The node was no model before, and the update is not stopped by that.
    assert "The audit finds nothing new." in said
    for check in (True, False):
        again = update(node, check=check, restart_services="yes").ok()
        assert again.actions == set()
        assert sentence(again, node).startswith("Nothing to do: no package has a newer version")


def lab_of_nodes() -> Lab:
    paths = Paths.from_environment()
    return Lab(paths, Podman(host.adapt(host.read_facts()), paths.lab_id))


def power_on(node: Node) -> None:
    """Start a node that went down by itself, as a board does, and give it a boot id: its kernel is the host's."""
    of_lab = lab_of_nodes()
    container = of_lab.container(node.name)
    deadline = time.monotonic() + 300
    while of_lab.podman.states([container]).get(container) == "running" and time.monotonic() < deadline:
        time.sleep(0.5)
    of_lab.podman("start", container, timeout=300)
    known = of_lab.recorded()[node.name]
    run(as_root(["ip", "neigh", "flush", "to", known.address]), check=False)
    of_lab.wait_for_boot(known, BOOT_TIMEOUT)
    node.root(NEW_BOOT_ID).ok()


def rebooted(node: Node) -> Run:
    board = threading.Thread(target=power_on, args=(node,))
    board.start()
    try:
        return update(node, reboot="yes")
    finally:
        board.join()


def test_a_reboot_is_foretold_carried_out_and_proven(node: Node) -> None:
    foretold = update(node, check=True, reboot="yes").ok()
    assert foretold.actions == {("6.1", "the node", "reboot")}
    done = rebooted(node).ok()
    assert done.actions == foretold.actions
    assert "Booted anew, with all " in sentence(done, node)
    assert "Pending" not in sentence(done, node)
    assert node.root(f"systemctl is-active {UNIT} {STRANGER}").rc == 0
    assert node.root(f"test -e {REBOOT}").rc == 1
    assert update(node, reboot="yes").ok().actions == set()


def test_a_reboot_after_which_the_run_was_cut_off_is_proven_by_the_next(node: Node) -> None:
    # As a run leaves it that is killed while the node is down.
    node.root(f"cat > {REBOOT}", stdin=json.dumps({"boot": "another", "failed": [], "running": [UNIT]})).ok()
    node.root(f"systemctl stop {UNIT}").ok()
    lost = (
        f"The node booted anew after a run that was cut off, and {UNIT} did not come back. {UNIT} ran before the reboot"
    )
    update(node, update_settle=1).failed(lost)
    node.root(f"systemctl start {UNIT}").ok()
    update(node).ok()
    assert node.root(f"test -e {REBOOT}").rc == 1


def test_a_failing_package_stops_and_the_same_command_finishes_later(node: Node) -> None:
    offer(node, Package(PROBE, "3.0", postinst=FAILING, program=True))
    run = update(node)
    run.failed(
        "is not updated as it should be", PROBE, f"Next: ansible-playbook playbooks/diagnose.yml --limit {node.name}"
    )
    assert version(node) == "3.0 half-configured"
    node.root("touch /run/may-configure").ok()
    foretold = update(node, check=True).ok()
    assert foretold.actions == {("6.1", "dpkg", f"finish what was interrupted: {PROBE} half-configured")}
    assert update(node).ok().actions == foretold.actions
    assert version(node) == "3.0 installed"
    assert update(node).ok().actions == set()


def killed(node: Node, mark: str, *, hangs: bool = False) -> str:
    """Kill all that an update has on the node once it is where it makes this mark; return what was said.

    :param hangs: whether the node stands still first, until the update gives it up.
    """
    argv, env, _steps = node.command(PLAYBOOK, variables={**CONFIRMED, "runbook_login_timeout": 8})
    run = subprocess.Popen(argv, env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    while node.root(f"test -e {mark}").rc and run.poll() is None:
        time.sleep(0.3)
    if hangs:
        of_lab = lab_of_nodes()
        of_lab.podman("pause", of_lab.container(node.name))
        try:
            run.wait(timeout=600)
        finally:
            of_lab.podman("unpause", of_lab.container(node.name))
    node.root(KILL).ok()
    said = run.communicate(timeout=600)[0]
    assert run.returncode == 2
    return " ".join(said.split())


def test_a_run_that_is_killed_in_the_middle_is_finished_by_the_next(node: Node) -> None:
    newer = Package(PROBE, "4.0", postinst=SLOW, program=True, size=2_000_000)
    offer(node, newer, Package("runbook-new", "2.0"))
    node.root(SET_UP, stdin=HALF).ok()
    killed(node, "/run/in-unpack")
    assert version(node) == "3.0 half-installed"
    # What nobody offers any more cannot be brought back, and nothing else is touched.
    offer(node, Package("runbook-new", "2.0"))
    update(node, check=True).failed(f"left {PROBE} half unpacked", "re-image the node (runbook 5), then run again")
    offer(node, newer, Package("runbook-new", "2.0"))
    foretold = update(node, check=True).ok()
    left = f"runbook-new unpacked, {PROBE} half-installed"
    assert f"First: finishes what a killed run left: {left}" in foretold.output
    assert ("6.1", "dpkg", f"finish what was interrupted: {left}") in foretold.actions
    assert ("6.1", PROBE, "upgrade 3.0 -> 4.0") in foretold.actions
    assert version(node) == "3.0 half-installed"
    # It hangs while that is configured, and is killed once more.
    said = killed(node, "/run/in-postinst", hangs=True)
    assert re.search(f"{node.name} said nothing for 2[46] s", said), said
    assert f"Next: ansible-playbook playbooks/diagnose.yml --limit {node.name}" in said
    assert version(node) == "4.0 half-configured"
    done = update(node).ok()
    assert "What was interrupted is finished" in sentence(done, node)
    assert (version(node), version(node, "runbook-new")) == ("4.0 installed", "2.0 installed")
    assert node.root(f"dpkg --audit; ls /usr/bin/{PROBE}* /usr/share/{PROBE}").out.split() == [
        f"/usr/bin/{PROBE}", f"/usr/share/{PROBE}:", "data",
    ]  # fmt: skip
    assert update(node).ok().actions == set()
    node.root(f"rm {UNPACKER} {APT_CONF}").ok()


def test_only_what_is_asked_for_is_upgraded(node: Node) -> None:
    offer(node, Package("runbook-new", "3.0"))
    offer(node, Package(PROBE, "5.0", program=True), folder="/srv/security", codename="trixie-security")
    security = update(node, check=True, security_only="yes").ok()
    assert security.actions == {("6.1", PROBE, "upgrade 4.0 -> 5.0")}
    assert "SECURITY" in security.output
    named = update(node, check=True, packages="runbook-new").ok()
    assert named.actions == {("6.1", "runbook-new", "upgrade 2.0 -> 3.0")}
    update(node, check=True, packages="cowsay").failed("cowsay is not installed on the node")
    assert update(node, security_only="yes").ok().actions == security.actions
    node.root("rm /etc/apt/sources.list.d/security.list").ok()


def test_a_firmware_partition_that_is_full_or_away_is_told_before_anything_is_done(node: Node) -> None:
    firmware = "raspi-firmware"
    has(node, Package(firmware, "1.0"))
    offer(node, Package(firmware, "2.0"))
    update(node).failed("/boot/firmware is not mounted, and raspi-firmware would be written there")
    node.root("mkdir -p /boot/firmware && mount -t tmpfs -o size=20m tmpfs /boot/firmware").ok()
    try:
        update(node).failed("/boot/firmware is too full: raspi-firmware needs about 96 MiB there, 20 MiB are free")
        node.root("mount -o remount,size=200m /boot/firmware").ok()
        run = update(node, check=True).ok()
        assert "FIRMWARE" in run.output
        assert (
            "Caution: what the node boots from changes (raspi-firmware, 200 MiB free in /boot/firmware)" in run.output
        )
        assert "raspi-firmware takes effect at a boot" in sentence(run, node)
    finally:
        node.root("umount /boot/firmware; dpkg --purge raspi-firmware").ok()


def test_the_first_node_that_is_worse_than_before_stops_the_fleet(nodes: list[Node]) -> None:
    first, second = nodes
    # A package that has the node update itself, as unattended-upgrades would.
    bad = "echo '0 4 * * * root apt-get -y upgrade' > /etc/cron.d/probe"
    for node in nodes:
        offer(node, Package(PROBE, "6.0", postinst=bad, program=True))
    fleet = ("--limit", f"{first.name},{second.name}")
    before = version(second)
    keys = [key for node in nodes for key in node.always["runbook_archive_keys"]]
    run = update(first, *fleet, update_serial=5, runbook_archive_keys=keys)
    run.failed("The audit finds a violation that was not there before: 6.1", "The node after it was left as it is.")
    assert (version(first), version(second)) == ("6.0 installed", before)
    assert [run.rows(node.name)["6.1"]["state"] for node in nodes] == ["failed", "not reached"]
    # What is there now is no news to the next run.
    offer(first, Package(PROBE, "6.1", program=True))
    offer(second, Package(PROBE, "6.1", program=True))
    again = update(first, *fleet, update_serial=5, runbook_archive_keys=keys).ok()
    assert {subject for _clause, subject, _action in again.actions} == {PROBE}
    assert (version(first), version(second)) == ("6.1 installed", "6.1 installed")


def test_a_unit_that_fails_with_the_update_stops_it_and_one_that_failed_before_does_not(node: Node) -> None:
    node.root("printf '[Service]\\nExecStart=/bin/false\\n' | tee /etc/systemd/system/old-bad.service "
              "> /etc/systemd/system/new-bad.service; systemctl start old-bad.service").ok()  # fmt: skip
    offer(node, Package(PROBE, "7.0", program=True))
    run = update(node).ok()
    assert "Fails already: old-bad.service" in run.output
    offer(node, Package(PROBE, "8.0", program=True, postinst="systemctl start new-bad.service; sleep 1"))
    run = update(node)
    run.failed("and then new-bad.service failed that did not fail before", "its last journal lines")
    assert ("6.1", PROBE, "upgrade 7.0 -> 8.0") in run.actions
