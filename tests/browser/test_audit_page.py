"""The page of an audit in a real browser: it works, it fetches nothing, and nothing that a node says is carried out."""

from __future__ import annotations

import shutil
import struct
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison, NodeComparison
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_html import page
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import FleetAudit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import of_the_rulebook
from tests import audit_sample
from tests.browser.chromium import Browser, Page
from tests.browser.looks import CONTRAST, DESKTOP, OPEN_ALL, PHONE, seen
from tools.files import TOP

# Looked at by people: what is here after a run is what the page looks like.
SHOTS: t.Final = TOP / ".cache" / "audit-page"


def compared(audit: FleetAudit) -> Comparison:
    nodes = []
    for node in audit.nodes:
        found = tuple(one.finding for one in node.found)
        if node.state == "audited" and found:
            since = "2026-11-04T10:00:00+00:00"
            nodes.append(NodeComparison(node.name, since, found[:1], audit_sample.FOUND[1:3], (), found[1:]))
    return Comparison(tuple(nodes), ("20261103T101500Z/audit.json was passed over: it is not JSON",))


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Path]:
    audits = {
        "one": audit_sample.one_node(),
        "clean": audit_sample.clean_node(),
        "three": audit_sample.fleet(3),
        "fifty": audit_sample.fleet(50),
        "crowded": audit_sample.crowded(50, 40),
        "hostile": audit_sample.hostile(2),
        "hostile-fleet": audit_sample.hostile(6),
        "nobody": audit_sample.clean_node()._replace(nodes=()),
    }
    written = {}
    for name, audit in audits.items():
        written[name] = folder / f"{name}.html"
        text = page(audit, of_the_rulebook(), compared(audit), commit="8d5753d5048036a9a3f03e33f51b515d020abc21")
        written[name].write_text(text, encoding="utf-8")
    return written


ALL = ("one", "clean", "three", "fifty", "crowded", "hostile", "hostile-fleet", "nobody")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("name", ALL)
def test_it_opens_fetches_nothing_and_complains_of_nothing(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    opened = Page(browser, pages[name], width=width)
    opened.value(OPEN_ALL)
    assert opened.value("document.documentElement.scrollWidth") == width, "the page scrolls sideways"
    assert opened.complaints() == []
    assert [url for url in opened.requests() if not url.startswith("data:")] == [pages[name].as_uri()]
    assert opened.value("typeof window.hacked") == "undefined"


@pytest.mark.parametrize("name", ["hostile", "hostile-fleet"])
def test_what_a_node_says_is_text_and_nothing_else(browser: Browser, pages: dict[str, Path], name: str) -> None:
    opened = Page(browser, pages[name], width=DESKTOP)
    assert opened.value("document.scripts.length") == 1
    assert opened.value("document.images.length + document.querySelectorAll('iframe, object, embed').length") == 0
    body = opened.value("document.body.textContent")
    assert '<script>window.hacked = "node"</script>' in body
    assert "{{ 7 * 7 }}" in body
    assert opened.value("getComputedStyle(document.querySelector('h1')).display") != "none"
    opened.type("<script>window")
    opened.click("details.node summary")
    assert opened.value("typeof window.hacked") == "undefined"
    assert opened.complaints() == []


def test_the_policy_runs_no_script_but_ours(browser: Browser, pages: dict[str, Path], folder: Path) -> None:
    attacked = folder / "attacked.html"
    text = pages["one"].read_text(encoding="utf-8")
    attack = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'><p style='color: red'>"
    attacked.write_text(text.replace("<main", f"{attack}<main", 1), encoding="utf-8")
    opened = Page(browser, attacked, width=DESKTOP)
    assert opened.value("typeof window.hacked") == "undefined"
    # Chromium refused each of them and says so; the control of every test that wants no complaints.
    assert len(opened.complaints()) >= 3


def test_search_leaves_what_was_asked_for(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["fifty"], width=DESKTOP)
    assert seen(opened, ".finding") == 0
    opened.type("6.3 credentials")
    found = seen(opened, ".finding")
    assert found == 3
    assert seen(opened, ".matrix tbody tr") == seen(opened, "details.node") == 3
    assert opened.value("document.getElementById('said').textContent") == "3 findings on 3 nodes"
    opened.type("gateway-40")
    assert seen(opened, "details.node") == 1
    opened.type("no such thing")
    assert seen(opened, "details.node") == 0
    assert seen(opened, "#none") == 1
    opened.click("#reset")
    assert seen(opened, "details.node:not(.well *)") == 20
    assert seen(opened, ".matrix tbody tr") == 50
    assert seen(opened, ".finding") == 0


def test_a_node_that_is_well_is_found_by_its_name(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["fifty"], width=DESKTOP)
    opened.type("camera-05")
    assert seen(opened, "details.node") == 1
    assert seen(opened, ".well .holds") == 1


def test_findings_are_filtered_by_their_kind(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["one"], width=DESKTOP)
    assert seen(opened, ".finding") == 7
    opened.click("input[value=violation]")
    opened.click("input[value=info]")
    assert seen(opened, ".finding.violation") == seen(opened, ".finding.info") == 0
    assert seen(opened, ".finding") == 2
    opened.click("input[value=violation]")
    assert seen(opened, ".finding") == 6


def test_only_what_differs_is_left_in_the_matrix(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["fifty"], width=DESKTOP)
    clauses = seen(opened, ".matrix thead th") - 1
    assert (clauses, seen(opened, ".matrix tbody tr")) == (23, 50)
    opened.click("#differs")
    assert (
        opened.value(
            "[...document.querySelectorAll('.matrix thead th .clause')].filter((one) => "
            "one.checkVisibility()).map((one) => one.textContent).join(' ')"
        )
        == "1.1 3.1 6.1 6.2 6.3 6.4"
    )
    # The nodes that are not well, and the two that gave no answer.
    assert seen(opened, ".matrix tbody tr") == 20
    assert opened.value("document.getElementById('alike').textContent") == (
        "Left out: 17 clauses on which all nodes agree, 30 nodes like most of the others."
    )
    opened.type("sensor")
    assert seen(opened, ".matrix tbody tr") == 11
    opened.click("#reset")
    opened.click("#differs")
    assert seen(opened, ".matrix tbody tr") == 50


def test_what_differs_among_few_nodes(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["three"], width=DESKTOP)
    opened.click("#differs")
    assert seen(opened, ".matrix tbody tr:not(.section)") == 2
    assert seen(opened, ".matrix tr.section") == 2


def test_a_cell_leads_to_its_findings(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["fifty"], width=DESKTOP)
    opened.click("td.violation a")
    opened.value("new Promise((done) => setTimeout(done, 250))")
    assert seen(opened, "details.node[open]") == 1
    assert seen(opened, ".group.violation .finding") == 1
    assert (
        0
        <= opened.value("document.querySelector(location.hash.replace('.', '\\\\.')).getBoundingClientRect().top")
        < 900
    )


def test_every_control_has_a_name_and_is_reached_by_keys(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["fifty"], width=DESKTOP)
    nodes = opened.call("Accessibility.getFullAXTree")["nodes"]
    roles = ("searchbox", "checkbox", "button", "link")
    controls = [node for node in nodes if node.get("role", {}).get("value") in roles]
    assert len(controls) > 30
    assert [node for node in controls if not node.get("name", {}).get("value")] == []
    opened.press("Tab")
    assert opened.value("document.activeElement.textContent") == "Skip to the findings"
    opened.press("Tab")
    assert opened.value("document.activeElement.id") == "search"
    opened.press("Tab")
    assert opened.value("document.activeElement.value") == "violation"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["one", "three", "fifty"])
