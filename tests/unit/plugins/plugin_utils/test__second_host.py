"""Who is asked whether an isolated node is still reached, and what the answers prove: with ssh played."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError

from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import networks_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _second_host as second
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import Answer

NETWORKS = networks_from(["192.0.2.1"])


class Odd(dict[str, t.Any]):
    def get(self, key: str, _default: t.Any = None) -> t.Any:
        raise AnsibleError(f"{key} cannot be worked out")


def variables(**hosts: t.Any) -> dict[str, t.Any]:
    return {"groups": {"all": list(hosts)}, "hostvars": hosts}


def host(address: str, **more: t.Any) -> dict[str, t.Any]:
    return {"ansible_host": address, "operator_user_name": "anna", **more}


ALL = variables(
    out=host("192.0.2.10"),
    desk=host("192.0.2.1"),
    odd=Odd(),
    nobody={"ansible_host": "192.0.2.20"},
    cut=host("192.0.2.21"),
    a=host("192.0.2.22", ansible_port=2222, operator_user_private_key_file="/keys/a"),
    b=host("192.0.2.23"),
    c=host("192.0.2.24"),
    d=host("192.0.2.25"),
)


def test_three_others_that_are_to_be_out_are_asked() -> None:
    found = second.others(ALL, "out", named="", networks=NETWORKS, isolated={"cut"})
    assert [one.name for one in found] == ["a", "b", "c"]
    assert found[0] == ("a", "192.0.2.22", "2222", "anna", "/keys/a")


def test_who_is_decommissioned_is_asked_nothing() -> None:
    gone = {**ALL, "groups": {**ALL["groups"], "decommissioned": ["a", "c"]}}
    assert [one.name for one in second.others(gone, "out", named="", networks=NETWORKS, isolated={"cut"})] == ["b", "d"]
    with pytest.raises(ValueError, match="'a' is no other node"):
        second.others(gone, "out", named="a", networks=NETWORKS, isolated=())


def test_the_named_one_is_asked_alone() -> None:
    assert [one.name for one in second.others(ALL, "out", named="d", networks=NETWORKS, isolated=())] == ["d"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("out", "'out' is no other node"),
        ("gone", "'gone' is no other node"),
        ("\x1b[2J", r"'\\x1b[2J' is no other node"),
        ("desk", "'desk' is at 192.0.2.1, which isolate_operators lets in"),
    ],
)
def test_a_named_one_that_proves_nothing(named: str, said: str) -> None:
    with pytest.raises(ValueError, match="isolate_second_host") as caught:
        second.others(ALL, "out", named=named, networks=NETWORKS, isolated=())
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("host_name", "address"),
    [("192.0.2.7", "192.0.2.7"), ("2001:DB8::1", "2001:db8::1"), ("localhost", None), ("a..b", ""), ("x" * 300, "")],
)
def test_where_a_host_is_is_the_controllers_word(host_name: str, address: str | None) -> None:
    found = second.address_of(host_name)
    assert found == address if address is not None else found in ("127.0.0.1", "::1")


class Played:
    """Answers of second hosts by their name, in turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **answers: list[str]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        monkeypatch.setattr(second, "reaches", self._reach)

    def _reach(self, _connection: t.Any, host: second.Host, *, address: str, port: int) -> str:
        assert (address, port) == ("192.0.2.10", 22)
        self.asked.append(host.name)
        return self.answers[host.name].pop(0)

    def witness(self, *names: str, address: str = "192.0.2.10") -> second.SecondHost:
        hosts = [second.Host(name, name, "", "anna", "") for name in names]
        return second.SecondHost(t.cast("t.Any", None), hosts, address=address)


@pytest.mark.parametrize(
    ("answers", "changed", "leaks", "said"),
    [
        ({"a": ["open", "shut"]}, True, False, "a reached it before and no longer does"),
        ({"a": ["open", "open"]}, True, True, "a still reaches it"),
        ({"a": ["shut", "shut"]}, True, False, "a does not reach it, and did not before"),
        ({"a": ["shut"]}, False, False, "a does not reach it"),
        ({"a": ["open"]}, False, True, "a still reaches it"),
        ({"a": ["silent"]}, True, False, "No second host could be asked"),
        ({"a": ["open", "silent"]}, True, False, "No second host could be asked"),
        ({"a": ["silent"], "b": ["open", "shut"]}, True, False, "b reached it before and no longer does"),
        ({"a": ["shut"], "b": ["open", "shut"]}, True, False, "b reached it before and no longer does"),
        ({"a": ["shut", "shut"], "b": ["silent"]}, True, False, "a does not reach it, and did not before"),
        ({}, True, False, "No second host could be asked"),
    ],
)
def test_what_the_answers_prove(
    monkeypatch: pytest.MonkeyPatch,
    answers: dict[str, list[str]],
    changed: bool,  # noqa: FBT001
    leaks: bool,  # noqa: FBT001
    said: str,
) -> None:
    witness = Played(monkeypatch, **answers).witness(*answers)
    witness.ask_before(port=22)
    found, sentence = witness.ask_after(port=22, changed=changed)
    assert (found, said in sentence) == (leaks, True)


def test_an_address_that_nobody_knows_is_asked_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, a=[])
    witness = played.witness("a", address="")
    witness.ask_before(port=22)
    assert not witness.ask_after(port=22, changed=True)[0]
    assert played.asked == []


@pytest.mark.parametrize(
    ("answer", "reach"),
    [
        (Answer(0, "runbook-reaches-it\n", ""), "open"),
        (Answer(0, "runbook-does-not\n", ""), "shut"),
        (Answer(255, "", "Permission denied"), "silent"),
        (Answer(124, "", ""), "silent"),
        (Answer(0, "", ""), "silent"),
        # A login that prints something of its own, or more than we asked for, proves nothing.
        (Answer(0, "welcome\nrunbook-does-not\n", ""), "silent"),
        (Answer(0, "runbook-does-not runbook-reaches-it", ""), "silent"),
        (Answer(1, "runbook-does-not\n", ""), "silent"),
    ],
)
def test_what_a_second_host_answers(monkeypatch: pytest.MonkeyPatch, answer: Answer, reach: str) -> None:
    asked: list[t.Any] = []

    class Session:
        def __init__(self, _connection: t.Any, **given: t.Any) -> None:
            asked.append(given)

        def run(self, command: str, *, options: t.Sequence[str], seconds: float) -> Answer:
            asked.append((command, list(options), seconds))
            return answer

    monkeypatch.setattr(second, "FreshSession", Session)
    host_a = second.Host("a", "192.0.2.22", "2222", "anna", "/keys/a")
    assert second.reaches(t.cast("t.Any", None), host_a, address="192.0.2.10", port=22) == reach
    given, (command, options, _seconds) = asked
    assert given == {"user": "anna", "private_key_file": "/keys/a", "host": "192.0.2.22"}
    assert "/dev/tcp/192.0.2.10/22" in command
    assert options[:2] == ["HostKeyAlias=[192.0.2.22]:2222", "Port=2222"]


def test_no_address_of_a_node_gets_into_a_command_line() -> None:
    host_a = second.Host("a", "192.0.2.22", "", "anna", "")
    with pytest.raises(ValueError, match="does not appear to be"):
        second.reaches(t.cast("t.Any", _Connection()), host_a, address="192.0.2.10; reboot", port=22)


class _Connection:
    def get_option(self, _name: str) -> str:
        return ""
