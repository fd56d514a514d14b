# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _audit_call, _audit_parts, _audit_topics
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics import Topic
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from ansible_collections.ai_systems.runbook.plugins.module_utils._rule import Rule
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from tests.step_host import Host

STRAY = Finding("6.1", "violation", "x.timer", "it is enabled", "stop it")
RULES = (
    Rule("6.1", "timers", "timers", lambda _view: [STRAY]),
    Rule("2.3", "hostname", "the name", lambda _view: []),
)


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = Topic("_audit_of_tests", ("2.3", "6.1"))
    monkeypatch.setattr(_audit_topics, "TOPICS", (topic,))
    monkeypatch.setattr(_audit_parts, "rules_of", lambda _topic: RULES)
    # It would stay so for all tests after this one.
    monkeypatch.setattr(_audit_call, "be_idle", lambda: None)


def step(**params: t.Any) -> Step:
    return Step(Host(**{"clauses": [], "seconds": 30, "declared": {}, **params}), "6")


@pytest.mark.parametrize(
    ("clauses", "summary"),
    [([], "2 rules asked, 1 violation."), (["6"], "1 rule asked, 1 violation."), (["2.3"], "1 rule asked, ")],
)
def test_the_rules_of_the_clauses_are_asked(clauses: list[str], summary: str) -> None:
    assert _audit_call.look(step(clauses=clauses)).startswith(summary)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"seconds": 0}, "seconds is 0"),
        ({"declared": {"hostname": 3}}, "declared is worked out on the controller"),
    ],
)
def test_what_cannot_be_asked_is_said(params: dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(StepError, match=sentence):
        _audit_call.look(step(**params))


def test_manual_packages_are_those_that_are_there_and_not_automatic() -> None:
    packages = types.SimpleNamespace(
        packages=("vim", "git", "libc6", "gone"), automatic={"libc6"}, version_of=lambda name: "1" * (name != "gone")
    )
    view: t.Any = types.SimpleNamespace(packages=packages)
    assert _audit_call.manual_packages(view) == ["git", "vim"]


def test_where_dpkg_cannot_be_read_there_are_none() -> None:
    class View:
        @property
        def packages(self) -> t.NoReturn:
            raise ViewError("it does not exist")

    view: t.Any = View()
    assert _audit_call.manual_packages(view) == []
