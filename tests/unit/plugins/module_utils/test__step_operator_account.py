from __future__ import annotations

import functools
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_operator_account
from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import parse_accounts
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import GuardState
from ansible_collections.ai_systems.runbook.plugins.module_utils._operator_account import Plan, wanted_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError, conclude
from tests.guard_turns import Turns
from tests.step_host import Host

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna@desk"
WANTED = wanted_from("anna", [KEY], "")
NODE = parse_accounts("anna:x:1000:1001::/home/anna:/bin/bash\n", "anna:x:1001:\n", "")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def note(self: Command, arguments: list[str], **_: t.Any) -> Completed:
        commands.append([self.program, *arguments])
        return Completed(commands[-1], 0, "", "")

    monkeypatch.setattr(Command, "run", note)
    return commands


@pytest.mark.parametrize(
    ("change", "command"),
    [
        (
            Change("account anna", "create"),
            [
                "useradd",
                "--no-create-home",
                "--home-dir",
                "/home/anna",
                "--shell",
                "/bin/bash",
                "--gid",
                "anna",
                "anna",
            ],
        ),
        (Change("group anna", "create"), ["groupadd", "anna"]),
        (Change("account anna", "set primary group"), ["usermod", "--gid", "anna", "anna"]),
        (Change("account anna", "set shell"), ["usermod", "--shell", "/bin/bash", "anna"]),
        (Change("account anna", "lift expiry"), ["usermod", "--expiredate", "", "anna"]),
    ],
)
def test_each_change_is_one_command(
    monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], change: Change, command: list[str]
) -> None:
    monkeypatch.setattr(_step_operator_account, "read_accounts", lambda: NODE)
    _step_operator_account.AccountActs(WANTED).act(change)
    assert ran == [[f"/usr/sbin/{command[0]}", *command[1:]]]


def test_a_new_account_gets_its_group_with_it(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    monkeypatch.setattr(_step_operator_account, "read_accounts", lambda: parse_accounts("", "", ""))
    _step_operator_account.make_account(WANTED)
    assert "--user-group" in ran[0]


@pytest.mark.parametrize("action", ["create", "set owner and mode"])
@pytest.mark.parametrize(("path", "mode"), [("/home/anna", 0o711), ("/home/anna/.ssh", 0o700)])
def test_folders_belong_to_the_account(monkeypatch: pytest.MonkeyPatch, action: str, path: str, mode: int) -> None:
    made: list[tuple[str, int, int, int]] = []

    def note(path: str, *, mode: int, uid: int, gid: int, skeleton: str = "") -> None:
        assert skeleton in ("", "/etc/skel" if path == "/home/anna" else "")
        made.append((path, mode, uid, gid))

    monkeypatch.setattr(_step_operator_account, "read_accounts", lambda: NODE)
    monkeypatch.setattr(_step_operator_account, "make_folder" if action == "create" else "own_folder", note)
    _step_operator_account.AccountActs(WANTED).act(Change(path, action))
    assert made == [(path, mode, 1000, 1001)]


def test_a_rule_that_visudo_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Command, arguments: list[str], *, stdin: str) -> t.NoReturn:
        assert "--file=-" in arguments
        assert stdin.endswith("anna ALL=(ALL:ALL) NOPASSWD: ALL\n")
        raise CommandError("syntax error", argv=arguments)

    monkeypatch.setattr(Command, "run", refuse)
    with pytest.raises(StepError, match="visudo refuses the operator's rule, nothing was changed: syntax error"):
        _step_operator_account.check_rule(WANTED)


