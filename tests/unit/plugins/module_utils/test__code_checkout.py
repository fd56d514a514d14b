from __future__ import annotations

import os
import pathlib
import pwd

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _code_checkout
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_checkout import (
    Commit,
    Installed,
    look,
    read_held,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Upstream

NONE = Installed({}, ())


@pytest.fixture
def upstream(tmp_path: pathlib.Path) -> Upstream:
    rig = Upstream(tmp_path / "ai-systems")
    rig.commit({"a.py": "x = 1\n", "web/package-lock.json": '"sha512-' + "A" * 86 + '=="'})
    return rig


def test_what_the_commit_holds_and_what_differs(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (upstream.path / "a.py").write_text("x = 2\n")
    (upstream.path / "new.py").write_text("")
    answer = look(str(upstream.path), Commit(), NONE, str(shadow))
    assert answer["commit"] == upstream.head
    assert answer["tracked"] == ["a.py", "web/package-lock.json"]
    assert answer["changed"] == [("modified", "a.py")]


def test_hashes_of_a_lock_count_only_as_committed(
    upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[set[str]] = []

    def keep(_path: str, _code: object, allowed: set[str]) -> dict[str, str]:
        given.append(set(allowed))
        return {}

    monkeypatch.setattr(_code_checkout, "of_venv", keep)
    for name, text in (("one", None), ("two", "changed")):
        (tmp_path / name).mkdir()
        if text:
            (upstream.path / "web" / "package-lock.json").write_text(text)
        look(str(upstream.path), Commit(), Installed({"x": ()}, ()), str(tmp_path / name))
    assert [any(one.startswith("sha512-") for one in allowed) for allowed in given] == [True, False]
    assert all(any(one.startswith("git:") for one in allowed) for allowed in given)


@pytest.mark.parametrize(("commit", "said"), [
    (Commit("f" * 40), "lacks the commit ffffffffffff"),
    (Commit("", "0" * 64), "something else than what was committed"),
])  # fmt: skip
def test_a_commit_that_is_not_there_or_not_itself(
    upstream: Upstream, tmp_path: pathlib.Path, commit: Commit, said: str
) -> None:
    (tmp_path / "shadow").mkdir()
    with pytest.raises(StepError, match=said):
        look(str(upstream.path), commit, NONE, str(tmp_path / "shadow"))


def test_what_cannot_be_compared_says_why(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_held(str(tmp_path / "none"), Commit(), NONE, seconds=5).problem == "it is not there"
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: _raise())
    assert "no account" in read_held(str(tmp_path), Commit(), NONE, seconds=5).problem


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of root")
def test_git_never_runs_as_root(tmp_path: pathlib.Path) -> None:
    assert "root" in read_held(str(tmp_path), Commit(), NONE, seconds=5).problem


def _raise() -> None:
    raise KeyError