def test_all_text_stands_out_from_what_is_behind_it(
    browser: Browser, pages: dict[str, Path], name: str, scheme: str
) -> None:
    opened = Page(browser, pages[name], width=DESKTOP, dark=scheme == "dark")
    opened.value(OPEN_ALL)
    assert opened.value(CONTRAST) == []


def test_without_scripts_everything_is_there(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["fifty"], width=DESKTOP, scripts=False)
    assert seen(opened, ".tools") == 0
    assert seen(opened, ".matrix tbody tr") == 50
    assert seen(opened, "details.node:not(.well *)") == 20


@pytest.mark.parametrize("name", ["one", "fifty", "hostile"])
def test_pictures_on_a_phone_and_a_desk(browser: Browser, pages: dict[str, Path], name: str) -> None:
    for label, width, dark in (("phone", PHONE, False), ("desktop", DESKTOP, False), ("dark", DESKTOP, True)):
        picture = Page(browser, pages[name], width=width, dark=dark).screenshot(SHOTS / f"{name}-{label}.png")
        across, down = struct.unpack(">II", picture[16:24])
        assert across == width * (2 if width == PHONE else 1)
        assert down > 900
        # A picture of nothing is small.
        assert len(picture) > 50_000


@pytest.mark.parametrize(("name", "fewest", "most"), [("one", 2, 5), ("fifty", 6, 20)])
def test_printed_it_has_every_finding(
    browser: Browser, pages: dict[str, Path], name: str, fewest: int, most: int
) -> None:
    printed = Page(browser, pages[name], width=DESKTOP).pdf(SHOTS / f"{name}.pdf")
    assert printed.startswith(b"%PDF-")
    assert fewest <= printed.count(b"/Type /Page\n") <= most
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", str(SHOTS / f"{name}.pdf"), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "the timer is enabled and active" in text
        assert "Search" not in text
