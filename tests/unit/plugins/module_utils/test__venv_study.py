from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_requirement import parse_requirement
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_commit import Committed, blob_id
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_facts import Facts
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_project import projects_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_study import Study, foresee, render, study
from tests.unit.plugins.module_utils.test__venv_state import SYSTEM

PI = {"os_name": "posix", "python_version": "3.13"}
PYPROJECT = '[project]\nname = "lib"\nversion = "2.0"\ndependencies = ["idna>=3"]\n'
LOCK = "p/requirements.txt"
TREE = "p/lib/pyproject.toml"
WHEEL = "p/w/x-1.0-py3-none-any.whl"


def facts(texts: t.Mapping[str, str], *, trees: t.Sequence[str] = (), wheels: t.Sequence[str] = ()) -> Facts:
    blobs = {path: blob_id(text.encode()) for path, text in texts.items()} | {path: path for path in wheels}
    entries = {path: Committed("100644", "blob", blob) for path, blob in blobs.items()}
    entries |= {path: Committed("040000", "tree", f"tree of {path}") for path in trees}
    return Facts(texts=texts, blobs=blobs, committed=entries, wheels=dict.fromkeys(wheels, "ab"))


def studied(known: Facts, **entry: t.Any) -> Study:
    project = projects_from({"checkout": "/c", "projects": [{"path": "p", "require_hashes": False, **entry}]})[0]
    return study(project, known, SYSTEM, PI)


def test_what_pip_has_to_resolve() -> None:
    texts = {
        LOCK: "a[x,y]==1.0 ; os_name == 'posix'\nnot-here==1; os_name == 'nt'\n./lib\n./w/x-1.0-py3-none-any.whl\n",
        TREE: PYPROJECT,
    }
    found = studied(facts(texts, trees=["p/lib"], wheels=[WHEEL]))
    assert found.lines == ("a[x,y]==1.0", "x @ file:///c/p/w/x-1.0-py3-none-any.whl", "idna>=3")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (facts({LOCK: "./lib", TREE: PYPROJECT}), "p/lib is in the checkout, and in no commit"),
        (facts({LOCK: "./lib"}, trees=["p/lib"]), "requirements.txt:1: p/lib/pyproject.toml is not in the"),
        (facts({LOCK: "./w/x-1.0-py3-none-any.whl"}), f"{WHEEL} is not in the checkout"),
        (facts({LOCK: "a==1"})._replace(blobs={LOCK: "changed"}), "differs from the checkout's"),
        (facts({LOCK: "a==1"})._replace(committed={}), f"{LOCK} is in the checkout, and in no commit"),
        (facts({}), "p/requirements.txt is not in the checkout"),
        (facts({LOCK: "./lib", TREE: PYPROJECT}, wheels=["p/lib"]), "p/lib is no folder"),
    ],
)  # fmt: skip
def test_what_no_commit_holds(known: Facts, words: str) -> None:
    with pytest.raises(StepError) as caught:
        studied(known)
    assert words in str(caught.value)


def test_a_dry_run_says_what_it_can() -> None:
    def said(**entry: t.Any) -> tuple[list[str], str]:
        project = projects_from({"checkout": "/c", "projects": [{"path": "p", **entry}]})[0]
        changes, unknown = foresee(project, Facts(absent="x"), SYSTEM, PI)
        return [f"{change.subject.removeprefix('/c/p/.venv')} {change.action}" for change in changes], unknown

    assert said() == ([" create"], "p/requirements.txt is not on the node yet, so what /c/p would install is not known")
    assert said(packages=[f"a==1 --hash=sha256:{'a' * 64}"]) == ([" create", " a install 1"], "")
    changes, unknown = said(packages=["a==1"], require_hashes=False)
    assert changes == [" create", " a install 1"]
    assert unknown == "what the packages of /c/p need in turn is not known yet"
    assert said(packages=["./lib"])[1] == "/c/p is not on the node yet, so what it would install is not known"
    with pytest.raises(StepError, match="a is not pinned"):
        said(packages=["a"], require_hashes=False)


def test_rendering_leaves_the_marker_out() -> None:
    assert render(parse_requirement("A_b[y,X] >= 1, < 2 ; os_name == 'posix'")) == "a-b[x,y]>=1,<2"
