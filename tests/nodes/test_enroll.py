"""First contact on real nodes: what is pinned, what is refused, and what is recorded."""

from __future__ import annotations

import base64
import dataclasses
import fcntl
import hashlib
import json
import os
import pathlib
import pty
import re
import select
import subprocess
import termios
import time
import typing as t

import pytest
import yaml

from lab import baseline as lab_baseline
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Node, Run, environment, tool
from tests.nodes.terminal import wait_until_open

ENROLL = PLAYBOOKS / "enroll.yml"
KEY = "/etc/ssh/ssh_host_ed25519_key"
JOURNAL = "journalctl --sync; journalctl --quiet --output=cat --identifier=ai-systems-runbook"
# The node's unit is socket-activated or not, as Debian ships it: both are stopped, and what was active starts again.
STOP_SSHD = "systemctl is-active --quiet ssh.socket && touch /run/was-socket; systemctl stop ssh.socket ssh.service"
START_SSHD = "test -e /run/was-socket && systemctl start ssh.socket || systemctl start ssh.service"


@dataclasses.dataclass
class Desk:
    """An operator's desk: where host keys and baselines of one test lie."""

    folder: pathlib.Path

    @property
    def known_hosts(self) -> pathlib.Path:
        return self.folder / "inventory of mine" / "known_hosts"

    @property
    def baselines(self) -> pathlib.Path:
        return self.folder / "baselines"

    @property
    def variables(self) -> dict[str, t.Any]:
        return {
            "runbook_known_hosts": str(self.known_hosts),
            "runbook_baselines_dir": str(self.baselines),
            "runbook_reports_dir": str(self.folder / "reports"),
            "enroll_wait": 20,
        }

    def enroll(self, node: Node, *, check: bool = False, **variables: t.Any) -> Run:
        return node.play(ENROLL, check=check, variables={**self.variables, **variables})

    def baseline(self, node: Node) -> pathlib.Path:
        return self.baselines / f"{node.name}.json"

    def pinned(self) -> list[str]:
        """Return the pinned lines without their comments."""
        if not self.known_hosts.exists():
            return []
        lines = self.known_hosts.read_text().splitlines()
        return [line for line in lines if not line.startswith("#")]


def fingerprint(node: Node) -> str:
    """Return what the node's console shows, worked out apart from the code under test."""
    blob = base64.b64decode(node.root(f"cat {KEY}.pub").ok().split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Desk:
    return Desk(tmp_path)


def patient(node: Node) -> Node:
    """Have sshd take what tests on a quick machine do: each look at its keys is a connection that nobody logs in by.

    It shuts out who makes many of them, for a quarter of a minute, which is nearly as long as a run waits here.
    """
    patience = "echo 'PerSourcePenalties no' > /etc/ssh/sshd_config.d/00-patient.conf"
    node.root(f"{patience}; {STOP_SSHD}; {START_SSHD}").ok()
    return node


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return patient(lab_node("enroll-a", "--unenrolled"))


@pytest.fixture(scope="module")
def other(lab_node: LabNodes) -> Node:
    return patient(lab_node("enroll-b", "--unenrolled"))


def test_a_node_that_is_not_enrolled_is_not_touched(node: Node, desk: Desk) -> None:
    run = node.play(PLAYBOOKS / "provision.yml", variables=desk.variables)
    run.failed("is not enrolled", "playbooks/enroll.yml --limit enroll-a")


def test_without_a_terminal_nothing_is_pinned(node: Node, desk: Desk) -> None:
    desk.enroll(node).failed("there is no terminal", "-e fingerprint=SHA256:", fingerprint(node))
    assert not desk.known_hosts.exists()


def test_a_dry_run_tells_what_would_be_pinned(node: Node, desk: Desk) -> None:
    run = desk.enroll(node, check=True).ok()
    assert fingerprint(node) in run.output
    assert {action[1:] for action in run.actions} == {
        (f"host key {kind}", "pin") for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")
    }
    assert not desk.known_hosts.exists()
    assert not desk.baselines.exists()
    # Nobody has logged in yet, so the node knows of no run.
    assert node.root(JOURNAL).ok() == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("SHA256:" + "A" * 43, "the node does not have the key SHA256:AAA"),
        ("MD5:aa:bb", "'MD5:aa:bb' is not of the form SHA256:"),
        ("yes", "'yes' is not of the form SHA256:"),
    ],
)
def test_a_wrong_fingerprint_pins_nothing(node: Node, desk: Desk, given: str, said: str) -> None:
    desk.enroll(node, fingerprint=given).failed(said)
    assert not desk.known_hosts.exists()


