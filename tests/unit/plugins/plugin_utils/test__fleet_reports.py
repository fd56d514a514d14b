"""A run is an audit, a diagnosis, or neither, and loads no more than that needs."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fleet_reports import (
    AUDIT,
    BEGIN_AUDIT,
    BEGIN_DIAGNOSIS,
    DIAGNOSIS,
    FleetReports,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import RunFolder
from tests.nodes.harness import ROOT, environment

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def reports() -> FleetReports:
    return FleetReports(started=NOW, check_mode=False, folder=RunFolder(NOW))


@pytest.mark.parametrize(("begin", "told", "title"), [
    (BEGIN_AUDIT, {"audit": {"clauses": ["2"]}}, "AUDIT"),
    (BEGIN_DIAGNOSIS, {"diagnosis_of_fleet": {"reports_dir": "r"}}, "DIAGNOSIS"),
])  # fmt: skip
def test_the_task_that_begins_it_says_what_it_is(begin: str, told: dict[str, object], title: str) -> None:
    run = reports()
    run.take("node1", begin, "ok", told)
    run.take("node2", begin, "ok", told)
    due = run.due()
    assert due is not None
    assert due[0] == title
    run.take("node1", "ai_systems.runbook.connect", "unreachable", {"msg": "no route"})
    assert "node1" in str(vars(due[1])["_nodes"])


@pytest.mark.parametrize(("action", "result"), [
    # A step of provision.yml that looks at what was carried out is no audit of the fleet.
    (AUDIT, {"findings": [], "rules": []}), (DIAGNOSIS, {"diagnosis": {}}), (BEGIN_AUDIT, {"failed": True}),
    (BEGIN_DIAGNOSIS, {"failed": True}), ("ai_systems.runbook.connect", {}),
])  # fmt: skip
def test_whatever_else_is_neither(action: str, result: dict[str, object]) -> None:
    run = reports()
    run.take("node1", action, "ok", result)
    assert run.due() is None


def test_the_callback_loads_no_report_before_there_is_one() -> None:
    package = "ansible_collections.ai_systems.runbook.plugins"
    script = (
        "import sys\n"
        "from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder\n"
        f"_AnsibleCollectionFinder(['{ROOT / '.collections'}'])._install()\n"
        f"import {package}.callback.steps\n"
        f"print(*sorted(one for one in sys.modules if one.startswith('{package}')))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment()
    ).stdout
    assert "plugin_utils._steps" in said
    for name in ("_audit_run", "_audit_html", "_diagnosis_run", "_secret_patterns", "_rulebook"):
        assert f"{name} " not in f"{said} ", name