@pytest.mark.parametrize(
    ("setting", "files"),
    [
        (
            ".ssh/authorized_keys .ssh/authorized_keys2",
            ("/home/anna/.ssh/authorized_keys", "/home/anna/.ssh/authorized_keys2"),
        ),
        (
            "%h/.ssh/authorized_keys /etc/ssh/%u /etc/100%%",
            ("/home/anna/.ssh/authorized_keys", "/etc/ssh/anna", "/etc/100%"),
        ),
        ("none", ()),
    ],
)
def test_where_sshd_looks_for_keys(monkeypatch: pytest.MonkeyPatch, setting: str, files: tuple[str, ...]) -> None:
    said = f"port 22\nauthorizedkeysfile {setting}\nusepam yes\n"
    monkeypatch.setattr(Command, "run", lambda *_: Completed([], 0, said, ""))
    assert _step_operator_account.key_files("anna", "/home/anna") == files


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("undone", "were not changed: no space left"),
        ("failed", "were not changed: no space left"),
        ("applying", "run again"),
    ],
)
def test_a_trial_that_did_not_begin_is_an_error(monkeypatch: pytest.MonkeyPatch, state: t.Any, sentence: str) -> None:
    monkeypatch.setattr(_step_operator_account, "read_state", lambda *_: GuardState(state, 1, -2, "no space left"))
    with pytest.raises(StepError, match=sentence):
        _step_operator_account.wait_until_tried("token", 5)


def test_the_last_word_of_a_trial_that_ends_as_it_is_looked_at_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["applying", "undone"])
    monkeypatch.setattr(
        _step_operator_account, "read_state", lambda *_: GuardState(t.cast("t.Any", next(said)), 1, -2, "no space left")
    )
    with pytest.raises(StepError, match="were not changed: no space left"):
        _step_operator_account.wait_until_tried("token", 60)


def test_an_account_that_vanished_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_step_operator_account, "read_accounts", lambda: parse_accounts("", "", ""))
    with pytest.raises(StepError, match="account anna vanished"):
        _step_operator_account.owner_of("anna")


class Played:
    """The step's readers, which assert that they are asked within the turn, and a node that lacks everything."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns = Turns()
        self.made: list[str] = []
        self.plan = Plan([Change("account anna", "create")], [Change("/home/anna/.ssh/authorized_keys", "write")])
        within = functools.partial(self.turns.within, "operator-account")
        for name, answer in (
            ("read_node", lambda *_: None),
            ("obstacles", lambda *_: []),
            ("decide", lambda *_: self.plan),
            ("check_rule", lambda _: None),
            ("begin_trial", lambda _step, _wanted, _state, mine: mine.start(None)),
        ):
            monkeypatch.setattr(_step_operator_account, name, within(answer))
        monkeypatch.setattr(_step_operator_account, "turn", self.turns.turn)
        monkeypatch.setattr(_step_operator_account, "read_accounts", lambda: NODE)
        monkeypatch.setattr(
            _step_operator_account.AccountActs, "act", lambda _self, change: self.made.append(change.action)
        )

    def run(self, *, check: bool = False, **params: t.Any) -> dict[str, t.Any]:
        defaults = {name: option.get("default") for name, option in _step_operator_account.ARGUMENT_SPEC.items()}
        given = {"name": "anna", "bootstrap_user": "debian", "authorized_keys": [KEY], "token": "0" * 32}
        step = Step(Host(check_mode=check, **{**defaults, **given, **params}), _step_operator_account.CLAUSE)
        return conclude(step, _step_operator_account.body)[0]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def test_everything_lies_within_one_turn(played: Played) -> None:
    result = played.run()
    assert [(asked["name"], asked["look"]) for asked in played.turns.asked] == [("operator-account", False)]
    assert (played.made, len(played.turns.started), result["on_trial"]) == (["create"], 1, 1)


def test_a_dry_run_only_looks_and_foretells_the_same(played: Played) -> None:
    foretold = played.run(check=True)
    assert [asked["look"] for asked in played.turns.asked] == [True]
    assert (played.made, played.turns.started) == ([], [])
    assert foretold["actions"] == played.run()["actions"]


def test_without_a_token_nothing_is_made(played: Played) -> None:
    assert "needs the controller's proof: call the module by its full name" in played.run(token="")["msg"]
    assert played.made == []


def test_another_runs_change_is_waited_for(played: Played) -> None:
    played.turns.busy = True
    assert "still at work" in played.run()["msg"]
