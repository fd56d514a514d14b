"""The audit's rules of sections 1 and 2 on a real node: silent once provisioned, complete once something is wrong."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import subprocess
import tarfile
import typing as t

import pytest

from tests.git_rig import Upstream, ask
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Node

PROVISION = PLAYBOOKS / "provision.yml"
# Runs on the node what the module runs there.
LOOK = """\
import json, sys, time
sys.path.insert(0, "/run/audit")
from module_utils._audit import audit
from module_utils._audit_access import RULES as ACCESS
from module_utils._audit_provisioning import RULES as PROVISIONING
from module_utils._declared import declared_from
from module_utils._node_view import NodeView
declared = declared_from(json.loads(DECLARED))
started = time.monotonic()
done = audit(NodeView(declared, seconds=60), [*ACCESS, *PROVISIONING])
print(json.dumps({"seconds": time.monotonic() - started, "found": [one._asdict() for one in done.findings]}))
"""
KEYS = "/home/ops/.ssh/authorized_keys"
CHECKOUT = "/home/ops/ai-systems"
DROP_IN = "/etc/ssh/sshd_config.d/00-ai-systems-runbook.conf"
RECORD = "/var/lib/ai-systems-runbook/system-update.json"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
SECONDS = 2.5

Found = dict[tuple[str, str], dict[str, str]]
Matter = tuple[str, str]


class Site:
    """A provisioned node, audited and changed by hand."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.seconds = 0.0
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
        self.seconds = said["seconds"]
        return {(one["clause"], one["subject"]): one for one in said["found"] if one["verdict"] != "info"}

    def by_hand(self, *commands: str) -> Found:
        """Do as somebody does who is root there, and return what is found then."""
        for command in commands:
            self.node.root(command).ok()
        return self.look()

    def mend(self, found: Found) -> None:
        """Do what each remedy says, word for word: the command that it names, as root, or the step of provision.yml.

        What neither would be left to the look that follows.
        """
        roles = set()
        for one in found.values():
            command = re.search(r"'([^']*)'", one["remedy"])
            if command:
                self.node.root(f"su - root -c {shlex.quote(command[1])}").ok()
            elif step := re.search(r"run provision\.yml --tags (\S+)", one["remedy"]):
                roles.add(step[1])
        if roles:
            self.node.play(PROVISION, "--tags", ",".join(sorted(roles))).ok()

    def found_and_mended(self, *commands: str, finds: t.Collection[Matter]) -> Found:
        """Check that exactly these matters are found, and none of them any more once their remedies were followed."""
        found = self.by_hand(*commands)
        assert set(found) == set(finds)
        assert {one["verdict"] for one in found.values()} == {"violation"}
        self.mend(found)
        assert self.look() == {}
        return found


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


