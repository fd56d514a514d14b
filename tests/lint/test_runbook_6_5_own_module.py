# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-5-own-module: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, TASKS, Case, Findings, findings, run

RULE = "runbook-6-5-own-module"
_bad = functools.partial(bad, RULE)
SHA = "4f2c1ab09d1f7f0c9a83c6a29f1c2f0a3f7b5f1e"
BAD = (
    _bad("hostname", "- name: X\n  ansible.builtin.hostname:\n    name: web-1", "name: web-1"),
    _bad("apt", "- name: X\n  apt:\n    name: [git, vim]\n    state: present", "name: [g"),
    _bad("apt, free form", "- name: X\n  apt: name=git,vim update_cache=yes", "apt:"),
    _bad("package removed", "- name: X\n  package:\n    name: nano\n    state: absent", "name: nano"),
    _bad("updater removed", "- name: X\n  apt:\n    name: unattended-upgrades\n    state: absent", "name: un"),
    _bad("repository", f"- name: X\n  git:\n    repo: https://e.org/a\n    dest: /srv/a\n    version: {SHA}", "repo:"),
    _bad(
        "packages of Python",
        "- name: X\n  pip:\n    requirements: r.txt\n    virtualenv: /home/a/x/.venv",
        "virtualenv:",
    ),
    _bad("packages of Node.js", "- name: X\n  community.general.npm:\n    path: /home/a/x\n    ci: true", "path:"),
    _bad(
        "updater switched off",
        "- name: X\n  systemd:\n    name: apt-daily.timer\n    enabled: false\n    state: stopped",
        "name: apt",
    ),
    _bad("operator's account", "- name: X\n  user:\n    name: anna\n    groups: [sudo]\n    append: true", "groups:"),
    _bad("account of a service", "- name: X\n  user:\n    name: web\n    system: true", "name: web"),
    _bad(
        "key of a login",
        "- name: X\n  ansible.posix.authorized_key:\n    user: anna\n    key: ssh-ed25519 AAAA a",
        "key: ssh",
    ),
    _bad("address", "- name: X\n  nmcli:\n    conn_name: a\n    ip4: 192.0.2.1/24", "conn_name"),
    _bad("settings of sshd", "- name: X\n  template:\n    src: a\n    dest: /etc/ssh/sshd_config", "dest:"),
    _bad(
        "one line of them",
        "- name: X\n  lineinfile:\n    path: /etc/ssh/sshd_config\n    line: PermitRootLogin no",
        "path:",
    ),
    _bad(
        "settings of journald",
        "- name: X\n  copy:\n    dest: /etc/systemd/journald.conf.d/a.conf\n"
        "    content: |\n      [Journal]\n      SystemMaxUse=200M",
        "dest:",
    ),
    _bad("name in its file", "- name: X\n  copy:\n    content: web-1\n    dest: /etc/hostname", "dest:"),
    _bad(
        "keys in their file",
        "- name: X\n  copy:\n    content: ssh-ed25519 AAAA a\n    dest: /home/a/.ssh/authorized_keys",
        "dest:",
    ),
    _bad("network's file", "- name: X\n  template:\n    src: a\n    dest: /etc/network/interfaces", "dest:"),
    _bad(
        "linked unit",
        "- name: X\n  file:\n    src: /srv/ai-systems/w/w.service\n    dest: /etc/systemd/system/w.service\n"
        "    state: link",
        "dest:",
    ),
    _bad("apt-get install", "- name: X\n  command: apt-get install -y -o A=b git vim", "apt-get"),
    _bad(
        "apt with sudo and a variable",
        "- name: X\n  shell: cd / && sudo DEBIAN_FRONTEND=noninteractive apt -y install git",
        "apt",
    ),
    _bad("apt-get purge", "- name: X\n  command: apt-get -y purge nano", "purge"),
    _bad("lists refreshed", "- name: X\n  raw: apt-get update", "update"),
    _bad("bootstrap by raw", "- name: X\n  raw: apt-get install -y python3 python3-apt", "raw:"),
    _bad("hostnamectl", "- name: X\n  command: hostnamectl set-hostname web-1", "hostnamectl"),
    _bad("hostname by hand", "- name: X\n  command: hostname web-1", "hostname web"),
    _bad("clone of a release", "- name: X\n  command: git clone -b v1.2.3 https://e.org/a /srv/a", "clone"),
    _bad("checkout", f"- name: X\n  command: git checkout {SHA}\n  args:\n    chdir: /srv/a", "checkout"),
    _bad("systemctl", "- name: X\n  command: systemctl start web", "systemctl"),
    _bad("systemctl enable", "- name: X\n  shell: sudo -n systemctl --now enable web.service", "systemctl"),
    _bad("unit linked by systemctl", "- name: X\n  command: systemctl enable /home/a/ai-systems/w/w.service", "enable"),
    _bad("environment of Python", "- name: X\n  command: python3 -m venv /home/a/x/.venv", "venv"),
    _bad("pip of it", "- name: X\n  command: /home/a/x/.venv/bin/pip install -r r.txt", "pip"),
    _bad("npm ci", "- name: X\n  command: npm ci --omit=dev\n  args:\n    chdir: /home/a/x", "npm"),
    _bad("adduser", "- name: X\n  command: adduser --disabled-password anna", "adduser"),
    _bad("rights", "- name: X\n  command: usermod -aG sudo anna", "usermod"),
    _bad("account of a service by useradd", "- name: X\n  command: useradd -r -s /usr/sbin/nologin web", "useradd"),
    _bad("address by nmcli", "- name: X\n  command: nmcli con mod eth0 ipv4.addresses 192.0.2.7/24", "nmcli"),
    _bad("address by ip", "- name: X\n  command: ip addr add 192.0.2.7/24 dev eth0", "ip addr"),
    _bad("journal cut", "- name: X\n  command: journalctl --vacuum-size=100M", "journalctl"),
    _bad("sed on sshd's settings", "- name: X\n  shell: sed -i 's/a/b/' /etc/ssh/sshd_config", "sed"),
    _bad("in a loop", "- name: X\n  command: apt-get install -y {{ item }}\n  loop: [git, vim]", "apt-get"),
    _bad(
        "handler of a block",
        """
        - name: P
          hosts: a
          handlers:
            - name: B
              block:
                - name: X
                  action: ansible.builtin.hostname name=a
        """,
        "hostname name",
        path=PLAYBOOK,
    ),
)
GOOD = (
    good("asks about an account", "- name: X\n  command: passwd -S root\n  changed_when: false"),
    good(
        "another setting of journald",
        "- name: X\n  lineinfile:\n    path: /etc/systemd/journald.conf\n    line: Compress=yes",
    ),
    good("our module", "- name: X\n  ai_systems.runbook.apt_package:\n    name: [git]"),
    good("only said", "- name: X\n  shell: echo 'apt-get install git' 'systemctl start web'"),
    good("another system", "- name: X\n  apt: name=git\n  when: ansible_facts['os_family'] == 'RedHat'"),
    good("on the controller", "- name: X\n  command: git checkout main\n  delegate_to: localhost"),
    good(
        "play on the controller",
        "- name: P\n  hosts: localhost\n  tasks:\n    - name: X\n      apt: name=git",
        PLAYBOOK,
    ),
    good("a package's own service", "- name: X\n  systemd:\n    name: nginx\n    state: started\n    enabled: true"),
    good("reading of services", "- name: X\n  command: systemctl status web\n  changed_when: false"),
    good("reading of git", "- name: X\n  command: git rev-parse HEAD\n  changed_when: false"),
    good("reading of the name", "- name: X\n  command: hostname -f\n  changed_when: false"),
    good("reading of the network", "- name: X\n  command: ip -j addr show\n  changed_when: false"),
    good("reading of nmcli", "- name: X\n  command: nmcli -t device status\n  changed_when: false"),
    good("reading of the journal", "- name: X\n  command: journalctl -u web -n 20\n  changed_when: false"),
    good("reading of packages", "- name: X\n  command: apt-cache policy git\n  changed_when: false"),
    good("latest is another rule's", "- name: X\n  apt:\n    name: git\n    state: latest"),
    good("a branch is another rule's", "- name: X\n  git:\n    repo: a\n    dest: b\n    version: main"),
    good("globals are another rule's", "- name: X\n  command: npm install -g a"),
    good("account without rights", "- name: X\n  user:\n    name: bob\n    comment: Bob"),
    good("account that goes", "- name: X\n  user:\n    name: bob\n    state: absent\n    groups: sudo"),
    good("file of an application", "- name: X\n  template:\n    src: a\n    dest: /etc/app/sshd_config"),
    good("file that goes", "- name: X\n  file:\n    path: /etc/ssh/sshd_config.d/a.conf\n    state: absent"),
    good("lists of apt without a package", "- name: X\n  apt:\n    update_cache: true"),
)
MESSAGES = (
    (
        "- name: X\n  command: apt-get install -y {{ item }}\n  loop: [git, vim]\n",
        "ai_systems.runbook.apt_package: {name: [git, vim]}",
    ),
    ("- name: X\n  apt:\n    name: [git, vim]\n", "ai_systems.runbook.apt_package: {name: [git, vim]}"),
    ("- name: X\n  command: hostnamectl set-hostname web-1\n", "ai_systems.runbook.node_hostname: {name: web-1}"),
    (
        f"- name: X\n  git:\n    repo: https://e.org/a\n    dest: /srv/a\n    version: {SHA}\n  become_user: anna\n",
        f"ai_systems.runbook.git_checkout: {{url: 'https://e.org/a', version: {SHA}, path: /srv/a, user: anna}}",
    ),
    (
        "- name: X\n  command: /home/a/x/.venv/bin/pip install -r r.txt\n",
        "projects: [{path: /home/a/x, requirements: r.txt}]",
    ),
    (
        "- name: X\n  command: systemctl stop web\n",
        "ai_systems.runbook.service_action: {action: stop, name: web.service,",
    ),
    ("- name: X\n  shell: useradd -r web\n", "ai_systems.runbook.systemd_unit: {accounts: [web],"),
    ('- name: X\n  apt:\n    name: "a\\e[31m"\n', "name: ['a\\x1b[31m']"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[str]]:
    top = tmp_path_factory.mktemp("messages")
    for number, (text, _example) in enumerate(MESSAGES):
        path = top / f"case{number}" / TASKS
        path.parent.mkdir(parents=True)
        path.write_text(f"---\n{text}", encoding="utf-8")
    found: dict[int, list[str]] = {number: [] for number in range(len(MESSAGES))}
    for one in run(top, "-t", RULE, "--format", "json"):
        found[int(one["location"]["path"].split("/")[0][4:])].append(one["description"])
    return found


@pytest.mark.parametrize("number", range(len(MESSAGES)))
def test_the_example_is_made_of_the_tasks_own_values(number: int, said: dict[int, list[str]]) -> None:
    assert len(said[number]) == 1
    assert MESSAGES[number][1] in said[number][0]
