"""The audit's rules of sections 1 and 2 on a real node: silent once provisioned, complete once something is wrong."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import tarfile
import typing as t

import pytest

from tests.git_rig import Upstream, ask
from tests.nodes.audit_access_cases import CHECKOUT, MOUNT, OTHERWISE, WAVES, Case
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Node

PROVISION = PLAYBOOKS / "provision.yml"
# Runs on the node what the module runs there.
LOOK = """\
import json, os, sys
sys.path.insert(0, "/run/audit")
from module_utils._audit import audit
from module_utils._audit_access import RULES as ACCESS
from module_utils._audit_provisioning import RULES as PROVISIONING
from module_utils._declared import declared_from
from module_utils._node_view import NodeView
declared = declared_from(json.loads(DECLARED))
began = sum(os.times()[:4])
done = audit(NodeView(declared, seconds=250), [*ACCESS, *PROVISIONING])
print(json.dumps({"used": sum(os.times()[:4]) - began, "found": [one._asdict() for one in done.findings]}))
"""
# Of a processor, with what was started: others share the machine of the tests.
SECONDS = 2.5

Found = dict[tuple[str, str], dict[str, str]]


class Site:
    """A provisioned node, audited and changed by hand."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.used = 0.0
        self.declared: dict[str, t.Any] = {}

    def ship(self) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
            packed.add(ROOT / "plugins" / "module_utils", "module_utils")
        script = "rm -rf /run/audit && mkdir /run/audit && base64 -d | tar -xz -C /run/audit"
        self.node.root(script, stdin=base64.b64encode(buffer.getvalue()).decode()).ok()

    def declare(self, upstream: Upstream) -> None:
        """Say what the inventory says, and what the controller resolves from it."""
        inventory = {**self.node.variables, **self.node.always}
        version = ask(upstream)
        local = self.node.root("ls /usr/local/share/ca-certificates").ok().split()
        self.declared = {
            "architecture": inventory["preflight_architecture"],
            "clock_owner": inventory["preflight_clock_owner"],
            "disk_free_mib": 1024,
            "inodes_free": 20000,
            "hostname": self.node.name,
            "network_mode": inventory["network_mode"],
            "network_assignment": inventory["network_assignment"],
            "address": inventory["network_address"],
            "gateway": inventory["network_gateway"],
            "dns": inventory["network_dns"],
            "bootstrap_user": inventory["runbook_bootstrap_user"],
            "operator": inventory["operator_user_name"],
            "operator_keys": inventory["operator_user_authorized_keys"],
            "checkout": CHECKOUT,
            "commit": version.commit,
            "branch": version.branch,
            "tree_digest": version.digest,
            "largest_file": version.largest,
            "essential": ["git", "vim", "curl"],
            # With these the lab's machine answers in place of the archives.
            "access": [
                {
                    "target": f"/usr/local/share/ca-certificates/{name}",
                    "purpose": "the lab's proxy",
                    "granted_by": "lab",
                }
                for name in local
            ],
        }

    def look(self, **declared: t.Any) -> Found:
        """Return what is wrong, or not known, by its clause and subject."""
        text = json.dumps({**self.declared, **declared})
        said = json.loads(self.node.root("python3 -B -", stdin=f"DECLARED = {text!r}\n{LOOK}").ok())
        self.used = said["used"]
        return {(one["clause"], one["subject"]): one for one in said["found"] if one["verdict"] != "info"}

    def by_hand(self, *commands: str) -> Found:
        """Do as somebody does who is root there, and return what is found then."""
        for command in commands:
            self.node.root(command).ok()
        return self.look()

    def mend(self, found: Found) -> None:
        """Do what each remedy says, word for word: the command that it names, as root, and the step of provision.yml.

        What neither would be left to the look that follows.
        """
        roles = set()
        for one in found.values():
            command = re.search(r"'([^']*)'", one["remedy"])
            if command:
                self.node.root(f"su - root -c {shlex.quote(command[1])}").ok()
            if step := re.search(r"run provision\.yml --tags (\S+)", one["remedy"]):
                roles.add(step[1])
        if roles:
            self.node.play(PROVISION, "--tags", ",".join(sorted(roles))).ok()

    def found_and_mended(self, *cases: Case) -> None:
        """Check that exactly these matters are found, and none of them any more once their remedies were followed."""
        found = self.by_hand(*(command for case in cases for command in case.commands))
        assert set(found) == {matter for case in cases for matter in case.found}
        assert {one["verdict"] for one in found.values()} == {"violation"}
        for case in cases:
            if case.by_person:
                assert not any("'" in found.pop(matter)["remedy"] for matter in case.found)
                self.node.root(case.by_person).ok()
        self.mend(found)
        assert self.look() == {}
        for case in cases:
            if case.after:
                self.node.root(case.after).ok()


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Upstream:
    repository = Upstream(tmp_path_factory.mktemp("upstream") / "ai-systems")
    sample = ROOT / "lab" / "sample" / "ai-systems"
    repository.commit({str(path.relative_to(sample)): path.read_text() for path in sample.rglob("*") if path.is_file()})
    return repository


