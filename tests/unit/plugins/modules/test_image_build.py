from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_build
from ansible_collections.ai_systems.runbook.plugins.modules import image_build
from tests.thin_module import assert_thin


def test_it_takes_what_it_documents_and_carries_out_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_thin(image_build, _step_image_build, monkeypatch)
