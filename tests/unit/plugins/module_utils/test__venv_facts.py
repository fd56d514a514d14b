from __future__ import annotations

import hashlib
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._as_user import Json
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_facts import facts_from, look
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_project import projects_from
from tests.git_rig import Upstream
from tests.unit.plugins.module_utils.test__venv_state import SYSTEM

WHEEL = "p/w/x-1.0-py3-none-any.whl"


@pytest.fixture
def upstream(tmp_path: pathlib.Path) -> Upstream:
    made = Upstream(tmp_path / "checkout")
    made.commit(
        {
            "p/requirements.txt": "-r ../common.txt\n./lib\n./w/x-1.0-py3-none-any.whl\n",
            "common.txt": "a==1\n",
            "p/lib/pyproject.toml": '[project]\nname = "lib"\n',
            WHEEL: "wheel",
        }
    )
    return made


def seen(upstream: Upstream, **entry: t.Any) -> Json:
    own = upstream.path.parent / "own"
    own.mkdir(exist_ok=True)
    project = projects_from({"checkout": str(upstream.path), "projects": [{"path": "p", **entry}]})[0]
    return look(project, SYSTEM, os.getuid(), str(own))


def test_all_that_a_decision_needs(upstream: Upstream) -> None:
    library = upstream.path / "p/.venv/lib/python3.13/site-packages/a-1.dist-info"
    library.mkdir(parents=True)
    (library / "METADATA").write_text("Name: a\nVersion: 1\n\n")
    (upstream.path / "p/.venv/runbook-installed.json").write_text("{}")
    facts = facts_from(seen(upstream))
    assert set(facts.texts) == {"p/requirements.txt", "common.txt", "p/lib/pyproject.toml"}
    assert facts.wheels == {WHEEL: hashlib.sha256(b"wheel").hexdigest()}
    assert {path: facts.committed[path].id for path in facts.blobs} == dict(facts.blobs)
    assert facts.committed["p/lib"].kind == "tree"
    assert [(dist.name, dist.version, dist.record) for dist in facts.dists] == [("a", "1", "")]
    assert (facts.venv.kind, facts.venv.config, facts.record) == ("folder", None, "{}")


def test_a_changed_file_differs_from_the_commit(upstream: Upstream) -> None:
    (upstream.path / "common.txt").write_text("b==1\n")
    (upstream.path / WHEEL).write_text("other")
    facts = facts_from(seen(upstream))
    differ = {path for path, blob in facts.blobs.items() if facts.committed[path].id != blob}
    assert differ == {"common.txt", WHEEL}


def test_what_is_not_there(upstream: Upstream) -> None:
    (upstream.path / WHEEL).unlink()
    (upstream.path / "p/lib/pyproject.toml").unlink()
    facts = facts_from(seen(upstream))
    assert (facts.wheels, facts.venv.kind, facts.dists) == ({}, "none", ())
    assert facts_from(seen(upstream, path="nothing/here")).absent == f"{upstream.path}/nothing is not on the node"


@pytest.mark.parametrize("trap", ["p/requirements.txt", "common.txt", WHEEL, "p/w", "p", "p/lib"])
def test_nothing_is_reached_through_a_link(upstream: Upstream, trap: str) -> None:
    path = upstream.path / trap
    path.rename(upstream.path / "real")
    path.symlink_to(upstream.path / "real")
    with pytest.raises(StepError, match=r"through a link|is a link, and no folder"):
        seen(upstream)


def test_a_project_is_no_link_to_another_one(upstream: Upstream) -> None:
    (upstream.path / "other").symlink_to("p")
    with pytest.raises(StepError, match="other is a link, and no folder"):
        seen(upstream, path="other", packages=["a==1"])


def test_a_fifo_is_not_read(upstream: Upstream) -> None:
    (upstream.path / "common.txt").unlink()
    os.mkfifo(upstream.path / "common.txt")
    with pytest.raises(FileError, match="not a regular file"):
        seen(upstream)
    (upstream.path / "common.txt").unlink()
    (upstream.path / WHEEL).unlink()
    os.mkfifo(upstream.path / WHEEL)
    assert seen(upstream)["wheels"] == {}


def test_a_project_belongs_to_the_operator(upstream: Upstream) -> None:
    project = projects_from({"checkout": str(upstream.path), "projects": [{"path": "p"}]})[0]
    if os.getuid() != 0:
        with pytest.raises(StepError, match="belongs to user id"):
            look(project, SYSTEM, os.getuid() + 1, "/nowhere")
    (upstream.path / ".git/HEAD").write_text("nonsense")
    with pytest.raises(StepError, match="no git checkout at a commit"):
        look(project, SYSTEM, os.getuid(), "/nowhere")
