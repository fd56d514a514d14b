"""What an image breaks is found in its files by the audit's rules, and sorted by whose turn it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_report_rules as rules
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook import CLAUSES

DUMP = 'APT::Periodic::Enable "0";\n'
BARE = {"etc/passwd": "root:x:0:0::/root:/bin/sh\n", "etc/shadow": "root:*:1::::::\n", "var/lib/dpkg/status": ""}


def stanza(name: str, version: str = "1", maintainer: str = "D <d@debian.org>") -> str:
    return (
        f"Package: {name}\nStatus: install ok installed\nMaintainer: {maintainer}\nArchitecture: all\n"
        f"Version: {version}\n\n"
    )


def apt(program: str, _arguments: object, _timeout: float) -> Completed:
    if program != "apt-config":
        raise CommandError(f"{program} cannot be asked", argv=[program])
    return Completed([program], 0, DUMP, "")


def look(top: Path, files: dict[str, str], links: dict[str, str] | None = None) -> list[rules.Breach]:
    for name, text in {**BARE, **files}.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    for name, target in (links or {}).items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).symlink_to(target)
    return rules.look(NodeView(Declared(operator="anna", bootstrap_user="debian"), base=str(top), run=apt))


def test_a_bare_image_breaks_nothing(tmp_path: Path) -> None:
    assert look(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("files", "clause", "subject", "way"),
    [
        ({"etc/shadow": "root:$y$x$y:1::::::\n"}, "1.1", "password of root", "decide"),
        ({"etc/passwd": BARE["etc/passwd"] + "x:x:0:0::/:/bin/sh\n"}, "1.1", "account x", "decide"),
        ({"etc/machine-id": "0" * 31 + "1"}, "1.2", "/etc/machine-id", "decide"),
        ({"etc/ssh/ssh_host_rsa_key": "x"}, "1.2", "host keys", "decide"),
        ({"var/lib/dpkg/status": stanza("a", "1+rpt1")}, "3.1", "a 1+rpt1", "decide"),
        ({"var/lib/dpkg/status": stanza("a", "1", "S <s@raspberrypi.com>")}, "3.1", "a 1", "decide"),
        ({"var/lib/dpkg/status": stanza("cockpit")}, "1.1", "cockpit", "decide"),
        ({"etc/systemd/journald.conf.d/x.conf": "[Journal]\nStorage=none\n"}, "4.4", "journal", "provision.yml"),
        ({"etc/systemd/system.conf": "[Manager]\nRuntimeWatchdogSec=9\n"}, "6.2", "systemd RuntimeWatchdogSec",
         "provision.yml"),
        ({"etc/sysctl.d/x.conf": "kernel.panic = 10\n"}, "6.2", "kernel.panic", "provision.yml"),
        ({"boot/firmware/config.txt": "kernel_watchdog_timeout=60\n"}, "6.2",
         "/boot/firmware/config.txt kernel_watchdog_timeout", "decide"),
        ({"usr/bin/cloud-init": ""}, "6.1", "cloud-init", "provision.yml"),
        ({"boot/firmware/pieeprom.upd": ""}, "6.1", "/boot/firmware/pieeprom.upd", "decide"),
        ({"etc/passwd": BARE["etc/passwd"] + "debian:x:1000:1000::/home/debian:/bin/sh\n",
          "etc/shadow": "debian:$y$x$y:1::::::\n"}, "1.1", "password of debian", "provision.yml"),
        ({"home/x/.netrc": "machine git.example login anna password hT7kQz9sLm2vRx4\n",
          "etc/passwd": BARE["etc/passwd"] + "x:x:1001:1001::/home/x:/usr/sbin/nologin\n"}, "6.3", "/home/x/.netrc",
         "decide"),
    ],
)  # fmt: skip
def test_each_breach_is_found(tmp_path: Path, files: dict[str, str], clause: str, subject: str, way: str) -> None:
    found = look(tmp_path, files)
    (one,) = [each for each in found if each.way]
    assert (one.finding.clause, one.way) == (clause, way)
    assert one.finding.subject.startswith(subject)
    assert str(tmp_path) not in str(found)
    assert bool(one.role) == (way == rules.PROVISION)


def test_updaters_and_healers_are_found_by_what_starts_them(tmp_path: Path) -> None:
    wants = "etc/systemd/system/multi-user.target.wants"
    links = {
        f"{wants}/unattended-upgrades.service": "../unattended-upgrades.service",
        f"{wants}/watchdog.service": "/usr/lib/systemd/system/watchdog.service",
        f"{wants}/ssh.service": "../ssh.service",
    }
    found = look(tmp_path, {}, links)
    assert [(one.finding.clause, one.finding.subject, one.role) for one in found] == [
        ("6.1", "unattended-upgrades.service", "guardrails"),
        ("6.2", "watchdog.service", "guardrails"),
    ]


def test_what_is_allowed_is_named_for_information(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {
            "var/lib/dpkg/status": stanza("linux-image-arm64", "7.3.4-1~bpo13+1") + stanza("rpi-update"),
            "etc/passwd": BARE["etc/passwd"] + "pi:x:1000:1000::/home/pi:/bin/sh\n",
            "boot/firmware/cmdline.txt": "fsck.repair=yes\n",
        },
    )
    assert {one.finding.subject for one in found if one.finding.verdict == "info"} == {
        "account pi",
        "linux-image-arm64 7.3.4-1~bpo13+1",
        "rpi-update",
        "/boot/firmware/cmdline.txt fsck.repair",
    }
    assert not any(one.way for one in found)


def test_what_cannot_be_read_is_unknown_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    os.mkfifo(tmp_path / "var/lib/dpkg/status2")
    files = {"etc/machine-id": "0" * 31 + "1"}
    for name, text in {**BARE, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if "status" not in name:
            (tmp_path / name).write_text(text)
    (tmp_path / "var/lib/dpkg/status2").rename(tmp_path / "var/lib/dpkg/status")
    found = rules.look(NodeView(Declared(operator="anna"), base=str(tmp_path), run=apt))
    unknown = {one.finding.subject for one in found if one.finding.verdict == "unknown"}
    assert {"package-origins", "remote-agents", "updates-packages", "heal-packages"} <= unknown
    assert any(one.finding.subject == "/etc/machine-id" for one in found)
    assert str(tmp_path) not in str(found)


def test_a_machine_without_apt_says_so(tmp_path: Path) -> None:
    def nothing(program: str, _arguments: object, _timeout: float) -> Completed:
        raise CommandError(f"cannot run {program}", argv=[program])

    for name, text in BARE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (one,) = rules.look(NodeView(Declared(operator="anna"), base=str(tmp_path), run=nothing))
    assert (one.finding.verdict, one.finding.subject) == ("unknown", "updates-apt")


def test_every_rule_is_of_a_clause() -> None:
    assert all(rule.clause in CLAUSES for rule in rules.RULES)
    assert len({rule.name for rule in rules.RULES}) == len(rules.RULES)
