# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-1-update: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, commands, task
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-6-1-update"
UNDECIDED = "runbook-6-1-update[undecided]"
REFUSED = (
    "apt-get -y dist-upgrade",
    "DEBIAN_FRONTEND=noninteractive apt-get upgrade -y",
    "apt update && apt full-upgrade -y",
    "sudo apt-get install -y unattended-upgrades",
    "ansible-pull -U https://example.org/x.git",
    "snap refresh",
    "flatpak update -y",
    "unattended-upgrade -d",
    "rpi-update",
    "rpi-eeprom-update -a",
    "systemctl enable --now apt-daily.timer",
    "systemctl start unattended-upgrades",
    "podman auto-update",
    "docker run -d containrrr/watchtower",
    "echo 'APT::Periodic::Unattended-Upgrade \"1\";' > /etc/apt/apt.conf.d/20auto",
    "tailscale set --auto-update",
    "echo '0 4 * * * root apt-get update && apt-get -y upgrade' > /etc/cron.d/x",
)
ALLOWED = (
    "apt-get update",
    "apt-get install -y git",
    "apt-get -s dist-upgrade",
    "apt list --upgradable",
    "echo apt-get dist-upgrade",
    "systemctl disable apt-daily.timer",
    "systemctl stop unattended-upgrades",
    "apt-get remove unattended-upgrades",
    "git pull",
    "snap list",
    "echo 'APT::Periodic::Enable \"0\";' > /etc/apt/apt.conf.d/zz",
    "rpi-eeprom-update",
)
BAD = (
    *commands(RULE, REFUSED),
    task("package", "apt:\n  name: unattended-upgrades\n", (4, RULE)),
    task("package of a template", "apt:\n  name: snapd\n  state: '{{ s }}'\n", (4, UNDECIDED)),
    task("unit of a template", "systemd:\n  name: apt-daily.timer\n  enabled: '{{ x }}'\n", (4, UNDECIDED)),
    task("debconf of a template", "debconf: name=x question=u/enable_auto_updates value={{ x }}\n", (3, UNDECIDED)),
    task("packages", "apt:\n  pkg: [git, apticron=1.2]\n", (4, RULE)),
    task("package by loop", "package:\n  name: '{{ item }}'\n  state: present\nloop: [git, snapd]\n", (4, RULE)),
    task("upgrade", "apt:\n  upgrade: dist\n", (4, RULE)),
    task("upgrade yes", "apt: upgrade=yes update_cache=yes\n", (3, RULE)),
    task("upgrade of a template", "apt:\n  upgrade: '{{ how }}'\n", (4, UNDECIDED)),
    task("everything latest", "package:\n  name: '*'\n  state: latest\n", (4, RULE)),
    task("timer", "systemd:\n  name: apt-daily-upgrade.timer\n  enabled: true\n", (4, RULE)),
    task("service", "service: name=unattended-upgrades state=started\n", (3, RULE)),
    task("timer by its name", "systemd:\n  name: my-app-update.timer\n  enabled: yes\n", (4, RULE)),
    task("cron", "cron:\n  name: x\n  job: cd /srv/x && git pull\n", (5, RULE)),
    task("cron with a download", "cron:\n  name: x\n  job: curl -s https://example.org | sh\n", (5, RULE)),
    task("at", "ansible.posix.at:\n  command: apt-get -y upgrade\n  count: 1\n  units: days\n", (4, RULE)),
    task(
        "periodic",
        "copy:\n  dest: /etc/apt/apt.conf.d/20auto-upgrades\n  content: |\n"
        '    APT::Periodic::Update-Package-Lists "1";\n    APT::Periodic::Unattended-Upgrade "0";\n',
        (4, RULE),
    ),
    task(
        "periodic, in braces",
        "blockinfile:\n  path: /etc/apt/apt.conf.d/x\n  block: 'APT { Periodic { Enable \"1\"; }; };'\n",
        (4, RULE),
    ),
    task(
        "periodic of a template",
        "lineinfile:\n  path: /x\n  line: 'APT::Periodic::Unattended-Upgrade \"{{ x }}\";'\n",
        (4, UNDECIDED),
    ),
    task(
        "debconf",
        "debconf:\n  name: x\n  question: unattended-upgrades/enable_auto_updates\n  value: 'true'\n  vtype: boolean\n",
        (5, RULE),
    ),
    task("watchtower", "docker_container:\n  name: w\n  image: containrrr/watchtower:latest\n", (5, RULE)),
    task(
        "label",
        "containers.podman.podman_container:\n  name: w\n  label:\n    io.containers.autoupdate: registry\n",
        (5, RULE),
    ),
    task("role", "ansible.builtin.include_role:\n  name: jnv.unattended-upgrades\n", (4, RULE)),
    task(
        "unit",
        "copy:\n  dest: /srv/x.service\n  content: |\n    [Service]\n    ExecStartPre=/usr/bin/git pull\n",
        (4, RULE),
    ),
    task(
        "needrestart",
        "copy:\n  dest: /etc/needrestart/conf.d/x.conf\n  content: \"$nrconf{restart} = 'a';\"\n",
        (4, RULE),
    ),
    Case(
        "template of a unit",
        "[Unit]\nWants=apt-daily.service\n[Service]\nExecStart=/x\n",
        ((2, RULE),),
        "templates/x.service.j2",
    ),
    Case(
        "template of apt",
        '// x\nAPT::Periodic::Unattended-Upgrade "1";\nUnattended-Upgrade::Automatic-Reboot "{{ x }}";\n',
        ((2, RULE), (3, UNDECIDED)),
        "templates/auto.j2",
    ),
    Case(
        "packages of a group",
        "---\npackages_list:\n  - git\n  - unattended-upgrades=2.12\n",
        ((4, RULE),),
        "group_vars/all.yml",
    ),
    Case("cloud-init", "#cloud-config\npackage_upgrade: true\n", ((2, RULE),), "templates/user-data.j2"),
    Case("quadlet", "[Container]\nImage=x\nAutoUpdate=registry\n", ((3, RULE),), "templates/x.container.j2"),
    Case(
        "role of a play",
        "---\n- name: P\n  hosts: nodes\n  roles:\n    - role: hifis.unattended_upgrades\n",
        ((4, RULE),),
        PLAYBOOK,
    ),
)
GOOD = (
    *allowed(ALLOWED),
    task("taken out", "apt:\n  name: unattended-upgrades\n  state: absent\n"),
    task("no upgrade", "apt:\n  upgrade: 'no'\n  update_cache: true\n"),
    task("a package", "apt:\n  name: git\n"),
    task("switched off", "systemd:\n  name: apt-daily.timer\n  state: stopped\n  enabled: false\n"),
    task("data", "systemd:\n  name: plocate-updatedb.timer\n  enabled: true\n"),
    task("periodic off", "copy:\n  dest: /etc/apt/apt.conf.d/zz\n  content: 'APT::Periodic::Enable \"0\";'\n"),
    task("comment", "copy:\n  dest: /etc/apt/apt.conf.d/zz\n  content: '// APT::Periodic::Enable \"1\";'\n"),
    task("good cron", "cron:\n  name: x\n  job: /opt/x/report\n"),
    task(
        "label off",
        "containers.podman.podman_container:\n  name: w\n  label:\n    io.containers.autoupdate: disabled\n",
    ),
    task("controller", "command: apt-get dist-upgrade\ndelegate_to: localhost\n"),
    task("good role", "ansible.builtin.include_role:\n  name: ai_systems.runbook.system_update\n"),
    task("our module", "ai_systems.runbook.apt_upgrade:\n"),
    Case("other list", "---\npackages_absent:\n  - snapd\n", (), "group_vars/all.yml"),
    Case("plain cloud-init", "#cloud-config\npackage_update: true\n", (), "templates/user-data.j2"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
