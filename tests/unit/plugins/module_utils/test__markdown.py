from __future__ import annotations

import sys

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _markdown as markdown
from ansible_collections.ai_systems.runbook.plugins.module_utils._markdown import Document, MarkdownError


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("plain", [("plain", "plain")]),
        ("`htop`: why", [("code", "htop"), ("plain", ": why")]),
        ("**htop**: why", [("strong", "htop"), ("plain", ": why")]),
        ("**`htop`:** why", [("strong", "htop:"), ("plain", " why")]),
        ("[`htop`](http://x.invalid): a\nb", [("code", "htop"), ("plain", ": a b")]),
        ("a <b>c</b> <!-- d --> &amp; \\* *e*", [("plain", "a c  & * e")]),
        ("![picture](x.png) text", [("plain", "picture text")]),
        ("", []),
    ],
)
def test_text_is_what_a_reader_sees(content: str, said: list[tuple[str, str]]) -> None:
    assert Document("").spans(content) == said


def test_text_is_bounded() -> None:
    assert len(Document("").text("a" * 10_000)) == markdown.LONGEST_TEXT


def test_only_markdowns_own_line_ends_count() -> None:
    assert Document("a\r\nb\rc\x0bd\u2028e\nf").lines == ["a", "b", "c\x0bd\u2028e", "f"]


def test_a_reference_is_followed_in_a_text() -> None:
    assert Document("[htop]: http://x.invalid\n").text("see [htop]") == "see htop"


def test_a_missing_parser_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "_MISSING", True)
    markdown._parsers.cache_clear()
    with pytest.raises(MarkdownError, match="markdown-it-py; install it with") as caught:
        Document("text")
    assert sys.executable in str(caught.value)
    monkeypatch.undo()
    assert Document("text").tokens
