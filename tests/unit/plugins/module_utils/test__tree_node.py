from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_node import (
    Manifest,
    NodeFacts,
    NodeLook,
    global_manager,
    parse_manifest,
)
from tests.tree_rig import Link, build, walk

Files = dict[str, t.Any]
LOCAL = "usr/local/lib/node_modules"


def package(folder: str, name: str, version: str = "1.0.0") -> Files:
    return {f"{folder}/{name}/package.json": json.dumps({"name": name, "version": version})}


def seen(tmp_path: pathlib.Path, files: Files, *, owned: t.Collection[str] = ()) -> NodeFacts:
    build(tmp_path, files)
    look = NodeLook({f"{tmp_path}/{path}" for path in owned}, base=str(tmp_path))
    assert walk(look.look, str(tmp_path)) == []
    return look.facts


def found(facts: NodeFacts, base: pathlib.Path) -> set[tuple[str, str, str, str]]:
    return {(one.kind, os.path.relpath(one.path, base), one.name, one.version) for one in facts.packages}


def test_global_packages(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {
        **package(LOCAL, "ms", "2.1.3"), **package(LOCAL, "@scope/b", "1.2"), f"{LOCAL}/.package-lock.json": "{}",
        f"{LOCAL}/.bin/x": "", f"{LOCAL}/linked": Link("../../../../home/x"), f"{LOCAL}/@scope/l": Link("/x"),
        **package("home/.npm-global/lib/node_modules", "is", "8"), **package(f"{LOCAL}/ms/node_modules", "deep"),
    })  # fmt: skip
    assert found(facts, tmp_path) == {
        ("npm", f"{LOCAL}/ms", "ms", "2.1.3"), ("npm", f"{LOCAL}/@scope/b", "@scope/b", "1.2"),
        ("link", f"{LOCAL}/linked", "linked", ""), ("link", f"{LOCAL}/@scope/l", "@scope/l", ""),
        ("npm", "home/.npm-global/lib/node_modules/is", "is", "8"),
    }  # fmt: skip
    assert {one.details for one in facts.packages if one.kind == "link"} == {(f"{tmp_path}/home/x",), ("/x",)}


def test_what_dpkg_owns_is_no_find(tmp_path: pathlib.Path) -> None:
    files = {
        **package("usr/share/nodejs", "ms"),
        **package("usr/share/nodejs", "@types/x"),
        **package("usr/share/nodejs", "a"),
        **package("usr/lib/node_modules", "npm"),
        **package("usr/lib/node_modules", "b"),
    }
    owned = ["usr/share/nodejs/ms", "usr/share/nodejs/@types/x", "usr/lib/node_modules/npm"]
    facts = seen(tmp_path, files, owned=owned)
    assert {one.name for one in facts.packages} == {"a", "b"}


def test_what_a_project_has_is_its_own(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {
        "p/.git/HEAD": "", "p/app/package.json": "{}", **package("p/app/node_modules", "ms"),
        **package("p/app/.node_modules-runbook/new/node_modules", "ms"), **package("p/loose/node_modules", "a"),
        **package("p/tools/lib/node_modules", "g"),
        "home/app/package.json": "{}", **package("home/app/node_modules", "ms"),
        "home/lib/package.json": "{}", **package("home/lib/node_modules", "h"),
        **package(".node_modules-runbook/node_modules", "i"),
    })  # fmt: skip
    assert {one.name for one in facts.packages} == {"a", "g", "h", "i"}
    assert [one.path for one in facts.projects] == [f"{tmp_path}/home/app/node_modules"]


def test_a_home_is_no_project(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {"package.json": "{}", ".git/HEAD": "", **package("node_modules", "ms")})
    assert {one.name for one in facts.packages} == {"ms"}


def test_a_link_that_dpkg_owns_is_no_find(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {"usr/share/x/node_modules": Link("/usr/share/nodejs")}, owned=["usr/share/x/node_modules"])
    assert facts.packages == []


def test_a_node_modules_that_is_a_link(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {"p/.git/HEAD": "", "p/package.json": "{}", "p/node_modules": Link("/opt/shared")})
    assert [(one.kind, one.name, one.details) for one in facts.packages] == [("link", "node_modules", ("/opt/shared",))]


