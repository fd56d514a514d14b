"""Runbook 2.5 on real nodes: what the dry run predicts is what happens, once, and every fault is said."""

from __future__ import annotations

import json
import subprocess
import time
import typing as t

import pytest

from tests.nodes import dpkg_lock, local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node
from tests.nodes.local_archive import Package

RECORD = "/var/lib/ai-systems-runbook/system-update.json"
TRANSACTIONS = "/var/lib/ai-systems-runbook/transactions.jsonl"
REFRESH = ("2.5", "apt lists", "refresh")
# A maintainer script that tells where it is, and goes on when the test lets it (or after ten minutes); slow once only.
SLOW = (
    "test -e /run/slow-once || exit 0; mv /run/slow-once /run/in-postinst; i=0; "
    "while test -e /run/in-postinst && test $i -lt 3000; do sleep 0.2; i=$((i+1)); done"
)
IN_POSTINST = "test -e /run/in-postinst"
GO_ON = "rm -f /run/in-postinst"
WORKER = "cat /run/ai-systems-runbook/job-*/pid | cut -d ' ' -f 1"


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node("t-update")


@pytest.fixture(scope="module")
def local(node: Node) -> Node:
    """The node with an archive of its own; all tests from here on work with that alone."""
    local_archive.prepare(node)
    return node


def offer(node: Node, packages: list[Package]) -> None:
    """Make these packages the node's only ones, in an archive that counts as Debian's by its key."""
    key = local_archive.offer(node, packages, origin="Debian", label="Debian", codename="trixie")
    node.always["runbook_archive_keys"] = [key]


def traces(node: Node) -> str:
    """What a dry run must leave as it is: lists, caches, packages, records."""
    return node.root(
        "find /var/lib/apt /var/cache/apt /var/lib/dpkg /var/lib/ai-systems-runbook -printf '%p %s %T@\\n' 2>/dev/null"
        " | sort; ls /run/ai-systems-runbook 2>/dev/null | grep -v '^apt.lock$'"
    ).out


def forget(node: Node, *packages: str) -> None:
    """Make the initial update due again, with these packages at their old version."""
    node.root(
        f"{GO_ON}; rm -f {RECORD} /etc/apt/apt.conf.d/99*; apt-mark unhold runbook-held >/dev/null; dpkg --configure -a"
    ).ok()
    if packages:
        node.root(f"dpkg --purge {' '.join(packages)}").ok()


def old_and_new(node: Node, *, postinst: str = "") -> None:
    """Install 1.0 of a package and offer 2.0, which needs another one and brings another configuration file."""
    forget(node, "runbook-probe", "runbook-new")
    offer(node, [Package("runbook-probe", "1.0", conffile="as shipped\n")])
    node.root(f"dpkg -i {local_archive.FOLDER}/runbook-probe_1.0_all.deb && touch /run/slow-once").ok()
    new = Package("runbook-probe", "2.0", depends="runbook-new", conffile="as shipped since 2.0\n", postinst=postinst)
    offer(node, [new, Package("runbook-new", "1.5")])


UPGRADE = {REFRESH, ("2.5", "runbook-probe", "upgrade 1.0 -> 2.0"), ("2.5", "runbook-new", "install 1.5")}


