from __future__ import annotations

import types
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._context_md import Context, ContextError, read_context
from ansible_collections.ai_systems.runbook.plugins.module_utils._documentation import Node
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._reviewed_baseline import ReviewedBaseline
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._undocumented import judge, undocumented

NODE = Node("greenhouse-1", frozenset({"sensors"}))
TABLE = "# Installed packages\n\n| Package | Nodes | Justification |\n|--|--|--|\n| htop | | shows load over SSH |\n"
COMMITTED = ReviewedBaseline(frozenset({"adduser", "nano"}), "committed", "")
NOT_COMMITTED = ReviewedBaseline(frozenset(), "not committed", "review it, then commit it")


def documents(
    text: str | Exception | None = TABLE, baseline: ReviewedBaseline = COMMITTED, held: t.Collection[str] = ()
) -> t.Any:
    def context() -> Context | None:
        if isinstance(text, Exception):
            raise text
        return read_context(text.encode()) if text is not None else None

    return types.SimpleNamespace(baseline=lambda: baseline, held=lambda: frozenset(held), context=context)


def test_what_is_documented_reviewed_or_of_the_checklist_is_no_finding() -> None:
    assert undocumented(["htop", "nano", "git", "python3-apt", "adduser:arm64"], documents(), NODE) == []


def test_each_other_one_is_a_violation_with_the_line_to_add() -> None:
    (found,) = undocumented(["htop", "tree"], documents(), NODE)
    assert (found.clause, found.verdict, found.subject) == ("3.3", "violation", "tree")
    assert "| `tree` | greenhouse-1 | <why this node needs it> |" in found.remedy


def test_an_entry_for_other_nodes_documents_nothing_here() -> None:
    context = read_context((TABLE + "| tree | robots | shows folders |\n| jq | sensors | reads JSON |\n").encode())
    (found,) = judge(["jq", "tree"], context, NODE)
    assert (found.subject, found.evidence) == (
        "tree", "line 6 of context.md documents it for robots and not for greenhouse-1",
    )  # fmt: skip
    # A line more would be a second entry of the package, which is a fault.
    assert found.remedy.startswith("add greenhouse-1 to the cell Nodes of that line")


def test_a_faulty_entry_is_a_violation_at_its_line() -> None:
    found = judge(["tree"], read_context((TABLE + "| tree | | TODO |\n").encode(), "context.md"), NODE)
    assert ("context.md:6", "violation") in {(one.subject, one.verdict) for one in found}


def test_a_commit_without_the_file_documents_nothing() -> None:
    assert [one.subject for one in undocumented(["tree"], documents(None), NODE)] == ["tree"]


def test_a_file_that_cannot_be_read_is_unknown_where_it_matters() -> None:
    for error in (SourceError("repository_url is not set"), ContextError("it is no UTF-8")):
        (found,) = undocumented(["tree", "jq"], documents(error), NODE)
        assert (found.verdict, found.subject) == ("unknown", "context.md")
        assert str(error) in found.evidence
        assert "2 packages" in found.evidence
        assert undocumented(["git", "nano"], documents(error), NODE) == []


def test_without_a_reviewed_baseline_nothing_of_the_image_is_called_right_or_wrong() -> None:
    (found,) = undocumented(["nano", "tree"], documents(baseline=NOT_COMMITTED), NODE)
    assert (found.verdict, found.subject, found.remedy) == ("unknown", "baseline", NOT_COMMITTED.sentence)
    assert undocumented(["git", "python3"], documents(baseline=NOT_COMMITTED), NODE) == []
    # One that lies there and waits for its review tells at least what came later.
    found, later = undocumented(["nano", "tree"], documents(baseline=NOT_COMMITTED, held=["nano"]), NODE)
    assert (found.verdict, later.subject) == ("unknown", "tree")


def test_what_a_node_calls_a_package_is_one_line() -> None:
    (found,) = undocumented(["x\n\x1b[2J{{ y }}"], documents(), NODE)
    assert all("\n" not in word and "\x1b" not in word for word in found)
