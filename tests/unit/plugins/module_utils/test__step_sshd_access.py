# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd_access plans, with a node of words: real files and real listeners are met in tests/nodes."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _guarded as guarded
from ansible_collections.ai_systems.runbook.plugins.module_utils import _sshd_config as config
from ansible_collections.ai_systems.runbook.plugins.module_utils import _sshd_service as service
from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_sshd_access
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_service import Connection, Daemon, Endpoint
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError, conclude
from tests.guard_turns import Turns
from tests.step_host import Host

EVERYWHERE = Endpoint("::", 22)
DAEMON = Daemon("ssh.service", 70, ("/usr/sbin/sshd", "-D"), "/usr/sbin/sshd -D", 1e12, (EVERYWHERE,))
HERE = Connection("192.0.2.1", "192.0.2.2", 22)


class Node:
    """Plays the node: its listeners, what they offer, and what sshd -T says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path) -> None:
        self.daemons = [DAEMON]
        self.offers = ["publickey"]
        self.in_place = True
        self.listens = ["[::]:22", "0.0.0.0:22"]
        main = folder / "sshd_config"
        main.write_text(f"Include {folder}/*.conf\n", encoding="utf-8")
        monkeypatch.setattr(config, "DROP_IN", str(folder / "00.conf"))
        (folder / "00.conf").write_text(config.render("anna"), encoding="utf-8")
        self.main = str(main)
        monkeypatch.setattr(service, "own_connection", lambda: HERE)
        monkeypatch.setattr(service, "find_daemons", lambda _: self._own())
        monkeypatch.setattr(service, "offered_methods", lambda *_: self.offers)
        monkeypatch.setattr(_step_sshd_access, "drop_in_is", lambda _: self.in_place)
        monkeypatch.setattr(_step_sshd_access, "_judge", lambda *_, **__: {"listenaddress": self.listens})

    def _own(self) -> list[Daemon]:
        return [daemon._replace(argv=(*daemon.argv, "-f", self.main), title="") for daemon in self.daemons]

    def plan(self) -> list[tuple[str, str]]:
        return [(change.subject, change.action) for change in _step_sshd_access.plan_listeners("anna").changes]


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Node:
    return Node(monkeypatch, tmp_path)


def test_a_converged_node_needs_nothing(node: Node) -> None:
    assert node.plan() == []


def test_a_file_that_differs_is_written_and_read_anew(node: Node) -> None:
    node.in_place = False
    assert node.plan() == [(config.DROP_IN, "write"), ("ssh.service", "stop and start")]


@pytest.mark.parametrize("offers", [["publickey", "password"], ["password"]])
def test_a_listener_that_offers_more_is_started_anew(node: Node, offers: list[str]) -> None:
    node.offers = offers
    assert node.plan() == [("ssh.service", "stop and start")]


def test_a_listener_older_than_its_files_is_started_anew(node: Node) -> None:
    node.daemons = [DAEMON._replace(started=1.0)]
    assert node.plan() == [("ssh.service", "stop and start")]


def test_where_systemd_waits_nothing_needs_to_be_started(node: Node) -> None:
    node.in_place = False
    node.daemons = [DAEMON._replace(pid=0)]
    assert node.plan() == [(config.DROP_IN, "write")]


def test_every_sshd_is_brought_in_line(node: Node) -> None:
    node.in_place = False
    node.daemons = [DAEMON, DAEMON._replace(unit="own.service", pid=71, endpoints=(Endpoint("::", 2222),))]
    assert [change for change in node.plan() if change[1] == "stop and start"] == [
        ("ssh.service", "stop and start"),
        ("own.service", "stop and start"),
    ]


@pytest.mark.parametrize(
    ("daemons", "said"),
    [
        ([], "no sshd listens on this node"),
        ([DAEMON._replace(unit="")], "process 70 is an sshd that listens at [::]:22 and belongs to no unit"),
    ],
)
def test_an_sshd_that_cannot_be_managed_is_an_error(node: Node, daemons: list[Daemon], said: str) -> None:
    node.daemons = daemons
    with pytest.raises(StepError) as caught:
        node.plan()
    assert said in str(caught.value)


@pytest.mark.parametrize("listens", [["0.0.0.0:2222"], ["203.0.113.77:22"], ["127.0.0.1:22"], []])
def test_a_listener_that_would_not_come_back_here_is_never_stopped(node: Node, listens: list[str]) -> None:
    node.listens = listens
    with pytest.raises(StepError, match=r"ssh\.service listens at \[::\]:22, .* a new start would lose it"):
        node.plan()


def test_where_systemd_opened_the_socket_sshds_own_port_says_nothing(node: Node) -> None:
    node.listens = ["0.0.0.0:2222"]
    node.daemons = [DAEMON._replace(from_socket=True)]
    assert node.plan() == []


def test_a_contradiction_is_an_error_and_says_that_nothing_was_changed(node: Node) -> None:
    with pathlib.Path(node.main).open("a", encoding="utf-8") as file:
        file.write("Match User debian\nPasswordAuthentication yes\n")
    with pytest.raises(StepError, match=r"sshd_config line 3 says .* Nothing was changed"):
        node.plan()


@pytest.mark.parametrize(
    ("console", "said"),
    [
        ([], "no account has a password for the console"),
        (["root"], "root has a password for the console"),
        (["root", "anna"], "root, anna have a password for the console"),
    ],
)
def test_the_summary_says_whether_the_console_is_open(console: list[str], said: str) -> None:
    assert said in _step_sshd_access.summary("anna", console, would=False)


class Played:
    """The step's readers, each of which asserts that it is asked within the turn of what it reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns = Turns()
        self.switches = [Change("file", "write")]
        self.retires = [Change("keys", "move aside")]
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(guarded, "turn", self.turns.turn)
        monkeypatch.setattr(_step_sshd_access, "plan_listeners", self.turns.within("sshd", lambda _: self._listeners()))
        monkeypatch.setattr(
            _step_sshd_access,
            "plan_retirement",
            self.turns.within("bootstrap-login", lambda *_: (self.retires, [])),
        )

    def _listeners(self) -> _step_sshd_access.Listeners:
        return _step_sshd_access.Listeners(self.switches, [], None, {}, None)

    def run(self, stage: str, *, check: bool = False) -> dict[str, t.Any]:
        defaults = {name: option.get("default") for name, option in _step_sshd_access.ARGUMENT_SPEC.items()}
        given = {**defaults, "operator": "anna", "bootstrap_user": "debian", "stage": stage, "token": "0" * 32}
        step = Step(Host(check_mode=check, **given), _step_sshd_access.CLAUSE)
        return conclude(step, _step_sshd_access.body)[0]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


