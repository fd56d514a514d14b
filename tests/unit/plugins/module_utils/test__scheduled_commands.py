"""What commands and the scripts that they start would do in the operator's place."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._schedule_entry import Scheduled
from ansible_collections.ai_systems.runbook.plugins.module_utils._scheduled_commands import (
    refused_by,
    refused_by_unit,
    script,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, parse
from tests.view import view

PROCESS = "a look for a process, and what follows without it"
PROBE = "a probe, and what follows without an answer"
LINK = "a link or driver brought up again"


def refused(folder: pathlib.Path, command: str, files: dict[str, str | bytes] | None = None) -> list[tuple[str, str]]:
    entry = Scheduled("cron", "/etc/cron.d/x:1", "root", command, is_vendor=False)
    return [(shown, reason.rule) for shown, reason in refused_by(view(folder, files=files or {}), entry)]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("systemctl restart web", [("systemctl restart", "service-state")]),
        ("systemctl start web", [("systemctl start", "self-heal")]),
        ("pgrep -x web || /opt/web", [(PROCESS, "self-heal")]),
        ("pidof web | grep -q . || /opt/web", [(PROCESS, "self-heal")]),
        ("if ! curl -sf http://localhost; then /opt/web; fi", [(PROBE, "self-heal")]),
        ("ping -c1 gw || nmcli con up home", [(PROBE, "self-heal"), (LINK, "self-heal")]),
        ("until ping -c1 gw; do sleep 1; done", [(PROBE, "self-heal")]),
        ("docker restart web", [("a container started again", "self-heal")]),
        ("service docker restart", [("service", "service-state")]),
        ("echo b > /proc/sysrq-trigger", [("a reboot by the kernel", "self-heal")]),
        ("apt-get upgrade -y", [("apt-get upgrade", "updates")]),
        ("/opt/backup --to nas", []),
        ("ping -c1 gw && /opt/report", []),
        ("ip link show | grep up", []),
    ],
)
def test_commands(tmp_path: pathlib.Path, command: str, found: list[tuple[str, str]]) -> None:
    assert refused(tmp_path, command) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#!/bin/sh\nsystemctl \\\n  restart web\n", [("systemctl restart", "service-state")]),
        ("#!/usr/bin/env bash\n# pgrep a || b\nreboot\n", [("reboot", "self-heal")]),
        ("#!/usr/bin/python3\nreboot\n", []),
        ("\x7fELF reboot\n", []),
    ],
)
def test_scripts_that_are_started(tmp_path: pathlib.Path, text: str, found: list[tuple[str, str]]) -> None:
    assert refused(tmp_path, "test -x /opt/heal.sh && /opt/heal.sh", {"/opt/heal.sh": text}) == found


def test_a_script_that_is_the_entry_itself(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/init.d/x": "#!/bin/sh\nreboot\n"})
    entry = Scheduled("init.d", "/etc/init.d/x", "root", "/etc/init.d/x", is_vendor=False)
    assert [shown for shown, _reason in refused_by(node, entry)] == ["reboot"]


def test_a_packages_script_a_huge_one_and_none_are_not_looked_into(tmp_path: pathlib.Path) -> None:
    files: dict[str, str | bytes] = {"/opt/huge": "#!/bin/sh\n" + "reboot\n" * 100_000}
    node = view(tmp_path, files=files, packages={"p": {"/usr/bin/p": "#!/bin/sh\nreboot\n"}}, links={"/opt/l": "l"})
    assert [script(node, path) for path in ("/usr/bin/p", "/opt/huge", "/opt/gone", "/opt", "/opt/l")] == [""] * 5


def test_a_unit_tells_what_its_scripts_do_and_what_its_line_shows_alone(tmp_path: pathlib.Path) -> None:
    text = b"[Service]\nExecStart=/opt/heal.sh\nExecStartPost=/bin/sh -c 'pgrep a || /opt/a'\nExecStop=/sbin/reboot\n"
    node = view(tmp_path, files={"/opt/heal.sh": "#!/bin/dash\nservice web restart\n"})
    found = refused_by_unit(node, parse("x.service", [Text("/x", text)]))
    assert [shown for shown, _reason in found] == ["service", PROCESS]