def test_the_compared_key_alone_is_pinned_and_the_baseline_recorded(node: Node, desk: Desk) -> None:
    run = desk.enroll(node, fingerprint=fingerprint(node)).ok()
    public = " ".join(node.root(f"cat {KEY}.pub").ok().split()[:2])
    assert desk.pinned() == [f"{node.variables['ansible_host']} {public} enroll-a"]
    assert {action[1:] for action in run.actions} == {("host key ssh-ed25519", "pin"), ("baseline", "record")}
    assert "playbooks/provision.yml --limit enroll-a" in run.output
    (told,) = node.root(JOURNAL).ok().splitlines()
    assert re.match(r"run \S+: enroll .*--limit enroll-a", told)
    # Read beside SSH and composed by other code: the same content, byte for byte.
    read = {
        part: subprocess.run(
            [str(ROOT / "lab" / "node"), "shell", node.name, "--", *query], capture_output=True, text=True, check=True
        ).stdout
        for part, query in lab_baseline.QUERIES.items()
    }
    lab_baseline.write(desk.folder / "theirs.json", lab_baseline.compose(read))
    assert desk.baseline(node).read_text() == (desk.folder / "theirs.json").read_text()
    assert desk.baseline(node).stat().st_mode & 0o777 == 0o644
    assert desk.known_hosts.stat().st_mode & 0o777 == 0o644

    before = desk.known_hosts.read_bytes(), desk.baseline(node).read_bytes()
    again = desk.enroll(node).ok()
    assert again.actions == set()
    assert (desk.known_hosts.read_bytes(), desk.baseline(node).read_bytes()) == before


def test_a_recorded_baseline_is_kept_unless_told_otherwise(node: Node, desk: Desk) -> None:
    desk.enroll(node, fingerprint=fingerprint(node)).ok()
    path = desk.baseline(node)
    recorded = json.loads(path.read_text())
    recorded["packages"]["mallory"] = "6.6.6"
    path.write_text(json.dumps(recorded, indent=2, sort_keys=True) + "\n")
    before = path.read_bytes()
    run = desk.enroll(node).ok()
    assert '-    "mallory": "6.6.6"' in run.output
    assert "-e replace_baseline=true" in " ".join(run.output.split())
    assert path.read_bytes() == before
    assert desk.enroll(node, check=True, replace_baseline=True).ok().actions == {("2.2", "baseline", "replace")}
    assert path.read_bytes() == before
    assert desk.enroll(node, replace_baseline=True).ok().actions == {("2.2", "baseline", "replace")}
    assert "mallory" not in path.read_text()
    path.write_text("<<<<<<< HEAD\n")
    desk.enroll(node, replace_baseline=True).failed("is no baseline")


def test_a_changed_key_is_an_error_until_replaced(node: Node, desk: Desk) -> None:
    old = fingerprint(node)
    desk.enroll(node, fingerprint=old).ok()
    before = desk.known_hosts.read_bytes()
    node.root(f"{STOP_SSHD}; rm -f {KEY} {KEY}.pub; ssh-keygen -q -t ed25519 -N '' -f {KEY}; {START_SSHD}").ok()
    new = fingerprint(node)
    cases: list[dict[str, t.Any]] = [{}, {"fingerprint": new}]
    for variables in cases:
        run = desk.enroll(node, **variables)
        run.failed("re-imaged", "another machine", "in between", "console", "ssh-keygen -R", "replace=true", old, new)
    assert desk.known_hosts.read_bytes() == before
    desk.enroll(node, replace=True).failed("there is no terminal")
    desk.enroll(node, replace=True, fingerprint=old).failed("does not have the key")
    assert desk.known_hosts.read_bytes() == before
    dry = desk.enroll(node, check=True, replace=True, fingerprint=new).ok()
    assert desk.known_hosts.read_bytes() == before
    real = desk.enroll(node, replace=True, fingerprint=new).ok()
    assert dry.actions == real.actions == {("2.2", "host key ssh-ed25519", "replace")}
    address = node.variables["ansible_host"]
    for run, verb in ((dry, "Would pin"), (real, "Pinned")):
        # The old key is in the diff and in the table, since known_hosts no longer says which it was.
        assert f"-{address} ssh-ed25519 {old}" in run.output
        assert f"+{address} ssh-ed25519 {new}" in run.output
        assert f"{verb} ED25519 {new} in place of ED25519 {old}" in " ".join(run.output.split())
    assert len(desk.pinned()) == 1
    # Asked for again, there is nothing left to replace.
    assert desk.enroll(node, replace=True).ok().actions == set()


