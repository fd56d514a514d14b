from __future__ import annotations

import json
import pathlib

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_run import BEGIN, LOOK, DiagnosisRun
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import RunFolder
from tests.diagnosis_sample import PROBLEM, STARTED, node


def begun(folder: pathlib.Path, *nodes: str) -> DiagnosisRun:
    run = DiagnosisRun(started=STARTED, folder=RunFolder(STARTED))
    for name in nodes:
        run.take(name, BEGIN, "ok", {"diagnosis_of_fleet": {"reports_dir": str(folder)}})
    return run


def test_a_run_without_a_diagnosis_is_none() -> None:
    run = DiagnosisRun(started=STARTED, folder=RunFolder(STARTED))
    run.take("pi-1", LOOK, "ok", {"diagnosis": node("pi-1")})
    assert not run.is_one


def test_every_node_has_its_file_also_where_it_never_answered(tmp_path: pathlib.Path) -> None:
    run = begun(tmp_path, "pi-1", "pi-2", "pi-3", "pi-4")
    run.take("pi-1", LOOK, "ok", {"diagnosis": node("pi-1", units=[PROBLEM])})
    run.take("pi-2", "connect", "unreachable", {"msg": "Connection timed out"})
    run.take("pi-3", LOOK, "failed", {"msg": "no python3"})
    # What comes after the first word on a node changes nothing.
    run.take("pi-2", LOOK, "ok", {"diagnosis": node("pi-2")})
    run.take("elsewhere", LOOK, "ok", {"diagnosis": node("elsewhere")})
    assert run.is_one
    lines, wrong = run.report(ended=STARTED, width=120)
    folder = tmp_path / "20261126T031500Z"
    states = {path.stem: json.loads(path.read_text())["state"] for path in (folder / "diagnosis").iterdir()}
    assert states == {"pi-1": "diagnosed", "pi-2": "unreachable", "pi-3": "failed", "pi-4": "failed"}
    assert json.loads((folder / "diagnosis" / "pi-1.json").read_text())["at"] == STARTED.isoformat()
    assert "the run ended before it was asked" in (folder / "diagnosis" / "pi-4.json").read_text()
    assert (folder / "diagnosis.html").read_text().startswith("<!doctype html>")
    assert lines[-1].text == f"Report: {folder}/diagnosis.html (also diagnosis/*.json)"
    assert wrong == []


def test_a_report_that_cannot_be_written_is_told_and_the_table_stays(tmp_path: pathlib.Path) -> None:
    (tmp_path / "reports").write_text("a file")
    run = begun(tmp_path / "reports", "pi-1")
    lines, [sentence] = run.report(ended=STARTED, width=120)
    assert "could not be written" in sentence
    assert any("unknown" in line.text for line in lines)
