# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab itself, on this host, native: what it gives, what it survives, and that it leaves nothing behind.

A lab of its own with the shared image cache, so that nobody else's nodes are touched.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from lab import emulation, host
from lab.paths import Paths
from lab.podman import LABEL, Podman

TOP = Path(__file__).resolve().parents[2]
NODE_COMMAND = str(TOP / "lab/node")


class LabUnderTest:
    """The command line as a person uses it, in a lab of its own."""

    def __init__(self, state: Path) -> None:
        self.environment = {**os.environ, "RUNBOOK_LAB_STATE": str(state)}
        self.paths = Paths.from_environment(self.environment)
        self.podman = Podman(host.adapt(host.read_facts()), self.paths.lab_id)

    def __call__(self, *arguments: str, check: bool = True, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [NODE_COMMAND, *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if check and done.returncode != 0:
            pytest.fail(f"lab/node {' '.join(arguments)} exited with {done.returncode}: {done.stderr}")
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [NODE_COMMAND, *arguments],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def inventory(self) -> dict[str, t.Any]:
        file = self.paths.state / "inventory.yml"
        file.write_text(self("inventory").stdout)
        program = str(Path(sys.executable).with_name("ansible-inventory"))
        printed = subprocess.run(
            [program, "-i", str(file), "--list"], capture_output=True, text=True, check=True, timeout=300
        )
        return t.cast("dict[str, t.Any]", json.loads(printed.stdout))

    def host_variables(self, name: str) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self.inventory()["_meta"]["hostvars"][name])

    def ssh(self, name: str, *argv: str, options: t.Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        variables = self.host_variables(name)
        return subprocess.run(
            [
                # The first value of an option wins.
                *("ssh", "-F", "none", *options),
                *("-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes"),
                *("-o", f"UserKnownHostsFile={variables['runbook_known_hosts']}"),
                *("-i", variables["runbook_bootstrap_private_key_file"]),
                f"{variables['runbook_bootstrap_user']}@{variables['ansible_host']}",
                *argv,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def process_of(self, name: str, which: str) -> int:
        container = f"runbook-lab-{self.paths.lab_id}-{name}"
        return int(self.podman("inspect", "--format", f"{{{{.State.{which}}}}}", container).out)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[LabUnderTest]:
    made = LabUnderTest(tmp_path_factory.mktemp("lab"))
    yield made
    made("down", "--all")


@pytest.fixture(scope="module")
def two(lab: LabUnderTest) -> LabUnderTest:
    """A lab with two nodes that no test changes for good."""
    lab("up", "one", "two")
    return lab


def test_nodes_are_listed_with_their_addresses(two: LabUnderTest) -> None:
    rows = [line.split() for line in two("list").stdout.splitlines()]
    assert rows[0][:4] == ["NAME", "ARCH", "KIND", "ADDRESS"]
    assert [row[0] for row in rows[1:]] == ["one", "two"]
    assert len({row[3] for row in rows[1:]}) == 2


def test_up_again_changes_nothing(two: LabUnderTest) -> None:
    before = two("shell", "one", "--", "cat", "/proc/sys/kernel/random/boot_id", "/etc/machine-id").stdout
    assert "one is up already" in two("up", "one").stderr
    assert two("shell", "one", "--", "cat", "/proc/sys/kernel/random/boot_id", "/etc/machine-id").stdout == before


def test_the_bootstrap_login_has_a_key_and_sudo(two: LabUnderTest) -> None:
    done = two.ssh("one", "sudo", "-n", "id", "-u")
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


def test_a_fresh_node_still_offers_passwords(two: LabUnderTest) -> None:
    offered = two.ssh("one", "true", options=["-o", "PreferredAuthentications=none"])
    assert offered.returncode == 255
    assert "(publickey,password)" in offered.stderr


def test_the_bootstrap_password_is_set(two: LabUnderTest) -> None:
    status = two("shell", "one", "--", "passwd", "--status", "debian").stdout.split()
    assert status[:2] == ["debian", "P"]


def test_it_is_what_a_fresh_flash_gives(two: LabUnderTest) -> None:
    assert two("shell", "one", "--", "systemctl", "is-system-running").stdout == "running\n"
    assert two("shell", "one", "--", "cat", "/proc/1/comm", "/etc/hostname").stdout == "systemd\ndebian\n"
    leftovers = "find /var/lib/apt/lists -type f -size +0; find /etc/apt -name '*.list'; which git vim curl"
    assert two("shell", "one", "--", "sh", "-c", leftovers, check=False).stdout == ""
    tools = two("shell", "one", "--", "which", "python3", "sudo", "adduser", "hostnamectl", "nft")
    assert len(tools.stdout.splitlines()) == 5
    assert two("shell", "one", "--", "python3", "-c", "import apt").returncode == 0
    accounts = two("shell", "one", "--", "getent", "passwd").stdout.splitlines()
    assert [line.split(":")[0] for line in accounts if 1000 <= int(line.split(":")[2]) < 60000] == ["debian"]


def test_networkd_manages_the_nodes_address(two: LabUnderTest) -> None:
    state = two("shell", "one", "--", "networkctl", "status", "eth0", "--no-pager").stdout
    assert "routable (configured)" in state
    assert "/etc/systemd/network/10-eth0.network" in state
    assert two("shell", "one", "--", "findmnt", "/etc/resolv.conf", check=False).returncode == 1


def test_sessions_are_scopes_as_on_a_machine(two: LabUnderTest) -> None:
    assert "/user.slice/user-1000.slice/session-" in two.ssh("one", "cat", "/proc/self/cgroup").stdout


def test_hostnamectl_works(two: LabUnderTest) -> None:
    try:
        assert two.ssh("two", "sudo", "hostnamectl", "set-hostname", "renamed").returncode == 0
        assert two("shell", "two", "--", "sh", "-c", "hostname; cat /etc/hostname").stdout == "renamed\nrenamed\n"
    finally:
        two("shell", "two", "--", "hostnamectl", "set-hostname", "debian")


def test_no_two_nodes_share_an_identity(two: LabUnderTest) -> None:
    for file in ("/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub", "/etc/ssh/ssh_host_rsa_key.pub"):
        assert two("shell", "one", "--", "cat", file).stdout != two("shell", "two", "--", "cat", file).stdout


def test_a_reboot_keeps_the_disk_and_nothing_else(two: LabUnderTest) -> None:
    mark = "echo kept > /root/kept; echo gone > /run/gone; nft add table inet gone"
    two("shell", "one", "--", "sh", "-c", mark)
    two("reboot", "one")
    assert two("shell", "one", "--", "cat", "/root/kept").stdout == "kept\n"
    assert two("shell", "one", "--", "test", "-e", "/run/gone", check=False).returncode == 1
    assert "gone" not in two("shell", "one", "--", "nft", "list", "tables").stdout
    assert two.ssh("one", "true").returncode == 0
    assert "is not up" in two("reboot", "three", check=False).stderr


def test_the_shell_hands_on_input_output_and_exit_status(two: LabUnderTest) -> None:
    done = two("shell", "one", "--", "sh", "-c", "cat; echo problem >&2; exit 7", stdin="given\n", check=False)
    assert (done.returncode, done.stdout) == (7, "given\n")
    assert "problem" in done.stderr
    assert two("shell", "one", "--", "printf", "%s", "$(id) *; {{ x }}").stdout == "$(id) *; {{ x }}"


def test_the_shell_of_a_node_that_is_not_up_says_so(two: LabUnderTest) -> None:
    done = two("shell", "nowhere", "--", "true", check=False)
    assert (done.returncode, done.stderr) == (1, "lab/node: nowhere is not up; `lab/node list` shows what is.\n")


def test_ansible_reads_the_inventory(two: LabUnderTest) -> None:
    inventory = two.inventory()
    assert sorted(inventory["lab"]["hosts"]) == ["one", "two"]
    variables = inventory["_meta"]["hostvars"]["one"]
    assert variables["network_address"] == f"{variables['ansible_host']}/24"
    assert Path(variables["operator_user_private_key_file"]).stat().st_mode & 0o777 == 0o600
    head = ["git", "-C", variables["repository_url"], "rev-parse", "--verify", variables["repository_version"]]
    assert subprocess.run(head, capture_output=True, text=True, check=False, timeout=30).returncode == 0


def test_an_enrolled_node_has_a_baseline(two: LabUnderTest) -> None:
    baseline = json.loads((two.paths.baselines / "one.json").read_text())
    assert "openssh-server" in baseline["packages"]
    assert "ssh.service" in baseline["enabled_units"]
    assert baseline["accounts"]["debian"]["uid"] == 1000


def test_a_node_reaches_the_archive(two: LabUnderTest) -> None:
    done = two.ssh("two", "sudo", "apt-get", "-q", "update", "-o", "Dir::Etc::SourceParts=/dev/null")
    assert done.returncode == 0, done.stderr
    resolved = two("shell", "two", "--", "getent", "ahostsv4", "deb.debian.org", check=False)
    assert resolved.returncode == 0


def test_another_architecture_under_the_same_name_is_refused(two: LabUnderTest) -> None:
    done = two("up", "one", "--bare", check=False)
    assert done.returncode == 1
    assert "one is up as another kind of node (" in done.stderr
    assert "run `lab/node down one` first" in done.stderr


def test_a_bare_unenrolled_node_has_only_root_with_a_key(two: LabUnderTest) -> None:
    two("up", "bare", "--bare", "--unenrolled")
    try:
        absent = two("shell", "bare", "--", "which", "python3", "sudo", "git", check=False)
        assert (absent.returncode, absent.stdout) == (1, "")
        address = two.host_variables("bare")["ansible_host"]
        assert address not in two.paths.known_hosts.read_text()
        assert not (two.paths.baselines / "bare.json").exists()
        refused = two.ssh("bare", "true")
        assert "Host key verification failed" in refused.stderr
        entered = two.ssh("bare", "id", "-u", options=["-o", "StrictHostKeyChecking=no"])
        assert entered.stdout == "0\n", entered.stderr
    finally:
        two("down", "bare")
    assert address not in two.paths.known_hosts.read_text()


def test_two_at_once_both_get_their_nodes(two: LabUnderTest) -> None:
    runs = [two.start("up", name) for name in ("left", "right")]
    for run in runs:
        _, problem = run.communicate(timeout=600)
        assert run.returncode == 0, problem
    hosts = two.inventory()["_meta"]["hostvars"]
    assert len({hosts[name]["ansible_host"] for name in ("one", "two", "left", "right")}) == 4
    two("down", "left", "right")


def test_a_node_whose_processes_were_killed_is_made_anew(two: LabUnderTest) -> None:
    two("up", "victim")
    for which in ("ConmonPid", "Pid"):
        os.kill(two.process_of("victim", which), signal.SIGKILL)
    two("up", "victim")
    assert two.ssh("victim", "true").returncode == 0
    two("down", "victim")


@pytest.mark.parametrize("moment", ["planned", "created", "started"])
def test_up_after_a_killed_up_works(two: LabUnderTest, moment: str) -> None:
    run = two.start("up", "half")
    container = f"runbook-lab-{two.paths.lab_id}-half"
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and run.poll() is None:
        if moment == "planned" and (two.paths.nodes / "half.begun").exists():
            break
        state = two.podman("inspect", "--format", "{{.State.Status}}", container, check=False).out.strip()
        if (moment == "created" and state) or (moment == "started" and state == "running"):
            break
    assert run.poll() is None, "it was done before it could be killed"
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=120)
    assert "half" not in two("list").stdout
    two("up", "half")
    assert two.ssh("half", "true").returncode == 0
    two("down", "half")


def test_nodes_whose_namespace_was_taken_away_are_made_anew(two: LabUnderTest) -> None:
    if two.podman.namespace is None:
        pytest.skip("this host has cgroup v2, the lab needs no namespace here")
    subprocess.run(["umount", "--lazy", str(two.podman.namespace.file)], check=True, timeout=120)
    done = two("up", "one", "two")
    assert "The host has lost these nodes" in done.stderr
    assert two.ssh("one", "true").returncode == 0


def binfmt_entries(lab_id: str) -> set[str]:
    """Return this lab's entries; other labs of the host make and remove theirs meanwhile."""
    return {entry.name for entry in emulation.BINFMT.glob(f"*{lab_id}*")}


def test_emulators_come_and_go_without_touching_the_hosts(two: LabUnderTest) -> None:
    foreign = "arm64" if two.podman.host.architecture == "amd64" else "amd64"
    lab_id = two.paths.lab_id
    of_host = {entry.name for entry in emulation.BINFMT.glob("qemu-*")}
    before = binfmt_entries(lab_id)
    emulation.register(two.paths, two.podman.host.architecture, foreign)
    ours = emulation.entry_name(two.paths, foreign)
    assert binfmt_entries(lab_id) == before | {ours}
    assert "flags: POCF" in (emulation.BINFMT / ours).read_text()
    assert of_host <= {entry.name for entry in emulation.BINFMT.glob("qemu-*")}
    emulation.unregister(two.paths)
    assert binfmt_entries(lab_id) == before
    # The last lab on a host that had not mounted it takes the whole folder away.
    still_there = {entry.name for entry in emulation.BINFMT.glob("qemu-*")}
    assert of_host <= still_there or not (emulation.BINFMT / "register").exists()


def running_processes() -> str:
    """Return the command lines of all processes of this host."""
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True, timeout=120).stdout


def test_down_all_leaves_nothing_behind(two: LabUnderTest) -> None:
    two("down", "--all")
    lab_id = two.paths.lab_id
    # podman's own processes end when they have seen that the containers have: shortly after these are gone.
    deadline = time.monotonic() + 120
    while f"runbook-lab-{lab_id}" in (processes := running_processes()) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert f"runbook-lab-{lab_id}" not in processes
    assert lab_id not in Path("/proc/self/mountinfo").read_text()
    assert not list(Path("/run").glob(f"*{lab_id}*"))
    assert binfmt_entries(lab_id) == set()
    # Other labs' groups come and go meanwhile.
    groups = [name for _folder, names, _files in os.walk("/sys/fs/cgroup") for name in names]
    assert not [name for name in groups if lab_id in name]
    assert not list(two.paths.nodes.iterdir())
    assert two.paths.known_hosts.read_text() == ""
    if two.podman.namespace is not None:
        two.podman.namespace.ensure()
    try:
        wanted = f"label={LABEL}={lab_id}"
        assert two.podman("ps", "--all", "--quiet", "--filter", wanted, check=False).out == ""
        assert lab_id not in two.podman("network", "ls").out
    finally:
        if two.podman.namespace is not None:
            two.podman.namespace.remove()
    assert two.inventory()["_meta"]["hostvars"] == {}
