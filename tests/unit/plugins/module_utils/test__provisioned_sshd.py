"""What sshd is told, says and offers."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _provisioned_sshd as sshd
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_config import DROP_IN
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_service import Daemon, Endpoint, SshdServiceError
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, StepError
from tests.view import view

ROLE = "run provision.yml --tags 2.8 for the node"
RESTART = "/usr/sbin/sshd -t && systemctl stop ssh.service && systemctl start ssh.service"
RIGHT = sshd.Listening("ssh.service", 9, "[::]:22", (), (), reads_ours=True, is_old=False, methods=("publickey",))
EARLY = "/etc/ssh/sshd_config.d/00-a.conf"


def said(number: int, text: str) -> str:
    return f"{EARLY} line {number} says {text!r}, where the runbook needs 'no'"


@pytest.mark.parametrize(
    ("differs", "has_ours", "found"),
    [
        ({}, True, {}),
        (
            {"contradictions": (said(3, "passwordauthentication yes"), said(5, "usepam no"))},
            True,
            {EARLY: f"take it out ('sed -i \"3s/^/# /;5s/^/# /\" {EARLY} && {RESTART}')"},
        ),
        (
            {"contradictions": (said(3, "passwordauthentication yes"),)},
            False,
            {
                EARLY: f"take it out ('sed -i \"3s/^/# /\" {EARLY}')",
                DROP_IN: ROLE,
            },
        ),
        (
            {"contradictions": ("sshd is started with the option usepam=no, in its unit or in SSHD_OPTS",)},
            True,
            {"ssh.service options": "take it out of the unit or of SSHD_OPTS"},
        ),
        ({"not_in_force": ("usepam is 'no' instead of 'yes'",)}, True, {"sshd usepam": ROLE}),
        (
            {
                "contradictions": (said(3, "usepam no"),),
                "not_in_force": ("usepam is 'no' instead of 'yes'",),
            },
            True,
            {EARLY: f"take it out ('sed -i \"3s/^/# /\" {EARLY} && {RESTART}')"},
        ),
        ({"not_in_force": ("usepam is 'no' instead of 'yes'",)}, False, {DROP_IN: ROLE}),
        ({"reads_ours": False}, True, {"sshd Include": ROLE}),
        ({"is_old": True}, True, {"ssh.service (started before)": f"start it anew ('{RESTART}')"}),
        ({"is_old": True}, False, {DROP_IN: ROLE}),
        ({"methods": ("publickey", "password")}, True, {"ssh.service (methods)": ROLE}),
        (
            {"methods": ("password",), "is_old": True},
            True,
            {"ssh.service (methods)": f"start it anew ('{RESTART}')"},
        ),
        (
            {"methods": ("password",), "contradictions": (said(3, "usepam no"),)},
            True,
            {
                EARLY: f"take it out ('sed -i \"3s/^/# /\" {EARLY} && {RESTART}')",
                "ssh.service (methods)": "mend what its files say, which is a finding of its own, then audit again",
            },
        ),
        ({"unit": ""}, True, {"sshd at [::]:22": "end it ('kill 9') once ssh.service lets you in"}),
    ],
)
def test_each_point_is_told_once(differs: dict[str, t.Any], found: dict[str, str], *, has_ours: bool) -> None:
    judged = list(sshd.judge(RIGHT._replace(**differs), has_our_file=has_ours))
    assert {one.subject: one.remedy for one in judged} == found
    assert {(one.clause, one.verdict) for one in judged} <= {("2.8", "violation")}


DAEMON = Daemon("ssh.service", 9, ("/usr/sbin/sshd", "-D"), "", 0.0, (Endpoint("::", 22),))


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sshd, "own_connection", lambda: None)
    monkeypatch.setattr(sshd, "find_daemons", lambda _connection: [DAEMON])
    monkeypatch.setattr(sshd, "drop_in_is", lambda _text: True)
    monkeypatch.setattr(sshd, "read_listening", lambda *_given: RIGHT)


def test_a_node_is_looked_at(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = view(tmp_path, declared={"operator": "ops"})
    assert list(sshd.look_at_sshd(given)) == []
    assert [one.verdict for one in sshd.look_at_sshd(view(tmp_path))] == ["unknown"]
    monkeypatch.setattr(sshd, "find_daemons", lambda _connection: [])
    assert [one.remedy for one in sshd.look_at_sshd(given)] == [
        "start it ('systemctl enable ssh && systemctl start ssh')"
    ]


def test_an_sshd_that_does_not_answer_is_unknown(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_given: object) -> t.NoReturn:
        raise SshdServiceError("it does not say")

    monkeypatch.setattr(sshd, "read_listening", silent)
    with pytest.raises(ViewError, match="it does not say"):
        list(sshd.look_at_sshd(view(tmp_path, declared={"operator": "ops"})))


def test_files_are_judged_with_the_roles_own_in_place(tmp_path: pathlib.Path) -> None:
    main = tmp_path / "sshd_config"
    main.write_text("PasswordAuthentication yes\n")
    files, reads_ours = sshd._as_the_role_leaves_it(str(main), "ops")
    assert not reads_ours
    assert [line.keyword for line in files.in_order()][-1] == "passwordauthentication"
    main.write_text("Include /etc/ssh/sshd_config.d/*.conf\n")
    assert sshd._as_the_role_leaves_it(str(main), "ops")[1]
    assert sshd._as_the_role_leaves_it(str(main), "")[1]


@pytest.mark.parametrize(
    ("declared", "answer", "found"),
    [
        ({"operator": "ops", "bootstrap_user": "debian"}, [], []),
        (
            {"operator": "ops", "bootstrap_user": "debian"},
            [Change("password of debian", "lock")],
            [("violation", "password of debian")],
        ),
        (
            {"operator": "ops", "bootstrap_user": "debian"},
            StepError("one rule for two; give each its own"),
            [("violation", "bootstrap login")],
        ),
        ({"operator": "ops"}, [], [("unknown", "bootstrap login")]),
        ({}, [], []),
    ],
)
def test_the_login_of_the_image(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    declared: dict[str, str],
    answer: list[Change] | StepError,
    found: list[tuple[str, str]],
) -> None:
    def plan(_operator: str, _name: str) -> tuple[list[Change], list[str]]:
        if isinstance(answer, StepError):
            raise answer
        return answer, []

    monkeypatch.setattr(sshd, "plan_retirement", plan)
    judged = sshd.look_at_retired_login(view(tmp_path, declared=declared))
    assert [(one.verdict, one.subject) for one in judged] == found
