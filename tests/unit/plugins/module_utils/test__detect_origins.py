from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _detect_origins
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt import Allowed
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_archive import Held

LOCAL = Held("tool", "1", "all", (), differs=False, listed=(), beyond=False)


class Archive:
    codenames = frozenset({"trixie", "trixie-updates", "trixie-security"})

    def __init__(self, *_: object, **__: object) -> None: ...

    def held(self) -> list[Held]:
        return [LOCAL]


def test_packages_are_judged_and_missing_lists_are_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_detect_origins, "Archive", Archive)
    found, judged = _detect_origins.of_packages(Allowed(), ())
    assert [(one.subject, one.verdict) for one in found] == [("tool 1", "violation")]
    assert [one.package for one in judged] == [LOCAL]
    monkeypatch.setattr(Archive, "codenames", frozenset())
    found, judged = _detect_origins.of_packages(Allowed(), ())
    assert [one.verdict for one in found] == ["unknown"]