def test_a_cloned_card_is_an_error_naming_both(node: Node, other: Node, desk: Desk) -> None:
    desk.enroll(node, fingerprint=fingerprint(node)).ok()
    private = node.root(f"cat {KEY}").ok()
    other.root(f"cp {KEY} /root/own-key; cp {KEY}.pub /root/own-key.pub; cat > {KEY}", stdin=private).ok()
    other.root(f"ssh-keygen -y -f {KEY} > {KEY}.pub; {STOP_SSHD}; {START_SSHD}").ok()
    try:
        before = desk.known_hosts.read_bytes()
        run = desk.enroll(other, fingerprint=fingerprint(other))
        run.failed("enroll-b", "enroll-a", "one host key", "cloned", fingerprint(node))
        assert desk.known_hosts.read_bytes() == before
    finally:
        other.root(f"cp /root/own-key {KEY}; cp /root/own-key.pub {KEY}.pub; {STOP_SSHD}; {START_SSHD}").ok()


def test_two_nodes_at_one_address_are_an_error(node: Node, other: Node, desk: Desk) -> None:
    node.refresh_inventory()
    inventory = yaml.safe_load(node.inventory.read_text())
    inventory["lab"]["hosts"]["enroll-b"]["ansible_host"] = node.variables["ansible_host"]
    node.inventory.write_text(yaml.safe_dump(inventory))
    try:
        desk.enroll(node).failed("enroll-a and enroll-b have one address in the inventory")
    finally:
        node.refresh_inventory()
        other.refresh_inventory()


def test_a_node_that_is_down_is_waited_for_within_a_bound(node: Node, desk: Desk) -> None:
    node.root(STOP_SSHD).ok()
    start = time.monotonic()
    try:
        run = desk.enroll(node, enroll_wait=3)
    finally:
        node.root(START_SSHD).ok()
    # And not the 300 s that it waits where nobody says otherwise.
    assert time.monotonic() - start < 150
    run.failed("showed no host key", "within 3 s", "refused", "-e enroll_wait=")
    assert "waiting for SSH" in run.output
    assert (
        "enroll-a does not come up: the address answers, but port 22 is refused. Look at, in this order:" in run.output
    )
    assert "  1. SSH: a machine is there, and nothing listens on port 22" in run.output
    # A machine that answers has power.
    assert "LED:" not in run.output


def test_a_node_that_comes_up_meanwhile_is_enrolled(node: Node, desk: Desk) -> None:
    print_of_node = fingerprint(node)
    # By itself systemd may have a timer wait for others, up to a minute.
    timer = "systemd-run --quiet --on-active=4 --timer-property=AccuracySec=100ms"
    node.root(f"{STOP_SSHD}; {timer} /bin/sh -c '{START_SSHD}'").ok()
    desk.enroll(node, fingerprint=print_of_node, enroll_wait=60).ok()


def test_an_address_that_nobody_has_is_told_with_what_to_look_at(node: Node, desk: Desk) -> None:
    inventory = yaml.safe_load(node.inventory.read_text())
    # On the node's own network, so that this machine can ask for it.
    own = str(node.variables["ansible_host"])
    nobody = f"{own.rpartition('.')[0]}.251"
    inventory["lab"]["hosts"]["enroll-a"]["ansible_host"] = nobody
    node.inventory.write_text(yaml.safe_dump(inventory))
    try:
        run = desk.enroll(node, enroll_wait=6, network_assignment="reservation")
    finally:
        node.refresh_inventory()
    run.failed("showed no host key", "no machine on this network answers for the address")
    steps = [line.strip().partition(":")[0] for line in run.output.splitlines() if re.match(r"  \d\. ", line)]
    assert [step.split()[1] for step in steps] == ["LED", "Screen", "Link", "Lease", "Card"]


@dataclasses.dataclass
class Image:
    """A manifest of an image, and a card of it that has booted once in a node."""

    manifest: pathlib.Path
    card: pathlib.Path

    def holds(self, baseline: dict[str, t.Any]) -> None:
        """Write the manifest of an image that holds this."""
        image = {"file": "debian-13-arm64.img", "sha256": "a" * 64}
        self.manifest.write_text(json.dumps({"format": 1, "image": image, "packages": [], "baseline": baseline}))

    def booted_in(self, node: Node) -> None:
        """Write what the first boot writes to the boot partition, as it is where a desktop has mounted it."""
        self.card.write_text(node.root("cat /etc/ssh/ssh_host_*_key.pub").ok())


