# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _audit_parts, _dpkg_checksums
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit import Audit, audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_parts import (
    audit_topics,
    parts_of,
    read_ahead,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics import TOPICS, Topic, rules_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from ansible_collections.ai_systems.runbook.plugins.module_utils._rule import Rule
from tests.units_view import units_view
from tests.view import view

Found = t.Iterable[Finding]
FEW = [Topic(name, (clause,)) for name, clause in (("_a", "1.1"), ("_b", "2.3"), ("_c", "3.1"), ("_d", "6.2"))]


def finding(subject: str, clause: str = "6.1") -> Finding:
    return Finding(clause, "violation", subject, "it was seen", "mend it")


def with_rules(monkeypatch: pytest.MonkeyPatch, **checks: t.Callable[[NodeView], Found]) -> None:
    """Give each of the topics FEW one rule."""
    rules = {
        topic.module: (Rule(topic.clauses[0], f"rule{topic.module}", "things", checks[topic.module[1:]]),)
        for topic in FEW
    }
    monkeypatch.setattr(_audit_parts, "rules_of", lambda topic: rules[topic.module])


def by_whom(_node: NodeView) -> Found:
    yield finding(str(os.getpid()))


def without_times(done: Audit) -> tuple[list[Finding], list[tuple[str, str]]]:
    return done.findings, [(one.name, one.clause) for one in done.rules]


def test_each_topic_is_in_one_part() -> None:
    parts = parts_of(TOPICS)
    assert sorted(topic for part in parts for topic in part) == sorted(TOPICS)
    assert [topic.module for topic in parts[-1]] == ["_audit_secrets"]


def test_topics_of_tests_are_parts_too() -> None:
    assert parts_of(FEW) == [[topic] for topic in FEW]
    assert parts_of([]) == []


@pytest.mark.parametrize("processes", [2, 4])
def test_all_rules_find_what_one_process_finds(tmp_path: pathlib.Path, processes: int) -> None:
    """On a node with something for many of them; what apt's own library says is only seen on a real one."""
    topics = [topic for topic in TOPICS if topic.module != "_audit_packages"]
    files = {
        "/usr/bin/changed": "other", "/usr/local/bin/stray": "#!/bin/sh\n", "/etc/sudoers": "ops ALL=(ALL) ALL\n",
        "/home/ops/.ssh/id_ed25519": "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        "/home/ops/.netrc": "machine h login op password Zk9-qTe4w\n",
        "/etc/systemd/system/x.service": "[Service]\nExecStart=/bin/true\nRestart=always\n",
        "/etc/cron.d/x": "* * * * * root apt-get -y upgrade\n",
    }  # fmt: skip
    packages = {"p": {"/usr/bin/same": "x", "/usr/bin/changed": "as it came"}}
    # The marks of secrets are made with the key of a run.
    declared = {"operator": "ops", "hostname": "node-1", "run_key": "00" * 32}
    node = units_view(tmp_path, files=files, packages=packages, declared=declared)
    at_once = audit_topics(node, topics, processes=processes)
    alone = units_view(tmp_path, files=files, packages=packages, declared=declared)
    rules = [rule for topic in topics for rule in rules_of(topic)]
    assert without_times(at_once) == without_times(audit(alone, rules))
    assert without_times(at_once) == without_times(audit_topics(alone, topics, processes=1))
    subjects = {one.subject.partition(" ")[0] for one in at_once.findings if one.verdict == "violation"}
    assert {"/usr/bin/changed", "x.service", "/home/ops/.netrc", "/etc/cron.d/x", "hostname"} <= subjects


def test_several_take_part_and_rules_stay_in_their_order(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = tmp_path / "came"
    came.mkdir()

    def both(_node: NodeView) -> Found:
        # Not slept away where the machine is slow: each waits until the other one has come to a rule, too.
        (came / str(os.getpid())).touch()
        while len(list(came.iterdir())) < 2:
            time.sleep(0.01)
        yield finding(str(os.getpid()))

    with_rules(monkeypatch, a=both, b=both, c=both, d=both)
    done = audit_topics(view(tmp_path, seconds=60), FEW, processes=2)
    assert len({one.subject for one in done.findings}) == 2
    assert [one.name for one in done.rules] == ["rule_a", "rule_b", "rule_c", "rule_d"]


def test_only_the_clauses_that_are_wanted(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_rules(monkeypatch, a=by_whom, b=by_whom, c=by_whom, d=by_whom)
    assert [one.name for one in audit_topics(view(tmp_path), FEW, ["2", "6.2"], processes=2).rules] == [
        "rule_b", "rule_d",
    ]  # fmt: skip


def test_the_time_is_the_same_for_all_and_what_is_cut_is_unknown(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_node: NodeView) -> Found:
        yield finding("before")
        # As a careless rule would.
        with contextlib.suppress(Exception):
            time.sleep(60)

    with_rules(monkeypatch, a=endless, b=endless, c=by_whom, d=by_whom)
    began = time.monotonic()
    done = audit_topics(view(tmp_path, seconds=2), FEW, processes=2)
    assert time.monotonic() - began < 30
    unknown = {one.subject: one.evidence for one in done.findings if one.verdict == "unknown"}
    assert set(unknown) == {"rule rule_a", "rule rule_b", "rule rule_c", "rule rule_d"}
    assert all("time for the audit was over" in evidence for evidence in unknown.values())
    assert "before" in {one.subject for one in done.findings}


def test_a_process_that_nothing_ends_keeps_nobody_waiting(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, came = os.getpid(), tmp_path / "came"

    def stuck(_node: NodeView) -> Found:
        if os.getpid() != mine:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            came.touch()
            time.sleep(60)
        while not came.exists():
            time.sleep(0.01)
        yield finding("done here")

    monkeypatch.setattr(_audit_parts, "_GRACE", 0.3)
    with_rules(monkeypatch, a=stuck, b=stuck, c=by_whom, d=by_whom)
    began = time.monotonic()
    done = audit_topics(view(tmp_path, seconds=4), FEW, processes=2)
    assert time.monotonic() - began < 30
    lost = [one for one in done.findings if one.verdict == "unknown"]
    assert [one.evidence for one in lost] == ["things: it was not looked at: the time for the audit was over before"]
    assert len(done.rules) == 3


def test_what_a_process_found_is_not_lost_with_it(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.getpid()

    def dying(_node: NodeView) -> Found:
        if os.getpid() != mine:
            os.kill(os.getpid(), signal.SIGKILL)
        yield finding(f"here {os.getpid() == mine}")

    with_rules(monkeypatch, a=by_whom, b=by_whom, c=dying, d=dying)
    done = audit_topics(view(tmp_path), FEW, processes=2)
    assert len(done.rules) == 4
    assert not [one for one in done.findings if one.verdict == "unknown"]
    assert "here True" in {one.subject for one in done.findings}


def test_a_rule_that_fails_keeps_no_other_from_looking(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_node: NodeView) -> Found:
        yield finding("before")
        raise KeyError("gone")

    with_rules(monkeypatch, a=failing, b=by_whom, c=failing, d=by_whom)
    done = audit_topics(view(tmp_path), FEW, processes=2)
    assert [one.subject for one in done.findings if one.verdict == "unknown"] == ["rule rule_a", "rule rule_c"]
    assert len(done.rules) == 4


def test_what_a_node_says_comes_through_as_it_is(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = ["\x1b[2J", "ä\ud800", '"}]', "x" * 100_000, "{{ 7 * 7 }}"]

    def hostile(_node: NodeView) -> Found:
        yield from (finding(one) for one in odd)

    with_rules(monkeypatch, a=by_whom, b=hostile, c=by_whom, d=by_whom)
    monkeypatch.setattr(Finding, "fingerprint", property(repr))
    done = audit_topics(view(tmp_path), FEW, processes=2)
    assert set(odd) <= {one.subject for one in done.findings}


SUMS = {"/usr/bin/x": "x", "/usr/bin/y": "y", "/usr/share/doc/p/z": "z"}


@pytest.mark.parametrize(
    ("sums", "ahead"),
    [("all", set(SUMS)), ("code", {"/usr/bin/x", "/usr/bin/y"}), ("", set())],
)
def test_sums_are_worked_out_before_the_rules_and_only_those_they_ask_for(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, sums: t.Literal["", "code", "all"], ahead: set[str]
) -> None:
    node = view(tmp_path, packages={"p": SUMS})
    read_ahead(node, [Topic("_a", ("6.3",), sums), Topic("_b", ("6.1",))])
    again: list[str] = []

    def noted(path: str) -> str:
        again.append(path)
        return ""

    monkeypatch.setattr(_dpkg_checksums, "md5_of", noted)
    for path in SUMS:
        node.checksums.actual(path)
    assert {path.removeprefix(node.base) for path in again} == set(SUMS) - ahead


def test_sums_leave_time_for_the_rules(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(paths: t.Iterable[str]) -> dict[str, str]:
        time.sleep(1)
        return dict.fromkeys(paths, "")

    monkeypatch.setattr(_audit_parts, "_AT_ONCE", 1)
    monkeypatch.setattr(_dpkg_checksums, "md5_of_all", slow)
    node = view(tmp_path, packages={"p": {f"/usr/bin/{number}": "x" for number in range(50)}}, seconds=5)
    read_ahead(node, [Topic("_a", ("6.3",), "all")])
    assert node.left() > 1


def test_what_cannot_be_read_ahead_is_the_rules_to_say(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, packages={"p": SUMS})
    pathlib.Path(node.on_disk("/var/lib/dpkg/status")).unlink()
    pathlib.Path(node.on_disk("/var/lib/dpkg/status")).mkdir()
    read_ahead(node, TOPICS)
    done = audit_topics(node, [topic for topic in TOPICS if topic.module == "_audit_code"], processes=2)
    assert any(one.verdict == "unknown" for one in done.findings)
    json.dumps(done)
