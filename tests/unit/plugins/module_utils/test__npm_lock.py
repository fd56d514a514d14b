from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_lock import (
    Entry,
    disagreements,
    entry_from,
    read_json,
    read_lock,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

# As npm 9 writes it for a package with an optional one in its care, and for what is linked.
LOCK = """{
  "name": "web", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": {"name": "web", "version": "1.0.0", "dependencies": {"esbuild": "0.19.0", "lib": "file:lib"}},
    "lib": {"version": "1.0.0", "dependencies": {"is-odd": "3.0.1"}, "bin": {"libcmd": "cli.js"}},
    "node_modules/@esbuild/linux-x64": {
      "version": "0.19.0",
      "integrity": "sha512-Fpf7zNDBti3xrQKQKLdXT0hTyOxgFdRJIMtNy8x1az9ATR9/GJ1brYbB/GLWoXhKiHsoWs+2DLkFVNNMTCLEwA==",
      "cpu": ["x64"], "license": "MIT", "optional": true, "os": ["linux"], "engines": {"node": ">=12"}
    },
    "node_modules/alias": {"name": "is-number", "version": "6.0.0", "integrity": "sha512-x", "dev": true},
    "node_modules/esbuild": {
      "version": "0.19.0", "integrity": "sha512-y", "hasInstallScript": true,
      "optionalDependencies": {"@esbuild/linux-x64": "0.19.0"}
    },
    "node_modules/lib": {"resolved": "lib", "link": true}
  }
}"""


def test_a_real_lock() -> None:
    lock = read_lock(LOCK, "web/package-lock.json")
    assert lock.root["name"] == "web"
    assert set(lock.entries) == set(lock.raw) == {
        "lib", "node_modules/@esbuild/linux-x64", "node_modules/alias", "node_modules/esbuild", "node_modules/lib",
    }  # fmt: skip
    x64 = lock.entries["node_modules/@esbuild/linux-x64"]
    assert (x64.version, x64.optional, x64.os, x64.cpu, x64.node) == ("0.19.0", True, ("linux",), ("x64",), ">=12")
    assert lock.entries["node_modules/alias"] == Entry("is-number", "6.0.0", integrity="sha512-x", dev=True)
    assert lock.entries["node_modules/lib"] == Entry(resolved="lib", link=True)
    assert lock.entries["node_modules/esbuild"].scripts
    assert lock.entries["node_modules/esbuild"].optional_dependencies == {"@esbuild/linux-x64": "0.19.0"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "l, line 1: this is no JSON"),
        ("{\n\n,}", "l, line 3: this is no JSON"),
        ("[]", "l holds no JSON object"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep"),
        ("{}", "l has no lockfileVersion"),
        ('{"lockfileVersion": 1, "dependencies": {}}', "lockfileVersion '1', and versions 2 and 3 are understood"),
        ('{"lockfileVersion": 4, "packages": {"": {}}}', "lockfileVersion '4'"),
        ('{"lockfileVersion": true, "packages": {"": {}}}', "lockfileVersion 'True'"),
        ('{"lockfileVersion": "3", "packages": {"": {}}}', "lockfileVersion '3'"),
        ('{"lockfileVersion": 3}', 'l has no "packages"'),
        ('{"lockfileVersion": 3, "packages": {"node_modules/a": {}}}', 'l has no "packages" with an entry ""'),
        ('{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": []}}', "the entry 'node_modules/a' is no JSON"),
        pytest.param(
            json.dumps({"lockfileVersion": 3, "packages": {"": {}, **{str(at): {} for at in range(20_001)}}}),
            "lists 20002 packages",
            id="endless",
        ),
    ],
)
def test_what_is_no_lock(text: str, words: str) -> None:
    with pytest.raises(StepError) as raised:
        read_lock(text, "l")
    assert words in str(raised.value)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_json("\ufeff{}", "x") == {}


def test_values_of_any_type_are_no_crash() -> None:
    odd: list[t.Any] = [None, 1, 1.5, True, "x", [], [1], {}, {"x": 1}]
    keys = (
        *("name", "version", "resolved", "integrity", "os", "cpu", "engines", "dependencies", "peerDependenciesMeta"),
        *("optionalDependencies", "peerDependencies", "bundleDependencies", "link", "dev", "optional", "inBundle"),
    )
    for value in odd:
        entry = entry_from(dict.fromkeys(keys, value))
        assert all(isinstance(text, str) for text in (entry.name, entry.version, entry.resolved, entry.integrity))
        assert all(isinstance(one, str) for one in (*entry.os, *entry.cpu, *entry.dependencies.values()))


@pytest.mark.parametrize(
    ("manifest", "locked", "words"),
    [
        ({"dependencies": {"a": "1"}}, {"dependencies": {"a": "1"}}, []),
        ({"dependencies": {}}, {}, []),
        ({"dependencies": {"a": "1"}}, {}, ["dependencies asks for a '1', which the lock does not know"]),
        ({}, {"devDependencies": {"a": "1"}}, ["devDependencies no longer asks for a, which the lock still holds"]),
        (
            {"peerDependencies": {"a": "2"}},
            {"peerDependencies": {"a": "1"}},
            ["peerDependencies asks for a '2', the lock for '1'"],
        ),
        (
            {"dependencies": {"a": "1"}, "optionalDependencies": {"a": "1"}},
            {"optionalDependencies": {"a": "1"}},
            [],
        ),
        ({"workspaces": {"packages": ["p/*"]}}, {"workspaces": ["p/*"]}, []),
        ({"workspaces": ["p/*"]}, {}, ["workspaces are not those of the lock"]),
    ],
)
def test_disagreements(manifest: dict[str, t.Any], locked: dict[str, t.Any], words: list[str]) -> None:
    assert disagreements(manifest, locked) == words
