# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-4-3-unit-files: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, commands, task
from tests.lint.harness import Case, Findings, findings

RULE = "runbook-4-3-unit-files"
UNDECIDED = "runbook-4-3-unit-files[undecided]"
REFUSED = (
    "cp /opt/x.service /etc/systemd/system/",
    "echo '[Service]' > /etc/systemd/system/x.service",
    "cat > /lib/systemd/system/x.service <<END",
    "echo x | sudo tee /etc/systemd/system/x.service.d/y.conf",
    "mv /tmp/x.service /usr/lib/systemd/system/x.service",
    "install -m 0644 x.service /etc/systemd/system/x.service",
    "ln -s /usr/share/x/x.service /etc/systemd/system/x.service",
    "sed -i 's/a/b/' /lib/systemd/system/x.service",
    "curl -o /etc/systemd/system/x.service https://example.org/x.service",
    "wget -O ~/.config/systemd/user/x.service https://example.org/x",
)
ALLOWED = (
    "echo /etc/systemd/system/x.service",
    "cat /etc/systemd/system/x.service",
    "ls /etc/systemd/system > /tmp/units",
    "rm /etc/systemd/system/x.service",
    "ln -s /home/ops/ai-systems/x.service /etc/systemd/system/x.service",
    "cp /etc/systemd/system/x.service /var/backups/",
    "systemctl enable /home/ops/ai-systems/x.service",
    "diff x.service /etc/systemd/system/x.service",
    "mkdir -p /etc/systemd/system/x.service.d",
)
BAD = (
    *commands(RULE, REFUSED),
    task("two at once", "command: sudo cp x.service y.timer /etc/systemd/system\n", (3, RULE), (3, RULE)),
    task("copy", "copy:\n  src: x.service\n  dest: /etc/systemd/system/x.service\n", (5, RULE)),
    task("copy into the folder", "copy:\n  src: x.service\n  dest: /etc/systemd/system/\n", (5, RULE)),
    task("folder without its slash", "copy:\n  src: x.service\n  dest: /etc/systemd/system\n", (5, RULE)),
    task("free form", "template: src=x.j2 dest=/lib/systemd/system/x.timer\n", (3, RULE)),
    task("name of a template", "template:\n  src: x.j2\n  dest: '/etc/systemd/system/{{ name }}.service'\n", (5, RULE)),
    task("folder of a template", "template:\n  src: x.j2\n  dest: '{{ folder }}/x.service'\n", (5, UNDECIDED)),
    task("path of a template", "template:\n  src: x.service.j2\n  dest: '{{ path }}'\n", (5, UNDECIDED)),
    task("drop-in", "copy:\n  dest: /etc/systemd/system/ssh.service.d/x.conf\n  content: x\n", (4, RULE)),
    task("lineinfile", "lineinfile:\n  path: /lib/systemd/system/x.service\n  line: User=x\n", (4, RULE)),
    task("blockinfile", "blockinfile:\n  dest: /etc/systemd/system/x.service\n  block: User=x\n", (4, RULE)),
    task("replace", "replace:\n  path: /etc/systemd/system/x.service\n  regexp: a\n  replace: b\n", (4, RULE)),
    task(
        "ini_file",
        "ini_file:\n  path: /etc/systemd/system/x.service\n  section: Unit\n  option: A\n  value: b\n",
        (4, RULE),
    ),
    task(
        "get_url", "get_url:\n  url: https://example.org/x.service\n  dest: /etc/systemd/system/x.service\n", (5, RULE)
    ),
    task("unarchive", "unarchive:\n  src: x.tar\n  dest: /etc/systemd/system/\n", (5, RULE)),
    task("user's unit", "copy:\n  src: x.service\n  dest: ~/.config/systemd/user/x.service\n", (5, RULE)),
    task("user's unit in a home", "copy:\n  src: x\n  dest: '{{ home }}/.config/systemd/user/x.service'\n", (5, RULE)),
    task("touch", "file:\n  path: /etc/systemd/system/x.service\n  state: touch\n", (4, RULE)),
    task(
        "link from elsewhere",
        "file:\n  src: /usr/share/x.service\n  dest: /etc/systemd/system/x.service\n  state: link\n",
        (5, RULE),
    ),
    task("quadlet", "copy:\n  src: x.container\n  dest: /etc/containers/systemd/x.container\n", (5, RULE)),
    task("state quadlet", "containers.podman.podman_container:\n  name: x\n  image: y\n  state: quadlet\n", (6, RULE)),
    task(
        "loop",
        "copy:\n  src: '{{ item.src }}'\n  dest: '{{ item.dest }}'\n"
        "loop:\n  - {src: a, dest: /etc/a}\n  - {src: x.service, dest: /etc/systemd/system/x.service}\n",
        (5, RULE),
    ),
    task("action", "action: copy src=x dest=/usr/local/lib/systemd/system/x.service\n", (3, RULE)),
)
GOOD = (
    *allowed(ALLOWED),
    task("taken out", "file:\n  path: /etc/systemd/system/x.service\n  state: absent\n"),
    task(
        "link into the repository",
        "file:\n  src: '{{ repo }}/x.service'\n  dest: /etc/systemd/system/x.service\n  state: link\n",
    ),
    task("masked, which is 4.2", "file:\n  src: /dev/null\n  dest: /etc/systemd/system/x.service\n  state: link\n"),
    task("mode alone", "file:\n  path: /etc/systemd/system/x.service\n  mode: '0644'\n"),
    task("folder", "file:\n  path: /etc/systemd/system/x.service.d\n  state: directory\n"),
    task("journald", "copy:\n  dest: /etc/systemd/journald.conf.d/x.conf\n  content: '[Journal]'\n"),
    task("network", "template:\n  src: x.j2\n  dest: /etc/systemd/network/10-x.network\n"),
    task("avahi", "copy:\n  src: x.service\n  dest: /etc/avahi/services/x.service\n"),
    task("D-Bus", "copy:\n  src: x.service\n  dest: /usr/share/dbus-1/system-services/x.service\n"),
    task("controller", "copy:\n  src: x\n  dest: /etc/systemd/system/x.service\ndelegate_to: localhost\n"),
    task("path of a template, no unit", "template:\n  src: x.conf.j2\n  dest: '{{ path }}'\n"),
    task("fetched to the controller", "fetch:\n  src: /etc/systemd/system/x.service\n  dest: units/\n"),
    task("our module", "ai_systems.runbook.systemd_unit:\n  units: []\n"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
