from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.action.operations_history import _SPEC
from ansible_collections.ai_systems.runbook.plugins.modules import operations_history
from tests.thin_module import assert_documented


def test_it_documents_what_its_action_takes() -> None:
    assert_documented(operations_history, _SPEC)