@pytest.mark.parametrize("check", [True, False])
def test_a_plan_is_made_within_both_turns_and_begins_nothing(played: Played, *, check: bool) -> None:
    result = played.run("plan", check=check)
    assert [(asked["name"], asked["look"]) for asked in played.turns.asked] == [
        ("sshd", check),
        ("bootstrap-login", check),
    ]
    assert (result["switches"], result["retires"], len(result["actions"])) == (1, 1, 2)
    assert played.turns.started == []


@pytest.mark.parametrize(("stage", "name"), [("switch", "sshd"), ("retire", "bootstrap-login")])
def test_a_stage_begins_what_it_finds_within_its_own_turn(played: Played, stage: str, name: str) -> None:
    result = played.run(stage)
    assert played.turns.asked == [{"name": name, "seconds": 60, "look": False}]
    assert played.turns.started == [{"name": name, "token": "0" * 32, "seconds": 60}]
    assert len(result["actions"]) == 1


@pytest.mark.parametrize("stage", ["switch", "retire"])
def test_what_another_run_did_meanwhile_is_not_begun_again(played: Played, stage: str) -> None:
    played.switches, played.retires = [], []
    result = played.run(stage)
    assert (result["changed"], result["summary"]) == (False, "Another run has done that meanwhile.")
    assert played.turns.started == []


@pytest.mark.parametrize("stage", ["switch", "retire"])
def test_a_stage_that_acts_is_none_of_a_dry_run(played: Played, stage: str) -> None:
    assert "cannot run in check mode" in played.run(stage, check=True)["msg"]
    assert played.turns.asked == []


def test_another_runs_change_is_waited_for(played: Played) -> None:
    played.turns.busy = True
    assert "still at work" in played.run("plan")["msg"]


def test_a_call_without_roots_rights_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "become: true" in played.run("plan")["msg"]
