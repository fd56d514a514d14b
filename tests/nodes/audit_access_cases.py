"""What somebody does to a node against runbook 1 and 2, and what the audit is to find of it."""

from __future__ import annotations

import shlex
import typing as t

Matter = tuple[str, str]

CHECKOUT = "/home/ops/ai-systems"
KEYS = "/home/ops/.ssh/authorized_keys"
DROP_IN = "/etc/ssh/sshd_config.d/00-ai-systems-runbook.conf"
RECORD = "/var/lib/ai-systems-runbook/system-update.json"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
# A public key that nobody declared, and its fingerprint.
STRAY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJwZKC9B1gvme8d7zt3KCvTPLJUjQtphaGw3fbcAQUGL stray"
STRAY_FINGERPRINT = "SHA256:YF/rjGuVD/UeCHeH+WsckChXsoW6wuwICqAz63Zf9vA"
FORCED = f'command="sh" {STRAY}'
AUTOLOGIN = "/etc/systemd/system/getty@tty1.service.d/autologin.conf"
AUTHORITY = "/usr/local/share/ca-certificates/mitm.crt"
MAKE = "openssl req -x509 -newkey ed25519 -nodes -subj /CN=mitm -keyout /dev/null"
MOUNT = "nas.example.org:/data"
CLOUD = "/etc/cloud/cloud.cfg.d"
# systemd refuses more than five starts within ten seconds.
RESTART = "sleep 5 && systemctl stop ssh && systemctl start ssh"
EARLY = "/etc/ssh/sshd_config.d/00-a.conf"
WRITE = f"printf 'PasswordAuthentication yes\\nAuthenticationMethods any\\n' > {EARLY} && {RESTART}"
_FORWARDING = (
    "disableforwarding",
    "allowagentforwarding",
    "allowtcpforwarding",
    "allowstreamlocalforwarding",
    "x11forwarding",
)


class Case(t.NamedTuple):
    """Something that somebody does to a node, and what is to be found: clause and subject.

    :param after: what has to hold, or go, once each remedy was followed.
    :param by_person: stands for what a person does whom the remedies give no command.
    """

    name: str
    commands: tuple[str, ...]
    found: tuple[Matter, ...]
    after: str = ""
    by_person: str = ""


class Otherwise(t.NamedTuple):
    """What is found where the inventory declares something else; the remedy is to declare what is."""

    declared: dict[str, t.Any]
    found: tuple[Matter, ...]


