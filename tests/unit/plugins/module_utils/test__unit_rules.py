from __future__ import annotations

import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_rules import (
    RULES,
    Context,
    judge,
    judge_together,
    refusals,
)

CONTEXT = Context("op", "/home/op/ai-systems")
GOOD = b"""\
[Unit]
Description=Measures the greenhouse
Documentation=https://example.org/greenhouse
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
User=greenhouse
WorkingDirectory=/home/op/ai-systems/greenhouse
Environment=LANG=C.UTF-8 PORT=8080 TOKEN_FILE=%d/token
LoadCredential=token:/run/runbook/greenhouse/token
ExecStartPre=/usr/bin/test -d /run/greenhouse
ExecStart=/home/op/ai-systems/.venv/bin/python -m greenhouse \\
    --port ${PORT} \\
    --interval 10
Restart=no
TimeoutStopSec=20
RuntimeDirectory=greenhouse
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
CapabilityBoundingSet=
SystemCallFilter=@system-service
StandardOutput=journal

[Install]
WantedBy=multi-user.target
"""
BAD = b"""\
[Service]
Restart=always
ExecStart=/usr/bin/git pull
StandardOutput=null
Environment=TOKEN=geheim
WatchdogSec=5
KillMode=none
nonsense
[Unit]
OnFailure=x.service
"""


def test_a_good_service_has_nothing_against_it() -> None:
    assert judge(parse("greenhouse.service", [Text("/repo/greenhouse.service", GOOD)]), CONTEXT) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.timer",
            b"[Unit]\nDescription=x\n[Timer]\nOnCalendar=daily\nPersistent=yes\n[Install]\nWantedBy=timers.target\n",
        ),
        ("a.target", b"[Unit]\nWants=b.service\n[Install]\nWantedBy=multi-user.target\n"),
        ("a.socket", b"[Socket]\nListenStream=80\nAccept=yes\n[Install]\nWantedBy=sockets.target\n"),
        (
            "a@.service",
            b"[Service]\nUser=web\nExecStart=/home/op/ai-systems/run %i\n[Install]\nWantedBy=multi-user.target\n",
        ),
    ],
)
def test_other_kinds_are_not_judged_as_services(name: str, text: bytes) -> None:
    assert judge(parse(name, [Text(name, text)]), CONTEXT) == []


def test_every_rule_speaks_and_lines_are_in_order() -> None:
    found = judge(parse("web.service", [Text("/repo/web.service", BAD)]), CONTEXT)
    assert [(one.line, one.clause, one.rule) for one in found] == [
        (2, "6.2", "restart"),
        (3, "6.4", "runs-as-root"),
        (3, "6.1", "updates"),
        (4, "4.4", "journal"),
        (5, "6.3", "secret"),
        (6, "6.2", "watchdog"),
        (7, "4.2", "kill-mode"),
        (8, "4.3", "syntax"),
        (10, "6.2", "on-failure"),
    ]
    assert {one.rule for one in found} <= set(RULES)
    assert not any("geheim" in one.sentence for one in found)


def test_files_come_in_the_order_of_reading() -> None:
    texts = [
        Text("/z", b"[Service]\nUser=web\nRestart=always\n"),
        Text("/a", b"[Service]\nWatchdogSec=1\n"),
        Text("/0", b"x\n"),
    ]
    assert [one.file for one in judge(parse("web.service", texts), CONTEXT)] == ["/z", "/a", "/0"]


def test_a_waiver_is_for_the_account_alone_and_is_told() -> None:
    unit = parse("web.service", [Text("/x", b"[Service]\nExecStart=/x\nRestart=always\n")])
    found = judge(unit, CONTEXT._replace(waived=frozenset(("runs-as-root", "restart"))))
    assert [(one.rule, one.waived) for one in found] == [("runs-as-root", True), ("restart", False)]
    assert [one.rule for one in refusals(found)] == ["restart"]


def test_what_is_for_information_refuses_nothing() -> None:
    unit = parse("a.socket", [Text("/x", b"[Socket]\nListenStream=80\n")])
    assert [one.rule for one in judge(unit, CONTEXT)] == ["activation"]
    assert refusals(judge(unit, CONTEXT)) == []


def test_environment_files_are_handed_in() -> None:
    unit = parse("a.service", [Text("/x", b"[Service]\nUser=web\nEnvironmentFile=/home/op/ai-systems/a.env\n")])
    context = CONTEXT._replace(environment_files={"/home/op/ai-systems/a.env": b"TOKEN=geheim\n"})
    assert [(one.file, one.line) for one in judge(unit, context)] == [("/home/op/ai-systems/a.env", 1)]
    assert [one.verdict for one in refusals(judge(unit, CONTEXT))] == ["unknown"]


def test_units_are_seen_together() -> None:
    units = [
        parse("a.service", [Text("a", b"[Unit]\nOnSuccess=b.service\n")]),
        parse("b.service", [Text("b", b"[Unit]\nOnSuccess=a.service\n")]),
    ]
    assert [one.rule for one in judge_together(units)] == ["on-success", "on-success"]


def test_a_hundred_units_are_judged_at_once() -> None:
    def turn() -> float:
        began = time.process_time()
        units = [parse(f"u{number}.service", [Text(f"/repo/u{number}", GOOD)]) for number in range(100)]
        assert not any(judge(unit, CONTEXT) for unit in units)
        judge_together(units)
        return time.process_time() - began

    assert min(turn() for _turn in range(5)) < 0.2


@pytest.mark.parametrize(
    "content",
    [
        b"[Service]\nExecStart=/bin/sh -c '" + b"a|" * 500_000,
        b"[Service]\nEnvironment=" + b"A=b " * 250_000,
        b"[Service]\nEnvironment=" + b"a://b:" * 150_000,
        b"[Service]\nExecStart=" + b'"' * 1_000_000,
        b"[Service]\n" + (b"ExecStart=/bin/sh -c '" + b"$(" * 30 + b"'\n") * 9_000,
        b"[Unit]\nWants=" + b"a.service " * 100_000,
        b"[Service]\n" + b"Restart=always\n" * 9_000,
    ],
    ids=["pipes", "words", "addresses", "quotes", "commands", "names", "lines"],
)
def test_a_megabyte_is_judged_in_bounded_time(content: bytes) -> None:
    began = time.process_time()
    judge(parse("web.service", [Text("/x", content)]), CONTEXT)
    assert time.process_time() - began < 10
