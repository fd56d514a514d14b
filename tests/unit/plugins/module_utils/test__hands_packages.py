from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_history import Done, Logged, Transaction
from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_packages import (
    Ours,
    of_dpkg,
    of_lost_logs,
    of_others,
    of_patterns,
    others,
    parse_ours,
    patterns_in,
    utc,
)

OURS = [Ours(1000.0, 1010.0, 3)]


def transaction(begun: float, command: str = "apt-get install x", *done: Done, ended: float = 0.0) -> Transaction:
    return Transaction(begun, ended or begun, command, "ops (1000)", done)


def installed(name: str) -> str:
    return "1" if name in ("x", "y") else ""


def test_what_our_runs_noted() -> None:
    lines = [
        {"id": "a", "state": "begun", "time": "1970-01-01T00:16:40Z"},
        {"id": "a", "state": "ended", "time": "1970-01-01T00:16:50Z", "installed": ["x", "y", "z"]},
        {"id": "b", "state": "begun", "time": "1970-01-01T01:00:00Z"},
        {"id": 7}, [], {"id": "c", "state": "ended", "time": "x"},
    ]  # fmt: skip
    assert parse_ours("\n".join([*map(json.dumps, lines), "{", ""])) == [*OURS, Ours(3600.0, 7200.0, 0)]
    assert utc("x") == utc(None) == 0.0


def test_what_is_not_ours_since_the_first_of_ours() -> None:
    image, by_hand = transaction(5.0), transaction(2000.0)
    ours, around = transaction(1001.0, ended=1009.0), transaction(1005.0, ended=1500.0)
    assert others([image, ours, by_hand, around], OURS) == [by_hand, around]
    assert others([by_hand], []) == []


def test_apt_by_hand_is_for_information_and_by_itself_a_violation() -> None:
    by_hand, by_itself = of_others([
        transaction(1.0, "apt-get install x", Done("Install", "x", "1", automatic=False)),
        transaction(1.0, "/usr/bin/unattended-upgrade"),
    ])  # fmt: skip
    assert (by_hand.clause, by_hand.verdict, by_hand.subject) == ("6.5", "info", "apt-get install x")
    assert "for ops (1000), outside of our runs: install x" in by_hand.evidence
    assert (by_itself.clause, by_itself.verdict) == ("6.1", "violation")


def test_packages_past_apt() -> None:
    def subjects(*logged: Logged) -> list[str]:
        return [one.subject for one in of_dpkg(logged, [transaction(2000.0, ended=2010.0)], OURS, installed)]

    assert subjects(Logged(3000.0, "install", "x", "", "1")) == ["x (dpkg)"]
    assert subjects(Logged(2012.0, "install", "x", "", "1")) == ["x (dpkg)"]
    assert subjects(Logged(2011.0, "install", "x", "", "1")) == []
    assert subjects(Logged(2005.0, "install", "x", "", "1")) == []
    assert subjects(Logged(5.0, "install", "x", "", "1")) == []
    # It was removed, or is there in another version, since.
    assert subjects(Logged(3000.0, "install", "x", "", "1"), Logged(3001.0, "remove", "x", "1", "")) == []
    assert subjects(Logged(3000.0, "install", "x", "", "2")) == []
    assert subjects(Logged(3000.0, "install", "x", "", "1"), Logged(2001.0, "upgrade", "x", "1", "1")) == []
    assert of_dpkg([Logged(3000.0, "install", "x", "", "1")], [], [], installed) == []


@pytest.mark.parametrize(("history", "seen", "lost"), [
    ([], 0.0, True), ([transaction(1002.0, ended=1008.0)], 0.0, False), ([transaction(2000.0)], 0.0, True),
    ([], 1011.0, False),
])  # fmt: skip
def test_a_history_that_lacks_our_own(*, history: list[Transaction], seen: float, lost: bool) -> None:
    assert bool(of_lost_logs(history, OURS, now=5000.0, seen=seen)) == lost
    assert of_lost_logs(history, OURS, now=5e6, seen=seen) == []
    assert of_lost_logs(history, [Ours(1000.0, 1010.0, 0)], now=5000.0, seen=seen) == []


@pytest.mark.parametrize(("command", "patterns"), [
    ("apt-get install x", []), ("apt-get -o A=b* install x", []), ("apt install 'python3-*'", ["python3-*"]),
    ("apt install ^x$ lamp-server^", ["^x$", "lamp-server^"]), ("apt install ./x*.deb", []), ("apt remove x*", []),
    ("apt-get install g++ libstdc++6", []), ("apt install 'x", []), ("apt install x.*", ["x.*"]),
])  # fmt: skip
def test_words_that_name_no_package(command: str, patterns: list[str]) -> None:
    assert patterns_in(command) == patterns


@pytest.mark.parametrize(("name", "automatic", "found"), [("x", (), True), ("gone", (), False), ("x", ("x",), False)])
def test_packages_that_came_by_a_pattern(*, name: str, automatic: t.Sequence[str], found: bool) -> None:
    done = Done("Install", name, "1", automatic=False)
    said = of_patterns([transaction(1.0, "apt install x*", done)], installed, automatic)
    assert [one.clause for one in said] == (["3.2"] if found else [])
    assert all("'apt-get remove --yes x'" in one.remedy for one in said)
