from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_names import (
    candidates,
    inside_project,
    package_at,
    parent_of,
    shown,
    why_not_a_name,
)


@pytest.mark.parametrize("name", ["ms", "is-number", "@types/node", "lodash.get", "JSONStream", "a_b", "_x", "7z"])
def test_names(name: str) -> None:
    assert why_not_a_name(name) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "empty"),
        ("--global", "as an option of npm does"),
        ("a@1.0.0", "a version does not belong to it"),
        ("$(reboot)", "letters, digits"),
        ("../x", "letters, digits"),
        ("a/b", "letters, digits"),
        ("@a/b/c", "letters, digits"),
        (".bin", "letters, digits"),
        ("a\nb", "letters, digits"),
        ("ä", "letters, digits"),
        ("x" * 300, "300 characters"),
        ("node_modules", "keeps that name"),
        ("@a/node_modules", "keeps that name"),
    ],
)
def test_what_is_no_name(name: str, words: str) -> None:
    assert words in why_not_a_name(name)


@pytest.mark.parametrize(
    ("location", "name", "parent"),
    [
        ("node_modules/a", "a", ""),
        ("node_modules/@a/b", "@a/b", ""),
        ("node_modules/a/node_modules/@b/c", "@b/c", "node_modules/a"),
    ],
)
def test_places_of_packages(location: str, name: str, parent: str) -> None:
    assert package_at(location) == name
    assert parent_of(location) == parent


@pytest.mark.parametrize(
    "location",
    [
        "", "lib", "lib/node_modules/a", "node_modules/", "node_modules", "node_modules/a/", "node_modules/../x",
        "node_modules/a/x", "/node_modules/a", "node_modules/anode_modules/b", "node_modules/.bin",
        "node_modules/a/node_modules/../../x", "node_modules//a", "node_modules/a\n", "./node_modules/a",
    ],
)  # fmt: skip
def test_other_places(location: str) -> None:
    assert package_at(location) == ""


def test_how_a_place_is_shown() -> None:
    assert shown("node_modules/a/node_modules/@b/c") == "a/node_modules/@b/c"
    assert shown("libs/x") == "libs/x"


@pytest.mark.parametrize("path", ["lib", "libs/x", "vendor/a-1.0.0.tgz", "a b"])
def test_inside(path: str) -> None:
    assert inside_project(path)


@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x", "/etc", "a/../../x", "./a", "a/", "a//b", "~/x", "-x", "a\nb", "a\0"]
)
def test_outside(path: str) -> None:
    assert not inside_project(path)


def test_where_a_package_is_looked_for() -> None:
    assert candidates("", "x") == ["node_modules/x"]
    assert candidates("node_modules/@b/c", "x") == ["node_modules/@b/c/node_modules/x", "node_modules/x"]
    assert candidates("libs/a", "x") == ["libs/a/node_modules/x", "libs/node_modules/x", "node_modules/x"]
