"""The rules on services as a whole."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit import audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_services import RULES
from tests.units_view import SYSTEM, units_view
from tests.view import view


def test_names_are_unique_and_each_clause_of_section_4_is_asked() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.clause for rule in RULES} == {"4.1", "4.2", "4.3", "4.4", "6.1", "6.3", "6.4"}


def test_a_unit_is_found_by_each_clause_that_it_breaks(tmp_path: pathlib.Path) -> None:
    text = "[Service]\nExecStart=/bin/a\nStandardOutput=null\nExecStartPost=/usr/bin/systemctl daemon-reload\n"
    found = audit(units_view(tmp_path, files={f"{SYSTEM}/x.service": text}), RULES).findings
    of_it = {(one.clause, one.subject) for one in found if one.subject.startswith("x.service")}
    assert of_it == {
        ("4.2", "x.service service-state"),
        ("4.3", "x.service"),
        ("4.4", "x.service journal"),
        ("6.4", "x.service runs-as-root"),
    }


def test_a_systemd_that_does_not_answer_is_unknown_and_never_ok(tmp_path: pathlib.Path) -> None:
    found = audit(view(tmp_path), RULES).findings
    assert {"4.1", "4.2", "4.3", "4.4"} <= {one.clause for one in found if one.verdict == "unknown"}