@pytest.fixture
def image(desk: Desk) -> Image:
    return Image(desk.folder / "x.manifest.json", desk.folder / "host-keys.pub")


def held_by(node: Node) -> dict[str, t.Any]:
    """Return what the node holds, read beside SSH."""
    return lab_baseline.compose(
        {
            part: subprocess.run(
                [str(ROOT / "lab" / "node"), "shell", node.name, "--", *query],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for part, query in lab_baseline.QUERIES.items()
        }
    )


def without_login(node: Node, baseline: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return it as an image has it, in which the first boot has not made the login yet."""
    accounts = {
        name: one for name, one in baseline["accounts"].items() if name != node.variables["runbook_bootstrap_user"]
    }
    units = [*baseline["enabled_units"], "runbook-first-boot.service"]
    return {**baseline, "accounts": accounts, "enabled_units": units}


def test_a_re_imaged_node_is_enrolled_by_card_and_manifest(node: Node, desk: Desk, image: Image) -> None:
    baseline = without_login(node, held_by(node))
    desk.enroll(node, fingerprint=fingerprint(node)).ok()
    node.root(f"{STOP_SSHD}; rm -f {KEY} {KEY}.pub; ssh-keygen -q -t ed25519 -N '' -f {KEY}; {START_SSHD}").ok()
    image.booted_in(node)
    image.holds(baseline)
    given: dict[str, t.Any] = {"card": str(image.card), "manifest": str(image.manifest)}
    desk.enroll(node, **given).failed("is not the pinned one", "replace=true")
    given |= {"replace": True, "replace_baseline": True}
    before = desk.known_hosts.read_bytes(), desk.baseline(node).read_bytes()

    dry = desk.enroll(node, check=True, **given).ok()
    assert (desk.known_hosts.read_bytes(), desk.baseline(node).read_bytes()) == before
    real = desk.enroll(node, **given).ok()
    pinned = {("2.2", f"host key {kind}", "pin") for kind in ("ecdsa-sha2-nistp256", "ssh-rsa")}
    replaced = {("2.2", "host key ssh-ed25519", "replace"), ("2.2", "baseline", "replace")}
    assert dry.actions == real.actions == pinned | replaced
    assert "holds exactly what its image debian-13-arm64.img holds" in " ".join(real.output.split())
    recorded = {**baseline, "enabled_units": sorted(baseline["enabled_units"])}
    assert json.loads(desk.baseline(node).read_text()) == recorded
    assert len(desk.pinned()) == 3

    after = desk.known_hosts.read_bytes(), desk.baseline(node).read_bytes()
    assert desk.enroll(node, check=True, **given).ok().actions == set()
    assert desk.enroll(node, **given).ok().actions == set()
    assert (desk.known_hosts.read_bytes(), desk.baseline(node).read_bytes()) == after


def test_a_node_that_holds_more_than_its_image_is_refused(node: Node, desk: Desk, image: Image) -> None:
    baseline = without_login(node, held_by(node))
    del baseline["packages"]["openssh-server"]
    del baseline["accounts"]["sshd"]
    baseline["packages"]["gone"] = "1.0"
    image.holds(baseline)
    image.booted_in(node)
    given: dict[str, t.Any] = {"card": str(image.card), "manifest": str(image.manifest)}
    said = ("package openssh-server", "is on the node only", "account sshd", "-e accept_differences=true")
    desk.enroll(node, **given).failed("holds what its image debian-13-arm64.img does not", *said)
    assert not desk.baseline(node).exists()
    # Again, with the key pinned by now: the pin stood, the doubt stands.
    again = desk.enroll(node, check=True, **given)
    again.failed("holds what its image", *said)
    assert "package gone 1.0 is in the image only" in again.output
    run = desk.enroll(node, accept_differences=True, **given).ok()
    assert run.actions == {("2.2", "baseline", "record")}
    # What is recorded is the image's, so that the audit sees what the node has beyond it.
    assert json.loads(desk.baseline(node).read_text())["packages"] == baseline["packages"]


def test_another_nodes_card_is_refused_naming_both(node: Node, other: Node, desk: Desk, image: Image) -> None:
    image.booted_in(other)
    run = desk.enroll(node, card=str(image.card))
    run.failed("enroll-a shows ED25519", fingerprint(node), "carries ", fingerprint(other), "nothing was pinned")
    assert not desk.known_hosts.exists()
    desk.enroll(node, card=str(image.card), fingerprint=fingerprint(node)).failed("give one of them")
    desk.enroll(node, card=str(desk.folder / "gone")).failed("cannot be read: No such file")
    desk.enroll(node, manifest=str(desk.folder / "gone.json")).failed("is not there; name the .manifest.json")


def test_names_that_cannot_be_names_are_refused(node: Node, desk: Desk) -> None:
    fake = "#!/bin/sh\n/usr/bin/dpkg-query \"$@\"\nprintf '\\033]0;owned\\007evil\\t1.0\\tii \\n'\n"
    node.root("cat > /usr/local/bin/dpkg-query; chmod 755 /usr/local/bin/dpkg-query", stdin=fake).ok()
    try:
        run = desk.enroll(node, fingerprint=fingerprint(node))
        run.failed("lists as package what cannot be one", "owned")
        assert "\x1b]0;" not in run.output
        assert "\x07" not in run.output
        assert not desk.baseline(node).exists()
        # The key was confirmed and stays pinned, and the table says so.
        assert run.actions == {("2.2", "host key ssh-ed25519", "pin")}
        endless = "#!/bin/sh\nyes 'a\t1\tii ' | head -c 30000000\n"
        node.root("cat > /usr/local/bin/dpkg-query", stdin=endless).ok()
        desk.enroll(node).failed("more than 20000 packages")
    finally:
        node.root("rm /usr/local/bin/dpkg-query").ok()


def test_nodes_enrolled_at_once_do_not_lose_each_others_keys(node: Node, other: Node, desk: Desk) -> None:
    inventory = yaml.safe_load(node.inventory.read_text())
    for each in (node, other):
        inventory["lab"]["hosts"][each.name]["fingerprint"] = fingerprint(each)
    path = desk.folder / "both.yml"
    path.write_text(yaml.safe_dump(inventory))
    extra = json.dumps(desk.variables)
    argv = [tool("ansible-playbook"), "-i", str(path), "--limit", "enroll-a,enroll-b", "-e", extra, str(ENROLL)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment(), cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stdout
    assert sorted(line.split()[-1] for line in desk.pinned()) == ["enroll-a", "enroll-b"]


@pytest.mark.parametrize(
    ("answers", "pinned"),
    [
        (["yes"], 3),
        (["no"], 0),
        (["what", "FINGERPRINT"], 1),
        (["SHA256:" + "A" * 43], 0),
        (["", "maybe", "y"], 0),
    ],
)
def test_the_operator_confirms_at_a_terminal(node: Node, desk: Desk, answers: list[str], pinned: int) -> None:
    own = fingerprint(node)
    rc, output = at_a_terminal(node, desk, [own if answer == "FINGERPRINT" else answer for answer in answers])
    assert own in output
    assert "ssh-keygen -lf" in output
    assert (rc == 0) is (pinned > 0), output
    assert len(desk.pinned()) == pinned
    assert desk.baseline(node).exists() is (pinned > 0)


def at_a_terminal(node: Node, desk: Desk, answers: list[str], seconds: float = 180) -> tuple[int, str]:
    """Run the playbook at a terminal of its own and type an answer at each prompt; return status and output."""
    argv, env, _steps = node.command(ENROLL, variables=desk.variables)
    leader, follower = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        argv, stdin=follower, stdout=follower, stderr=follower, env=env, cwd=ROOT, start_new_session=True,
        preexec_fn=take_terminal,  # noqa: PLW1509
    )  # fmt: skip
    os.close(follower)
    said = ""
    seen = 0
    waiting = list(answers)
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            if select.select([leader], [], [], 0.2)[0]:
                try:
                    chunk = os.read(leader, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                said += chunk.decode("utf-8", "replace")
            asked = said.count('Type "yes"')
            if waiting and asked > seen:
                seen = asked
                # What is typed before the prompt reads is thrown away by it.
                wait_until_open(leader)
                os.write(leader, waiting.pop(0).encode() + b"\r")
        return process.wait(timeout=60), said
    finally:
        process.kill()
        os.close(leader)


def test_a_node_without_python_is_enrolled_all_the_same(lab_node: LabNodes, desk: Desk) -> None:
    bare = lab_node("enroll-bare", "--bare", "--unenrolled")
    bare.root("command -v python3 && exit 1; true").ok()
    desk.enroll(bare, fingerprint=fingerprint(bare)).ok()
    assert "openssh-server" in json.loads(desk.baseline(bare).read_text())["packages"]