@pytest.fixture(scope="module")
def stray(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A public key that nobody declared, and its fingerprint."""
    path = tmp_path_factory.mktemp("keys") / "stray"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "stray", "-f", str(path)], check=True)
    said = subprocess.run(["ssh-keygen", "-l", "-f", str(path)], check=True, capture_output=True, text=True).stdout
    return path.with_suffix(".pub").read_text().strip(), said.split()[1]


def test_a_provisioned_node_has_no_finding(site: Site) -> None:
    assert site.look() == {}
    seconds = []
    for _ in range(3):
        site.look()
        seconds.append(site.seconds)
    assert sorted(seconds)[1] <= SECONDS, seconds


def test_a_node_of_which_nothing_is_declared_is_unknown_and_never_ok(site: Site) -> None:
    found = site.look(**dict.fromkeys(("hostname", "address", "operator", "commit", "architecture", "clock_owner"), ""))
    unknown = {clause for (clause, _subject), one in found.items() if one["verdict"] == "unknown"}
    assert unknown >= {"1.1", "1.2", "2.2", "2.3", "2.4", "2.7", "2.8", "2.9"}
    assert {one["verdict"] for one in found.values()} == {"unknown"}
    assert all("declare" in one["remedy"] for one in found.values())


def test_accounts_and_passwords(site: Site) -> None:
    site.found_and_mended(
        "useradd --non-unique --uid 0 --gid 0 --no-create-home toor",
        "useradd --create-home --shell /bin/bash guest && echo guest:guest | chpasswd",
        "echo 'backdoor::1500:1500::/tmp:/bin/sh' >> /etc/passwd",
        "useradd --no-create-home legacy && sed -i 's|^legacy:x:|legacy:$6$a$b:|' /etc/passwd",
        "echo root:root | chpasswd",
        "useradd --non-unique --uid 1001 --no-create-home shadowed",
        finds=[
            ("1.1", "account toor"),
            ("1.1", "password of guest"),
            ("1.1", "password of backdoor"),
            ("1.1", "password of legacy"),
            ("1.1", "password of root"),
            ("1.1", "account shadowed"),
            ("2.7", "account ops"),
        ],
    )


def test_accounts_from_elsewhere_and_logins_without_a_question(site: Site) -> None:
    drop_in = "/etc/systemd/system/getty@tty1.service.d/autologin.conf"
    site.found_and_mended(
        "sed -i 's/^passwd:.*/passwd: files ldap/' /etc/nsswitch.conf",
        "mkdir -p /etc/userdb && echo '{}' > /etc/userdb/eve.user",
        f"mkdir -p {drop_in.rpartition('/')[0]} && echo 'ExecStart=-/sbin/agetty --autologin eve %I' > {drop_in}",
        "echo '+ +' > /etc/hosts.equiv && echo 'other eve' > /root/.rhosts",
        "echo 'auth sufficient pam_permit.so' >> /etc/pam.d/common-auth",
        finds=[
            ("1.1", "/etc/nsswitch.conf passwd"),
            ("1.1", "/etc/userdb/eve.user"),
            ("1.1", drop_in),
            ("1.1", "/etc/pam.d/common-auth pam_permit"),
            ("1.1", "/etc/hosts.equiv"),
            ("1.1", "/root/.rhosts"),
        ],
    )


def test_keys_wherever_sshd_might_look(site: Site, stray: tuple[str, str]) -> None:
    key, fingerprint = stray
    forced = f'command="sh" {key}'
    site.found_and_mended(
        f"echo {shlex.quote(key)} >> {KEYS}",
        f"echo {shlex.quote(key)} > /root/.ssh/authorized_keys",
        f"mkdir -p /var/www/.ssh && echo {shlex.quote(forced)} > /var/www/.ssh/authorized_keys2",
        f"mkdir -p /home/gone/.ssh && echo {shlex.quote(key)} > /home/gone/.ssh/authorized_keys",
        f"mkdir -p /etc/ssh/authorized_keys.d && echo {shlex.quote(key)} > /etc/ssh/authorized_keys.d/ops",
        finds=[
            ("1.1", f"{fingerprint} in {KEYS}"),
            ("2.7", KEYS),
            ("1.1", f"{fingerprint} in /root/.ssh/authorized_keys"),
            ("2.8", "/root/.ssh/authorized_keys"),
            ("1.1", f"{fingerprint} in /var/www/.ssh/authorized_keys2"),
            ("1.1", f"{fingerprint} in /home/gone/.ssh/authorized_keys"),
            ("1.1", f"{fingerprint} in /etc/ssh/authorized_keys.d/ops"),
        ],
    )


def test_rights_beyond_the_operators(site: Site) -> None:
    site.found_and_mended(
        "useradd --no-create-home carol && groupadd --force docker",
        "for group in docker shadow sudo; do gpasswd --add carol $group; done",
        "printf 'carol ALL=(ALL) ALL\\n' > /etc/sudoers.d/carol",
        "printf 'User_Alias HELP = dave, \\\\\\n  erin\\nHELP ALL=(ALL) \\\\\\n  NOPASSWD: ALL\\n' >> /etc/sudoers",
        "printf 'permit nopass carol\\npermit :staff\\n' > /etc/doas.conf",
        "mkdir -p /etc/polkit-1/rules.d && touch /etc/polkit-1/rules.d/10-all.rules",
        finds=[
            ("1.1", "carol in group docker"),
            ("1.1", "carol in group shadow"),
            ("1.1", "carol in group sudo"),
            ("1.1", "/etc/sudoers.d/carol carol"),
            ("1.1", "/etc/sudoers dave, erin"),
            ("1.1", "/etc/doas.conf carol"),
            ("1.1", "/etc/polkit-1/rules.d/10-all.rules"),
        ],
    )
    site.node.root("visudo -c -q").ok()


def test_agents_of_others(site: Site) -> None:
    site.found_and_mended(
        "printf '[Service]\\nExecStart=/bin/sleep 600\\n' > /etc/systemd/system/rpi-connect.service",
        "systemctl enable /etc/systemd/system/rpi-connect.service 2>/dev/null; systemctl start rpi-connect",
        "cp /bin/sleep /opt/teamviewerd && (setsid /opt/teamviewerd 600 </dev/null >/dev/null 2>&1 &)",
        "apt-get -qq install --yes dropbear-bin >/dev/null 2>&1",
        finds=[("1.1", "Raspberry Pi Connect"), ("1.1", "TeamViewer"), ("1.1", "Dropbear")],
    )


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
        "sleep 1",
    )
    assert set(found) == {("1.2", f"{protocol} port {port}") for protocol, port in _PORTS}
    assert "of leak.service" in found["1.2", "tcp port 8080"]["evidence"]
    assert ("1.2", "tcp port 8081") not in site.look(listens=[sockets])
    site.mend(found)
    assert site.look() == {}
    site.node.root("rm -f /etc/systemd/system/trap*").ok()


_PORTS = (("tcp", 8080), ("tcp", 8081), ("tcp", 8082), ("udp", 5353))


def test_ways_through_the_node(site: Site) -> None:
    site.found_and_mended(
        "printf '# a router\\nnet.ipv4.ip_forward=1\\nnet/ipv6/conf/all/forwarding = 1\\n' > /etc/sysctl.d/50-r.conf",
        "printf 'Host x\\n  ForwardAgent yes\\n  HostName 192.0.2.9\\n' > /home/ops/.ssh/config",
        "printf 'Host *\\n  RemoteForward 22 localhost:22\\n' > /etc/ssh/ssh_config.d/50-r.conf",
        "su ops -c 'ssh-agent >/dev/null'",
        "ip link add vx0 type vxlan id 42 dstport 4789 dev eth0",
        finds=[
            ("1.2", "/etc/sysctl.d/50-r.conf net.ipv4.ip_forward"),
            ("1.2", "/etc/sysctl.d/50-r.conf net.ipv6.conf.all.forwarding"),
            ("1.2", "/home/ops/.ssh/config forwardagent"),
            ("1.2", "/home/ops/.ssh/config x"),
            ("1.2", "/etc/ssh/ssh_config.d/50-r.conf remoteforward"),
            ("1.2", "agent of ops"),
            ("1.2", "interface vx0"),
        ],
    )


def test_trust_towards_other_systems(site: Site) -> None:
    authority = "/usr/local/share/ca-certificates/mitm.crt"
    make = "openssl req -x509 -newkey ed25519 -nodes -subj /CN=mitm -keyout /dev/null"
    seeds = (
        "su ops -c 'ssh-keygen -q -t ed25519 -N \"\" -f /home/ops/.ssh/id_ed25519'",
        "printf '[192.0.2.7]:2222 ssh-ed25519 AAAA\\n|1|abc=|def= ssh-ed25519 AAAA\\n' > /root/.ssh/known_hosts",
        "mkdir -p /etc/wireguard && echo '[Interface]' > /etc/wireguard/wg0.conf",
        "mkdir -p /home/ops/.cloudflared && echo x > /home/ops/.cloudflared/cert.pem",
        "echo 'nas.example.org:/data /mnt nfs4 ro 0 0' >> /etc/fstab",
        "printf '[Mount]\\nWhat=//nas.example.org/x\\nWhere=/srv/x\\nType=cifs\\n' > /etc/systemd/system/srv-x.mount",
        "printf '\\005\\002key' > /etc/krb5.keytab",
        f"{make} -out {authority} 2>/dev/null && update-ca-certificates >/dev/null 2>&1",
        f"{make} -out /etc/ssl/certs/zz.pem 2>/dev/null",
        f"{make} 2>/dev/null >> {BUNDLE}",
    )
    found = site.found_and_mended(
        *seeds,
        finds=[
            ("1.2", "/home/ops/.ssh/id_ed25519"),
            ("1.2", "/root/.ssh/known_hosts [192.0.2.7]:2222"),
            ("1.2", "/root/.ssh/known_hosts (hashed hosts)"),
            ("1.2", "/etc/wireguard/wg0.conf"),
            ("1.2", "/home/ops/.cloudflared/cert.pem"),
            ("1.2", "/etc/fstab /mnt"),
            ("1.2", "/etc/systemd/system/srv-x.mount"),
            ("1.2", "/etc/krb5.keytab"),
            ("1.2", authority),
            ("1.2", "/etc/ssl/certs/zz.pem"),
            ("1.2", BUNDLE),
        ],
    )
    assert "declare it with its purpose and who granted it in audit_node_access" in found["1.2", authority]["remedy"]
    granted = [{"target": "nas.example.org:/data", "purpose": "backups", "granted_by": "Ann"}]
    site.node.root(seeds[4]).ok()
    assert site.look(access=[*site.declared["access"], *granted]) == {}
    site.mend(site.look())


def test_a_machine_of_its_own(site: Site) -> None:
    site.found_and_mended(
        "rm /var/lib/dbus/machine-id && echo 0123456789abcdef0123456789abcdef > /var/lib/dbus/machine-id",
        "chmod 644 /etc/ssh/ssh_host_rsa_key",
        "rm /etc/ssh/ssh_host_ecdsa_key",
        finds=[
            ("1.2", "/var/lib/dbus/machine-id"),
            ("1.2", "/etc/ssh/ssh_host_rsa_key"),
            ("1.2", "/etc/ssh/ssh_host_ecdsa_key"),
        ],
    )
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


def test_a_machine_that_is_another_than_declared(site: Site) -> None:
    found = site.look(architecture="arm64", model="Raspberry Pi 5")
    assert set(found) == {("2.2", "architecture"), ("2.2", "board")}
    assert set(site.look(disk_free_mib=10**9)) == {("2.2", "room in /")}
    found = site.by_hand(
        "cat /etc/os-release > /run/os-release", "sed -i --follow-symlinks 's/trixie/forky/' /etc/os-release"
    )
    assert set(found) == {("2.2", "release")}
    site.node.root("cp /run/os-release /usr/lib/os-release").ok()


def test_a_package_database_that_is_not_whole(site: Site) -> None:
    site.found_and_mended(
        "sed -i '/^Package: xxd$/,/^$/s/^Status: .*/Status: install ok unpacked/' /var/lib/dpkg/status",
        finds=[("2.2", "dpkg")],
    )


def test_the_name(site: Site) -> None:
    site.found_and_mended("hostnamectl set-hostname elsewhere", finds=[("2.3", "hostname")])
    site.found_and_mended("sed -i 's/^127.0.1.1.*/127.0.1.1 elsewhere/' /etc/hosts", finds=[("2.3", "/etc/hosts")])
    cloud = "/etc/cloud/cloud.cfg.d"
    site.found_and_mended(f"mkdir -p {cloud}", finds=[("2.3", f"{cloud}/99-runbook-hostname.cfg")])
    site.node.root("rm -r /etc/cloud").ok()


def test_the_network(site: Site) -> None:
    gateway, address = site.declared["gateway"], site.declared["address"]
    other = f"{gateway.rpartition('.')[0]}.3"
    found = site.by_hand(
        f"ip route replace default via {other}",
        "cp /etc/resolv.conf /run/before && sed -i 's/nameserver.*/nameserver 192.0.2.53/' /etc/resolv.conf",
    )
    assert set(found) == {("2.4", "gateway"), ("2.4", "name servers")}
    site.node.root(f"ip route replace default via {gateway} && cat /run/before > /etc/resolv.conf").ok()
    assert site.look() == {}
    assert set(site.look(address=address.replace(".", ".9", 1))) == {("2.4", "address")}
    assert set(site.look(gateway=address.partition("/")[0])) == {("2.4", "address")}


def test_the_initial_update(site: Site) -> None:
    site.found_and_mended(f"rm {RECORD}", finds=[("2.5", "initial update")])
    found = site.by_hand(f"echo '{{}}' > {RECORD}")
    assert set(found) == {("2.5", RECORD)}
    site.mend(found)
    site.mend(site.look())
    assert site.look() == {}


def test_the_essential_packages(site: Site) -> None:
    site.found_and_mended(
        "apt-get -qq remove --yes curl >/dev/null 2>&1",
        "apt-mark auto vim >/dev/null",
        "sed -i '/^Package: git$/,/^$/s/^Status: .*/Status: deinstall ok config-files/' /var/lib/dpkg/status",
        finds=[("2.6", "curl"), ("2.6", "vim"), ("2.6", "git")],
    )


def test_the_operators_account(site: Site) -> None:
    site.found_and_mended(
        "chmod 755 /home/ops && chsh --shell /bin/sh ops && echo ops:ops | chpasswd",
        "chage --expiredate 2030-01-01 ops",
        "chmod 750 /home/ops/.ssh && touch /home/ops/.ssh/authorized_keys2",
        "echo '# by hand' >> /etc/sudoers.d/zz-runbook-operator",
        finds=[
            ("2.7", "/home/ops"),
            ("2.7", "account ops"),
            ("2.7", "password of ops"),
            ("2.7", "/home/ops/.ssh"),
            ("2.7", "/home/ops/.ssh/authorized_keys2"),
            ("2.7", "/etc/sudoers.d/zz-runbook-operator"),
        ],
    )
    site.found_and_mended(
        "echo 'ops ALL=(ALL) PASSWD: ALL' > /etc/sudoers.d/zz-zz && chmod 440 /etc/sudoers.d/zz-zz",
        finds=[("2.7", "/etc/sudoers.d/zz-zz")],
    )


def test_sshd(site: Site) -> None:
    # systemd refuses more than five starts within ten seconds.
    restart = "sleep 5 && systemctl stop ssh && systemctl start ssh"
    early = "/etc/ssh/sshd_config.d/00-a.conf"
    write = f"printf 'PasswordAuthentication yes\\nAuthenticationMethods any\\n' > {early} && {restart}"
    site.found_and_mended(write, finds=[("2.8", early), ("2.8", "ssh.service (methods)")])
    # What the disk says is right, and what listens is not.
    site.found_and_mended(write, f"rm {early}", finds=[("2.8", "ssh.service (methods)")])
    site.found_and_mended(
        f"touch {early} && sleep 1 && rm {early}",
        finds=[("2.8", "ssh.service (started before)")],
    )
    site.found_and_mended(
        f"printf 'Match User guest\\n  AllowAgentForwarding yes\\n' >> /etc/ssh/sshd_config && {restart}",
        finds=[("2.8", "/etc/ssh/sshd_config")],
    )


def test_the_file_of_the_role_and_the_retired_login(site: Site) -> None:
    site.found_and_mended(
        f"rm {DROP_IN}",
        "usermod --password '$6$a$b' debian && echo 'debian ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/90-debian",
        finds=[
            ("2.8", DROP_IN),
            *(("1.2", f"sshd {keyword}") for keyword in _FORWARDING),
            ("2.8", "password of debian"),
            ("1.1", "password of debian"),
            ("2.8", "/etc/sudoers.d/90-debian"),
            ("1.1", "/etc/sudoers.d/90-debian debian"),
        ],
    )


_FORWARDING = (
    "disableforwarding",
    "allowagentforwarding",
    "allowtcpforwarding",
    "allowstreamlocalforwarding",
    "x11forwarding",
)


def test_the_checkout(site: Site) -> None:
    site.found_and_mended(
        f"su ops -c 'echo more >> {CHECKOUT}/README.md && rm {CHECKOUT}/context.md && touch {CHECKOUT}/new'",
        f"chown root {CHECKOUT}/greeter/greeter.py",
        finds=[
            ("2.9", f"{CHECKOUT}/README.md"),
            ("2.9", f"{CHECKOUT}/context.md"),
            ("2.9", f"{CHECKOUT}/new"),
            ("2.9", f"{CHECKOUT}/greeter/greeter.py"),
        ],
    )
    site.found_and_mended(f"chmod 600 {CHECKOUT}/README.md", finds=[("2.9", f"{CHECKOUT} (set file modes)")])
    site.found_and_mended(
        f"su ops -c 'git -C {CHECKOUT} checkout -q -b other'", finds=[("2.9", f"{CHECKOUT} (switch to branch main)")]
    )


def test_a_commit_that_is_not_the_declared_one(site: Site, upstream: Upstream) -> None:
    before = dict(site.declared)
    upstream.commit({"NEWS.md": "new\n"})
    site.declare(upstream)
    site.found_and_mended(finds=[("2.9", f"{CHECKOUT} (commit)")])
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
    assert site.seconds < 5
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
