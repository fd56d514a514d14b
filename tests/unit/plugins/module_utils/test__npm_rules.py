from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_lock import Entry, Lock, entry_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_rules import judge, summary

SHA512 = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
SHA1 = "sha1-" + "A" * 27 + "="
SOUND: dict[str, t.Any] = {"version": "1.0.0", "integrity": SHA512}


def lock(**entries: t.Mapping[str, t.Any]) -> Lock:
    return Lock({}, entries, {location: entry_from(said) for location, said in entries.items()})


def problems(**entries: t.Mapping[str, t.Any]) -> list[str]:
    return list(judge(lock(**entries), "l", ["https://npm.example/"]).problems)


def test_a_sound_lock() -> None:
    entries: dict[str, t.Any] = {
        "node_modules/a": SOUND,
        "node_modules/b": {**SOUND, "resolved": "https://NPM.example/b/-/b-1.0.0.tgz"},
        "node_modules/c": {**SOUND, "resolved": "https://other.example/c.tgz"},
        "node_modules/d": {**SOUND, "resolved": "file:vendor/d.tgz"},
        "node_modules/e": {"resolved": "libs/e", "link": True},
        "libs/e": {"version": "1.0.0"},
        "node_modules/f": {**SOUND, "bundleDependencies": ["g"]},
        "node_modules/f/node_modules/g": {"version": "1.0.0", "inBundle": True},
        "node_modules/f/node_modules/g/node_modules/h": {"version": "1.0.0", "inBundle": True},
        "node_modules/i": {**SOUND, "integrity": f"{SHA1} {SHA512}"},
        "node_modules/k": {**SOUND, "name": "@real/k"},
    }
    verdict = judge(lock(**entries), "l", ["https://npm.example/"])
    assert verdict.problems == ()
    assert verdict.undeclared == {"https://other.example": "node_modules/c"}
    assert verdict.archives == ("vendor/d.tgz",)
    assert verdict.folders == ("libs/e",)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"resolved": "git+ssh://git@h.example/a.git#1"},
            "a comes from a version control address (git+ssh://h.example",
        ),
        ({"resolved": "github:u/a"}, "version control address"),
        ({"resolved": "https://h.example/u/a.git"}, "version control address"),
        ({"resolved": "https://h.example/u/a.git#semver:1"}, "version control address"),
        ({"resolved": "http://h.example/a.tgz"}, "only https without a login"),
        ({"resolved": "https://u:SECRET@h.example/a.tgz"}, "only https without a login"),
        ({"resolved": "https://h.example/a.tgz?token=SECRET#x"}, "only https without a login"),
        ({"resolved": "ftp://h.example/a.tgz"}, "only https without a login"),
        ({"resolved": "../a.tgz"}, "only https without a login"),
        ({"resolved": "file:../a.tgz"}, "which leads out of the project"),
        ({"resolved": "file:/etc/shadow"}, "which leads out of the project"),
        ({"resolved": "file:libs/a", "integrity": ""}, "is a file of the project without integrity; pack a folder"),
        ({"integrity": ""}, "has no integrity, so nobody can tell"),
        ({"integrity": SHA1}, "has only a SHA-1 hash, which can be forged"),
        ({"integrity": "md5-" + "A" * 22 + "=="}, "which can be forged"),
        ({"integrity": "sha512-AAAA"}, "which is no hash"),
        ({"integrity": "sha512-"}, "which is no hash"),
        ({"integrity": f"{SHA512}?x"}, "which is no hash"),
        ({"integrity": f"{SHA512} sha512"}, "which is no hash"),
        ({"integrity": "sha999-AAAA"}, "which is no hash"),
        ({"integrity": "sha512-" + "!" * 88}, "which is no hash"),
        ({"version": ""}, "has the version '', which is none"),
        ({"version": "git+ssh://x"}, "has the version 'git+ssh://x', which is none"),
        ({"name": "--global"}, "stands for the package '--global', which is no package's name"),
        ({"name": "../../x"}, "which is no package's name"),
        ({"link": True, "resolved": "../lib"}, "is a link to '../lib', which leads out of the project"),
        ({"link": True, "resolved": "/etc"}, "leads out of the project"),
        ({"link": True, "resolved": "libs/none"}, "leads out of the project"),
        ({"link": True, "resolved": "node_modules/b"}, "leads out of the project"),
        ({"link": True, "resolved": ""}, "leads out of the project"),
        ({"inBundle": True, "integrity": ""}, "has no integrity"),
    ],
)
def test_what_is_refused(entry: dict[str, t.Any], words: str) -> None:
    (problem,) = problems(**{"node_modules/a": {**SOUND, **entry}, "node_modules/b": SOUND})
    assert problem.startswith("l: a ")
    assert words in problem
    assert "SECRET" not in problem


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("node_modules/../../etc", "is no place in the project"),
        ("node_modules/--option", "is no place of a package"),
        ("node_modules/a\nb\x1b[2J", "is no place in the project"),
        ("../x", "is no place in the project"),
        ("/etc/passwd", "is no place in the project"),
        ("", "is no place in the project"),
        ("other/node_modules/x", "is no place of a package"),
        ("libs/a/node_modules/x", "lies in the node_modules of a linked folder"),
    ],
)
def test_places_that_are_none(location: str, words: str) -> None:
    (problem,) = problems(**{"libs/a": {}, location: SOUND})
    assert words in problem
    assert "\x1b" not in problem
    assert "\n" not in problem


def test_a_bundle_needs_a_bundling_package_above() -> None:
    inner: dict[str, t.Any] = {"version": "1.0.0", "inBundle": True}
    assert problems(**{"node_modules/a": SOUND, "node_modules/a/node_modules/b": inner}) != []
    assert problems(**{"node_modules/a/node_modules/b": inner}) != []
    assert problems(**{"node_modules/a": {"link": True, "resolved": ""}, "node_modules/a/node_modules/b": inner}) != []


def test_ten_thousand_problems_are_few_words() -> None:
    found = problems(**{f"node_modules/--{number}": SOUND for number in range(10_000)})
    assert summary(found).endswith("; and 9995 more")
    assert len(summary(found)) < 2000
    assert summary(found[:2]) == "; ".join(found[:2])


def test_what_an_entry_is_by_default_is_no_package() -> None:
    assert judge(Lock({}, {}, {"node_modules/a": Entry()}), "l", ()).problems != ()
