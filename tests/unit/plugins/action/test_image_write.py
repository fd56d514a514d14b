"""A person says the node's name, and only then something is written."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsiblePromptInterrupt, AnsiblePromptNoninteractive

from ansible_collections.ai_systems.runbook.plugins.action import image_write

LOOKED = {
    "found": ["card  /dev/x", "model \x1b[2J"],
    "workspace": "/srv/w",
    "seen": "it",
    "is_new": False,
    "summary": "Is to be.",
}


class Played:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(image_write.ActionModule, "_execute_module", self._module)
        self.calls: list[dict[str, t.Any]] = []
        self.shown: list[str] = []
        self.answers: list[str | Exception] = []
        self.looked: dict[str, t.Any] = dict(LOOKED)
        self.transport = "local"

    def _module(self, *, module_args: dict[str, t.Any], **_more: t.Any) -> dict[str, t.Any]:
        self.calls.append(module_args)
        return {"look": dict(self.looked), "write": {"summary": "Wrote.", "changed": True}, "clear": {}}[
            module_args["call"]
        ]

    def _prompt(self, question: str, **_more: t.Any) -> bytes:
        self.shown.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer.encode()

    def run(self, *, check: bool = False, nodes: t.Sequence[str] = ("n1",), **args: t.Any) -> t.Any:
        plugin = image_write.ActionModule.__new__(image_write.ActionModule)
        given = {"target": "/dev/x", "node": {"name": "n1", "hostname": "n1", "user": "debian"}, **args}
        plugin._task = types.SimpleNamespace(args=given, check_mode=check)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
        plugin._connection = types.SimpleNamespace(transport=self.transport)  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(  # type: ignore[assignment]
            display=self.shown.append, prompt_until=self._prompt
        )
        return plugin.run(None, {"inventory_hostname": "n1", "ansible_play_hosts_all": list(nodes)})

    def made(self) -> list[str]:
        return [call["call"] for call in self.calls]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def test_the_name_is_asked_and_the_next_step_is_told(played: Played) -> None:
    played.answers = ["n2", "n1"]
    result = played.run()
    assert played.made() == ["look", "write", "clear"]
    assert (played.calls[1]["workspace"], played.calls[1]["seen"]) == ("/srv/w", "it")
    assert "Everything on it is lost" in played.shown[0]
    assert "model \\x1b[2J" in played.shown[0]
    assert played.shown[1] == "That is not n1. Type the node's name to go on, or no: "
    assert result["summary"].endswith("then run ansible-playbook playbooks/enroll.yml --limit n1.")
    assert "workspace" not in result


@pytest.mark.parametrize("answers", [["no"], [""], ["x", "y", "z"], [AnsiblePromptInterrupt()]])
def test_any_other_answer_writes_nothing(played: Played, answers: list[str | Exception]) -> None:
    played.answers = answers
    with pytest.raises(AnsibleActionFail, match="the card of n1 was not confirmed, so nothing was written"):
        played.run()
    assert played.made() == ["look", "clear"]


def test_without_a_terminal_the_remedy_is_told(played: Played) -> None:
    played.answers = [AnsiblePromptNoninteractive()]
    with pytest.raises(AnsibleActionFail, match=r"there is no terminal.*give -e confirm=n1"):
        played.run()
    assert played.made() == ["look", "clear"]


def test_a_script_confirms_by_name(played: Played) -> None:
    assert played.run(confirm="n1")["summary"].startswith("Wrote.")
    assert "card  /dev/x" in played.shown[0]
    with pytest.raises(AnsibleActionFail, match="confirm=n2 is not the node that this run is for, n1"):
        played.run(confirm="n2")
    assert played.made() == ["look", "write", "clear"]


def test_a_dry_run_looks_and_asks_nobody(played: Played) -> None:
    del played.looked["workspace"]
    assert played.run(check=True)["summary"] == "Is to be."
    assert played.made() == ["look"]
    assert played.shown == ["n1:\n    card  /dev/x\n    model \\x1b[2J"]


def test_a_refusal_is_the_end(played: Played) -> None:
    played.looked = {"failed": True, "msg": "too small"}
    assert played.run()["failed"]
    assert played.made() == ["look"]


@pytest.mark.parametrize("nodes", [(), ("n1", "n2")])
def test_a_card_is_for_one_node(played: Played, nodes: tuple[str, ...]) -> None:
    named = " (n1, n2)" if nodes else ""
    with pytest.raises(AnsibleActionFail) as caught:
        played.run(nodes=nodes)
    assert f"{len(nodes)} nodes are meant{named}, and a card is for one; name it with --limit" in str(caught.value)
    assert played.made() == []


def test_of_many_nodes_some_are_named(played: Played) -> None:
    with pytest.raises(AnsibleActionFail, match=r"9 nodes are meant \(n1, n2, n3, n4, n5 and 4 more\), and"):
        played.run(nodes=[f"n{number}" for number in range(1, 10)])


def test_of_a_new_file_nothing_is_lost(played: Played) -> None:
    played.looked["is_new"] = True
    played.run(confirm="n1")
    assert "The card of n1 is to be written. It is a new file.\n" in played.shown[0]


def test_the_public_key_comes_from_its_file(played: Played, tmp_path: pathlib.Path) -> None:
    key = tmp_path / "key.pub"
    key.write_text("# mine\nssh-ed25519 AAAA anna\n\n")
    played.run(check=True, public_key_file=str(key))
    assert played.calls[0]["node"]["authorized_keys"] == ["ssh-ed25519 AAAA anna"]
    with pytest.raises(AnsibleActionFail, match=r"key2.pub cannot be read: No such file.*flash_bootstrap_keys"):
        played.run(check=True, public_key_file=str(tmp_path / "key2.pub"))


def test_paths_are_from_where_the_operator_stands(
    played: Played, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"image": "card.img", "target": "out.img", "keyring": "key.asc"}
    played.run(check=True, **given)
    assert {name: played.calls[0][name] for name in given} == {one: f"{tmp_path}/{p}" for one, p in given.items()}
    assert played.calls[0]["pipe"]
    # Another machine has its own paths, and no pipe of this one.
    played.transport = "ssh"
    played.run(check=True, image="card.img")
    assert played.calls[1]["image"] == "card.img"
    assert "pipe" not in played.calls[1]
