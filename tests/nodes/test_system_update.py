"""Runbook 2.5 on real nodes: what the dry run predicts is what happens, once, and every fault is said."""

from __future__ import annotations

import json
import subprocess
import time
import typing as t

import pytest

from tests.nodes import local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node
from tests.nodes.local_archive import Package

RECORD = "/var/lib/ai-systems-runbook/system-update.json"
TRANSACTIONS = "/var/lib/ai-systems-runbook/transactions.jsonl"
REFRESH = ("2.5", "apt lists", "refresh")
SLOW = "sleep 15"


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node("t-update")


def traces(node: Node) -> str:
    """What a dry run must leave as it is: lists, caches, packages, records."""
    return node.root(
        "find /var/lib/apt /var/cache/apt /var/lib/dpkg /var/lib/ai-systems-runbook -printf '%p %s %T@\\n' 2>/dev/null"
        " | sort; ls /run/ai-systems-runbook 2>/dev/null | grep -v '^apt.lock$'"
    ).out


def forget(node: Node, *packages: str) -> None:
    """Make the initial update due again, with these packages at their old version."""
    node.root(f"rm -f {RECORD}; apt-mark unhold runbook-held >/dev/null; dpkg --configure -a").ok()
    if packages:
        node.root(f"dpkg --purge {' '.join(packages)}").ok()


def old_and_new(node: Node, *, postinst: str = "") -> None:
    """Install 1.0 of a package and offer 2.0, which needs another one and brings another configuration file."""
    forget(node, "runbook-probe", "runbook-new")
    local_archive.offer(node, [Package("runbook-probe", "1.0", conffile="as shipped\n")])
    node.root(f"dpkg -i {local_archive.FOLDER}/runbook-probe_1.0_all.deb").ok()
    new = Package("runbook-probe", "2.0", depends="runbook-new", conffile="as shipped since 2.0\n", postinst=postinst)
    local_archive.offer(node, [new, Package("runbook-new", "1.5")])


UPGRADE = {REFRESH, ("2.5", "runbook-probe", "upgrade 1.0 -> 2.0"), ("2.5", "runbook-new", "install 1.5")}


