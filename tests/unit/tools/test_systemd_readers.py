# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of file: what is found in what runs, and what is left to people."""

from __future__ import annotations

import pytest

from tools.systemd_readers import in_markdown, in_python, in_yaml, without_comments
from tools.systemd_texts import Finding


def forbidden(line: int, what: str) -> list[Finding]:
    return [Finding(line, what, "forbidden")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('run(["systemctl", "restart", x])', "beside"),
        ('Command("systemctl").run(["stop", unit])', "beside"),
        ('P = "/usr/bin/systemctl"', "beside"),
        ('QUERY = "systemctl list-unit-files"', "beside"),
        ('shell(f"systemctl stop {unit}")', "beside"),
        ('shell(f"cd /; systemctl {verb} {unit}")', "beside"),
        ('shell(f"systemctl try-restart {unit}")', "forbidden"),
        ('shell("""\nsystemctl daemon-reload\n""")', "forbidden"),
        ('run(["systemd-run", "x"])', "forbidden"),
        ('run(["service", name, "restart"])', "forbidden"),
        ('run(["service", name, verb])', "forbidden"),
        ('Command("service").run([name])', "forbidden"),
        ('Command("busctl").run(["call"])', "forbidden"),
        ('M = "org.freedesktop.systemd1.Manager"', "forbidden"),
        ("import dbus", "forbidden"),
        ("from gi.repository import Gio", "forbidden"),
        ('self._execute_module(module_name="ansible.builtin.systemd")', "forbidden"),
        ('self._execute_module(module_name="service")', "forbidden"),
        ("os.kill(1, signal.SIGHUP)", "forbidden"),
        ('EXAMPLES = """\n- ansible.builtin.systemd:\n    name: x\n"""', "forbidden"),
        ('DOCUMENTATION = """\nnotes:\n  - Then run systemctl restart x.\n"""', "forbidden"),
    ],
)
def test_python_that_reaches_it(text: str, kind: str) -> None:
    assert {finding.kind for finding in in_python(text)} == {kind}


@pytest.mark.parametrize(
    "text",
    [
        'KINDS = ("service", "timer")\nMORE = ["service", "socket"]\nprint("service")',
        "raise E(\"look at 'systemctl status' on the node\")",
        'def f():\n    """Never systemctl restart."""\n    # systemctl restart would do it',
        'DOCUMENTATION = """\ndescription:\n  - There is no systemctl reload here.\n"""',
        'EXAMPLES = """\n- ai_systems.runbook.services:\n    service: x\n"""',
        "from . import gi\nos.kill(pid, 9)",
    ],
)
def test_python_that_does_not(text: str) -> None:
    assert in_python(text) == []


def test_a_line_of_python_is_named() -> None:
    assert in_python('\n\nEXAMPLES = """\n- name: x\n  systemd:\n    name: y\n"""') == forbidden(5, "systemd")


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("- ansible.builtin.systemd:\n    name: x", "ansible.builtin.systemd", 1),
        ("- name: x\n  service:\n    name: y", "service", 2),
        ("- hosts: all\n  handlers:\n    - name: x\n      systemd_service: {name: y}", "systemd_service", 4),
        ("- block:\n    - sysvinit: name=x", "sysvinit", 2),
        ("- action: ansible.builtin.service name=x", "ansible.builtin.service", 1),
        ("- local_action:\n    module: systemd\n    name: x", "systemd", 1),
        ("- command: systemctl restart x", "systemctl restart", 1),
        ("- command:\n    argv: [service, x, restart]", "service", 2),
        ("- shell: |\n    # never mind\n    systemctl daemon-reload", "systemctl daemon-reload", 3),
        ("- name: Do a systemctl restart\n  ping:", "systemctl restart", 1),
        ("a: [\nsystemctl restart x", "systemctl restart", 2),
    ],
)
def test_yaml_that_reaches_it(text: str, what: str, line: int) -> None:
    assert in_yaml(text) == forbidden(line, what)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n---\n",
        "# systemctl restart\nunits: [service, timer]",
        "services_list:\n  - {src: x, service: y}",
        "- ai_systems.runbook.x:\n    service: y\n    systemd: z",
        "description: There is no systemctl restart.\nx: !vault abc",
        "- service_facts:",
    ],
)
def test_yaml_that_does_not(text: str) -> None:
    assert in_yaml(text) == []


def test_a_command_in_yaml_goes_through_the_seam() -> None:
    assert in_yaml("- command:\n    argv: [systemctl, stop, x]") == [Finding(2, "systemctl", "beside")]


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("# T\n\n```sh\nsystemctl restart x\n```\n", "systemctl restart", 4),
        ("Never so:\n\n    systemctl is-active x\n", "systemctl is-active", 3),
        ("```yaml\n- ansible.builtin.service:\n    name: x\n```", "ansible.builtin.service", 2),
        ("```\nsudo systemd-run x\n```", "systemd-run", 2),
        ("Never that.\n\nBut run `systemctl reload x` then.", "systemctl reload", 3),
    ],
)
def test_documentation_that_shows_another_way(text: str, what: str, line: int) -> None:
    assert in_markdown(text) == forbidden(line, what)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "```sh\nsystemctl stop x\nsystemctl start x\nsystemctl show x\nsystemctl status x\n```",
        "    systemctl enable /abs/x.service\n",
        "* one\n\n    no systemctl restart is done\n",
        "`systemctl` is only ever called with `start`, `stop`,\n`enable`, `disable`, `status` and `show`.",
        "```yaml\n- ai_systems.runbook.systemd_unit:\n    service: x\n```",
        "There is no `systemctl restart`: a service is stopped, then started.",
    ],
)
def test_documentation_that_shows_the_five(text: str) -> None:
    assert in_markdown(text) == []


def test_only_whole_lines_are_comments() -> None:
    assert without_comments("# a\n  ; b\nc # d; e\n") == "\n\nc # d; e\n"