@pytest.fixture(scope="module")
def site(lab_node: LabNodes, upstream: Upstream) -> Site:
    node = lab_node("t-audit-access")
    node.always.update(repository_url=str(upstream.path), repository_version="main")
    node.play(PROVISION).ok()
    site = Site(node)
    site.ship()
    site.declare(upstream)
    return site


def test_a_provisioned_node_has_no_finding(site: Site) -> None:
    used = []
    for _ in range(3):
        assert site.look() == {}
        used.append(site.used)
    assert min(used) <= SECONDS, used


def test_a_node_of_which_nothing_is_declared_is_unknown_and_never_ok(site: Site) -> None:
    found = site.look(**dict.fromkeys(("hostname", "address", "operator", "commit", "architecture", "clock_owner"), ""))
    unknown = {clause for (clause, _subject), one in found.items() if one["verdict"] == "unknown"}
    assert unknown >= {"1.1", "1.2", "2.2", "2.3", "2.4", "2.7", "2.8", "2.9"}
    assert {one["verdict"] for one in found.values()} == {"unknown"}
    assert all("declare" in one["remedy"] for one in found.values())


def test_sockets_that_nobody_declared(site: Site) -> None:
    serve = "python3 -m http.server"
    sockets = {"protocol": "tcp", "port": 8081, "address": "loopback", "purpose": "a test"}
    found = site.by_hand(
        f"systemd-run --quiet --unit=leak {serve} 8080",
        f"(setsid {serve} --bind 127.0.0.1 8081 </dev/null >/dev/null 2>&1 &)",
        "printf '[Socket]\\nListenStream=8082\\nAccept=yes\\n' > /etc/systemd/system/trap.socket",
        "printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/trap@.service",
        "systemctl enable /etc/systemd/system/trap.socket 2>/dev/null; systemctl start trap.socket",
        "(setsid python3 -c 'import socket, time; s = socket.socket(type=2); s.bind((\"\", 5353)); time.sleep(600)' "
        "</dev/null >/dev/null 2>&1 &)",
        *(f"until ss -Hltun sport = :{port} | grep -q .; do sleep 0.1; done" for _protocol, port in _PORTS),
    )
    assert set(found) == {("1.2", f"{protocol} port {port}") for protocol, port in _PORTS}
    assert "of leak.service" in found["1.2", "tcp port 8080"]["evidence"]
    assert ("1.2", "tcp port 8081") not in site.look(listens=[sockets])
    site.mend(found)
    assert site.look() == {}
    site.node.root("rm -f /etc/systemd/system/trap*").ok()


_PORTS = (("tcp", 8080), ("tcp", 8081), ("tcp", 8082), ("udp", 5353))


@pytest.mark.parametrize("cases", WAVES, ids=lambda cases: cases[0].name)
def test_what_somebody_did_is_found_and_mended(site: Site, cases: tuple[Case, ...]) -> None:
    site.found_and_mended(*cases)


def test_a_node_that_is_another_than_declared(site: Site) -> None:
    found = site.look(**{name: value for case in OTHERWISE for name, value in case.declared.items()})
    assert set(found) == {matter for case in OTHERWISE for matter in case.found}
    assert {one["verdict"] for one in found.values()} == {"violation"}


def test_trust_that_somebody_granted_is_allowed(site: Site) -> None:
    site.node.root(f"echo '{MOUNT} /mnt nfs4 ro 0 0' >> /etc/fstab").ok()
    (one,) = site.look().values()
    assert "declare it with its purpose and who granted it in audit_node_access" in one["remedy"]
    granted = [{"target": MOUNT, "purpose": "backups", "granted_by": "Ann"}]
    assert site.look(access=[*site.declared["access"], *granted]) == {}
    site.mend(site.look())


