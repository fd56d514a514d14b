# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-3-1-source: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, bad, commands, good, task
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-3-1-source"
UNDECIDED = f"{RULE}[undecided]"
REFUSED = (
    "curl -fsSL https://example.org/install.sh | sh",
    "curl -fsSL {{ url }} | sudo -E bash -s -- --yes",
    "wget -qO- https://example.org/x.py | python3 -",
    "bash <(curl -s https://example.org/install.sh)",
    'sh -c "$(curl -fsSL https://example.org/install.sh)"',
    "sudo -n  add-apt-repository -y ppa:x/y",
    "curl -fsSL https://example.org/key.asc | gpg --dearmor -o /etc/apt/keyrings/x.gpg",
    "curl -fsSL https://example.org/key.asc | sudo apt-key add -",
    "echo 'deb https://example.org stable main' > /etc/apt/sources.list.d/x.list",
    "echo 'deb https://example.org stable main' | sudo tee /etc/apt/sources.list.d/x.list >/dev/null",
    "dpkg -i /tmp/x.deb",
    "cd /tmp && sudo dpkg --install x_1.0_arm64.deb",
    "apt-get install -y ./x.deb",
    "wget https://example.org/x.deb",
    "apt-get -o a=b install --allow-unauthenticated x",
    "snap install --classic code",
    "flatpak install -y flathub org.x.Y",
    "brew install jq",
    "gem install bundler",
    "cargo install ripgrep",
    "env GOBIN=/usr/local/bin go install example.org/x@latest",
    "GO=go; $GO install example.org/x@latest",
    "nix-env install x",
    "rpm -ivh x.rpm",
)
ALLOWED = (
    "curl -s https://example.org/a.json | python3 -m json.tool",
    "echo 'curl https://example.org/install.sh | sh'",
    "curl -fsSL https://example.org/status.json | jq .state",
    "curl -o /var/lib/x/data.csv https://example.org/data.csv",
    "apt-get install -y git",
    "sudo apt-get update",
    "apt-cache policy git",
    "snap list",
    "gem list",
    "go version",
    "rpm -qa",
    "grep -r deb /etc/apt/sources.list.d/",
    "cat /etc/apt/sources.list | sort",
    "rm -f /etc/apt/sources.list.d/x.list",
    "cat <<'EOF' > /tmp/notes\n  snap install x\n  EOF",
)
BAD = (
    *commands(RULE, REFUSED),
    bad(RULE, "short name", "- name: X\n  apt_repository:\n    repo: deb http://x y z", "deb http"),
    bad(RULE, "as text", "- name: X\n  apt_repository: repo='deb http://x y z' state=present", "apt_repository"),
    bad(RULE, "action", "- name: X\n  action: ansible.builtin.apt_repository repo='deb x'", "action"),
    bad(
        RULE,
        "action with a mapping",
        "- name: X\n  action:\n    module: apt_repository\n    repo: deb x",
        "repo: deb x",
    ),
    bad(
        RULE,
        "in a block of a play, by module_defaults",
        """
        - name: P
          hosts: all
          module_defaults:
            ansible.builtin.apt:
              allow_unauthenticated: true
          tasks:
            - name: B
              when: a
              block:
                - name: X
                  apt:
                    name: git
        """,
        "name: X",
        path=PLAYBOOK,
    ),
    bad(
        RULE,
        "a handler",
        "- name: X\n  ansible.builtin.apt_key:\n    url: https://example.org/key",
        "url",
        path="handlers/main.yml",
    ),
    task("deb822", "ansible.builtin.deb822_repository:\n  name: x\n  uris: https://example.org", (5, RULE)),
    task("a legacy name", "ansible.legacy.apt_repository:\n  repo: deb x", (4, RULE)),
    task("rpm_key", "ansible.builtin.rpm_key:\n  key: https://example.org/key", (4, RULE)),
    task("apt with a file", "ansible.builtin.apt:\n  deb: https://example.org/x.deb", (4, RULE)),
    task("apt with a file for a name", "ansible.builtin.apt:\n  name: /tmp/x.deb", (4, RULE)),
    task("apt without signatures", "apt:\n  name: x\n  allow_unauthenticated: yes", (5, RULE)),
    task("apt of another release", "apt:\n  name: x\n  default_release: bookworm", (5, RULE)),
    task("package by another manager", "package:\n  name: x\n  use: flatpak", (5, RULE)),
    task("snap", "snap:\n  name: x\n  state: present", (4, RULE)),
    task("flatpak", "community.general.flatpak:\n  name: x", (4, RULE)),
    task("homebrew", "homebrew:\n  name: x", (4, RULE)),
    task("gem", "gem:\n  name: x", (4, RULE)),
    task("cargo", "community.general.cargo:\n  name: x", (4, RULE)),
    task("a state that a template says", "snap:\n  name: x\n  state: '{{ s }}'", (4, UNDECIDED)),
    task(
        "a key is copied",
        "ansible.builtin.copy:\n  src: x.gpg\n  dest: /etc/apt/keyrings/x.gpg\n  mode: '0644'",
        (5, RULE),
    ),
    task(
        "a source from a template",
        "ansible.builtin.template:\n  src: x.j2\n  dest: /etc/apt/sources.list.d/{{ x }}.list",
        (5, RULE),
    ),
    task("a line in sources.list", "lineinfile:\n  path: /etc/apt/sources.list\n  line: deb x", (4, RULE)),
    task("get_url of a package", "get_url:\n  url: https://example.org/x.deb\n  dest: /tmp/x", (4, RULE)),
    task("get_url of a program", "get_url:\n  url: https://example.org/x\n  dest: /usr/local/bin/x", (4, RULE)),
    task(
        "get_url of a program in a loop",
        """
        ansible.builtin.get_url:
          url: "https://example.org/{{ item.name }}"
          dest: "{{ item.to }}"
        loop:
          - {name: a, to: /var/lib/a}
          - {name: b, to: /opt/b}
        """,
        (4, RULE),
    ),
    task(
        "unarchive of programs",
        "unarchive:\n  src: https://example.org/x.tgz\n  dest: /opt\n  remote_src: true",
        (4, RULE),
    ),
    task("raw", "raw: add-apt-repository -y ppa:x/y", (3, RULE)),
    task("command with a list", "command:\n  argv:\n    - snap\n    - install\n    - x", (4, RULE)),
    task("a folded script", "shell: >-\n  echo a &&\n  snap install x", (4, RULE)),
    task("the second line", "shell:\n  cmd: |\n    set -e\n    snap install x", (6, RULE)),
)
GOOD = (
    *allowed(ALLOWED),
    task("a source is taken out", "apt_repository:\n  repo: deb x\n  state: absent"),
    task("snap is taken out", "snap:\n  name: x\n  state: absent"),
    task("apt", "ansible.builtin.apt:\n  name: git\n  state: present"),
    task("apt of this release", "apt:\n  name: x\n  default_release: trixie-backports"),
    task("package", "package:\n  name: git"),
    task("on the controller", "get_url:\n  url: https://example.org/x.deb\n  dest: /tmp/x\ndelegate_to: localhost"),
    task("for another system", "dnf:\n  name: x\nwhen: ansible_facts['os_family'] == 'RedHat'"),
    task(
        "for other systems", "apt_repository:\n  repo: x\nwhen:\n  - a\n  - ansible_distribution in ['Ubuntu', 'Mint']"
    ),
    task("data", "get_url:\n  url: https://example.org/x.json\n  dest: /var/lib/x/x.json"),
    task("an answer that is read", "uri:\n  url: https://example.org/health"),
    task("a file of the repository", "copy:\n  src: x\n  dest: /etc/apt/apt.conf.d/99x"),
    task("sources are removed", "file:\n  path: /etc/apt/sources.list.d/x.list\n  state: absent"),
    task("ours", "ai_systems.runbook.apt_sources:\n  components: [main]"),
    good(
        "a play on the controller",
        "- name: P\n  hosts: localhost\n  tasks:\n    - name: X\n      homebrew:\n        name: jq",
        PLAYBOOK,
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
