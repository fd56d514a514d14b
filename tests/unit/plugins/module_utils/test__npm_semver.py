from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_semver import Version, is_newer, parse, satisfies

# Each row as npm's own semver answers with includePrerelease.
RANGES = [
    ("", True), ("*", True), ("x", True), ("||", True), (">=12", True), (">= 0.10.x", True), ("^18 || >=20", True),
    ("20.x", True), ("20.*", True), ("~20.19", True), ("~> 20.19.0", True), ("18 - 20", True), ("<=20", True),
    ("=20.19.2", True), ("v20.19.2", True), (">=v12", True), (">=18 <21", True), ("20.19.2+build", True), ("^20", True),
    ("<20", False), (">20", False), ("~20.18", False), ("1.0.0 - 2.9999.9999", False), (">=18 <20", False),
    ("node 4", False), ("latest", False), ("^18", False), ("<*", False), (">*", False), ("> 20.19.2", False),
    ("01.2.3", False), ("^1 2", False), ("$(reboot)", False), ("1" * 300, False),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "fits"), RANGES)
def test_ranges(wanted: str, *, fits: bool) -> None:
    assert satisfies("20.19.2", wanted) is fits


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("0.2.9", "^0.2.3", True), ("0.3.0", "^0.2.3", False), ("0.0.3", "^0.0.3", True), ("0.0.4", "^0.0.3", False),
        ("0.1.0", "^0.0", False), ("0.5.0", "^0", True), ("1.0.0", "^0", False), ("1.9.0", "~1", True),
        ("2.0.0", "~1", False), ("1.0.0-rc.1", "^1.0.0", False), ("1.0.0-rc.1", "^1", True), ("2.0.0-0", "^1", False),
        ("1.2.3-a", "1.2.3-a", True), ("1.2.3-a.0", "1.2.3-a", False), ("1.2.3", "<=1.2.3-a", False),
        ("1.4.9", "1.2 - 1.4", True), ("1.5.0", "1.2 - 1.4", False), ("no version", "*", False),
    ],
)  # fmt: skip
def test_versions_in_ranges(version: str, wanted: str, *, fits: bool) -> None:
    assert satisfies(version, wanted) is fits


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0.1", "1.0.0"), ("1.10.0", "1.9.0"), ("1.0.0", "1.0.0-rc.10"), ("1.0.0-rc.10", "1.0.0-rc.9"),
        ("1.0.0-rc.a", "1.0.0-rc.9"), ("1.0.0-rc.1.1", "1.0.0-rc.1"), ("0.0.1", "none"),
    ],
)  # fmt: skip
def test_newer(one: str, other: str) -> None:
    assert is_newer(one, other)
    assert not is_newer(other, one)
    assert not is_newer(one, one)


def test_what_is_a_version() -> None:
    assert parse("v1.2.3-rc.1+build") == Version(1, 2, 3, ("rc", "1"))
    for text in ("", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3\n;", "file:x", "1" * 400):
        assert parse(text) is None
