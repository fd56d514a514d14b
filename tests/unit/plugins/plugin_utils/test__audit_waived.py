"""Waivers as an audit applies them; what they mean is tested with _waivers."""

from __future__ import annotations

import datetime as dt
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _audit_waived
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import (
    WaiverError,
    violations_left,
    waived,
    waivers_in,
)

ENTRY = """\
- clause: "6.1"
  node: {node}
  subject: {subject}
  reason: it has to be
  who: anna
  expires: 2027-06-30
"""
FOUND = Finding("6.1", "violation", "apt-daily.timer", "it is enabled", "stop it")


@pytest.fixture
def file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setattr(_audit_waived, "today", lambda: dt.date(2027, 6, 30))
    path = tmp_path / "waivers.yml"
    path.write_text(ENTRY.format(node="a", subject="apt-daily.timer") + ENTRY.format(node="b", subject="gone"))
    return path


def test_what_is_waived_is_told_and_so_is_what_nothing_needs(file: pathlib.Path) -> None:
    outcome = waived({"a": [FOUND], "b": [FOUND]}, waivers_in(str(file)), nodes=["a", "b"], clauses=["6.1"])
    assert list(outcome.by_finding) == [("a", FOUND.fingerprint)]
    assert outcome.by_finding["a", FOUND.fingerprint]["who"] == "anna"
    assert [one["state"] for one in outcome.listed] == ["used", "unused"]
    (told,) = outcome.told
    assert "gone" in told


def test_only_violations_that_nobody_waived_are_left(file: pathlib.Path) -> None:
    findings = [one._asdict() for one in (FOUND, FOUND._replace(subject="x"), FOUND._replace(verdict="unknown"))]
    assert violations_left("a", findings, waivers_in(str(file))) == 1
    assert violations_left("b", findings, waivers_in(str(file))) == 2
    assert violations_left("a", "nonsense", ()) == 0


def test_after_its_last_day_a_waiver_waives_nothing(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_audit_waived, "today", lambda: dt.date(2027, 7, 1))
    assert violations_left("a", [FOUND._asdict()], waivers_in(str(file))) == 1


def test_no_file_waives_nothing_and_a_broken_one_is_an_error(tmp_path: pathlib.Path) -> None:
    assert waivers_in("") == waivers_in(str(tmp_path / "none.yml")) == ()
    (tmp_path / "waivers.yml").write_text("- clause: 6.1\n")
    with pytest.raises(WaiverError, match=r"waivers\.yml"):
        waivers_in(str(tmp_path / "waivers.yml"))
