from __future__ import annotations

import os
import pathlib
import pwd
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _venv_run
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_host import require_account
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_run import Node
from tests.git_rig import Upstream
from tests.unit.plugins.module_utils.test__venv_state import SYSTEM

HASH = f"sha256:{'a' * 64}"


class Host:
    def __init__(self, checkout: pathlib.Path, *, check_mode: bool, **entry: t.Any) -> None:
        self.params: dict[str, t.Any] = {
            "user": "ops",
            "checkout": str(checkout),
            "projects": [{"path": "p", **entry}],
        }
        self.check_mode = check_mode

    def warn(self, warning: str) -> None:
        pytest.fail(warning)


@pytest.fixture
def upstream(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """A checkout of this account's own, on a node whose pip is not there."""
    made = Upstream(tmp_path / "checkout")
    made.commit({"p/requirements.txt": f"a==1.0 --hash={HASH}\n", "p/list.txt": "a==1.0\n"})
    for name in ("FOLDER", "DISK"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(_venv_run, name, str(tmp_path / name))
    monkeypatch.setattr(_venv_run, "system", lambda: SYSTEM._replace(pip=""))
    monkeypatch.setattr(_venv_run, "account_of", lambda *_: pwd.getpwuid(os.getuid()))
    return made


def node(upstream: Upstream, *, check_mode: bool = True, **entry: t.Any) -> Node:
    return Node(Step(Host(upstream.path, check_mode=check_mode, **entry), "3.4"))


def test_a_lock_needs_no_pip_to_say_what_it_brings(upstream: Upstream) -> None:
    (outcome,) = node(upstream).outcomes()
    assert outcome.is_known
    assert [change.action for change in outcome.changes] == ["create", "install 1.0"]


def test_a_list_does(upstream: Upstream) -> None:
    entry: dict[str, t.Any] = {"requirements": "list.txt", "require_hashes": False}
    known = node(upstream, **entry)
    (outcome,) = known.outcomes()
    assert not outcome.is_known
    assert outcome.study is not None
    resolved = known.resolved(known.projects[0], outcome.study, Job())
    assert [change.action for change in resolved.changes] == ["create", "install 1.0"]
    assert "what else" in resolved.unknown
    real = node(upstream, check_mode=False, **entry)
    with pytest.raises(StepError, match="the packages role"):
        real.resolved(real.projects[0], outcome.study, Job())


def test_what_is_not_there_is_foreseen_or_an_error(upstream: Upstream) -> None:
    (outcome,) = node(upstream, path="later").outcomes()
    assert (outcome.study, [change.action for change in outcome.changes]) == (None, ["create"])
    assert "is not on the node yet" in outcome.unknown
    (outcome,) = node(upstream, requirements="later.txt").outcomes()
    assert "p/later.txt is not on the node yet" in outcome.unknown
    entries: list[dict[str, t.Any]] = [{"path": "later"}, {"requirements": "later.txt"}]
    for entry in entries:
        with pytest.raises(StepError, match=r"the repository role \(2\.9\)|commit it"):
            node(upstream, check_mode=False, **entry).outcomes()


def test_without_the_account_a_dry_run_goes_on(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_venv_run, "account_of", lambda *_: None)
    known = node(upstream)
    (outcome,) = known.outcomes()
    assert outcome.is_known
    with pytest.raises(StepError, match="there is no account 'ops'"):
        require_account(known.step, known.account)


def test_nothing_is_begun_without_pip(upstream: Upstream) -> None:
    known = node(upstream, check_mode=False)
    (outcome,) = known.outcomes()
    assert outcome.study is not None
    assert outcome.plan is not None
    with pytest.raises(StepError, match="python3-venv is not installed"):
        known.act(outcome.study, outcome.plan, Job())
    assert not (upstream.path / "p/.venv").exists()


def test_what_is_wrong_with_several_projects_is_told_at_once(upstream: Upstream) -> None:
    host = Host(upstream.path, check_mode=False)
    host.params["projects"] += [{"path": "q"}, {"path": "p/later"}, {"path": "p/list", "requirements": "../list.txt"}]
    upstream.commit({"q/requirements.txt": "a>=1\n", "p/list/x": ""})
    with pytest.raises(StepError, match=r"^q/requirements\.txt:1: a is not pinned.*; .*p/later is not on the node;.*"
                                        r"p/list\.txt:1: a has no hash"):  # fmt: skip
        Node(Step(host, "3.4")).outcomes()
