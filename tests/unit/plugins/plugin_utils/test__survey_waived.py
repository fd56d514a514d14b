"""What a role may do on a node where something is waived: enter, leave it out, or end the run."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding, Verdict
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_waived import (
    Pending,
    Standing,
    clauses_of,
    concerns,
    mends,
    pending_in,
    ruled,
    told,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Waiver

APT = "/etc/apt/apt.conf.d/zz-ai-systems-runbook"
WATCHDOG = "/etc/systemd/system.conf.d/99-ai-systems-runbook.conf"
STOP, DISABLE = Pending("apt-daily.timer", "stop"), Pending("apt-daily.timer", "disable")
OTHER = Pending("snapd.service", "stop")


def waiver(clause: str, subject: str, **more: t.Any) -> Waiver:
    given = {"node": "n1", "reason": "until the mirror is up", "who": "anna", "expires": dt.date(2027, 6, 30), **more}
    return Waiver(number=1, line=1, clause=clause, subject=subject, **given)


def stands(clause: str, subject: str, *, waived: bool = False, verdict: Verdict = "violation") -> Standing:
    finding = Finding(clause, verdict, subject, "it is there", "mend it")
    return Standing(finding, waiver(clause, subject) if waived else None)


TIMER = stands("6.1", "apt-daily.timer", waived=True)


class TestWhichWaiversAreAskedFor:
    def test_those_of_the_clauses_that_a_role_mends(self) -> None:
        assert clauses_of("2.3") == ("2.3",)
        assert clauses_of("6.1") == ("6.1", "6.2")
        assert [concerns(waiver("6.2", "x"), clause) for clause in ("6.1", "6.2", "2.3")] == [True, True, False]
        assert [concerns(waiver("4.1", "x"), clause) for clause in ("4", "4.4")] == [True, False]
        assert concerns(waiver("1.1", "x"), "2.7")


class TestWhatAStepWouldDo:
    def test_its_actions(self) -> None:
        actions = [
            {"clause": "6.1", "subject": "a", "action": "stop"},
            {"clause": "6.1", "subject": "b", "action": "x"},
        ]
        assert pending_in("guardrails", {}, {"changed": True, "actions": actions}) == [
            Pending("a", "stop"), Pending("b", "x"),
        ]  # fmt: skip

    def test_nothing(self) -> None:
        assert pending_in("guardrails", {}, {"changed": False, "actions": []}) == []

    def test_work_of_which_only_the_names_are_known(self) -> None:
        work = {"changed": True, "actions": []}
        assert pending_in("apt_package", {"name": ["vim=1", "git"], "clause": "2.6"}, work) == [
            Pending("vim", "install"), Pending("git", "install"),
        ]  # fmt: skip
        # More may come with them than the audit finds missing.
        assert pending_in("apt_package", {"name": ["tree"], "clause": "3.3"}, work)[1] == Pending("packages", "work")
        assert mends(pending_in("apt_upgrade", {}, work)[0], stands("2.5", "initial update").finding)
        assert pending_in("venv_pip", {}, work) == [Pending("venv_pip", "work")]

    @pytest.mark.parametrize("said", [{}, {"changed": True, "actions": ["x", 7]}, {"changed": True, "actions": "x"}])
    def test_nonsense_of_a_node_is_something(self, said: dict[str, t.Any]) -> None:
        assert pending_in("guardrails", {}, said)

    def test_what_a_node_calls_it_is_cleaned(self) -> None:
        said = {"changed": True, "actions": [{"subject": "\x1b[2J{{ 7*7 }}\n", "action": "x" * 9999}]}
        (one,) = pending_in("guardrails", {}, said)
        assert "\x1b" not in one.subject
        assert len(one.action) < 5000


@pytest.mark.parametrize(
    ("action", "subject", "is_it"),
    [
        ("hostname", "hostname", True),
        ("hostname", "hostname2", False),
        ("/etc/apt/sources.list.d/x.list", "/etc/apt/sources.list.d/x.list: file:/srv ./", True),
        ("/home/ops/ai-systems", "/home/ops/ai-systems (commit)", True),
        ("/home/ops/ai-systems", "/home/ops/ai-systems/greeter", False),
        ("/etc/systemd/system/greeter.service", "greeter.service not linked", True),
        ("greeter.service", "greeter.service not started", True),
        ("greeter.service", "greeter-report.service not started", False),
        ("/home/ops/.ssh/authorized_keys", "SHA256:x in /home/ops/.ssh/authorized_keys", True),
        (APT, "APT::Periodic::Enable", True),
        (APT, "apt-daily.timer", False),
        (WATCHDOG, "systemd RuntimeWatchdogSec", True),
        ("systemd", "systemd RuntimeWatchdogSec", True),
        ("/etc/sysctl.d/zz-ai-systems-runbook.conf", "kernel.panic", True),
        ("/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf", "journald Storage", True),
        ("/etc/cloud/cloud-init.disabled", "cloud-init", True),
    ],
)
def test_an_action_mends_what_the_audit_finds_of_its_subject(action: str, subject: str, *, is_it: bool) -> None:
    assert mends(Pending(action, "x"), stands("6.1", subject).finding) is is_it


class TestWhatFollows:
    def test_nothing_where_nothing_waived_is_there(self) -> None:
        assert ruled("6.1", [STOP], [stands("6.1", "apt-daily.timer")]).kind == "enter"
        assert ruled("6.1", [STOP], []).kind == "enter"

    def test_all_that_the_role_would_do_is_waived(self) -> None:
        ruling = ruled("6.1", [STOP, DISABLE], [TIMER, stands("6.4", "x")])
        assert ruling == ("waived", "waived: apt-daily.timer (until the mirror is up, until 2027-06-30)", ())

    def test_what_is_waived_is_not_what_the_role_would_do(self) -> None:
        assert ruled("6.1", [OTHER], [TIMER]) == ("enter", "", ())

    def test_guardrails_leaves_out_what_is_waived(self) -> None:
        ruling = ruled("6.1", [STOP, OTHER, DISABLE], [TIMER, stands("6.1", "snapd.service")])
        assert (ruling.kind, ruling.keep) == ("enter", ("apt-daily.timer",))
        watchdog = stands("6.2", "systemd RuntimeWatchdogSec", waived=True)
        acts = [Pending(WATCHDOG, "write"), Pending("systemd", "read its configuration anew"), OTHER]
        assert ruled("6.1", acts, [watchdog]).keep == (WATCHDOG,)

    def test_one_action_for_what_is_waived_and_what_is_not(self) -> None:
        found = [
            stands("6.1", "APT::Periodic::Unattended-Upgrade", waived=True),
            stands("6.1", "APT::Periodic::Enable"),
        ]
        ruling = ruled("6.1", [Pending(APT, "write")], found)
        assert ruling.kind == "clashes"
        for word in ("APT::Periodic::Enable, which nobody waived", APT, "--skip-tags", "until 2027-06-30"):
            assert word in ruling.sentence
        # What is not known may be a violation.
        unknown = stands("6.1", "APT::Periodic::Enable", verdict="unknown")
        assert ruled("6.1", [Pending(APT, "write")], [found[0], unknown]).kind == "clashes"
        info = stands("6.1", "APT::Periodic::Enable", verdict="info")
        assert ruled("6.1", [Pending(APT, "write")], [found[0], info]).kind == "waived"

    def test_a_role_that_cannot_leave_it_out(self) -> None:
        home = stands("2.7", "/home/ops", waived=True)
        acts = [Pending("/home/ops", "set owner and mode"), Pending("account ops", "set shell")]
        ruling = ruled("2.7", acts, [home, stands("2.7", "account ops")])
        assert ruling.kind == "clashes"
        assert "the step would touch it (/home/ops: set owner and mode)" in ruling.sentence
        assert "account ops: set shell" in ruling.sentence

    def test_what_only_follows_from_a_waived_action_is_no_reason_to_enter(self) -> None:
        path = "/etc/ssh/sshd_config.d/00-ai-systems-runbook.conf"
        acts = [Pending(path, "write"), Pending("ssh.service", "stop and start")]
        assert ruled("2.8", acts, [stands("2.8", path, waived=True)]).kind == "waived"
        # By itself it is one.
        assert ruled("2.8", acts[1:], [stands("2.8", path, waived=True)]).kind == "enter"

    def test_a_step_that_refuses_what_is_waived(self) -> None:
        found = [stands("2.4", "name servers", waived=True)]
        ruling = ruled("2.4", [], found, failed="the node asks 192.0.2.9")
        assert ruling.kind == "waived"
        assert "the step itself says: the node asks 192.0.2.9" in ruling.sentence
        for verdict in ("violation", "unknown"):
            rest = stands("2.4", "gateway", verdict=verdict)
            assert ruled("2.4", [], [*found, rest], failed="x").kind == "enter"
        # A deployment fails where there is no checkout yet, whatever is waived of other units.
        assert ruled("4", [], [stands("4.3", "x", waived=True)], failed="there is no checkout").kind == "enter"

    def test_a_step_of_which_it_is_not_known_what_it_would_do(self) -> None:
        ruling = ruled("4", [], [stands("4.1", "x.service not started", waived=True)], blind="it calls another")
        assert ruling.kind == "clashes"
        assert "is not known (it calls another)" in ruling.sentence
        # Somebody's account is no matter of a role that could not be asked.
        assert ruled("2.7", [], [stands("1.1", "account anna", waived=True)], blind="x").kind == "enter"
        assert ruled("2.7", [], [stands("2.7", "/home/ops", waived=True)], blind="x").kind == "clashes"
        # What is found of npm lies outside of the projects that its role works in.
        assert ruled("3.5", [], [stands("3.5", "/usr/lib/x", waived=True)], blind="x").kind == "enter"


def test_many_are_told_in_few_words() -> None:
    many = [stands("6.1", f"{number}.timer", waived=True) for number in range(30)]
    assert told(many).endswith("and 25 more")
    assert len(told([stands("6.1", "x" * 5000, waived=True)])) < 900