def start(node: Node, **variables: t.Any) -> subprocess.Popen[str]:
    argv, env, _ = node.command("tests/nodes/role.yml", variables={"roles_under_test": ["system_update"], **variables})
    return subprocess.Popen(
        argv, env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def wait_for(node: Node, command: str, *, seconds: float = 300) -> str:
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


def test_four_runs_with_new_dependency_held_package_and_edited_configuration(local: Node) -> None:
    offer(local, [Package("runbook-held", "1.0")])
    local.root(f"dpkg -i {local_archive.FOLDER}/runbook-held_1.0_all.deb && apt-mark hold runbook-held").ok()
    old_and_new(local)
    local.root("apt-mark hold runbook-held").ok()
    newer = [
        Package("runbook-probe", "2.0", depends="runbook-new", conffile="as shipped since 2.0\n"),
        Package("runbook-new", "1.5"),
        Package("runbook-held", "2.0"),
    ]
    offer(local, newer)
    local.root("echo 'edited by the operator' > /etc/runbook-probe.conf").ok()
    # A node's own configuration of apt cannot turn the operator's file into the package's.
    local.root("""echo 'Dpkg::Options { "--force-confnew"; };' > /etc/apt/apt.conf.d/99confnew""").ok()
    before = traces(local)
    predicted = local.role("system_update", check=True).ok()
    # The folder that 2.6 would go on from is all that a dry run leaves, and only until the next one.
    assert [line for line in traces(local).splitlines() if not line.startswith("dry-run-")] == before.splitlines()
    done = local.role("system_update").ok()
    assert predicted.actions == done.actions == UPGRADE
    assert "Kept back: runbook-held" in done.rows(local.name)["2.5"]["sentence"]
    assert local.root("cat /etc/runbook-probe.conf").ok() == "edited by the operator\n"
    assert local.root("dpkg-query -W -f '${Version}' runbook-held").ok() == "1.0"
    assert local.role("system_update", check=True).ok().actions == set()
    assert local.role("system_update").ok().actions == set()
    local.root("rm /etc/apt/apt.conf.d/99confnew").ok()


def follow_until(run: subprocess.Popen[str], text: str) -> None:
    """Read what the operator sees until ``text`` is in it; the run's own end without it is the failure."""
    seen = ""
    for line in t.cast("t.IO[str]", run.stdout):
        seen += line
        if text in line:
            return
    pytest.fail(f"{text!r} was never shown in:\n{seen}")


@pytest.fixture(scope="module")
def outdated(local: Node) -> Node:
    """The node with an update to come, for what is refused and leaves it so, up to the first run that ends well."""
    old_and_new(local)
    return local


@pytest.fixture
def refusing(outdated: Node) -> t.Iterator[Node]:
    """The same; afterwards it can get its update again, and has not got it."""
    before = outdated.root("cat /var/lib/dpkg/status").ok()
    yield outdated
    outdated.root("rm -f /etc/apt/apt.conf.d/99*").ok()
    local_archive.use(outdated, f"deb [signed-by={local_archive.keyring()}] copy:{local_archive.FOLDER} ./")
    assert outdated.root(f"test -e {RECORD}").rc == 1
    assert outdated.root("cat /var/lib/dpkg/status").ok() == before


def test_a_lock_that_is_never_freed_is_an_error_in_bounded_time(refusing: Node) -> None:
    with dpkg_lock.held(refusing):
        run = refusing.role("system_update", variables={"system_update_lock_timeout": 3}, seconds=120)
    run.failed("/var/lib/dpkg/lock-frontend is still held by process", "(python3) after 3 s")
    assert run.actions == set()


def test_without_a_network_the_archive_is_named(refusing: Node) -> None:
    local_archive.use(refusing, "deb http://127.0.0.1:9/debian trixie main")
    for check in (True, False):
        run = refusing.role("system_update", check=check)
        run.failed("does not reach its Debian archive", "http://127.0.0.1:9/debian/dists/trixie/InRelease")
        assert run.actions == set()


def test_a_release_outside_its_time_points_at_the_clock(refusing: Node) -> None:
    refusing.root("""echo 'Acquire::Max-ValidTime "60";' > /etc/apt/apt.conf.d/99expired""").ok()
    refusing.role("system_update").failed("the node's clock is wrong")


def test_a_signature_that_does_not_verify_is_refused(refusing: Node) -> None:
    local_archive.use(
        refusing, f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] copy:{local_archive.FOLDER} ./"
    )
    refusing.role("system_update").failed("signature does not verify")


def test_a_lock_is_waited_for_with_its_holder_shown(outdated: Node) -> None:
    local = outdated
    with dpkg_lock.held(local):
        run = start(local)
        follow_until(run, "waiting for /var/lib/dpkg/lock-frontend, held by process")
    said, _ = run.communicate(timeout=600)
    assert run.returncode == 0, said
    assert local.root(f"test -e {RECORD}").rc == 0
    assert local.root("dpkg-query -W -f '${Version}' runbook-probe").ok() == "2.0"


