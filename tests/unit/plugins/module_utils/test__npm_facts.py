from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._as_user import Json
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_facts import Facts, facts_from, look
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_project import projects_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Upstream

HASH = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
ENTRIES = {
    "node_modules/a": {"version": "1.0.0", "integrity": HASH, "resolved": "file:vendor/a.tgz"},
    "node_modules/lib": {"link": True, "resolved": "lib"},
    "lib": {"version": "1.0.0"},
}


def lock(entries: t.Mapping[str, t.Any]) -> str:
    return json.dumps({"lockfileVersion": 3, "packages": {"": {}, **entries}})


@pytest.fixture
def upstream(tmp_path: pathlib.Path) -> Upstream:
    made = Upstream(tmp_path / "checkout")
    files: dict[str | bytes, str | bytes | None] = {
        "web/package.json": "{}",
        "web/package-lock.json": lock(ENTRIES),
        "web/.npmrc": "fund=false\n",
        "web/vendor/a.tgz": b"\x1f\x8b archive",
        "web/lib/package.json": '{"version": "1.0.0"}',
        "web/lib/index.js": "1",
    }
    made.commit(files)
    return made


def seen(upstream: Upstream, path: str = "web") -> Json:
    own = upstream.path.parent / "own"
    own.mkdir(exist_ok=True)
    project = projects_from({"checkout": str(upstream.path), "projects": [{"path": path}]})[0]
    answer = look(project, os.getuid(), str(own))
    return t.cast("Json", json.loads(json.dumps(answer)))


def test_all_that_a_decision_needs(upstream: Upstream) -> None:
    facts = facts_from(seen(upstream))
    texts = {"web/package.json", "web/package-lock.json", "web/.npmrc", "web/lib/package.json"}
    assert set(facts.texts) == texts
    assert set(facts.blobs) == {*texts, "web/vendor/a.tgz"}
    assert {path: facts.committed[path].id for path in facts.blobs} == dict(facts.blobs)
    assert facts.committed["web/lib"].kind == "tree"
    assert (facts.lock, facts.modules.kind, facts.left_over) == ("web/package-lock.json", "none", False)


def test_the_shrinkwrap_goes_first_as_npm_has_it(upstream: Upstream) -> None:
    upstream.commit({"web/npm-shrinkwrap.json": lock({})})
    assert facts_from(seen(upstream)).lock == "web/npm-shrinkwrap.json"


def test_what_is_there_of_node_modules(upstream: Upstream) -> None:
    package = upstream.path / "web/node_modules/a"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "1.0.0"}')
    (upstream.path / "web/.node_modules-runbook").symlink_to("/nowhere")
    facts = facts_from(seen(upstream))
    assert facts.modules.packages["node_modules/a"].version == "1.0.0"
    assert facts.left_over


def test_a_lock_that_may_not_be_leads_nowhere(upstream: Upstream) -> None:
    upstream.commit({"web/package-lock.json": lock({"node_modules/x": {"link": True, "resolved": "../../etc"}})})
    facts = facts_from(seen(upstream))
    assert not any("etc" in path for path in facts.texts)


@pytest.mark.parametrize("path", ["none", "web/none"])
def test_what_is_not_there_is_no_error_yet(upstream: Upstream, path: str) -> None:
    facts = facts_from(seen(upstream, path))
    assert facts == Facts(absent=f"{upstream.path}/{path} is not on the node")


def test_ways_that_are_no_folders_of_the_checkout(upstream: Upstream) -> None:
    (upstream.path / "link").symlink_to("web")
    with pytest.raises(StepError, match="link is a link, and no folder"):
        seen(upstream, "link")
    (upstream.path / "web/.npmrc").unlink()
    (upstream.path / "web/.npmrc").symlink_to("/etc/shadow")
    with pytest.raises(StepError, match="is reached through a link"):
        seen(upstream)
    (upstream.path / "web/.npmrc").unlink()
    (upstream.path / "web/.npmrc").mkdir()
    with pytest.raises(FileError, match="is not a regular file"):
        seen(upstream)


def test_somebody_elses_folder(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    project = projects_from({"checkout": str(upstream.path), "projects": [{"path": "web"}]})[0]
    os.chown(upstream.path / "web", 4242, -1) if os.getuid() == 0 else monkeypatch.setattr(os, "getuid", lambda: 1)
    with pytest.raises(StepError, match="a project belongs to the operator"):
        look(project, 1, str(upstream.path))


def test_a_folder_that_is_no_checkout(tmp_path: pathlib.Path) -> None:
    (tmp_path / "c/web").mkdir(parents=True)
    project = projects_from({"checkout": str(tmp_path / "c"), "projects": [{"path": "web"}]})[0]
    with pytest.raises(StepError, match="is no git checkout at a commit"):
        look(project, os.getuid(), str(tmp_path))
