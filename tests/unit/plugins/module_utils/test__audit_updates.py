"""The rules on updates as a whole."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit import audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_updates import RULES
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_apt import TEXT
from tests.units_view import APT_CONFIG, units_view
from tests.view import view


def test_names_are_unique_and_of_one_clause() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.clause for rule in RULES} == {"6.1"}


def test_silence_on_a_clean_node(tmp_path: pathlib.Path) -> None:
    assert audit(units_view(tmp_path, commands={APT_CONFIG: TEXT}), RULES).findings == []


def test_a_systemd_or_apt_that_does_not_answer_is_unknown_and_never_ok(tmp_path: pathlib.Path) -> None:
    unknown = {one.subject for one in audit(view(tmp_path), RULES).findings if one.verdict == "unknown"}
    assert unknown >= {"rule updates-apt", "rule updates-units", "rule updates-scheduled", "rule updates-containers"}