def start(node: Node, **variables: t.Any) -> subprocess.Popen[str]:
    argv, env, _ = node.command("tests/nodes/role.yml", variables={"roles_under_test": ["system_update"], **variables})
    return subprocess.Popen(argv, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def wait_for(node: Node, command: str, *, seconds: float = 60) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        said = node.root(command)
        if said.rc == 0:
            return said.out.strip()
        time.sleep(0.3)
    pytest.fail(f"{command} did not come true within {seconds} s")


def test_four_runs_with_the_essential_packages(node: Node) -> None:
    roles = ["system_update", "essential_packages"]
    before = traces(node)
    predicted = node.roles(roles, check=True).ok()
    assert traces(node) == before
    done = node.roles(roles).ok()
    assert predicted.actions == done.actions
    assert REFRESH in done.actions
    assert {"git", "vim", "curl"} <= {subject for clause, subject, _ in done.actions if clause == "2.6"}
    assert ("2.6", "apt lists", "refresh") not in done.actions
    assert node.root("git --version && vim --version && curl --version").ok()
    assert node.root("ls /var/cache/apt/archives/*.deb").out == ""
    assert node.roles(roles, check=True).ok().actions == set()
    assert node.roles(roles).ok().actions == set()


def test_the_transactions_are_on_record(node: Node) -> None:
    lines = [json.loads(line) for line in node.root(f"cat {TRANSACTIONS}").ok().splitlines()]
    begun = {package["package"]: package for line in lines if line["state"] == "begun" for package in line["packages"]}
    git = begun["git"]
    assert len(git["sha256"]) == 64
    assert (git["archives"][0]["origin"], git["archives"][0]["codename"][:6]) == ("Debian", "trixie")
    assert git["archives"][0]["uri"].startswith("http")
    assert git["archives"][0]["uri"].endswith(".deb")
    ended = [name for line in lines if line["state"] == "ended" for name in line["installed"]]
    assert sorted(ended) == sorted(begun)


def test_a_converged_run_calls_no_apt_and_tells_the_date(node: Node) -> None:
    node.root("mv /usr/bin/apt-get /usr/bin/apt-get.off && mv /var/lib/apt/lists /var/lib/apt/lists.off").ok()
    try:
        run = node.roles(["system_update", "essential_packages"]).ok()
    finally:
        node.root("mv /usr/bin/apt-get.off /usr/bin/apt-get && mv /var/lib/apt/lists.off /var/lib/apt/lists").ok()
    row = run.rows(node.name)["2.5"]
    assert row["state"] == "ok"
    assert f"done at {json.loads(node.root(f'cat {RECORD}').ok())['completed']}" in row["sentence"]


def test_a_damaged_record_is_no_leave_to_upgrade_again(node: Node) -> None:
    node.root(f"cp {RECORD} /root/record; echo broken > {RECORD}").ok()
    node.role("system_update").failed(f"{RECORD} is damaged; remove it on the node")
    node.root(f"mv /root/record {RECORD}").ok()


def test_four_runs_with_new_dependency_held_package_and_edited_configuration(node: Node) -> None:
    local_archive.prepare(node)
    local_archive.offer(node, [Package("runbook-held", "1.0")])
    node.root(f"dpkg -i {local_archive.FOLDER}/runbook-held_1.0_all.deb && apt-mark hold runbook-held").ok()
    old_and_new(node)
    node.root("apt-mark hold runbook-held").ok()
    newer = [
        Package("runbook-probe", "2.0", depends="runbook-new", conffile="as shipped since 2.0\n"),
        Package("runbook-new", "1.5"),
        Package("runbook-held", "2.0"),
    ]
    local_archive.offer(node, newer)
    node.root("echo 'edited by the operator' > /etc/runbook-probe.conf").ok()
    # A node's own configuration of apt cannot turn the operator's file into the package's.
    node.root("""echo 'Dpkg::Options { "--force-confnew"; };' > /etc/apt/apt.conf.d/99confnew""").ok()
    before = traces(node)
    predicted = node.role("system_update", check=True).ok()
    # The folder that 2.6 would go on from is all that a dry run leaves, and only until the next one.
    assert [line for line in traces(node).splitlines() if not line.startswith("dry-run-")] == before.splitlines()
    done = node.role("system_update").ok()
    assert predicted.actions == done.actions == UPGRADE
    assert "Kept back: runbook-held" in done.rows(node.name)["2.5"]["sentence"]
    assert node.root("cat /etc/runbook-probe.conf").ok() == "edited by the operator\n"
    assert node.root("dpkg-query -W -f '${Version}' runbook-held").ok() == "1.0"
    assert node.role("system_update", check=True).ok().actions == set()
    assert node.role("system_update").ok().actions == set()
    node.root("rm /etc/apt/apt.conf.d/99confnew").ok()


def hold_the_lock(node: Node, seconds: int) -> None:
    node.root(
        "setsid python3 -c \"import fcntl, time;f=open('/var/lib/dpkg/lock-frontend','w'); fcntl.lockf(f,2);"
        f" open('/run/held','w').close(); time.sleep({seconds})\" >/dev/null 2>&1 & echo $! > /run/holder"
    ).ok()
    wait_for(node, "test -e /run/held && rm /run/held")


def test_a_lock_is_waited_for_with_its_holder_shown(node: Node) -> None:
    old_and_new(node)
    hold_the_lock(node, 14)
    run = node.role("system_update").ok()
    assert "waiting for /var/lib/dpkg/lock-frontend, held by process" in run.output
    assert "(python3)" in run.output
    assert run.actions == UPGRADE


def test_a_lock_that_is_never_freed_is_an_error_in_bounded_time(node: Node) -> None:
    old_and_new(node)
    hold_the_lock(node, 600)
    began = time.monotonic()
    run = node.role("system_update", variables={"system_update_lock_timeout": 3})
    run.failed("/var/lib/dpkg/lock-frontend is still held by process", "(python3) after 3 s")
    assert time.monotonic() - began < 30
    assert run.actions == set()
    node.root("kill $(cat /run/holder)").ok()


def test_without_a_network_the_archive_is_named(node: Node) -> None:
    old_and_new(node)
    local_archive.use(node, "deb http://127.0.0.1:9/debian trixie main")
    before = node.root("cat /var/lib/dpkg/status").ok()
    for check in (True, False):
        run = node.role("system_update", check=check)
        run.failed("does not reach its Debian archive", "http://127.0.0.1:9/debian/dists/trixie/InRelease")
        assert run.actions == set()
    assert node.root(f"test -e {RECORD}").rc == 1
    assert node.root("cat /var/lib/dpkg/status").ok() == before


def test_a_release_outside_its_time_points_at_the_clock(node: Node) -> None:
    old_and_new(node)
    node.root("""echo 'Acquire::Max-ValidTime "60";' > /etc/apt/apt.conf.d/99expired""").ok()
    for check in (True, False):
        node.role("system_update", check=check).failed("the node's clock is wrong")
    node.root("rm /etc/apt/apt.conf.d/99expired").ok()


def test_a_signature_that_does_not_verify_is_refused(node: Node) -> None:
    old_and_new(node)
    local_archive.use(
        node, f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] copy:{local_archive.FOLDER} ./"
    )
    node.role("system_update").failed("signature does not verify")
    assert node.root(f"test -e {RECORD}").rc == 1


