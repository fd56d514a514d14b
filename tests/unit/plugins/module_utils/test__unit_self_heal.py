from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, Unit, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_self_heal import (
    restart_loops,
    self_heal_problems,
)


def unit_of(text: str, *drop_ins: str, name: str = "web.service") -> Unit:
    return parse(name, [Text(f"/repo/{number}", one.encode()) for number, one in enumerate((text, *drop_ins))])


def rules(unit: Unit) -> list[str]:
    return [problem.rule for problem in self_heal_problems(unit)]


@pytest.mark.parametrize(
    ("section", "line", "rule"),
    [
        *(("Service", f"Restart={value}", "restart") for value in ("always", "on-failure", "on-abnormal", "on-abort")),
        *(("Service", f"Restart={value}", "restart") for value in ("on-success", "on-watchdog", "nonsense", "NO")),
        ("Service", "RestartMode=direct", "restart"),
        ("Service", "RestartForceExitStatus=3", "restart"),
        ("Service", "WatchdogSec=30", "watchdog"),
        ("Service", "WatchdogSec=0 1", "watchdog"),
        ("Service", "FailureAction=reboot", "action"),
        ("Service", "StartLimitAction=reboot", "action"),
        ("Service", "RebootArgument=x", "action"),
        ("Unit", "FailureAction=reboot-force", "action"),
        ("Unit", "SuccessAction=exit", "action"),
        ("Unit", "StartLimitAction=poweroff", "action"),
        ("Unit", "JobTimeoutAction=reboot", "action"),
        ("Unit", "JobTimeoutRebootArgument=x", "action"),
        ("Unit", "RebootArgument=x", "action"),
        ("Unit", "OnFailure=mail@%n.service", "on-failure"),
        ("Unit", "Upholds=db.service", "upholds"),
        ("Install", "UpheldBy=multi-user.target", "upholds"),
        ("Unit", "OnSuccess=%n", "on-success"),
        ("Unit", "OnSuccess=web.service", "on-success"),
        ("Unit", "OnSuccess=reboot.target", "action"),
        ("Unit", "Wants=a.service systemd-reboot.service", "action"),
        ("Unit", "Requires=poweroff.target", "action"),
        ("Unit", "Wants=apt-daily-upgrade.service", "updates"),
        ("Install", "Also=unattended-upgrades.service", "updates"),
    ],
)
def test_what_acts_without_the_operator(section: str, line: str, rule: str) -> None:
    problems = self_heal_problems(unit_of(f"[{section}]\n\n{line}\n"))
    assert [(one.rule, one.line, one.file) for one in problems] == [(rule, 3, "/repo/0")]
    assert problems[0].clause == ("6.1" if rule == "updates" else "6.2")
    assert line.partition("=")[0] in problems[0].what
    assert problems[0].remedy


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("Service", "Restart=no"),
        ("Service", "Restart="),
        ("Service", "RestartMode=normal"),
        ("Service", "RestartSec=5"),
        ("Service", "RestartPreventExitStatus=255"),
        ("Service", "WatchdogSec=0"),
        ("Service", "WatchdogSec=infinity"),
        ("Service", "NotifyAccess=main"),
        ("Unit", "FailureAction=none"),
        ("Unit", "JobTimeoutSec=30"),
        ("Unit", "OnFailureJobMode=replace"),
        ("Unit", "StartLimitBurst=5"),
        ("Unit", "OnSuccess=report.service"),
        ("Unit", "Wants=network-online.target exit.service sleep.service"),
        ("Unit", "Conflicts=reboot.target"),
        ("Unit", "Before=shutdown.target"),
        ("Unit", "Restart=always"),
        ("Service", "OnFailure=a.service"),
    ],
)
def test_what_does_not(section: str, line: str) -> None:
    assert rules(unit_of(f"[{section}]\n{line}\n")) == []


def test_a_drop_in_can_take_it_back_and_bring_it_in() -> None:
    assert rules(unit_of("[Service]\nRestart=always\n", "[Service]\nRestart=no\n")) == []
    problems = self_heal_problems(unit_of("[Service]\nRestart=no\n", "[Service]\nRestart=always\n"))
    assert [(one.file, one.line) for one in problems] == [("/repo/1", 2)]


def test_what_systemd_does_not_reset_stays() -> None:
    assert rules(unit_of("[Unit]\nOnFailure=a.service\n", "[Unit]\nOnFailure=\n")) == ["on-failure"]
    assert rules(unit_of("[Service]\nRestart=always\n", "[Service]\nRestart=\n")) == ["restart"]
    assert rules(unit_of("[Service]\nRestartForceExitStatus=3\n", "[Service]\nRestartForceExitStatus=\n")) == []


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.timer", "[Timer]\nUnit=reboot.target\n", ["action"]),
        ("a.timer", "[Timer]\nUnit=apt-daily.service\n", ["updates"]),
        ("a.timer", "[Timer]\nUnit=a.service\nOnCalendar=daily\n", []),
        ("a.timer", "[Service]\nRestart=always\n", []),
        ("a.path", "[Path]\nUnit=poweroff.target\n", ["action", "activation"]),
        ("a.path", "[Path]\nPathChanged=/x\n", ["activation"]),
        ("a.socket", "[Socket]\nListenStream=80\n", ["activation"]),
        ("a.socket", "[Socket]\nListenStream=80\nAccept=yes\n", []),
        ("a.target", "[Unit]\nOnFailure=b.service\n", ["on-failure"]),
        ("a.target", "[Unit]\nWants=b.service\n", []),
    ],
)
def test_each_kind_has_its_own_keys(name: str, text: str, expected: list[str]) -> None:
    assert rules(unit_of(text, name=name)) == expected


def test_activation_is_told_and_not_refused() -> None:
    [told] = self_heal_problems(unit_of("[Socket]\nListenStream=80\n", name="a.socket"))
    assert (told.verdict, told.line) == ("info", 0)


def test_units_that_start_each_other_for_ever() -> None:
    units = [
        unit_of("[Unit]\nOnSuccess=b.service\n", name="a.service"),
        unit_of("[Unit]\nOnSuccess=x.service c.service\n", name="b.service"),
        unit_of("[Unit]\nOnSuccess=a.service\n", name="c.service"),
        unit_of("[Unit]\nOnSuccess=a.service\n", name="d.service"),
    ]
    assert [one.what for one in restart_loops(units)] == [
        "OnSuccess='b.service' leads by way of 'b.service' back to a.service",
        "OnSuccess='x.service c.service' leads by way of 'c.service' back to b.service",
        "OnSuccess='a.service' leads by way of 'a.service' back to c.service",
    ]
    assert restart_loops(units[:2]) == []
    # A unit that starts itself has that told by its own rule.
    assert restart_loops([unit_of("[Unit]\nOnSuccess=web.service\n")]) == []
