"""Nobody's update begins without the operator's word, and the question names all nodes at once."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsiblePromptInterrupt, AnsiblePromptNoninteractive

from ansible_collections.ai_systems.runbook.plugins.action import update_run
from ansible_collections.ai_systems.runbook.plugins.modules import update_run as module
from tests.thin_module import assert_documented

DUE = {"due": True, "packages": [{"name": "vim", "before": "1", "after": "2", "size": 1, "growth": 1}]}


class Played:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        self.shown: list[str] = []
        self.answers: list[bytes | Exception] = []

    def prompt_until(self, question: str, **_: t.Any) -> bytes:
        self.shown.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def display(self, text: str, **_: t.Any) -> None:
        self.shown.append(text)

    def run(self, *, check: bool = False, nodes: t.Sequence[str] = ("n1", "n2", "n3"), **args: t.Any) -> t.Any:
        plugin = update_run.ActionModule.__new__(update_run.ActionModule)
        plugin._task = types.SimpleNamespace(args=args, check_mode=check)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
        plugin._display = self  # type: ignore[assignment]
        return plugin.run(None, {"inventory_hostname": nodes[0], "ansible_play_hosts_all": list(nodes)})


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def test_what_it_documents_is_what_it_takes() -> None:
    assert_documented(module, update_run._SPEC)


def test_the_operator_is_shown_all_and_asked_once(played: Played) -> None:
    played.answers = [b"what?", b"yes"]
    result = played.run(step="ask", looks={"n1": DUE, "n2": DUE, "n3": {"due": False}})
    assert result["summary"] == "Confirmed."
    assert "n1, n2: 1 to upgrade; 0 kB to fetch" in "\n".join(played.shown)
    assert 'Upgrade 2 nodes, one after the other? Type "yes" to go on: ' in played.shown[-2]


@pytest.mark.parametrize("answers", [[b"no"], [b""], [b"x", b"y", b"z"], [AnsiblePromptInterrupt("")]])
def test_without_a_yes_nothing_is_done(played: Played, answers: list[bytes | Exception]) -> None:
    played.answers = answers
    with pytest.raises(AnsibleActionFail, match="the update was not confirmed, so nothing was changed on any node"):
        played.run(step="ask", looks={"n1": DUE})


def test_without_a_terminal_it_is_refused_in_one_sentence(played: Played) -> None:
    played.answers = [AnsiblePromptNoninteractive("")]
    with pytest.raises(AnsibleActionFail, match=r"there is no terminal.*say -e confirm=yes"):
        played.run(step="ask", looks={"n1": DUE})


@pytest.mark.parametrize("given", [{"confirm": "yes"}, {"confirm": True}, {"check": True}, {"looks": {"n1": {}}}])
def test_nobody_is_asked_where_that_is_said_or_there_is_nothing_to_do(played: Played, given: dict[str, t.Any]) -> None:
    assert played.run(**{"step": "ask", "looks": {"n1": DUE}, **given})["row_follows"]


@pytest.mark.parametrize("word", ["no", False, "perhaps"])
def test_what_confirms_nothing_is_an_error(played: Played, word: t.Any) -> None:
    with pytest.raises(AnsibleActionFail, match=f"confirm={word} confirms nothing"):
        played.run(step="ask", looks={"n1": DUE}, confirm=word)


def test_the_next_node_follows_where_this_one_is_well(played: Played) -> None:
    given: dict[str, t.Any] = {
        "step": "conclude",
        "done": {"summary": "Done."},
        "before": {"findings": []},
        "after": {"findings": []},
    }
    result = played.run(**given)
    assert (result["summary"], result["concludes"]) == ("Done. The audit finds nothing new.", True)
    result = played.run(**given, lost="it broke")
    assert result["failed"]
    assert "The 2 nodes after it were left as they are" in result["msg"]


def test_waivers_that_cannot_be_read_are_an_error(played: Played, tmp_path: t.Any) -> None:
    (tmp_path / "w.yml").write_text("- nonsense")
    result = played.run(step="conclude", done={}, waivers_file=str(tmp_path / "w.yml"))
    assert result["failed"]
