# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-4-2-verbs: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, commands, task
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-4-2-verbs"
UNDECIDED = "runbook-4-2-verbs[undecided]"
REFUSED = (
    "systemctl restart web",
    "sudo -n systemctl  try-restart x",
    "env X=1 systemctl --user reload web",
    "true && systemctl daemon-reload",
    "(systemctl mask web)",
    "bash -c 'systemctl kill web'",
    "systemctl --system daemon-reexec",
    "systemctl edit web",
    "systemctl link /opt/x.service",
    "systemctl reset-failed",
    "systemctl set-property web CPUQuota=5%",
    "/bin/systemctl restart web",
    "if true; then systemctl isolate rescue; fi",
    "systemd-run --unit=x /opt/x",
    "busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 x Reload",
    "pkill -HUP nginx",
    "killall gunicorn",
    "nginx -s reload",
    "apachectl graceful",
    "pg_ctlcluster 17 main reload",
)
ALLOWED = (
    "echo 'systemctl restart web'",
    "systemctl start web",
    "systemctl stop web",
    "sudo systemctl enable --now /opt/x.service",
    "systemctl disable web",
    "systemctl status web --no-pager",
    "systemctl is-active web || true",
    "systemctl show -p NRestarts web",
    "systemctl list-timers --all",
    "systemctl cat web",
    "pkill -0 nginx",
    "nginx -t",
    "grep restart /etc/systemctl.conf",
    "systemctl --no-pager -t service list-units",
)
BAD = (
    *commands(RULE, REFUSED),
    task("restarted", "ansible.builtin.systemd:\n  name: web\n  state: restarted\n", (5, RULE)),
    task("restarted, other name", "ansible.builtin.systemd_service:\n  name: web\n  state: restarted\n", (5, RULE)),
    task("reloaded, short", "service:\n  name: web\n  state: reloaded\n", (5, RULE)),
    task("free form", "service: name=web state=restarted\n", (3, RULE)),
    task("action", "action: systemd name=web daemon_reload=yes\n", (3, RULE)),
    task("daemon_reload", "systemd:\n  daemon_reload: true\n", (4, RULE)),
    task("daemon_reexec", "systemd:\n  daemon_reexec: yes\n", (4, RULE)),
    task("masked", "systemd:\n  name: web\n  masked: true\n", (5, RULE)),
    task("unmasked", "systemd:\n  name: web\n  masked: false\n", (5, RULE)),
    task("state of a template", "systemd:\n  name: web\n  state: '{{ state }}'\n", (5, UNDECIDED)),
    task("reload of a template", "systemd:\n  name: web\n  daemon_reload: '{{ x.changed }}'\n", (5, UNDECIDED)),
    task("all of a template", "systemd: '{{ arguments }}'\n", (3, UNDECIDED)),
    task("verb of a template", "command: systemctl {{ verb }} web\n", (3, UNDECIDED)),
    task("options of a template", "command: systemctl {{ scope }} --no-pager restart web\n", (3, RULE)),
    task("verb of a variable", "shell: systemctl $1 web\n", (3, UNDECIDED)),
    task(
        "loop",
        "service:\n  name: '{{ item.name }}'\n  state: '{{ item.state }}'\n"
        "loop:\n  - {name: a, state: started}\n  - {name: b, state: restarted}\n",
        (5, RULE),
    ),
    task(
        "mask by a link", "file:\n  src: /dev/null\n  dest: /etc/systemd/system/x.service\n  state: link\n", (5, RULE)
    ),
    task("mask by ln", "command: ln -sf /dev/null /etc/systemd/system/x.service\n", (3, RULE)),
    task(
        "enabled by a link",
        "file:\n  src: /srv/x.service\n  path: /etc/systemd/system/multi-user.target.wants/x.service\n  state: link\n",
        (5, RULE),
    ),
    task(
        "in a unit",
        "copy:\n  dest: /srv/x.service\n  content: |\n    [Service]\n    ExecStart=/usr/bin/systemctl restart web\n",
        (4, RULE),
    ),
    Case(
        "unit of a template",
        "[Service]\nExecStart={{ x }}\nExecStopPost=/usr/bin/systemctl restart {{ y }}\n",
        ((3, RULE),),
        "templates/x.service.j2",
    ),
    Case(
        "handler",
        "---\n- name: Restart web\n  listen: web\n  ansible.builtin.service:\n    name: web\n    state: restarted\n",
        ((6, RULE),),
        "handlers/main.yml",
    ),
    Case(
        "module_defaults of a play, in a rescue",
        """---
- name: P
  hosts: nodes
  module_defaults:
    ansible.builtin.systemd:
      daemon_reload: true
  tasks:
    - name: B
      block:
        - name: X
          ansible.builtin.debug:
      rescue:
        - name: X
          ansible.builtin.systemd:
            name: web
            state: started
""",
        ((13, RULE),),
        PLAYBOOK,
    ),
)
GOOD = (
    *allowed(ALLOWED),
    task("started", "systemd:\n  name: web\n  state: started\n  enabled: true\n"),
    task("stopped", "service:\n  name: web\n  state: stopped\n  enabled: false\n"),
    task("no reload", "systemd:\n  name: web\n  state: started\n  daemon_reload: false\n"),
    task("options of a template, reading", "command: systemctl {{ scope }} show -p Id web\n"),
    task("name of a template", "systemd:\n  name: '{{ web }}'\n  state: started\n"),
    task("on the controller", "systemd:\n  name: web\n  state: restarted\ndelegate_to: localhost\n"),
    task(
        "link to the repository", "file:\n  src: /srv/x.service\n  path: /etc/systemd/system/x.service\n  state: link\n"
    ),
    task("state of something else", "docker_container:\n  name: x\n  image: y\n  state: started\n"),
    Case("template of something else", "systemctl restart web\n", (), "templates/notes.txt.j2"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