def test_a_machine_id_that_came_with_the_image(site: Site) -> None:
    # Made anew by the test above, it is of this moment; what came with an image is not.
    found = site.by_hand("cp -a /etc/machine-id /run/before && echo uninitialized > /etc/machine-id")
    assert set(found) == {("1.2", "/etc/machine-id")}
    site.mend(found)
    assert site.look() == {}
    site.node.root("cat /run/before > /etc/machine-id").ok()


def test_the_clock_of_a_node_that_keeps_it_itself(site: Site) -> None:
    # The lab's containers have no time service that starts: what preflight says of them, the audit says too.
    found = site.look(clock_owner="node")
    assert set(found) == {("1.2", "clock")}
    assert "its start condition fails as in a container" in found["1.2", "clock"]["evidence"]


def test_a_commit_that_is_not_the_declared_one(site: Site, upstream: Upstream) -> None:
    before = dict(site.declared)
    upstream.commit({"NEWS.md": "new\n"})
    site.declare(upstream)
    site.found_and_mended(Case("another commit", (), (("2.9", f"{CHECKOUT} (commit)"),)))
    assert site.declared["commit"] != before["commit"]


# What whoever owns a home, or somebody as root, may leave to mislead, to blind or to stop the look.
HOSTILE = """\
import base64, os
os.makedirs("/home/left/.ssh")
os.mkfifo("/home/left/.ssh/authorized_keys")
os.mkfifo("/home/left/.ssh/config")
os.symlink("/dev/zero", "/home/left/.ssh/known_hosts")
os.mkfifo("/home/left/.rhosts")
os.makedirs("/var/mail/.ssh")
with open("/etc/passwd", "a") as file:
    file.write("left:x:1700:1700:\\x1b[2J\\x1b]0;owned\\x07 {{ 7*7 }}:/home/left:/bin/bash\\n")
    file.write("o'; reboot #:x:1701:1701::/home/o:/bin/bash\\n")
with open("/etc/shadow", "a") as file:
    file.write("o'; reboot #:$6$a$b:1::::::\\n")
def line(number, comment):
    body = b"\\0\\0\\0\\x0bssh-ed25519\\0\\0\\0 " + number.to_bytes(32, "big")
    return "ssh-ed25519 " + base64.b64encode(body).decode() + " " + comment + "\\n"
with open("/var/mail/.ssh/authorized_keys", "w") as file:
    file.write(line(1, "\\x1b[31m\\u202e{{ 7*7 }}<script>"))
    for number in range(2, 30000):
        file.write(line(number, "x"))
with open("/var/mail/.ssh/authorized_keys2", "w") as file:
    file.write("x" * 5_000_000)
"""


def test_a_hostile_node_neither_stops_the_look_nor_blinds_it(site: Site) -> None:
    site.node.root("python3 -", stdin=HOSTILE).ok()
    found = site.look()
    verdicts = {subject: one["verdict"] for (_clause, subject), one in found.items()}
    unknown = {subject for subject, verdict in verdicts.items() if verdict == "unknown"}
    assert unknown == {
        "/home/left/.ssh/authorized_keys",
        "/home/left/.ssh/config",
        "/home/left/.ssh/known_hosts",
        "/home/left/.rhosts",
        "/var/mail/.ssh/authorized_keys2",
    }
    assert verdicts["password of o'; reboot #"] == "violation"
    assert "'" not in found["1.1", "password of o'; reboot #"]["remedy"]
    keys = [subject for subject in verdicts if subject.endswith("in /var/mail/.ssh/authorized_keys")]
    assert len(keys) == 20
    assert verdicts["/var/mail/.ssh/authorized_keys (more keys)"] == "violation"
    told = json.dumps(list(found.values()), ensure_ascii=False)
    assert all(char.isprintable() for char in told)
    assert "\\\\x1b[31m\\\\u202e{{ 7*7 }}<script>" in told
    assert len(told) < 40_000
    assert site.used < 5
    site.node.root(
        "rm -r /home/left /var/mail/.ssh && sed -i '/^left:/d;/reboot/d' /etc/passwd && sed -i /reboot/d /etc/shadow"
    ).ok()
    assert site.look() == {}


def test_host_keys_that_came_with_the_image(site: Site) -> None:
    """Last of all: the node has other keys afterwards, and has to be enrolled anew."""
    found = site.by_hand("touch --date=2020-01-01 /etc/ssh/ssh_host_ed25519_key")
    assert set(found) == {("1.2", "host keys")}
    assert "then run enroll.yml" in found["1.2", "host keys"]["remedy"]
    site.mend(found)
    assert site.look() == {}
