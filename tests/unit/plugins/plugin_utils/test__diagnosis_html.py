"""The page: whole in itself, and nothing in it but text."""

from __future__ import annotations

import html.parser
import re

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_html import page
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import file_names
from tests.diagnosis_sample import CARD, PROBLEM, STARTED, UNKNOWN, node, silent

EVIL = "</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}{% raw %}\"'"


def shown(*nodes: dict[str, object]) -> str:
    files = file_names(str(one["node"]) for one in nodes)
    return page(nodes, started=STARTED, ended=STARTED, files=files)


class Tags(html.parser.HTMLParser):
    """Collects the tags and what they refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        said = dict(attrs)
        self.links += [str(said[name]) for name in ("href", "src") if name in said]
        self.ids += [str(said["id"])] if "id" in said else []
        assert not [name for name in said if name.startswith("on")]


def test_verdict_next_step_and_excerpt_are_there() -> None:
    text = shown(node("pi-1", units=[PROBLEM], board=[UNKNOWN]))
    for words in (
        "1 of 1 node fails",
        "a service of ours",
        "revert that commit",
        "no table named jobs",
        "diagnosis/pi-1.json",
    ):
        assert words in text
    # One node needs no overview.
    assert "Overview" not in text


def test_the_overview_leads_to_each_node_the_worst_first() -> None:
    text = shown(node("pi-1"), silent("pi-2"), node("pi-3", kernel_log=[CARD]))
    assert re.findall(r'<a href="#(n\d)">(pi-\d)</a>', text) == [("n1", "pi-3"), ("n2", "pi-2"), ("n3", "pi-1")]


def test_it_fetches_nothing_and_runs_nothing() -> None:
    tags = Tags(shown(node("pi-1", units=[PROBLEM]), node("pi-2")))
    assert "script" not in tags.tags
    assert [link for link in tags.links if not link.startswith(("#", "data:image/svg+xml,"))] == []
    assert len(tags.ids) == len(set(tags.ids))
    assert {link[1:] for link in tags.links if link.startswith("#")} <= set(tags.ids)


def test_what_a_node_says_is_text() -> None:
    evil = {**PROBLEM, "subject": EVIL, "evidence": EVIL, "advice": EVIL, "lines": [EVIL]}
    text = shown(node(EVIL, units=[evil]), node("pi-2"))
    tags = Tags(text)
    assert {"script", "img"}.isdisjoint(tags.tags)
    assert "49" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).split("<body>")[1]


def test_a_hundred_nodes_are_a_bearable_page() -> None:
    nodes = [node(f"pi-{n}", units=[PROBLEM] * 20) for n in range(150)]
    assert len(shown(*nodes)) < 6_000_000