@pytest.mark.parametrize(("folder", "kind"), [
    ("home/.config/yarn/global", "yarn"), ("home/.local/share/pnpm/global/5", "pnpm"),
    ("home/.bun/install/global", "bun"),
])  # fmt: skip
def test_other_managers_global_packages(tmp_path: pathlib.Path, folder: str, kind: str) -> None:
    asked = {"dependencies": {"ms": "^2", "../../../../secret": "1"}}
    facts = seen(tmp_path, {
        f"{folder}/package.json": json.dumps(asked), **package(f"{folder}/node_modules", "ms", "2.1.3"),
        **package(f"{folder}/node_modules", "needed-by-ms"),
        **package(f"{folder}/node_modules", "../../../../secret", "9"),
    })  # fmt: skip
    modules = f"{folder}/node_modules"
    assert found(facts, tmp_path) == {(kind, modules, "ms", "2.1.3"), (kind, modules, "../../../../secret", "")}


def test_managers_of_versions(tmp_path: pathlib.Path) -> None:
    nvm = "home/.nvm/versions/node/v20.1.0"
    facts = seen(tmp_path, {
        "home/.nvm/.git/HEAD": "", "home/.nvm/package.json": "{}", f"{nvm}/bin/node": "",
        **package(f"{nvm}/lib/node_modules", "npm"), **package(f"{nvm}/lib/node_modules", "ms"),
        "home/.volta/tools/image/node/20.1.0/bin/node": "",
        **package("home/.volta/tools/image/npm/9/node_modules", "z"),
        "usr/local/n/versions/node/18.0.0/x": "", "home/.local/share/fnm/node-versions/v22/x": "",
        "home/.bun/bin/bun": "", "home/.deno/bin/deno": "", "home/.cache/node/corepack/v1/yarn/1.22/x": "",
        "home/.npm/_npx/abc/node_modules/x/y": "", "other/n/x": "", "other/.bun/x": "", "other/.npm/_logs/x": "",
    })  # fmt: skip
    assert {(one.kind, one.details) for one in facts.managers} == {
        ("nvm", ("v20.1.0",)), ("volta", ("20.1.0",)), ("n", ("18.0.0",)), ("fnm", ("v22",)), ("bun", ("bun",)),
        ("deno", ("deno",)), ("corepack", ("yarn",)), ("npx", ("abc",)),
    }  # fmt: skip
    assert {one.name for one in facts.packages} == {"ms"}


def test_hostile_manifests(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {
        f"{LOCAL}/nojson/package.json": "{", f"{LOCAL}/deep/package.json": "[" * 100_000,
        f"{LOCAL}/list/package.json": "[]", f"{LOCAL}/types/package.json": '{"version": {"a": 1}}',
        f"{LOCAL}/none": None,
        f"{LOCAL}/link/package.json": Link("/etc/passwd"), f"{LOCAL}/big/x": "",
    })  # fmt: skip
    os.mkfifo(tmp_path / LOCAL / "none/package.json")
    with (tmp_path / LOCAL / "big/package.json").open("wb") as file:
        file.truncate(2**30)
    facts = seen(tmp_path, {})
    assert {(one.name, one.version) for one in facts.packages} == {
        (name, "") for name in ("nojson", "deep", "list", "types", "none", "link", "big")
    }


def test_a_huge_tree_is_read_in_part_and_counted(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {f"{LOCAL}/p{number}": None for number in range(203)})
    assert len(facts.packages) == 200
    assert facts.uncounted == {f"{tmp_path}/{LOCAL}": 3}


@pytest.mark.parametrize(("text", "told"), [
    ('{"version": "1", "dependencies": {"b": "1", "a": "1"}}', Manifest("1", ("a", "b"))),
    ('{"dependencies": ["a"]}', Manifest()), ("", Manifest()), ("null", Manifest()), ('"x"', Manifest()),
])  # fmt: skip
def test_manifests(text: str, told: Manifest) -> None:
    assert parse_manifest(text) == told


@pytest.mark.parametrize(("path", "manager"), [
    ("/h/.config/yarn/global", "yarn"), ("/h/.local/share/pnpm/global/5", "pnpm"), ("/h/.bun/install/global", "bun"),
    ("/h/global", ""), ("/h/pnpm/global", ""), ("", ""),
])  # fmt: skip
def test_where_managers_keep_global_packages(path: str, manager: str) -> None:
    assert global_manager(path) == manager
