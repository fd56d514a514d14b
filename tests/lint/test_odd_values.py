# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that no module takes raise nothing in a rule: ansible-lint would go on without it and say it is clean."""

from __future__ import annotations

import json
import typing as t

from tests.lint.harness import Case, findings

# As YAML has them, JSON being a part of it.
ODD: t.Final[tuple[t.Any, ...]] = (
    None,
    True,
    7,
    1.5,
    "",
    " ",
    "{{",
    "{% if x %}",
    "{{ x }}",
    "'",
    '"',
    "\ufffd",
    [],
    [None, [[]], {}],
    {"a": None},
    "=",
    "/",
)
ARGUMENTS = {
    "ansible.builtin.copy": ("dest", "content", "src"),
    "ansible.builtin.template": ("dest", "src"),
    "ansible.builtin.file": ("path", "state", "src"),
    "ansible.builtin.lineinfile": ("path", "line", "state"),
    "ansible.builtin.blockinfile": ("path", "block"),
    "community.general.ini_file": ("path", "section", "option", "value"),
    "ansible.builtin.get_url": ("url", "dest"),
    "ansible.builtin.systemd_service": ("name", "state", "enabled", "daemon_reload", "masked"),
    "ansible.builtin.service": ("name", "state", "use"),
    "ansible.builtin.cron": ("name", "job", "state", "env", "disabled"),
    "ansible.posix.at": ("command", "state"),
    "ansible.builtin.apt": ("name", "state", "upgrade"),
    "ansible.posix.sysctl": ("name", "value"),
    "ansible.builtin.debconf": ("question", "value"),
    "ansible.builtin.include_role": ("name",),
    "ansible.builtin.command": ("cmd", "argv"),
    "ansible.builtin.shell": ("cmd",),
    "community.docker.docker_container": ("name", "image", "restart_policy", "labels", "log_driver"),
    "community.docker.docker_compose_v2": ("project_src", "definition"),
    "containers.podman.podman_container": ("name", "image", "state", "label"),
}
PATHS = ("/etc/systemd/system/x.service", "/etc/cron.d/x", "/etc/systemd/journald.conf", "/etc/sysctl.d/x.conf")
TEMPLATES = (
    "[Service]\nRestart=\nWatchdogSec=\\\n",
    "[Unit\n[Service]\n=\n\\\n",
    "{% raw %}[Service]{% endraw %}\nExecStart={{ x\n",
    'APT { Periodic { { "1"; } }\n',
    "#cloud-config\npackage_upgrade:\n",
    "$nrconf{restart} = ;\nAutoUpdate=registry\n",
    "#!/bin/sh\nif ! ping {{ x }}; then\n",
    "[Journal]\nStorage\n=\nStorage=\x01\n",
    "[Manager]\nRuntimeWatchdogSec\n",
)
COMPOSE = (
    "services: []\n",
    "services:\n  a:\n",
    "services:\n  a: {image: 1, restart: [1]}\n",
    "services: {a: {image: x, deploy: 1}}\n",
)


def tasks() -> str:
    """Return tasks that have each odd value in each argument, also filled in by a loop."""
    lines = ["---"]
    for module, arguments in ARGUMENTS.items():
        for argument in arguments:
            for odd in ODD:
                lines += [f"- {module}: {json.dumps({argument: odd})}"]
                lines += [
                    f"- {module}: {json.dumps({argument: '{{ item.x }}'})}\n  loop: {json.dumps([odd, {'x': odd}])}"
                ]
    for path in PATHS:
        for odd in ODD:
            lines += [f"- ansible.builtin.copy: {json.dumps({'dest': path, 'content': odd})}"]
            lines += [f"- ansible.builtin.lineinfile: {json.dumps({'path': path, 'line': odd})}"]
    return "\n".join(lines) + "\n"


CASES = (
    Case("tasks", tasks()),
    *(Case(f"template {number}", text, (), f"templates/{number}.service.j2") for number, text in enumerate(TEMPLATES)),
    *(Case(f"any template {number}", text, (), f"templates/{number}.j2") for number, text in enumerate(TEMPLATES)),
    *(Case(f"compose {number}", f"---\n{text}", (), "compose.yml") for number, text in enumerate(COMPOSE)),
)


def test_odd_values_raise_nothing() -> None:
    found = findings(CASES)["tasks"]
    # That the tasks were read is seen by what is wrong with some of them whatever their values are.
    assert {"runbook-4-1-tool", "runbook-4-3-unit-files", "runbook-6-1-update"} <= {tag for _line, tag in found}
