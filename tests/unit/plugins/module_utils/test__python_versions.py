"""Versions and conditions on them; packaging, which pip is built on, is asked the same questions."""

from __future__ import annotations

import itertools

import pytest
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version as Theirs

from ansible_collections.ai_systems.runbook.plugins.module_utils._python_versions import (
    is_newer,
    parse,
    parse_specifiers,
    pin_of,
    same,
    satisfies,
)

# In order, oldest first; PEP 440's own example with more.
ORDERED = [
    "0", "0.0.1", "1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
    "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5",
    "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1.1", "1.2.3", "1.10", "2024.1", "1!0.5", "1!1.0",
]  # fmt: skip
SPELLINGS = [
    "1.0", "1.0.0", "v1", "1-0", "1.0a", "1.0.alpha-0", "1.0-1", "1.0.post1", "1.0r1", "1.0c1", "1.0-preview_2",
    "1.0+A_b-c", " 1.0 ", "1.0.DEV3", "01.2", "",  "1.0.", "1..0", "a", "1.0+", "1.0+a..b", "1!2!3", "1.0 beta",
    "1.0\n.1", "٣.1",
]  # fmt: skip
CONDITIONS = [
    "==1.0", "==1.0.*", "==1.*", "!=1.0", "!=1.0.*", "~=1.0", "~=1.0.0", "~=1.0a1", ">=1.0", ">1.0", "<1.0", "<=1.0",
    "<1.1", ">1.0a1", "<1.0a2", ">=1.0.dev1", ">1.0.post1", "==1.0+abc.5", "!=1.0+abc.5", "===1.0", ">=1,<2", ">1!0",
    "", "==1.0.post456", "<=1.0+5", "~=1", "~=1.*", ">=1.*", "=>1", "==", "1.0", "==1.0;", "== 1.0 , >= 0.9",
    "==1.0a1.*", "<1.0.post456", "<1.0rc1", ">1.0.post456",
]  # fmt: skip


def test_the_order_is_that_of_pep_440() -> None:
    keys = [parse(text).key() for text in ORDERED]  # type: ignore[union-attr]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert sorted(ORDERED, key=Theirs) == ORDERED
    assert is_newer("1.0", "1.0rc1")
    assert not is_newer("1.0", "1.0.0")
    assert not is_newer("x", "1.0")


@pytest.mark.parametrize("text", SPELLINGS)
def test_what_is_a_version_is_what_packaging_takes(text: str) -> None:
    try:
        theirs = Theirs(text)
    except ValueError:
        assert parse(text) is None
        return
    ours = parse(text)
    assert ours is not None
    assert (ours.epoch, ours.pre, ours.post, ours.dev) == (theirs.epoch, theirs.pre, theirs.post, theirs.dev)
    assert ours.width == len(theirs.release)
    assert ours.is_prerelease == theirs.is_prerelease


def test_equality_is_that_of_packaging() -> None:
    sound = [text for text in (*SPELLINGS, *ORDERED) if parse(text)]
    for one, other in itertools.product(sound, sound):
        assert same(one, other) == (Theirs(one) == Theirs(other)), (one, other)
    assert same("not a version", "Not a version")
    assert not same("not a version", "1.0")


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_mean_what_they_mean_to_packaging(text: str) -> None:
    try:
        theirs = SpecifierSet(text)
    except InvalidSpecifier:
        assert parse_specifiers(text) is None
        return
    ours = parse_specifiers(text)
    if text in {"<=1.0+5", "==1.0a1.*"}:
        # Forbidden by PEP 440, and by us; packaging lets some of it pass.
        assert ours is None
        return
    assert ours is not None
    for version in ORDERED:
        assert satisfies(version, ours) == theirs.contains(version, prereleases=True), (version, text)


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        ("==1.0", "1.0"),
        (">=1,==1.2", "1.2"),
        ("===weird", "weird"),
        ("==1.*", ""),
        (">=1", ""),
        ("", ""),
        ("~=1.2", ""),
    ],
)
def test_a_pin_leaves_one_version(text: str, pin: str) -> None:
    assert pin_of(parse_specifiers(text) or ()) == pin


@pytest.mark.parametrize("text", ["1" * 10_000, "1." * 5_000, "1.0" + "a" * 5000, "1.0+" + "a." * 5000])
def test_what_is_endless_is_no_version(text: str) -> None:
    assert parse(text) is None
    assert parse_specifiers(f"=={text}") is None
