from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import of_the_rulebook, title_of


def test_clauses_and_sections_have_their_words() -> None:
    texts = of_the_rulebook()
    assert title_of("6.1", texts) == "Never Auto-Update"
    assert texts["6.1"].sentences[0].startswith("The system must never update itself")
    assert texts["6.1"].severity == "critical"
    assert title_of("6", texts) == "What The System Must Never Do"


def test_the_marks_of_markdown_are_left_out() -> None:
    sentences = [sentence for text in of_the_rulebook().values() for sentence in text.sentences]
    assert any("using apt" in sentence for sentence in sentences)
    assert not any("`" in sentence or "**" in sentence for sentence in sentences)


def test_a_clause_that_nobody_knows_has_no_title() -> None:
    assert title_of("9.9", of_the_rulebook()) == ""
