"""The order: one node, a reason, its name typed."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsiblePromptInterrupt, AnsiblePromptNoninteractive

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_order import (
    confirm,
    reason_of,
    require_one,
)


class Terminal:
    """Somebody who types ``answers``; an exception in their place is raised."""

    def __init__(self, *answers: t.Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def prompt_until(self, question: str, complete_input: tuple[bytes, ...]) -> bytes:
        assert complete_input == (b"\r", b"\n")
        self.asked.append(question)
        answer = self.answers.pop(0) if self.answers else AnsiblePromptNoninteractive("no terminal")
        if isinstance(answer, Exception):
            raise answer
        return str(answer).encode()


def terminal(*answers: t.Any) -> t.Any:
    return Terminal(*answers)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"ansible_play_hosts_all": ["n1", "n2"], "ansible_limit": "all"}, "2 nodes are meant"),
        ({"ansible_play_hosts_all": ["n1", "n2"]}, "2 nodes are meant"),
        ({"ansible_play_hosts_all": ["n1"]}, "no --limit was given"),
        ({}, "0 nodes are meant"),
    ],
)
def test_one_node_is_named(told: dict[str, t.Any], why: str) -> None:
    with pytest.raises(AnsibleActionFail, match=f"{why}; nothing was done, so name the node with --limit"):
        require_one(told)
    require_one({"ansible_play_hosts_all": ["n1"], "ansible_limit": "n1"})


def test_a_reason_that_is_given_is_not_asked_for() -> None:
    asked = terminal()
    assert reason_of(asked, "Retired", "n1") == "retired"
    with pytest.raises(AnsibleActionFail, match=r"nothing was done: the reason 'old' is none of the runbook's; say"):
        reason_of(asked, "old", "n1")
    assert asked.asked == []


def test_a_reason_is_asked_for_three_times() -> None:
    asked = terminal("old", "re-imaging failed", "re-imaging failed: twice, no boot")
    assert reason_of(asked, "", "n1") == "re-imaging failed: twice, no boot"
    assert asked.asked[0].startswith("\nWhy is n1 to be decommissioned? Type")
    assert asked.asked[1].startswith("The reason 'old' is none of the runbook's; say")
    with pytest.raises(AnsibleActionFail, match=r"'c' is none of the runbook's"):
        reason_of(terminal("a", "b", "c", "retired"), "", "n1")


def test_without_a_terminal_it_must_be_given() -> None:
    with pytest.raises(AnsibleActionFail, match=r"there is no terminal to ask at; give it: .* -e 'reason="):
        reason_of(terminal(), "", "n1")
    with pytest.raises(
        AnsibleActionFail, match=r"nothing was done: n1 was not confirmed, .*give it with -e confirm=n1"
    ):
        confirm(terminal(), "", "n1", "?")


def test_the_name_is_typed() -> None:
    asked = terminal(" n1 ")
    confirm(asked, "", "n1", "n1 is to go.")
    assert asked.asked == ["\nn1 is to go.\nType the node's name to go on, anything else to leave it: "]
    confirm(terminal(), "n1", "n1", "?")


@pytest.mark.parametrize("typed", ["", "yes", "n11", "N1", "n1\x1b[31m"])
def test_anything_else_leaves_it(typed: str) -> None:
    with pytest.raises(AnsibleActionFail, match=r"nothing was done: n1 was not confirmed, since") as raised:
        confirm(terminal(typed), "", "n1", "?")
    assert str(raised.value).isprintable()
    if typed:
        with pytest.raises(AnsibleActionFail, match=r"since -e confirm= names"):
            confirm(terminal("n1"), typed, "n1", "?")


def test_an_interrupt_is_no_order() -> None:
    with pytest.raises(AnsibleActionFail, match=r"nothing was done: the question was not answered"):
        confirm(terminal(AnsiblePromptInterrupt("^C")), "", "n1", "?")
