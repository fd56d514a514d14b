"""A report says the same of the same image, is bounded, and holds nothing that a terminal acts upon."""

from __future__ import annotations

import json

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_report_text as texts
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_report_rules import DECIDE, PROVISION, Breach


def breach(subject: str, verdict: str = "violation", way: str = DECIDE, role: str = "") -> Breach:
    finding = Finding("3.1", verdict, subject, "it is so", "remove it")  # type: ignore[arg-type]
    return Breach(finding, way if verdict == "violation" else "", role)


def report(*breaches: Breach, unread: tuple[str, ...] = ()) -> texts.Report:
    return texts.Report(
        "x.img", "a" * 64, 10**9, "sha256 as given", "none", "Debian 13", texts.ordered(breaches), unread
    )


def test_what_is_to_be_decided_comes_first() -> None:
    said = texts.as_text(
        report(
            breach("known", "info"),
            breach("journal", way=PROVISION, role="journal"),
            breach("dark", "unknown"),
            breach("foreign"),
            unread=("/etc/x: it has 9 bytes",),
        )
    )
    order = [
        "For you to decide (1)",
        "Mended by provision.yml (1)",
        "Could not be looked at (1)",
        "For information (1)",
    ]
    places = [said.index(title) for title in [*order, "What was not read"]]
    assert places == sorted(places)
    assert "-> provision.yml, role journal" in said
    assert "-> remove it" in said
    last = said.splitlines()[-1]
    assert "1 for you to decide" in last
    assert "1 that provision.yml mends, 1 that could not be looked at." in last


def test_an_image_that_breaks_nothing_says_so() -> None:
    assert "brings nothing that breaks the runbook, as far as its files tell" in texts.as_text(report())
    assert "brings nothing" not in texts.verdict(report(breach("dark", "unknown")))


def test_a_program_reads_the_same() -> None:
    one = report(breach("foreign"), breach("journal", way=PROVISION, role="journal"))
    said = json.loads(texts.as_json(one))
    assert said["image"] == {"file": "x.img", "sha256": "a" * 64, "bytes": 10**9, "system": "Debian 13"}
    assert [(found["subject"], found["mended_by"], found["role"]) for found in said["findings"]] == [
        ("foreign", "decide", ""),
        ("journal", "provision.yml", "journal"),
    ]
    assert {"clause", "rule", "looks_at"} == set(said["looked_at"][0])
    assert texts.as_json(one) == texts.as_json(one)


def test_what_the_image_says_is_cleaned() -> None:
    one = report(breach("a\x1b[2J\n{{ 7 * 7 }}\u202e"), breach("b" * 10_000))
    said = texts.as_text(one) + "\n".join(texts.table(one))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "{{ 7 * 7 }}" in said
    assert max(len(line) for line in said.splitlines()) < 1000
    assert "\x1b" not in texts.as_json(one)


def test_many_findings_are_counted() -> None:
    found = texts.ordered([breach(f"p{number:04}") for number in range(1000)])
    assert len(found) == texts.MOST
    assert found[-1].finding.subject == "601 more findings"
    assert len(texts.table(report(*found))) == 60