def test_a_full_disk_is_said_and_the_same_command_finishes_later(node: Node) -> None:
    old_and_new(node)
    local_archive.offer(
        node, [Package("runbook-probe", "2.0", depends="runbook-new", size=3_000_000), Package("runbook-new", "1.5")]
    )
    node.root("mount -t tmpfs -o size=1m tmpfs /var/cache/apt/archives && mkdir /var/cache/apt/archives/partial").ok()
    try:
        run = node.role("system_update")
        run.failed("the disk is full", "Make room on the node")
        assert run.actions == {REFRESH}
    finally:
        node.root("umount /var/cache/apt/archives").ok()
    assert node.role("system_update").ok().actions == UPGRADE


def test_an_interrupted_dpkg_is_reported_and_not_repaired(node: Node) -> None:
    old_and_new(node)
    node.root(
        f"cd /root && cp {local_archive.FOLDER}/runbook-new_1.5_all.deb . && dpkg --unpack runbook-new_1.5_all.deb"
    ).ok()
    for check in (True, False):
        run = node.role("system_update", check=check)
        run.failed("left runbook-new (unpacked) unfinished", "dpkg --configure -a")
        assert run.actions == set()
    assert node.root("dpkg-query -W -f '${db:Status-Status}' runbook-new").ok() == "unpacked"


def test_a_failing_maintainer_script_is_named(node: Node) -> None:
    old_and_new(node, postinst="exit 7")
    run = node.role("system_update")
    run.failed("dpkg could not finish", "runbook-probe")
    assert run.actions == {REFRESH, ("2.5", "runbook-new", "install 1.5")}
    assert node.root(f"test -e {RECORD}").rc == 1
    node.root("dpkg --purge --force-all runbook-probe").ok()


WORKER = "cat /run/ai-systems-runbook/job-*/pid | cut -d ' ' -f 1"
IN_POSTINST = "pgrep -f '^sleep 15$'"


def test_the_process_on_the_node_killed_in_the_middle(node: Node) -> None:
    old_and_new(node, postinst=SLOW)
    run = start(node)
    wait_for(node, IN_POSTINST)
    node.root(f"kill -9 $({WORKER})").ok()
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "was killed at: installing 2 packages" in said
    assert node.root(f"test -e {RECORD}").rc == 1
    # apt-get lives on, so that dpkg is not cut off; the same command waits for it and does the rest.
    again = node.role("system_update").ok()
    assert "held by process" in again.output
    assert again.actions == {REFRESH}
    assert node.root("dpkg-query -W -f '${Version}' runbook-probe").ok() == "2.0"
    assert node.root(f"test -e {RECORD}").rc == 0


def test_apt_get_killed_in_the_middle(node: Node) -> None:
    old_and_new(node, postinst=SLOW)
    run = start(node)
    wait_for(node, IN_POSTINST)
    node.root("kill -9 $(pgrep -x apt-get)").ok()
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "killed by signal 9; run the same command again" in " ".join(said.split())
    again = node.role("system_update")
    said_again = " ".join(again.output.split())
    # What dpkg did without apt-get's ear decides: either it ended well, or it is reported as interrupted.
    assert again.rc == 0 or "dpkg --configure -a" in said_again
    if again.rc:
        node.root("dpkg --configure -a").ok()
        node.role("system_update").ok()
    assert node.root(f"test -e {RECORD}").rc == 0


def test_the_controller_killed_in_the_middle(node: Node) -> None:
    old_and_new(node, postinst=SLOW)
    run = start(node)
    wait_for(node, IN_POSTINST)
    run.kill()
    run.communicate()
    again = node.role("system_update").ok()
    assert again.rows(node.name)["2.5"]["state"] in {"ok", "changed"}
    assert node.root("dpkg-query -W -f '${Version} ${db:Status-Status}' runbook-probe").ok() == "2.0 installed"
    assert node.role("system_update").ok().actions == set()
    assert node.root("pgrep -x apt-get").rc == 1
