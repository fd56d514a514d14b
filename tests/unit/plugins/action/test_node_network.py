"""The controller's part of a static address: what becomes of a proof that comes, and of one that does not."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import node_network
from ansible_collections.ai_systems.runbook.plugins.action.node_network import ActionModule
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import Refusal

NODE = {"inventory_hostname": "greenhouse-1"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhs9iyOlv0s5Rk9vG2nK4hKCuX0Jvtyc8l8CkpzvP3v"
STARTED = {"changed": True, "guarded": True, "local": "10.0.0.5", "actions": [{}], "diff": [{}], "summary": "set"}


class Sessions:
    """Stands for the sessions that the action opens; ``proof`` and ``back`` are their answers."""

    def __init__(self, *, proof: str = "", back: t.Sequence[Refusal] = (Refusal("undone"),)) -> None:
        self.opened: list[str] = []
        self.tokens: list[str] = []
        self._proof = proof
        self._back = list(back)

    def __call__(self, _connection: object, *, host: str, **_options: object) -> Sessions:
        self.opened.append(host)
        return self

    def proves_change(self, name: str, *, token: str, seconds: float) -> str:
        assert (name, seconds) == ("network", 25)
        self.tokens.append(token)
        return self._proof

    def refuse(self, _name: str, *, token: str, seconds: float) -> Refusal:
        assert seconds > 10
        assert token == self.tokens[-1]
        return self._back.pop(0)


class Plugin:
    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, answer: dict[str, t.Any], sessions: Sessions, **args: t.Any
    ) -> None:
        self.sent: list[dict[str, t.Any]] = []
        self.warnings: list[str] = []
        self.resets = 0
        self.plugin = ActionModule.__new__(ActionModule)
        self.plugin._task = types.SimpleNamespace(  # type: ignore[assignment]
            args={"mode": "static", "address": "10.0.0.9/24", "proof_timeout": 20, **args}, check_mode=False
        )
        self.plugin._display = types.SimpleNamespace(warning=self.warnings.append)  # type: ignore[assignment]
        options = {"host": "10.0.0.5", "port": None, "remote_user": "anna", "private_key_file": None}
        self.plugin._connection = types.SimpleNamespace(get_option=options.__getitem__, become=None, reset=self._reset)  # type: ignore[assignment]

        def execute(module_args: dict[str, t.Any], **_: t.Any) -> dict[str, t.Any]:
            self.sent.append(module_args)
            return dict(answer)

        monkeypatch.setattr(self.plugin, "_execute_module", execute)
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(node_network, "FreshSession", sessions)

    def _reset(self) -> None:
        self.resets += 1

    def run(self) -> dict[str, t.Any]:
        return self.plugin.run(None, NODE)


def test_a_proof_is_given_at_the_new_address(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(f"10.0.0.5 {KEY}\n")
    sessions = Sessions()
    plugin = Plugin(monkeypatch, STARTED, sessions, known_hosts=str(known_hosts))
    result = plugin.run()
    assert sessions.opened == ["10.0.0.9"]
    assert sessions.tokens == [plugin.sent[0]["token"]]
    assert len(sessions.tokens[0]) == 32
    assert (result["changed"], result["new_address"], result["actions"]) == (True, "10.0.0.9", [{}])
    assert "guarded" not in result
    assert plugin.resets == 1
    assert known_hosts.read_text() == f"10.0.0.5 {KEY}\n10.0.0.9 {KEY}\n"
    assert "write ansible_host: 10.0.0.9 into its inventory" in plugin.warnings[0]


def test_without_the_proof_nothing_counts_as_done(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(f"10.0.0.5 {KEY}\n")
    sessions = Sessions(proof="it timed out")
    result = Plugin(monkeypatch, STARTED, sessions, known_hosts=str(known_hosts)).run()
    assert sessions.opened == ["10.0.0.9", ""]
    assert (result["failed"], result["changed"], result["actions"], result["diff"]) == (True, False, [], [])
    assert "did not prove itself at 10.0.0.9 within 20 s (it timed out)" in result["msg"]
    assert "it has taken 10.0.0.5 back, and nothing was made permanent" in result["msg"]
    assert "new_address" not in result
    assert known_hosts.read_text() == f"10.0.0.5 {KEY}\n"


def test_a_node_that_is_gone_is_said_to_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = [Refusal("unknown", "no route"), Refusal("unknown", "no answer")]
    result = Plugin(monkeypatch, STARTED, Sessions(proof="it timed out", back=lost)).run()
    assert "nor is it seen to go back to 10.0.0.5 (no answer), so look at its console" in result["msg"]


def test_a_proof_whose_answer_was_lost_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(proof="it timed out", back=[Refusal("unknown", "no route"), Refusal("committed")])
    plugin = Plugin(monkeypatch, STARTED, sessions)
    result = plugin.run()
    assert sessions.opened == ["10.0.0.9", ""]
    assert (result["changed"], result["new_address"], result["actions"]) == (True, "10.0.0.9", [{}])
    assert "failed" not in result
    assert plugin.resets == 1


def test_an_address_that_stays_is_proved_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions()
    plugin = Plugin(monkeypatch, STARTED, sessions, address="10.0.0.5/24")
    result = plugin.run()
    assert sessions.opened == [""]
    assert "new_address" not in result
    assert (plugin.resets, plugin.warnings) == (0, [])


@pytest.mark.parametrize("answer", [{"changed": False, "summary": "ok"}, {"failed": True, "msg": "no"}])
def test_where_nothing_was_begun_nothing_is_proved(monkeypatch: pytest.MonkeyPatch, answer: dict[str, t.Any]) -> None:
    sessions = Sessions()
    assert Plugin(monkeypatch, answer, sessions).run() == answer
    assert sessions.opened == []


def test_each_run_has_a_token_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = Plugin(monkeypatch, {"changed": False}, Sessions())
    plugin.run()
    plugin.run()
    assert len({call["token"] for call in plugin.sent}) == 2
