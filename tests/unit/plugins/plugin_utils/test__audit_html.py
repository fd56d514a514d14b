"""What a browser makes of the page is tested in tests/browser."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import re
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison, NodeComparison
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_html import page
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import FleetAudit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import of_the_rulebook
from tests import audit_sample

TEXTS = of_the_rulebook()
VOID = {"meta", "link", "input", "path", "rect", "use"}


class Read(html.parser.HTMLParser):
    """A page as a parser reads it: tags, attributes, text; tags that are not closed are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.ours: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            self.ours[self._open[-1]] = data
        else:
            self.text.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _tag, attributes in self.tags for key, value in attributes.items() if key == name]


def read(audit: FleetAudit, comparison: Comparison | None = None, **more: t.Any) -> Read:
    return Read(page(audit, TEXTS, comparison, **more))


AUDITS = {
    "one": audit_sample.one_node(),
    "clean": audit_sample.clean_node(),
    "three": audit_sample.fleet(3),
    "fleet": audit_sample.fleet(),
    "hostile": audit_sample.hostile(),
    "hostile fleet": audit_sample.hostile(6),
    "nobody": audit_sample.clean_node()._replace(nodes=()),
}
every_audit = pytest.mark.parametrize("audit", AUDITS.values(), ids=AUDITS)


@every_audit
def test_the_page_is_whole_and_anchors_lead_somewhere(audit: FleetAudit) -> None:
    said = read(audit)
    ids = said.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in said.attributes("href") if link.startswith("#")} <= set(ids)


@every_audit
def test_it_needs_nothing_but_itself(audit: FleetAudit) -> None:
    said = read(audit)
    links = [*said.attributes("href"), *said.attributes("src"), *said.attributes("action")]
    assert all(link.startswith(("#", "data:image/svg+xml,")) for link in links)
    assert not re.search(r"@import|url\(", said.ours["style"])
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|innerHTML|eval\(|document\.write", said.ours["script"])


@every_audit
def test_only_our_script_and_style_are_there_and_the_policy_knows_them(audit: FleetAudit) -> None:
    said = read(audit)
    assert [tag for tag, _ in said.tags].count("script") == 1
    assert [tag for tag, _ in said.tags].count("style") == 1
    assert "img" not in {tag for tag, _ in said.tags}
    assert not [key for _tag, attributes in said.tags for key in attributes if key.startswith("on") or key == "style"]
    (policy,) = [attributes["content"] or "" for _t, attributes in said.tags if "http-equiv" in attributes]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(said.ours[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_hostile_words_are_shown_as_they_are() -> None:
    text = "".join(read(audit_sample.hostile()).text)
    for word in ('<script>window.hacked = "node"</script>', "{{ 7 * 7 }}{% for x in range(9) %}", "safe\\u202egnp.exe"):
        assert word in text
    assert "1800 more characters" in text


@pytest.mark.parametrize("letter", ["x", "<", '"', "'", "&", "\x1b"])
def test_fifty_crowded_nodes_stay_under_three_megabytes(letter: str) -> None:
    text = page(audit_sample.crowded(letter=letter), TEXTS)
    assert len(text.encode()) < 3_000_000
    assert "more findings of this node are in audit.json" in text


def test_fifty_nodes_with_forty_findings_are_shown_whole_under_three_megabytes() -> None:
    text = page(audit_sample.crowded(length=100, letter="x"), TEXTS)
    assert len(text.encode()) < 3_000_000
    assert "of this node" not in text
    assert text.count('class="finding violation"') == 2000


def test_a_finding_has_the_runbooks_sentence_evidence_remedy_and_waiver() -> None:
    text = re.sub(r"\s+", " ", "".join(read(audit_sample.one_node()).text))
    assert "The system must never update itself (OS or application code)" in text
    assert "the timer is enabled and active" in text
    assert "Remedy stop it for good: systemctl stop apt-daily-upgrade.timer && systemctl disable" in text
    assert "Waiver waived by Ada until 2027-03-31: the board drives its display" in text
    assert "expired" in text


def test_the_head_says_what_ran() -> None:
    text = "".join(read(audit_sample.one_node(), commit="8d5753d5048036a9a3f03e33f51b515d020abc21").text)
    for word in (
        "lab-pi-07 breaks the runbook",
        "2026-11-05 10:15 UTC",
        "42 s",
        "1.0.0",
        "8d5753d50480",
        "9f2c9f2c9f2c",
    ):
        assert word in text
    assert "check mode" not in text
    assert "check mode" in page(audit_sample.one_node()._replace(check_mode=True), TEXTS)


def test_what_changed_is_shown_and_bounded() -> None:
    audit = audit_sample.one_node()
    new = tuple(audit_sample.FOUND[0]._replace(subject=f"new {number}") for number in range(100))
    compared = NodeComparison("lab-pi-07", "2026-11-04T10:00:00+00:00", new, audit_sample.FOUND[1:2], (), ())
    notes = ("20261103T101500Z/audit.json was passed over: <it> is not JSON",)
    text = re.sub(r"\s+", " ", "".join(read(audit, Comparison((compared,), notes)).text))
    assert "100 new, 1 gone, 0 unchanged since 2026-11-04 10:00 UTC" in text
    assert "75 more are in audit.json" in text
    assert "<it> is not JSON" in text
    assert "There is no earlier report" in "".join(read(audit).text)


def test_a_finding_that_is_new_says_so() -> None:
    audit = audit_sample.one_node()
    compared = NodeComparison("lab-pi-07", "", (audit.nodes[0].found[0].finding,), (), (), ())
    assert page(audit, TEXTS, Comparison((compared,))).count('<span class="new">') == 1


@pytest.mark.parametrize("audit", [AUDITS["nobody"], audit_sample.fleet(18), audit_sample.one_node()])
def test_what_is_unknown_is_never_green(audit: FleetAudit) -> None:
    said = read(audit)
    cells = [attributes for tag, attributes in said.tags if tag == "td" and "data-v" in attributes]
    assert all(attributes["class"] == attributes["data-v"] for attributes in cells)
    shown = [attributes["class"] for tag, attributes in said.tags if tag == "details" and "data-state" in attributes]
    assert sorted(shown, key=str) == sorted(f"node {node.verdict}" for node in audit.nodes)
    assert audit.verdict != "ok"
    assert 'class="top ok"' not in page(audit, TEXTS)


def test_few_nodes_read_by_clause_and_many_by_node() -> None:
    assert 'class="sections"' in page(audit_sample.one_node(), TEXTS)
    assert "by-clause" in page(audit_sample.fleet(3), TEXTS).partition("</style>")[2]
    assert 'class="matrix by-node"' in page(audit_sample.fleet(4), TEXTS)


def test_a_clause_that_the_catalogue_lacks_is_shown_by_its_number() -> None:
    text = page(audit_sample.one_node(), {})
    assert '<span class="clause">6.1</span>' in text
