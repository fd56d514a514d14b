from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_junit import junit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import FleetAudit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import of_the_rulebook
from tests import audit_sample

TEXTS = of_the_rulebook()


def read(audit: FleetAudit) -> ET.Element:
    text = junit(audit, TEXTS)
    text.encode("utf-8")
    return ET.fromstring(text)  # noqa: S314  (it is our own)


def outcomes(suite: ET.Element) -> dict[str, list[str]]:
    return {case.get("name", "").partition(" ")[0]: [child.tag for child in case] for case in suite.iter("testcase")}


def test_each_verdict_has_its_element() -> None:
    top = read(audit_sample.one_node())
    (suite,) = top.findall("testsuite")
    assert suite.get("name") == "lab-pi-07"
    said = outcomes(suite)
    assert said["6.1"] == ["failure"]
    assert said["6.4"] == ["error"]
    assert said["3.1"] == ["skipped"]
    assert said["2.2"] == []
    assert said["2.3"] == []


def test_the_counts_are_those_of_the_cases() -> None:
    top = read(audit_sample.fleet(20))
    for element in (top, *top.findall("testsuite")):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert element.get(count) == str(sum(case.find(tag) is not None for case in cases))


def test_a_case_says_what_was_found_how_long_it_took_and_what_to_do() -> None:
    (case,) = [case for case in read(audit_sample.one_node()).iter("testcase") if "6.1" in case.get("name", "")]
    assert case.attrib == {"classname": "lab-pi-07", "name": "6.1 Never Auto-Update", "time": "0.250"}
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("apt-daily-upgrade.timer: the timer is enabled")
    assert "-> stop it for good: 'systemctl stop" in (failure.text or "")


def test_a_waiver_gives_its_reason() -> None:
    skipped = read(audit_sample.one_node()).find(".//skipped")
    assert skipped is not None
    assert "waived by Ada until 2027-03-31: the board drives" in skipped.get("message", "")


def test_a_node_without_an_answer_has_errors_and_no_green_case() -> None:
    suites = {suite.get("name"): suite for suite in read(audit_sample.fleet(20)).findall("testsuite")}
    lost = suites["camera-17.plant-1.example.net"]
    assert all(tags == ["error"] for tags in outcomes(lost).values())
    error = lost.find(".//error")
    assert error is not None
    assert error.get("message") == "Connection timed out during banner exchange"


def test_a_node_of_which_no_clause_is_known_is_an_error_too() -> None:
    audit = audit_sample.clean_node()
    (suite,) = read(audit._replace(nodes=(audit.nodes[0]._replace(asked=(), rules=()),))).findall("testsuite")
    assert outcomes(suite) == {"audit": ["error"]}


@pytest.mark.parametrize("character", ["\0", "\x01", "\x1b", "\udc80", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_replaced(character: str) -> None:
    audit = audit_sample.one_node()
    node = audit.nodes[0]
    # The model lets none of these through; what writes XML does not rely on it.
    found = tuple(one._replace(finding=one.finding._replace(subject=f"a{character}b")) for one in node.found)
    top = read(audit._replace(nodes=(node._replace(name=f"n{character}", found=found),)))
    assert "a\ufffdb" in ET.tostring(top, encoding="unicode")


def test_hostile_words_stay_words() -> None:
    top = read(audit_sample.hostile())
    assert {element.tag for element in top.iter()} <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped")
    }


def test_it_is_bounded() -> None:
    assert len(junit(audit_sample.crowded(50), TEXTS)) < 30_000_000
