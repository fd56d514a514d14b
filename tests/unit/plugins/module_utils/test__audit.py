"""The engine: every rule is asked, whatever the others do, and what was not looked at is unknown."""

from __future__ import annotations

import contextlib
import pathlib
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit import audit, facts, selected
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_rules import RULES
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView, ViewError
from ansible_collections.ai_systems.runbook.plugins.module_utils._rule import Rule
from tests.view import view

Found = t.Iterable[Finding]


def finding(subject: str) -> Finding:
    return Finding("6.1", "violation", subject, "it was seen", "mend it")


def rule(check: t.Callable[[NodeView], Found], name: str = "odd", clause: str = "6.1") -> Rule:
    return Rule(clause, name, "odd things", check)


def good(_node: NodeView) -> Found:
    yield finding("good")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ViewError("/etc/x cannot be read"), "it could not be looked at: /etc/x cannot be read"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (ValueError("bad\x1b[31m"), r"bad\x1b[31m"),
        (KeyError("gone"), "the rule failed at what it read (KeyError: 'gone')"),
        (RecursionError("deep"), "the rule failed at what it read (RecursionError: deep)"),
    ],
)
def test_a_rule_that_fails_is_unknown_and_keeps_what_it_said(
    tmp_path: pathlib.Path, error: Exception, words: str
) -> None:
    def failing(_node: NodeView) -> Found:
        yield finding("before")
        raise error

    done = audit(view(tmp_path), [rule(failing), rule(good, "good")])
    assert [(one.verdict, one.subject) for one in done.findings] == [
        ("violation", "before"), ("violation", "good"), ("unknown", "rule odd"),
    ]  # fmt: skip
    assert words in done.findings[-1].evidence
    assert [one.name for one in done.rules] == ["odd", "good"]


def test_a_rule_that_never_ends_is_cut_and_the_rest_is_unknown(tmp_path: pathlib.Path) -> None:
    def endless(_node: NodeView) -> Found:
        yield finding("first")
        # As a careless rule would.
        with contextlib.suppress(Exception):
            time.sleep(60)

    began = time.monotonic()
    done = audit(view(tmp_path, seconds=2), [rule(endless, "endless"), rule(good, "late", clause="6.2")])
    assert time.monotonic() - began < 30
    unknown = {one.subject: one for one in done.findings if one.verdict == "unknown"}
    assert set(unknown) == {"rule endless", "rule late"}
    assert unknown["rule late"].clause == "6.2"
    assert all("time for the audit was over" in one.evidence for one in unknown.values())
    assert [one.name for one in done.rules] == ["endless"]
    assert "first" in {one.subject for one in done.findings}


def test_one_rule_cannot_drown_the_others(tmp_path: pathlib.Path) -> None:
    def many(_node: NodeView) -> Found:
        yield from (finding(f"{number}") for number in range(5000))

    done = audit(view(tmp_path), [rule(many, "many"), rule(good, "good")])
    assert len(done.findings) == _audit.MOST_OF_A_RULE + 1
    assert {"good", f"{5000 - _audit.MOST_OF_A_RULE + 1} more findings"} <= {one.subject for one in done.findings}


@pytest.mark.parametrize(
    ("clauses", "names"),
    [([], "abc"), (["6"], "ab"), (["6.1"], "a"), ([" 6.2 ", "3"], "bc"), (["6.11"], ""), ([""], "abc"), (["x"], "")],
)
def test_rules_are_chosen_by_their_clauses(clauses: list[str], names: str) -> None:
    rules = [rule(good, "a", "6.1"), rule(good, "b", "6.2"), rule(good, "c", "3.1")]
    assert "".join(one.name for one in selected(rules, clauses)) == names


def test_what_a_node_says_that_it_is_is_one_line(tmp_path: pathlib.Path) -> None:
    node = view(
        tmp_path, files={"/proc/device-tree/model": "Raspberry\x1b[2J\nPi 5\0", "/etc/debian_version": "13.7\n"}
    )
    said = facts(node)
    assert (said["model"], said["debian"]) == (r"Raspberry\x1b[2J Pi 5", "13.7")
    assert not said["container"]


def test_names_of_rules_are_unique_and_their_clauses_the_runbooks() -> None:
    names = [one.name for one in RULES]
    assert len(names) == len(set(names))
    assert all(one.clause[0] in "123456" and one.looks_at for one in RULES)
