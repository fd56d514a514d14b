from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.action.update_run import _SPEC
from ansible_collections.ai_systems.runbook.plugins.modules import update_run
from tests.thin_module import assert_documented


def test_it_documents_what_its_action_takes() -> None:
    assert_documented(update_run, _SPEC)
