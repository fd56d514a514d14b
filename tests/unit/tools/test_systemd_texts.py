# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which words reach systemd's manager, and which only speak of it."""

from __future__ import annotations

import pytest

from tools.systemd_texts import FILLED_IN, Finding, calls_service, in_code, in_example, in_prose, is_program


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("systemctl try-restart x", "systemctl try-restart"),
        ("echo; sudo systemctl --no-block  daemon-reload && true", "systemctl daemon-reload"),
        ("/bin/sh -c 'ping x || /usr/bin/systemctl restart y'", "systemctl restart"),
        ("ExecStart=/usr/bin/systemctl kill web.service", "systemctl kill"),
        ("run 'systemctl mask web' on the node", "systemctl mask"),
        ("service ssh restart", "service ssh restart"),
        ("cd /x && sudo /usr/sbin/service ssh force-reload; true", "service ssh force-reload"),
        ("service --status-all", "service --status-all"),
        ("/etc/init.d/ssh stop", "/etc/init.d/ssh"),
        ("sudo systemd-run --unit=x sh", "systemd-run"),
        ("if busctl list; then", "busctl"),
        ("deb-systemd-invoke restart x", "deb-systemd-invoke"),
        ("get org.freedesktop.systemd1 x", "org.freedesktop.systemd1"),
        ("/org/freedesktop/systemd1/unit/x", "org/freedesktop/systemd1"),
        ("/run/systemd/private", "/run/systemd/private"),
        ("timedatectl set-ntp true", "timedatectl set-ntp"),
        ("kill -TERM 1", "kill -TERM 1"),
        ("ansible all -b -m service -a 'name=x state=restarted'", "service"),
    ],
)
def test_another_way_is_forbidden_wherever_it_stands(text: str, what: str) -> None:
    assert in_code(f"first\n{text}") == [Finding(2, what, "forbidden")]


@pytest.mark.parametrize(
    "text",
    [
        "systemctl stop x",
        "systemctl is-active x",
        "a; systemctl show x",
        "sudo -n systemctl enable x",
        "sh -c 'systemctl",
    ],
)
def test_what_is_permitted_or_reads_goes_through_the_seam(text: str) -> None:
    assert [finding.kind for finding in in_code(text)] == ["beside"]


@pytest.mark.parametrize(
    "text",
    [
        "run 'systemctl enable systemd-timesyncd' and 'systemctl start systemd-timesyncd' on the node",
        "look at systemctl status on the node",
        "the service must start only once, another service cannot restart",
        "dbus.service and dbus-org.freedesktop.hostname1.service",
        "journalctl -u service",
        "/etc/init.d",
        "timedatectl show",
        "kill 1234",
        "nonsystemctl restart, my-systemd-run",
    ],
)
def test_who_speaks_of_it_does_not_reach_it(text: str) -> None:
    assert in_code(text) == []


@pytest.mark.parametrize("verb", ["start", "stop", "enable", "disable", "status", "show"])
def test_an_example_shows_the_five_and_show(verb: str) -> None:
    assert in_example(f"    sudo systemctl {verb} web.service") == []


@pytest.mark.parametrize(
    "verb", ["restart", "is-active", "cat", "list-units", "reload", "daemon-reexec", "set-property"]
)
def test_an_example_shows_no_other_verb(verb: str) -> None:
    assert in_example(f"sudo systemctl {verb} web.service") == [Finding(1, f"systemctl {verb}", "forbidden")]


@pytest.mark.parametrize(
    "text",
    [
        "There is no systemctl restart here.",
        "We never use `systemctl daemon-reload`, `systemd-run` or `service x restart`.",
        "Only `systemctl start` and `systemctl stop` are used; `systemctl status web` shows more.",
        "The word systemctl, by itself.",
    ],
)
def test_prose_may_say_what_is_forbidden(text: str) -> None:
    assert in_prose(text) == []


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("Then run `systemctl restart web`.", "systemctl restart", 1),
        ("Never mind.\nThen do a systemctl daemon-reload.", "systemctl daemon-reload", 2),
        ("Not this way.\n\n* Use `service web restart` for that", "service web restart", 3),
        ("Ask `systemctl list-timers`.", "systemctl list-timers", 1),
    ],
)
def test_prose_may_not_advise_it(text: str, what: str, line: int) -> None:
    assert in_prose(text) == [Finding(line, what, "forbidden")]


@pytest.mark.parametrize(
    ("words", "calls"),
    [
        (["service", "ssh", "restart"], True),
        (["/usr/sbin/service", "ssh", "stop"], True),
        (["service", "ssh", FILLED_IN], True),
        (["service", "{{ name }}", "{{ verb }}"], True),
        (["service", "timer", "socket"], False),
        (["service"], False),
        ([], False),
    ],
)
def test_the_command_is_told_from_the_kind_of_unit(words: list[str], calls: bool) -> None:  # noqa: FBT001
    assert calls_service(words) is calls


@pytest.mark.parametrize(
    ("word", "program"),
    [("systemctl", "systemctl"), ("/usr/bin/busctl", "busctl"), ("bin/systemctl", ""), ("systemctl x", ""), ("", "")],
)
def test_a_program_is_told_by_its_name_or_path(word: str, program: str) -> None:
    assert is_program(word) == program