def test_a_full_disk_is_said_and_the_same_command_finishes_later(local: Node) -> None:
    old_and_new(local)
    offer(
        local, [Package("runbook-probe", "2.0", depends="runbook-new", size=3_000_000), Package("runbook-new", "1.5")]
    )
    local.root("mount -t tmpfs -o size=1m tmpfs /var/cache/apt/archives && mkdir /var/cache/apt/archives/partial").ok()
    try:
        run = local.role("system_update")
        run.failed("the disk is full", "Make room on the node")
        assert run.actions == {REFRESH}
    finally:
        local.root("umount /var/cache/apt/archives").ok()
    assert local.role("system_update").ok().actions == UPGRADE


def test_an_interrupted_dpkg_is_reported_and_not_repaired(local: Node) -> None:
    old_and_new(local)
    local.root(
        f"cd /root && cp {local_archive.FOLDER}/runbook-new_1.5_all.deb . && dpkg --unpack runbook-new_1.5_all.deb"
    ).ok()
    for check in (True, False):
        run = local.role("system_update", check=check)
        run.failed("left runbook-new (unpacked) unfinished", "playbooks/update.yml' finish it")
        assert run.actions == set()
    assert local.root("dpkg-query -W -f '${db:Status-Status}' runbook-new").ok() == "unpacked"


def test_a_failing_maintainer_script_is_named(local: Node) -> None:
    old_and_new(local, postinst="exit 7")
    run = local.role("system_update")
    run.failed("dpkg could not finish", "runbook-probe")
    assert run.actions == {REFRESH, ("2.5", "runbook-new", "install 1.5")}
    assert local.root(f"test -e {RECORD}").rc == 1
    local.root("dpkg --purge --force-all runbook-probe").ok()


def test_the_process_on_the_node_killed_in_the_middle(local: Node) -> None:
    old_and_new(local, postinst=SLOW)
    run = start(local)
    wait_for(local, IN_POSTINST)
    local.root(f"kill -9 $({WORKER})").ok()
    said, _ = run.communicate(timeout=600)
    assert run.returncode == 2
    assert "was killed at: installing 2 packages" in said
    assert local.root(f"test -e {RECORD}").rc == 1
    # apt-get lives on, so that dpkg is not cut off; the same command waits for it and does the rest.
    again = start(local)
    follow_until(again, "held by process")
    local.root(GO_ON).ok()
    said, _ = again.communicate(timeout=600)
    assert again.returncode == 0, said
    assert local.root("dpkg-query -W -f '${Version}' runbook-probe").ok() == "2.0"
    assert local.root(f"test -e {RECORD}").rc == 0


def test_apt_get_killed_in_the_middle(local: Node) -> None:
    old_and_new(local, postinst=SLOW)
    run = start(local)
    wait_for(local, IN_POSTINST)
    local.root(f"kill -9 $(pgrep -x apt-get); {GO_ON}").ok()
    said, _ = run.communicate(timeout=600)
    assert run.returncode == 2
    assert "killed by signal 9; run the same command again" in " ".join(said.split())
    again = local.role("system_update")
    said_again = " ".join(again.output.split())
    # What dpkg did without apt-get's ear decides: either it ended well, or it is reported as interrupted.
    assert again.rc == 0 or "playbooks/update.yml' finish it" in said_again
    if again.rc:
        local.root("dpkg --configure -a").ok()
        local.role("system_update").ok()
    assert local.root(f"test -e {RECORD}").rc == 0


def test_the_controller_killed_in_the_middle(local: Node) -> None:
    old_and_new(local, postinst=SLOW)
    run = start(local)
    wait_for(local, IN_POSTINST)
    run.kill()
    run.communicate()
    local.root(GO_ON).ok()
    again = local.role("system_update").ok()
    assert again.rows(local.name)["2.5"]["state"] in {"ok", "changed"}
    assert local.root("dpkg-query -W -f '${Version} ${db:Status-Status}' runbook-probe").ok() == "2.0 installed"
    assert local.role("system_update").ok().actions == set()
    assert local.root("pgrep -x apt-get").rc == 1
