"""Runbook 4 on a real node: the sample's units are links into the repository, run, answer, and log to the journal."""

from __future__ import annotations

import json
import typing as t

from testinfra.host import Host

SYSTEM = "/etc/systemd/system"
ENABLED = {"greeter.service": "multi-user.target.wants", "greeter-report.timer": "timers.target.wants"}
LINKED = (*ENABLED, "greeter-report.service")


def checkout(node: dict[str, t.Any]) -> str:
    return f"/home/{node['operator_user_name']}/ai-systems"


def test_every_unit_is_a_link_to_the_file_in_the_repository(host: Host, node: dict[str, t.Any]) -> None:
    for name in LINKED:
        assert host.check_output(f"readlink {SYSTEM}/{name}") == f"{checkout(node)}/greeter/{name}"
    for name, folder in ENABLED.items():
        assert host.check_output(f"readlink {SYSTEM}/{folder}/{name}") == f"{checkout(node)}/greeter/{name}"


def test_nothing_dangles_and_nothing_failed(host: Host) -> None:
    assert host.check_output(f"find {SYSTEM} -xtype l") == ""
    assert host.check_output("systemctl list-units --failed --plain --no-legend") == ""


def test_the_service_runs_as_its_own_account_and_answers(host: Host) -> None:
    assert host.check_output("systemctl is-active greeter.service greeter-report.timer") == "active\nactive"
    pid = host.check_output("systemctl show --property=MainPID --value greeter.service")
    assert host.check_output(f"stat -c %U /proc/{pid}") == "greeter"
    answer = json.loads(host.check_output("curl -sS --max-time 30 http://127.0.0.1:8420/"))
    assert answer["service"] == "greeter"


def test_the_account_can_neither_log_in_nor_become_anybody(host: Host) -> None:
    account = host.user("greeter")
    assert account.shell == "/usr/sbin/nologin"
    assert account.home == "/nonexistent"
    assert account.uid < 1000
    assert account.groups == ["greeter"]
    assert host.check_output("passwd --status greeter").split()[1] == "L"


def test_what_it_says_is_in_the_journal(host: Host) -> None:
    host.check_output("curl -sS --max-time 30 http://127.0.0.1:8420/ && journalctl --sync")
    assert "asked 'GET /': 200 OK" in host.check_output("journalctl --no-pager --output=cat --unit greeter.service")
