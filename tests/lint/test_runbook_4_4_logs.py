# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-4-4-logs: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, commands, task
from tests.lint.harness import Case, Findings, findings

RULE = "runbook-4-4-logs"
UNDECIDED = "runbook-4-4-logs[undecided]"
REFUSED = (
    "nohup /opt/x > /var/log/x.log 2>&1 &",
    "/opt/x >> /srv/x.log &",
    "/opt/x > /dev/null 2>&1 &",
    "journalctl --vacuum-time=1d",
    "sudo journalctl --rotate --vacuum-size=1M",
    "docker run -d --log-driver json-file nginx",
    "podman run --log-driver=none nginx",
    "setsid /opt/x &> /var/log/x.log",
    "echo 'x' > /etc/logrotate.d/x",
    "printf '[Service]\\nStandardOutput=null\\n' > /srv/x.service",
)
ALLOWED = (
    "journalctl -u web -n 50",
    "/opt/x > /var/log/x.log & wait",
    "/opt/report > /var/log/report.log",
    "echo 'journalctl --vacuum-time=1d'",
    "docker run --log-driver=journald nginx",
    "cat /etc/logrotate.d/x",
    "systemctl status web > /dev/null",
    "rm /etc/logrotate.d/x",
)
UNIT = "[Service]\nExecStart=/opt/x\n"
BAD = (
    *commands(RULE, REFUSED),
    task("content", "copy:\n  dest: /srv/x.service\n  content: |\n    [Service]\n    StandardOutput=null\n", (4, RULE)),
    task(
        "ini_file",
        "ini_file:\n  path: /srv/x.service\n  section: Service\n  option: StandardError\n  value: file:/x\n",
        (4, RULE),
    ),
    task("lineinfile", "lineinfile:\n  path: /srv/x.service\n  line: StandardOutput=append:/var/log/x\n", (4, RULE)),
    task("template's value", "lineinfile:\n  path: /srv/x.service\n  line: 'StandardOutput={{ x }}'\n", (4, UNDECIDED)),
    task(
        "journald",
        "copy:\n  dest: /etc/systemd/journald.conf.d/x.conf\n  content: |\n    [Journal]\n    Storage=volatile\n",
        (4, RULE),
    ),
    task("journald's line", "lineinfile:\n  path: /etc/systemd/journald.conf\n  line: Storage=none\n", (4, RULE)),
    task(
        "journald by ini_file",
        "ini_file: path=/etc/systemd/journald.conf section=Journal option=Storage value=none\n",
        (3, RULE),
    ),
    task("journald off", "systemd:\n  name: systemd-journald\n  state: stopped\n", (4, RULE)),
    task("logrotate", "template:\n  src: x.j2\n  dest: /etc/logrotate.d/x\n", (5, RULE)),
    task(
        "rsyslog",
        "copy:\n  dest: /etc/rsyslog.d/x.conf\n  content: 'if $programname == \"x\" then /var/log/x.log'\n",
        (4, RULE),
    ),
    task("driver", "docker_container:\n  name: x\n  image: y\n  log_driver: json-file\n", (6, RULE)),
    task("driver of a template", "docker_container:\n  name: x\n  image: y\n  log_driver: '{{ d }}'\n", (6, UNDECIDED)),
    task("cron's output", "cron:\n  name: x\n  job: /opt/x >> /var/log/x.log 2>&1\n", (5, RULE)),
    Case("template", f"{UNIT}StandardOutput=file:/var/log/x.log\n", ((3, RULE),), "templates/x.service.j2"),
    Case(
        "template's Exec",
        "[Service]\nExecStart=/bin/sh -c '/opt/x > /var/log/x 2>&1'\n",
        ((2, RULE),),
        "templates/u.j2",
    ),
    Case(
        "template between statements",
        "{% if a %}\n[Service]\n{% endif %}\nLogLevelMax=err\nStandardError={{ e }}\n",
        ((4, RULE), (5, UNDECIDED)),
        "templates/x.service.j2",
    ),
    Case("journald's template", "[Journal]\nStorage=none\n", ((2, RULE),), "templates/journald.conf.j2"),
)
GOOD = (
    *allowed(ALLOWED),
    task("journal", "copy:\n  dest: /srv/x.service\n  content: |\n    [Service]\n    StandardOutput=journal\n"),
    task("persistent", "lineinfile:\n  path: /etc/systemd/journald.conf\n  line: Storage=persistent\n"),
    task("forwarded", "copy:\n  dest: /etc/rsyslog.d/x.conf\n  content: '*.* @@logs.example.org:6514'\n"),
    task("logrotate itself", "template:\n  src: x.j2\n  dest: /etc/logrotate.conf\n"),
    task("logrotate taken out", "file:\n  path: /etc/logrotate.d/x\n  state: absent\n"),
    task("journald's driver", "docker_container:\n  name: x\n  image: y\n  log_driver: journald\n"),
    task("audit's socket", "systemd:\n  name: systemd-journald-audit.socket\n  state: stopped\n"),
    task("other line", "lineinfile:\n  path: /srv/x.conf\n  line: Storage=none\n"),
    task("cron without a file", "cron:\n  name: x\n  job: /opt/x\n"),
    task("controller", "shell: /opt/x > /var/log/x.log &\ndelegate_to: localhost\n"),
    Case("plain template", UNIT, (), "templates/x.service.j2"),
    Case("desktop entry", "[Desktop Entry]\nStandardOutput=null\n", (), "templates/x.desktop.j2"),
    Case("other text", "StandardOutput=null\n", (), "templates/x.txt.j2"),
    Case(
        "answer of a socket", "[Service]\nStandardInput=socket\nStandardError=journal\n", (), "templates/x@.service.j2"
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
