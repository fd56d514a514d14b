"""The controller's part of 2.7: what is refused before the node hears of it, and what a failed proof leads to."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsibleError

from ansible_collections.ai_systems.runbook.plugins.action import operator_account
from ansible_collections.ai_systems.runbook.plugins.action.operator_account import ActionModule, _offering
from ansible_collections.ai_systems.runbook.plugins.module_utils._authorized_keys import parse_declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import proof_path, state_path

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna@desk"
HASH = "$y$j9T$mJbPWxqPfpWQptaMjxqOh.$VIXgjks1xNBOIS12DNfARUxhrw4FGiruHObWfbwvTo1"
FINGERPRINT = parse_declared(KEY).fingerprint
ARGS = {"name": "anna", "authorized_keys": [KEY], "sudo": "nopasswd", "private_key_file": "/keys/anna"}
ON_TRIAL = {
    "changed": True,
    "on_trial": 1,
    "actions": [{"action": "create"}, {"action": "write"}],
    "diff": [{"before": "1"}, {"before": "2"}],
    "summary": "fine",
}


class Session:
    """Stands for the new login: every answer is a setting."""

    accepted = FINGERPRINT
    login = change = ""
    without_password = 0
    asked: t.ClassVar[list[str]] = []

    def __init__(self, _connection: object, **settings: object) -> None:
        self.settings = settings

    def accepted_key(self) -> str:
        self.asked.append("key")
        return self.accepted

    def proves_login(self, *, seconds: float) -> str:
        assert seconds > 0
        self.asked.append("login")
        return self.login

    def proves_change(self, name: str, *, token: str, seconds: float) -> str:
        assert (name, len(token), seconds > 0) == ("operator-account", 32, True)
        self.asked.append("change")
        return self.change

    def run(self, _command: str) -> types.SimpleNamespace:
        return types.SimpleNamespace(rc=self.without_password)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ActionModule:
    Session.asked.clear()
    monkeypatch.setattr(operator_account, "FreshSession", Session)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    made = ActionModule.__new__(ActionModule)
    made._task = types.SimpleNamespace(args=dict(ARGS))  # type: ignore[assignment]
    made._connection = types.SimpleNamespace(become=None)  # type: ignore[assignment]
    made._play_context = None  # type: ignore[assignment]
    answer(made, monkeypatch, ON_TRIAL)
    monkeypatch.setattr(made, "_low_level_execute_command", lambda _: {"stdout": '{"state": "undone"}'})
    return made


def answer(plugin: ActionModule, monkeypatch: pytest.MonkeyPatch, result: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    calls: list[dict[str, t.Any]] = []

    def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        assert module_name == "ai_systems.runbook.operator_account"
        assert task_vars == {}
        calls.append(module_args)
        return {key: list(value) if isinstance(value, list) else value for key, value in result.items()}

    monkeypatch.setattr(plugin, "_execute_module", execute)
    return calls


def test_a_proven_change_stays(plugin: ActionModule) -> None:
    result = plugin.run(None, {})
    assert Session.asked == ["key", "login", "change"]
    assert result == {key: value for key, value in ON_TRIAL.items() if key != "on_trial"}


@pytest.mark.parametrize(
    ("setting", "asked", "sentence"),
    [
        ({"accepted": "SHA256:other"}, ["key"], "(SHA256:other) is not among the declared ones"),
        ({"accepted": "", "login": "no login"}, ["key", "login"], "no login"),
        ({"login": "sudo says no"}, ["key", "login"], "sudo says no"),
        ({"change": "undone"}, ["key", "login", "change"], "undone"),
    ],
)
def test_without_a_proof_the_node_goes_back_and_the_error_says_what_to_do(
    plugin: ActionModule, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], asked: list[str], sentence: str
) -> None:
    for name, value in setting.items():
        monkeypatch.setattr(Session, name, value)
    result = plugin.run(None, {})
    assert Session.asked == asked
    assert result["failed"]
    assert sentence in result["msg"]
    assert "The node has put back the keys and rights that it had before." in result["msg"]
    assert "operator_user_private_key_file" in result["msg"]
    # What was made at once stays reported, what was taken back does not.
    assert (result["actions"], result["diff"], result["changed"]) == ([{"action": "create"}], [{"before": "1"}], True)


def test_only_the_change_of_this_run_is_refused(plugin: ActionModule, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = answer(plugin, monkeypatch, ON_TRIAL)
    asked: list[str] = []

    def low_level(command: str) -> dict[str, str]:
        asked.append(command)
        return {"stdout": '"state": "undone"'}

    monkeypatch.setattr(Session, "login", "no")
    monkeypatch.setattr(plugin, "_low_level_execute_command", low_level)
    plugin.run(None, {})
    token = calls[0]["token"]
    assert f"printf %s 'refused {token}' > {proof_path('operator-account', token)}.new" in asked[0]
    assert asked[0].endswith(f"cat {state_path('operator-account', token)}")


def test_a_proof_whose_answer_was_lost_is_one(plugin: ActionModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "change", "no answer")
    monkeypatch.setattr(plugin, "_low_level_execute_command", lambda _: {"stdout": '{"state": "committed"}'})
    result = plugin.run(None, {})
    assert result == {key: value for key, value in ON_TRIAL.items() if key != "on_trial"}


def test_a_node_that_could_not_go_back_is_said_loudly(plugin: ActionModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "login", "no")
    monkeypatch.setattr(plugin, "_low_level_execute_command", lambda _: {"stdout": '{"state": "failed"}'})
    assert "could NOT put back" in plugin.run(None, {})["msg"]


def test_rights_on_trial_that_keep_us_out_are_waited_for(plugin: ActionModule, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[t.Any] = [AnsibleError("Incorrect sudo password"), {"stdout": ""}, {"stdout": '"state": "undone"'}]

    def low_level(_: str) -> t.Any:
        said = answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    monkeypatch.setattr(Session, "login", "no")
    monkeypatch.setattr(plugin, "_low_level_execute_command", low_level)
    assert "has put back" in plugin.run(None, {})["msg"]
    assert answers == []


@pytest.mark.parametrize("result", [{"changed": False}, {"changed": True}, {"failed": True, "on_trial": 1}])
def test_no_login_is_made_where_nothing_is_on_trial(
    plugin: ActionModule, monkeypatch: pytest.MonkeyPatch, result: dict[str, t.Any]
) -> None:
    calls = answer(plugin, monkeypatch, result)
    plugin.run(None, {})
    assert (len(calls), Session.asked) == (1, [])


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"authorized_keys": KEY}, "is no list of lines"),
        ({"authorized_keys": [1]}, "is no list of lines"),
        ({"authorized_keys": []}, "operator_user_authorized_keys: it is empty"),
        ({"name": "root"}, "operator_user_name 'root'"),
        ({"sudo": "password", "password_hash": HASH}, "was given no password to prove it with"),
    ],
)
def test_wrong_input_never_reaches_the_node(
    plugin: ActionModule, monkeypatch: pytest.MonkeyPatch, args: dict[str, t.Any], sentence: str
) -> None:
    calls = answer(plugin, monkeypatch, {})
    plugin._task.args.update(args)
    with pytest.raises(AnsibleActionFail, match=sentence):
        plugin.run(None, {})
    assert calls == []


def test_with_a_password_sudo_must_ask_for_it(plugin: ActionModule, monkeypatch: pytest.MonkeyPatch) -> None:
    become = types.SimpleNamespace(get_option=lambda *_, **__: "secret")
    plugin._connection.become = become  # type: ignore[assignment]
    plugin._task.args.update(sudo="password", password_hash=HASH)
    assert "sudo asks for no password" in plugin.run(None, {})["msg"]
    monkeypatch.setattr(Session, "without_password", 1)
    assert "failed" not in plugin.run(None, {})


def test_only_declared_keys_are_offered(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / ".ssh"
    home.mkdir()
    monkeypatch.setattr(pathlib.Path, "home", lambda: tmp_path)
    (home / "id_ed25519").write_text("private")
    (home / "id_ed25519.pub").write_text(KEY)
    (home / "id_rsa").write_text("private")
    (home / "id_rsa.pub").write_text("ssh-rsa AAAA other")
    with _offering([parse_declared(KEY)]) as options:
        assert options[0] == "IdentitiesOnly=yes"
        files = [pathlib.Path(option.removeprefix("IdentityFile=")) for option in options[1:]]
        assert files[0].read_text().split() == KEY.split()[:2]
        assert files[1:] == [home / "id_ed25519"]
    assert not files[0].exists()
