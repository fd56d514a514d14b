"""The page of a diagnosis in a real browser: it is read on a phone, fetches nothing, and carries out no node's word."""

from __future__ import annotations

import datetime as dt
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_html import page
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import file_names
from tests import diagnosis_sample
from tests.browser.chromium import Browser, Page
from tests.browser.looks import CONTRAST, DESKTOP, OPEN_ALL, PHONE, seen
from tools.files import TOP

# Looked at by people: what is here after a run is what the page looks like.
SHOTS: t.Final = TOP / ".cache" / "diagnosis-page"
ALL = ("one", "well", "fifty", "many", "hostile", "nobody")


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Path]:
    diagnoses = {
        "one": diagnosis_sample.fleet(1),
        "well": [diagnosis_sample.node("pi-1")],
        "fifty": diagnosis_sample.fleet(50),
        "many": diagnosis_sample.fleet(150),
        "hostile": diagnosis_sample.hostile(),
        "nobody": [],
    }
    written = {}
    for name, nodes in diagnoses.items():
        written[name] = folder / f"{name}.html"
        started = diagnosis_sample.STARTED
        files = file_names(str(one["node"]) for one in nodes)
        text = page(nodes, started=started, ended=started + dt.timedelta(seconds=9), files=files)
        written[name].write_text(text, encoding="utf-8")
    return written


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


def test_on_a_phone_everything_is_read_without_scrolling_sideways(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["fifty"], width=PHONE)
    opened.value(OPEN_ALL)
    shown = "[...document.querySelectorAll('main *:not(.vh)')].filter((one) => one.checkVisibility())"
    assert (
        opened.value(f"{shown}.filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1).length") == 0
    )
    assert opened.value(f"{shown}.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 11).length") == 0
    # A column of single letters does not scroll either.
    narrow = "[...document.querySelectorAll('.overview td')].filter((one) => one.clientWidth < 200).length"
    assert opened.value(narrow) == 0


def test_what_a_node_says_is_text_and_nothing_else(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["hostile"], width=DESKTOP)
    assert opened.value("document.scripts.length") == 0
    assert opened.value("document.images.length + document.querySelectorAll('iframe, object, embed').length") == 0
    body = opened.value("document.body.textContent")
    for word in ('<script>window.hacked = "node"</script>', "{{ 7 * 7 }}", "\\x1b]0;owned", "\\u202e"):
        assert word in body
    assert opened.value("typeof window.hacked") == "undefined"
    assert opened.value("getComputedStyle(document.querySelector('h1')).display") != "none"


def test_the_policy_runs_no_script(browser: Browser, pages: dict[str, Path], folder: Path) -> None:
    attacked = folder / "attacked.html"
    attack = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'><p style='color: red'>"
    attacked.write_text(pages["one"].read_text(encoding="utf-8").replace("<main", f"{attack}<main", 1), "utf-8")
    opened = Page(browser, attacked, width=DESKTOP)
    assert opened.value("typeof window.hacked") == "undefined"
    # Chromium refused each of them and says so; the control of every test that wants no complaints.
    assert len(opened.complaints()) >= 3


def test_the_overview_leads_to_a_node_and_what_fails_there(browser: Browser, pages: dict[str, Path]) -> None:
    opened = Page(browser, pages["fifty"], width=DESKTOP)
    assert seen(opened, ".overview tbody tr") == seen(opened, "details.node") == 50
    assert seen(opened, ".finding") == 0
    assert opened.value("document.querySelector('.overview tbody .badge').textContent") == "hardware"
    opened.click(".overview tbody th a")
    opened.click("details.node summary")
    assert seen(opened, "details.node[open] .verdict") == 1
    assert "card mmc0" in opened.value("document.querySelector('details.node[open] .finding').textContent")
    assert seen(opened, "details.node[open] .excerpt") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["one", "fifty"])
def test_all_text_stands_out_from_what_is_behind_it(
    browser: Browser, pages: dict[str, Path], name: str, scheme: str
) -> None:
    opened = Page(browser, pages[name], width=DESKTOP, dark=scheme == "dark")
    opened.value(OPEN_ALL)
    assert opened.value(CONTRAST) == []


@pytest.mark.parametrize("name", ["one", "fifty", "hostile"])
def test_pictures_on_a_phone_and_a_desk(browser: Browser, pages: dict[str, Path], name: str) -> None:
    for label, width, dark in (("phone", PHONE, False), ("desktop", DESKTOP, False), ("dark", DESKTOP, True)):
        picture = Page(browser, pages[name], width=width, dark=dark).screenshot(SHOTS / f"{name}-{label}.png")
        # A picture of nothing is small.
        assert len(picture) > 50_000


def test_printed_it_has_every_node(browser: Browser, pages: dict[str, Path]) -> None:
    printed = Page(browser, pages["fifty"], width=DESKTOP).pdf(SHOTS / "fifty.pdf")
    assert printed.startswith(b"%PDF-")
    assert 2 <= printed.count(b"/Type /Page\n") <= 40
