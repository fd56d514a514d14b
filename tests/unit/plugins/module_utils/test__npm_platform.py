from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_lock import Lock, entry_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_platform import Platform, choose, cpu_of

PI = Platform("linux", "arm64", "20.19.2", "9.2.0")


def chosen(root: t.Mapping[str, t.Any], *, dev: bool = False, platform: Platform = PI, **entries: t.Any) -> set[str]:
    said = {(at if "/" in at else f"node_modules/{at}"): what for at, what in entries.items()}
    lock = Lock(root, said, {location: entry_from(what) for location, what in said.items()})
    return {location.replace("node_modules/", "") for location in choose(lock, platform, dev=dev).packages}


def needs(*names: str, **more: t.Any) -> dict[str, t.Any]:
    return {"dependencies": dict.fromkeys(names, "*"), **more}


def test_what_development_needs_is_left_out() -> None:
    root = {**needs("a"), "devDependencies": {"d": "*"}}
    entries: dict[str, t.Any] = {"a": needs("c"), "c": {}, "d": {**needs("c", "e"), "dev": True}, "e": {"dev": True}}
    assert chosen(root, **entries) == {"a", "c"}
    assert chosen(root, dev=True, **entries) == {"a", "c", "d", "e"}
    # Needed by development and by something optional: npm keeps it where only one of them is left out.
    assert chosen(root, **{**entries, "e": {"devOptional": True}}) == {"a", "c", "e"}


def test_what_nobody_needs_is_left_out() -> None:
    assert chosen(needs("a"), a={}, b={}, c=needs("b")) == {"a"}
    assert chosen({}, a={}) == set()


@pytest.mark.parametrize(
    ("made_for", "fits"),
    [
        ({}, True), ({"os": ["linux"], "cpu": ["arm64"]}, True), ({"os": "linux"}, True), ({"os": ["any"]}, True),
        ({"os": ["!win32"]}, True), ({"cpu": ["x64", "arm64"]}, True), ({"engines": {"node": ">=18"}}, True),
        ({"engines": {"node": ">=18", "npm": ">=6"}}, True), ({"engines": ["node >= 0.6"]}, True),
        ({"os": ["darwin"]}, False), ({"os": ["!linux"]}, False), ({"cpu": ["x64"]}, False),
        ({"os": ["linux"], "cpu": ["arm"]}, False), ({"engines": {"node": "<20"}}, False),
        ({"engines": {"node": ">=18", "npm": ">=10"}}, False), ({"engines": {"node": "nonsense"}}, False),
    ],
)  # fmt: skip
def test_optional_packages_come_where_they_fit(made_for: dict[str, t.Any], *, fits: bool) -> None:
    root = {**needs("a"), "optionalDependencies": {"o": "*"}}
    assert chosen(root, a={}, o={"optional": True, **made_for}) == ({"a", "o"} if fits else {"a"})


def test_an_optional_package_that_does_not_fit_takes_along_what_only_it_needs() -> None:
    root = {**needs("a"), "optionalDependencies": {"o": "*", "p": "*"}}
    entries: dict[str, t.Any] = {
        "a": needs("shared"),
        "o": {**needs("only", "shared", "both"), "optional": True, "os": ["darwin"]},
        "only": {"optional": True},
        "shared": {},
        "p": {**needs("both"), "optional": True},
        "both": {"optional": True},
        "node_modules/o/node_modules/inner": {"optional": True},
    }
    assert chosen(root, **entries) == {"a", "shared", "p", "both"}


def test_who_cannot_do_without_it_goes_along_as_well() -> None:
    root = {"optionalDependencies": {"o": "*"}}
    assert chosen(root, o={**needs("core"), "optional": True}, core={"optional": True, "cpu": ["x64"]}) == set()
    # It is its own choice to do without.
    entries: dict[str, t.Any] = {
        "o": {"optional": True, "optionalDependencies": {"core": "*"}},
        "core": {"optional": True, "os": ["aix"]},
    }
    assert chosen(root, **entries) == {"o"}


def test_links_and_what_the_linked_folder_needs() -> None:
    entries: dict[str, t.Any] = {
        "libs/l": {**needs("x"), "peerDependencies": {"y": "*"}},
        "l": {"link": True, "resolved": "libs/l"}, "x": {}, "y": {}, "z": {},
    }  # fmt: skip
    assert chosen(needs("l"), **entries) == {"l", "x", "y"}
    assert chosen({"workspaces": ["libs/*"]}, **entries) == {"l", "x", "y"}


def test_the_nearest_place_counts_and_peers_lie_beside() -> None:
    entries: dict[str, t.Any] = {
        "a": {**needs("x"), "peerDependencies": {"p": "*"}},
        "x": {},
        "p": {},
        "node_modules/a/node_modules/x": {},
        "node_modules/a/node_modules/p": {},
    }
    assert chosen(needs("a"), **entries) == {"a", "a/x", "p"}


def test_a_needed_package_that_does_not_fit_and_one_that_nobody_can_tell() -> None:
    said: dict[str, t.Any] = {
        "node_modules/a": {"os": ["darwin"]},
        "node_modules/o": {"optional": True, "engines": {"node": ">=99"}},
    }
    lock = Lock(
        {**needs("a"), "optionalDependencies": {"o": "*"}}, said, {at: entry_from(what) for at, what in said.items()}
    )
    choice = choose(lock, Platform("linux", "arm64"), dev=False)
    assert choice.misfits == ("node_modules/a",)
    assert choice.unsure == ("node_modules/o",)
    assert choose(lock, PI, dev=False).unsure == ()


def test_a_circle_ends() -> None:
    root = {"optionalDependencies": {"a": "*"}}
    assert chosen(root, a={**needs("b"), "optional": True}, b={**needs("a"), "optional": True, "os": ["aix"]}) == set()


def test_processors() -> None:
    assert [cpu_of(one) for one in ("aarch64", "x86_64", "armv7l", "riscv64")] == ["arm64", "x64", "arm", "riscv64"]
