from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _detect_origins, _dpkg
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_archive import Held
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from ansible_collections.ai_systems.runbook.plugins.modules import package_rules

STRAY = Finding("3.4", "violation", "/opt/x", "six 1.17.0 is there", "remove it")
SOURCE = Finding("3.1", "unknown", "list", "not fetched", "refresh")
LOCAL = Held("tool", "1", "all", (), differs=False, listed=(), beyond=False)


class Host:
    def __init__(self, **params: t.Any) -> None:
        self.params = {"seconds": 9, "archive_keys": [], "backports": [], "proven": [], **params}
        self.check_mode = False

    def warn(self, _warning: str) -> None: ...


class Archive:
    codenames = frozenset({"trixie", "trixie-updates", "trixie-security"})

    def __init__(self, *_: t.Any, **__: t.Any) -> None: ...

    def held(self) -> list[Held]:
        return [LOCAL]


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    packages = {
        name: _dpkg.Installed(name, "1", status, "ok", hold=False)
        for name, status in (("tool", "installed"), ("lib", "installed"), ("gone", "config-files"))
    }
    read = _dpkg.Node(packages, frozenset({"lib"}), interrupted=False)
    monkeypatch.setattr(_dpkg, "read", lambda: read)
    monkeypatch.setattr(_detect_origins, "Archive", Archive)
    monkeypatch.setattr(package_rules, "read_apt_sources", lambda keys: keys)
    monkeypatch.setattr(package_rules, "of_sources", lambda _state: [SOURCE])
    monkeypatch.setattr(package_rules, "tree_findings", lambda *, seconds: [STRAY] if seconds == 9 else [])
    return monkeypatch


def look(**params: t.Any) -> dict[str, t.Any]:
    return conclude(Step(Host(**params), "3"), package_rules.look)[0]


@pytest.mark.usefixtures("node")
def test_all_that_is_found_is_told_once_violations_first() -> None:
    result = look()
    assert [one["subject"] for one in result["findings"]] == ["tool 1", "/opt/x", "list"]
    assert (result["packages"]["local"], result["packages"]["official"]) == (1, 0)
    assert result["summary"] == "1 packages judged, 2 violations, 1 unknown."
    assert (result["changed"], result["actions"]) == (False, [])


@pytest.mark.usefixtures("node")
def test_what_is_there_for_its_own_sake_is_told() -> None:
    assert look()["manual"] == ["tool"]


@pytest.mark.usefixtures("node")
def test_the_record_counts() -> None:
    assert [one["subject"] for one in look(proven=["tool=1:all"])["findings"]] == ["/opt/x", "list"]


@pytest.mark.parametrize(
    ("codenames", "unknown"),
    [((), ["list", "package lists"]), (("trixie", "trixie-updates"), ["list", "package lists", "tool 1"])],
)
def test_without_all_lists_of_debians_packages_are_unknown(
    node: pytest.MonkeyPatch, codenames: t.Sequence[str], unknown: t.Sequence[str]
) -> None:
    node.setattr(Archive, "codenames", frozenset(codenames))
    result = look()
    assert [one["subject"] for one in result["findings"] if one["verdict"] == "unknown"] == unknown
    assert [one["subject"] for one in result["findings"] if one["verdict"] == "violation"] == ["/opt/x"]
    assert result["packages"]["unproven"] == 1


@pytest.mark.parametrize(("params", "said"), [({"seconds": 0}, "seconds is 0"), ({"archive_keys": ["x"]}, "'x'")])
@pytest.mark.usefixtures("node")
def test_a_wrong_option_is_named(params: dict[str, t.Any], said: str) -> None:
    assert said in look(**params)["msg"]
