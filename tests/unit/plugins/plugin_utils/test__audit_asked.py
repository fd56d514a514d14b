"""Which clauses an audit looks at."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics import Topic
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _audit_asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_asked import AskedError, clauses_asked


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = [Topic("_audit_a", ("6.1", "6.10", "6.2")), Topic("_audit_b", ("1.2", "6.1"))]
    monkeypatch.setattr(_audit_asked, "TOPICS", topics)


@pytest.mark.parametrize(
    ("wanted", "clauses"),
    [
        ([], ["1.2", "3.3", "6.1", "6.2", "6.10"]),
        (["6"], ["6.1", "6.2", "6.10"]),
        (["6.1", "1"], ["1.2", "6.1"]),
        ([6.2], ["6.2"]),
        ("6.1", ["6.1"]),
    ],
)
def test_a_section_names_its_clauses(wanted: t.Any, clauses: list[str]) -> None:
    assert clauses_asked(wanted) == clauses


@pytest.mark.parametrize("wanted", [["6.11"], ["6.1", "five"], ["\x1b[31m"], [""]])
def test_a_clause_that_no_rule_belongs_to_is_named(wanted: list[str]) -> None:
    with pytest.raises(AskedError, match=r"the clauses are 1[.]2, 3[.]3, 6[.]1, 6[.]2, 6[.]10") as error:
        clauses_asked(wanted)
    assert str(error.value).isprintable()
