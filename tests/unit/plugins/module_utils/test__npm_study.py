from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_facts import Facts
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_modules import Modules
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_platform import Platform
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_project import projects_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_record import Record
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_study import Case, study
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_commit import Committed, blob_id
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

PI = Platform("linux", "arm64", "20.19.2", "9.2.0")
HASH = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
A: dict[str, t.Any] = {"version": "1.0.0", "integrity": HASH}
ROOT: dict[str, t.Any] = {"dependencies": {"a": "^1.0.0"}}


def facts(
    entries: t.Mapping[str, t.Any],
    *,
    root: t.Mapping[str, t.Any] = ROOT,
    modules: Modules | None = None,
    **files: str,
) -> Facts:
    """A project ``p`` with a lock of these entries, all of it committed; ``files`` have _ for the dot of .npmrc."""
    texts = {
        "p/package.json": json.dumps(root),
        "p/package-lock.json": json.dumps({"lockfileVersion": 3, "packages": {"": root, **entries}}),
        **{f"p/{name.replace('__', '/').replace('_', '.')}": text for name, text in files.items()},
    }
    blobs = {path: blob_id(text.encode()) for path, text in texts.items()}
    committed = {path: Committed("100644", "blob", blob) for path, blob in blobs.items()}
    return Facts("", "p/package-lock.json", texts, blobs, committed, modules or Modules())


def case(known: Facts, platform: Platform = PI, **entry: t.Any) -> Case:
    project = projects_from({"checkout": "/c", "projects": [{"path": "p", **entry}]})[0]
    return study(project, known, platform)


def refused(known: Facts, **entry: t.Any) -> str:
    with pytest.raises(StepError) as raised:
        case(known, **entry)
    return str(raised.value)


def test_a_sound_project() -> None:
    found = case(facts({"node_modules/a": A}, _npmrc="engine-strict=true\n"))
    assert set(found.choice.packages) == {"node_modules/a"}
    assert (found.npmrc, found.scripts, found.undeclared, found.unused) == (
        ("engine-strict=true",),
        frozenset(),
        {},
        (),
    )


def test_what_is_missing() -> None:
    assert "p/package.json is not in the checkout" in refused(Facts())
    assert "p has no lock file (package-lock.json or npm-shrinkwrap.json)" in refused(
        Facts(texts={"p/package.json": ""})
    )


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        (Modules("link", "/etc"), "/c/p/node_modules is a link to '/etc'"),
        (Modules("other"), "/c/p/node_modules is no folder"),
        (Modules("folder", foreign=("x", "y")), "holds what does not belong to its owner (x, y)"),
    ],
)
def test_where_nothing_may_be_done(modules: Modules, words: str) -> None:
    assert words in refused(facts({"node_modules/a": A}, modules=modules))


def test_problems_of_all_files_are_told_together() -> None:
    said = refused(facts({"node_modules/a": {"version": "1.0.0"}}, _npmrc="global=true\n"))
    assert "a has no integrity" in said
    assert "p/.npmrc, line 1: 'global'" in said


def test_files_that_disagree() -> None:
    known = facts({"node_modules/a": A})
    text = '{"dependencies": {"a": "^1.0.0", "b": "1"}}'
    blob = blob_id(text.encode())
    known = known._replace(
        texts={**known.texts, "p/package.json": text},
        blobs={**known.blobs, "p/package.json": blob},
        committed={**known.committed, "p/package.json": Committed("100644", "blob", blob)},
    )
    said = refused(known)
    assert said.startswith("p/package.json and p/package-lock.json disagree: dependencies asks for b '1'")
    assert "npm install --package-lock-only" in said


def test_linked_folders() -> None:
    root = {"dependencies": {"lib": "file:lib"}}
    entries = {"node_modules/lib": {"link": True, "resolved": "lib"}, "lib": {"version": "1.0.0"}}
    known = facts(entries, root=root, lib__package_json="{}")
    assert "p/lib is in the checkout, and in no commit" in refused(known)
    known = known._replace(committed={**known.committed, "p/lib": Committed("040000", "tree", "x")})
    assert set(case(known).choice.packages) == {"node_modules/lib"}
    assert "which is a folder of the project" in refused(known, allow_scripts=["lib"])
    other = known._replace(committed={**known.committed, "p/lib": Committed("120000", "blob", "x")})
    assert "p/lib is no folder in the checkout's commit" in refused(other)
    differs = known._replace(texts={**known.texts, "p/lib/package.json": '{"dependencies": {"x": "1"}}'})
    assert "p/lib/package.json and p/package-lock.json disagree" in refused(differs)
    assert "p/lib/package.json is not in the checkout" in refused(facts(entries, root=root))


def test_what_no_commit_holds() -> None:
    known = facts({"node_modules/a": {**A, "resolved": "file:vendor/a.tgz"}})
    assert "p/vendor/a.tgz is not in the checkout, and p/package-lock.json needs it" in refused(known)
    known = known._replace(blobs={**known.blobs, "p/vendor/a.tgz": "1"})
    assert "p/vendor/a.tgz is in the checkout, and in no commit; commit it and ship it" in refused(known)
    known = known._replace(committed={**known.committed, "p/vendor/a.tgz": Committed("100644", "blob", "2")})
    assert "p/vendor/a.tgz differs from the checkout's commit" in refused(known)
    known = known._replace(committed={**known.committed, "p/vendor/a.tgz": Committed("120000", "blob", "1")})
    assert "p/vendor/a.tgz is no file in the checkout's commit" in refused(known)


def test_registries_that_nobody_declared_are_asked_for() -> None:
    entries = {"node_modules/a": {**A, "resolved": "https://r.example/a.tgz"}}
    assert case(facts(entries)).undeclared == {"https://r.example": "node_modules/a"}
    assert case(facts(entries), registries=["https://r.example/npm"]).undeclared == {}
    proven = Modules("folder", record=Record(registry="https://r.example"))
    assert case(facts(entries, modules=proven)).undeclared == {}


def test_packages_that_are_not_made_for_the_node() -> None:
    said = refused(facts({"node_modules/a": {**A, "os": ["darwin"]}}))
    assert "p/package-lock.json: a is needed and not made for linux on arm64" in said


def test_whose_scripts_run() -> None:
    entries = {
        "node_modules/a": {**A, "hasInstallScript": True, "dependencies": {"b": "*"}},
        "node_modules/b": A,
        "node_modules/a/node_modules/b": {**A, "hasInstallScript": True},
        "node_modules/unneeded": {**A, "hasInstallScript": True},
    }
    found = case(facts(entries), allow_scripts=["a", "b", "unneeded"])
    assert found.scripts == {"node_modules/a", "node_modules/a/node_modules/b"}
    assert case(facts({"node_modules/a": A}), allow_scripts=["a"]).unused == ("a",)
    assert "allow_scripts names 'c', which p/package-lock.json does not hold" in refused(
        facts(entries), allow_scripts=["a", "c"]
    )