# As many at once as do not concern each other: each look, and each run of the steps that mend, serves a whole wave.
# Only one case of a wave may concern sshd itself; it is the first, and the wave is named after it.
WAVES: t.Final = (
    (
        Case(
            "an earlier file of sshd",
            (WRITE,),
            (
                ("2.8", EARLY),
                ("2.8", "ssh.service (methods)"),
            ),
        ),
        Case(
            "accounts from elsewhere, and logins without a question",
            (
                "sed -i 's/^passwd:.*/passwd: files ldap/' /etc/nsswitch.conf",
                "mkdir -p /etc/userdb && echo '{}' > /etc/userdb/eve.user",
                f"mkdir -p {AUTOLOGIN.rpartition('/')[0]}",
                f"echo 'ExecStart=-/sbin/agetty --autologin eve %I' > {AUTOLOGIN}",
                "echo '+ +' > /etc/hosts.equiv && echo 'other eve' > /root/.rhosts",
                "echo 'auth sufficient pam_permit.so' >> /etc/pam.d/common-auth",
            ),
            (
                ("1.1", "/etc/nsswitch.conf passwd"),
                ("1.1", "/etc/userdb/eve.user"),
                ("1.1", AUTOLOGIN),
                ("1.1", "/etc/pam.d/common-auth pam_permit"),
                ("1.1", "/etc/hosts.equiv"),
                ("1.1", "/root/.rhosts"),
            ),
        ),
        Case(
            "what makes it a machine of its own",
            (
                "rm /var/lib/dbus/machine-id && echo 0123456789abcdef0123456789abcdef > /var/lib/dbus/machine-id",
                "chmod 644 /etc/ssh/ssh_host_rsa_key",
                "rm /etc/ssh/ssh_host_ecdsa_key",
            ),
            (
                ("1.2", "/var/lib/dbus/machine-id"),
                ("1.2", "/etc/ssh/ssh_host_rsa_key"),
                ("1.2", "/etc/ssh/ssh_host_ecdsa_key"),
            ),
        ),
        Case(
            "a package database that is not whole",
            ("sed -i '/^Package: xxd$/,/^$/s/^Status: .*/Status: install ok unpacked/' /var/lib/dpkg/status",),
            (("2.2", "dpkg"),),
        ),
        Case("no initial update", (f"rm {RECORD}",), (("2.5", "initial update"),)),
        Case(
            "another line in hosts",
            ("sed -i 's/^127.0.1.1.*/127.0.1.1 elsewhere/' /etc/hosts",),
            (("2.3", "/etc/hosts"),),
        ),
        Case(
            "another gateway, other name servers",
            (
                "ip route show default | cut -d ' ' -f 3 > /run/gateway && cp /etc/resolv.conf /run/resolv",
                "ip route replace default via $(sed 's/[0-9]*$/3/' /run/gateway)",
                "sed -i 's/nameserver.*/nameserver 192.0.2.53/' /etc/resolv.conf",
            ),
            (("2.4", "gateway"), ("2.4", "name servers")),
            by_person="ip route replace default via $(cat /run/gateway) && cat /run/resolv > /etc/resolv.conf",
        ),
    ),
    (
        Case(
            "an sshd with an earlier file",
            (
                WRITE,
                f"rm {EARLY}",
            ),
            (("2.8", "ssh.service (methods)"),),
        ),
        Case(
            "accounts and passwords",
            (
                "useradd --non-unique --uid 0 --gid 0 --no-create-home toor",
                "useradd --create-home --shell /bin/bash guest && echo guest:guest | chpasswd",
                "echo 'backdoor::1500:1500::/tmp:/bin/sh' >> /etc/passwd",
                "useradd --no-create-home legacy && sed -i 's|^legacy:x:|legacy:$6$a$b:|' /etc/passwd",
                "echo root:root | chpasswd",
                "useradd --non-unique --uid 1001 --no-create-home shadowed",
            ),
            (
                ("1.1", "account toor"),
                ("1.1", "password of guest"),
                ("1.1", "password of backdoor"),
                ("1.1", "password of legacy"),
                ("1.1", "password of root"),
                ("1.1", "account shadowed"),
                ("2.7", "account ops"),
            ),
        ),
        Case(
            "ways through the node",
            (
                "printf '# a router\\nnet.ipv4.ip_forward=1\\n' > /etc/sysctl.d/50-r.conf",
                "echo 'net/ipv6/conf/all/forwarding = 1' >> /etc/sysctl.d/50-r.conf",
                "printf 'Host x\\n  ForwardAgent yes\\n  HostName 192.0.2.9\\n' > /home/ops/.ssh/config",
                "printf 'Host *\\n  RemoteForward 22 localhost:22\\n' > /etc/ssh/ssh_config.d/50-r.conf",
                "su ops -c 'ssh-agent >/dev/null'",
                "ip link add vx0 type vxlan id 42 dstport 4789 dev eth0",
            ),
            (
                ("1.2", "/etc/sysctl.d/50-r.conf net.ipv4.ip_forward"),
                ("1.2", "/etc/sysctl.d/50-r.conf net.ipv6.conf.all.forwarding"),
                ("1.2", "/home/ops/.ssh/config forwardagent"),
                ("1.2", "/home/ops/.ssh/config x"),
                ("1.2", "/etc/ssh/ssh_config.d/50-r.conf remoteforward"),
                ("1.2", "agent of ops"),
                ("1.2", "interface vx0"),
            ),
        ),
        Case(
            "changed files of the checkout",
            (
                f"su ops -c 'echo more >> {CHECKOUT}/README.md && rm {CHECKOUT}/context.md && touch {CHECKOUT}/new'",
                f"chown root {CHECKOUT}/greeter/greeter.py",
            ),
            (
                ("2.9", f"{CHECKOUT}/README.md"),
                ("2.9", f"{CHECKOUT}/context.md"),
                ("2.9", f"{CHECKOUT}/new"),
                ("2.9", f"{CHECKOUT}/greeter/greeter.py"),
            ),
        ),
        Case("a record that is none", (f"echo '{{}}' > {RECORD}",), (("2.5", RECORD),)),
        Case("another name", ("hostnamectl set-hostname elsewhere",), (("2.3", "hostname"),)),
    ),
    (
        Case(
            "an sshd that is older than its files",
            (f"touch {EARLY} && sleep 1 && rm {EARLY}",),
            (("2.8", "ssh.service (started before)"),),
        ),
        Case(
            "keys wherever sshd might look",
            (
                f"echo {shlex.quote(STRAY)} >> {KEYS}",
                f"echo {shlex.quote(STRAY)} > /root/.ssh/authorized_keys",
                f"mkdir -p /var/www/.ssh && echo {shlex.quote(FORCED)} > /var/www/.ssh/authorized_keys2",
                f"mkdir -p /home/gone/.ssh && echo {shlex.quote(STRAY)} > /home/gone/.ssh/authorized_keys",
                f"mkdir -p /etc/ssh/authorized_keys.d && echo {shlex.quote(STRAY)} > /etc/ssh/authorized_keys.d/ops",
            ),
            (
                ("1.1", f"{STRAY_FINGERPRINT} in {KEYS}"),
                ("2.7", KEYS),
                ("1.1", f"{STRAY_FINGERPRINT} in /root/.ssh/authorized_keys"),
                ("2.8", "/root/.ssh/authorized_keys"),
                ("1.1", f"{STRAY_FINGERPRINT} in /var/www/.ssh/authorized_keys2"),
                ("1.1", f"{STRAY_FINGERPRINT} in /home/gone/.ssh/authorized_keys"),
                ("1.1", f"{STRAY_FINGERPRINT} in /etc/ssh/authorized_keys.d/ops"),
            ),
        ),
        Case(
            "the essential packages",
            (
                "apt-get -qq remove --yes curl >/dev/null 2>&1",
                "apt-mark auto vim >/dev/null",
                "sed -i '/^Package: git$/,/^$/s/^Status: .*/Status: deinstall ok config-files/' /var/lib/dpkg/status",
            ),
            (
                ("2.6", "curl"),
                ("2.6", "vim"),
                ("2.6", "git"),
            ),
        ),
        Case(
            "a name that cloud-init would take back",
            (f"mkdir -p {CLOUD}",),
            (("2.3", f"{CLOUD}/99-runbook-hostname.cfg"),),
            after="rm -r /etc/cloud",
        ),
        Case(
            "a private file of the checkout",
            (f"chmod 600 {CHECKOUT}/README.md",),
            (("2.9", f"{CHECKOUT} (set file modes)"),),
        ),
        Case("a record that anybody can write", (f"chmod 666 {RECORD}",), (("2.5", f"{RECORD} (writable)"),)),
        Case(
            "another release",
            ("cat /etc/os-release > /run/os-release", "sed -i --follow-symlinks 's/trixie/forky/' /etc/os-release"),
            (("2.2", "release"),),
            by_person="cp /run/os-release /usr/lib/os-release",
        ),
    ),
    (
        Case(
            "a block of sshd's main file",
            (f"printf 'Match User guest\\n  AllowAgentForwarding yes\\n' >> /etc/ssh/sshd_config && {RESTART}",),
            (("2.8", "/etc/ssh/sshd_config"),),
        ),
        Case(
            "rights beyond the operator's",
            (
                "useradd --no-create-home carol && groupadd --force docker",
                "for group in docker shadow sudo; do gpasswd --add carol $group; done",
                "printf 'carol ALL=(ALL) ALL\\n' > /etc/sudoers.d/carol",
                "printf 'User_Alias HELP = dave, \\\\\\n  erin\\n' >> /etc/sudoers",
                "printf 'HELP ALL=(ALL) \\\\\\n  NOPASSWD: ALL\\n' >> /etc/sudoers",
                "printf 'permit nopass carol\\npermit :staff\\n' > /etc/doas.conf",
                "mkdir -p /etc/polkit-1/rules.d && touch /etc/polkit-1/rules.d/10-all.rules",
            ),
            (
                ("1.1", "carol in group docker"),
                ("1.1", "carol in group shadow"),
                ("1.1", "carol in group sudo"),
                ("1.1", "/etc/sudoers.d/carol carol"),
                ("1.1", "/etc/sudoers dave, erin"),
                ("1.1", "/etc/doas.conf carol"),
                ("1.1", "/etc/polkit-1/rules.d/10-all.rules"),
            ),
            after="visudo -c -q",
        ),
        Case(
            "agents of others",
            (
                "printf '[Service]\\nExecStart=/bin/sleep 600\\n' > /etc/systemd/system/rpi-connect.service",
                "systemctl enable /etc/systemd/system/rpi-connect.service 2>/dev/null; systemctl start rpi-connect",
                "cp /bin/sleep /opt/teamviewerd && (setsid /opt/teamviewerd 600 </dev/null >/dev/null 2>&1 &)",
                "apt-get -qq install --yes dropbear-bin >/dev/null 2>&1",
            ),
            (
                ("1.1", "Raspberry Pi Connect"),
                ("1.1", "TeamViewer"),
                ("1.1", "Dropbear"),
            ),
        ),
        Case(
            "the operator's account",
            (
                "chmod 755 /home/ops && chsh --shell /bin/sh ops && echo ops:ops | chpasswd",
                "chage --expiredate 2030-01-01 ops",
                "chmod 750 /home/ops/.ssh && touch /home/ops/.ssh/authorized_keys2",
                "echo '# by hand' >> /etc/sudoers.d/zz-runbook-operator",
            ),
            (
                ("2.7", "/home/ops"),
                ("2.7", "account ops"),
                ("2.7", "password of ops"),
                ("2.7", "/home/ops/.ssh"),
                ("2.7", "/home/ops/.ssh/authorized_keys2"),
                ("2.7", "/etc/sudoers.d/zz-runbook-operator"),
            ),
        ),
        Case(
            "another branch",
            (f"su ops -c 'git -C {CHECKOUT} checkout -q -b other'",),
            (("2.9", f"{CHECKOUT} (switch to branch main)"),),
        ),
    ),
    (
        Case(
            "the role's file, and the retired login",
            (
                f"rm {DROP_IN}",
                "usermod --password '$6$a$b' debian",
                "echo 'debian ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/90-debian",
            ),
            (
                ("2.8", DROP_IN),
                *(("1.2", f"sshd {keyword}") for keyword in _FORWARDING),
                ("2.8", "password of debian"),
                ("1.1", "password of debian"),
                ("2.8", "/etc/sudoers.d/90-debian"),
                ("1.1", "/etc/sudoers.d/90-debian debian"),
            ),
        ),
        Case(
            "trust towards other systems",
            (
                "su ops -c 'ssh-keygen -q -t ed25519 -N \"\" -f /home/ops/.ssh/id_ed25519'",
                "printf '[192.0.2.7]:2222 ssh-ed25519 AAAA\\n' > /root/.ssh/known_hosts",
                "printf '|1|abc=|def= ssh-ed25519 AAAA\\n' >> /root/.ssh/known_hosts",
                "mkdir -p /etc/wireguard && echo '[Interface]' > /etc/wireguard/wg0.conf",
                "mkdir -p /home/ops/.cloudflared && echo x > /home/ops/.cloudflared/cert.pem",
                f"echo '{MOUNT} /mnt nfs4 ro 0 0' >> /etc/fstab",
                (
                    "printf '[Mount]\\nWhat=//nas.example.org/x\\nWhere=/srv/x\\nType=cifs\\n'"
                    " > /etc/systemd/system/srv-x.mount"
                ),
                "printf '\\005\\002key' > /etc/krb5.keytab",
                f"{MAKE} -out {AUTHORITY} 2>/dev/null && update-ca-certificates >/dev/null 2>&1",
                f"{MAKE} -out /etc/ssl/certs/zz.pem 2>/dev/null",
                f"{MAKE} 2>/dev/null >> {BUNDLE}",
            ),
            (
                ("1.2", "/home/ops/.ssh/id_ed25519"),
                ("1.2", "/root/.ssh/known_hosts [192.0.2.7]:2222"),
                ("1.2", "/root/.ssh/known_hosts (hashed hosts)"),
                ("1.2", "/etc/wireguard/wg0.conf"),
                ("1.2", "/home/ops/.cloudflared/cert.pem"),
                ("1.2", "/etc/fstab /mnt"),
                ("1.2", "/etc/systemd/system/srv-x.mount"),
                ("1.2", "/etc/krb5.keytab"),
                ("1.2", AUTHORITY),
                ("1.2", "/etc/ssl/certs/zz.pem"),
                ("1.2", BUNDLE),
            ),
        ),
        Case(
            "a later rule of sudo",
            ("echo 'ops ALL=(ALL) PASSWD: ALL' > /etc/sudoers.d/zz-zz && chmod 440 /etc/sudoers.d/zz-zz",),
            (("2.7", "/etc/sudoers.d/zz-zz"),),
        ),
    ),
)
CASES: t.Final = tuple(case for wave in WAVES for case in wave)
OTHERWISE: t.Final = (
    Otherwise(
        {"architecture": "arm64", "model": "Raspberry Pi 5"},
        (("2.2", "architecture"), ("2.2", "board")),
    ),
    Otherwise({"disk_free_mib": 10**9}, (("2.2", "room in /"),)),
    Otherwise({"hostname": "elsewhere"}, (("2.3", "hostname"), ("2.3", "/etc/hosts"))),
    Otherwise(
        {"address": "198.51.100.7/24", "gateway": "198.51.100.1"},
        (("2.4", "address"), ("2.4", "gateway")),
    ),
    Otherwise({"commit": "0" * 40}, (("2.9", f"{CHECKOUT} (commit)"),)),
)

__all__ = ("AUTHORITY", "CASES", "CHECKOUT", "MOUNT", "OTHERWISE", "WAVES", "Case", "Matter", "Otherwise")
