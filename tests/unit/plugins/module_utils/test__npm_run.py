from __future__ import annotations

import os
import pathlib
import pwd
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _npm_run
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_platform import Platform
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_run import Node, Outcome
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_host import require_account
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from tests.git_rig import Upstream
from tests.step_host import Host

HASH = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
LOCK = """{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "1"}},
 "node_modules/a": {"version": "1.0.0", "integrity": "%s", "resolved": "https://r.example/a.tgz"}}}"""


class StandIn:
    """In npm's place."""

    registry: t.ClassVar[str] = "https://r.example/"

    def __init__(self, _folder: str) -> None:
        pass

    def default_registry(self) -> str:
        return self.registry


@pytest.fixture
def upstream(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """A checkout of this account's own, on a node with npm."""
    made = Upstream(tmp_path / "checkout")
    made.commit({"web/package.json": '{"dependencies": {"a": "1"}}', "web/package-lock.json": LOCK % HASH})
    for name in ("FOLDER", "DISK"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(_npm_run, name, str(tmp_path / name))
    monkeypatch.setattr(_npm_run, "_platform", lambda: Platform("linux", "arm64", "20.19.2", "9.2.0"))
    monkeypatch.setattr(_npm_run, "account_of", lambda *_: pwd.getpwuid(os.getuid()))
    monkeypatch.setattr(_npm_run, "is_installed", lambda: True)
    monkeypatch.setattr(_npm_run, "Npm", StandIn)
    return made


def node(upstream: Upstream, *, check_mode: bool = True, **entry: t.Any) -> Node:
    projects = [{"path": "web", **entry}]
    return Node(Step(Host(check_mode=check_mode, user="ops", checkout=str(upstream.path), projects=projects), "3.5"))


def actions(outcome: Outcome) -> list[str]:
    return [change.action for change in outcome.plan.changes]


def test_what_is_to_be_done(upstream: Upstream) -> None:
    (outcome,) = node(upstream).outcomes()
    assert actions(outcome) == ["create", "install 1.0.0"]
    assert outcome.unknown == ""


def test_only_npms_own_registry_needs_no_declaration(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StandIn, "registry", "https://own.example/")
    with pytest.raises(StepError, match=r"web/package-lock.json: a comes from https://r.example, which is neither"):
        node(upstream).outcomes()
    assert actions(node(upstream, registries=["https://r.example"]).outcomes()[0])


def test_before_npm_is_there(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_npm_run, "is_installed", lambda: False)
    (outcome,) = node(upstream).outcomes()
    assert actions(outcome) == ["create", "install 1.0.0"]
    assert "whether https://r.example in web/package-lock.json is its registry is not known" in outcome.unknown
    real = node(upstream, check_mode=False)
    with pytest.raises(StepError, match=r"nodejs and npm are not installed on the node; name both in packages_list"):
        real.act(real.outcomes()[0], Job())


def test_what_depends_on_nodejs_before_it_is_there(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_npm_run, "is_installed", lambda: False)
    monkeypatch.setattr(_npm_run, "_platform", lambda: Platform("linux", "arm64"))
    lock = LOCK.replace('"dependencies"', '"optionalDependencies"').replace(
        '"resolved": "https://r.example/a.tgz"', '"optional": true, "engines": {"node": ">=99"}'
    )
    upstream.commit({"web/package.json": '{"optionalDependencies": {"a": "1"}}', "web/package-lock.json": lock % HASH})
    (outcome,) = node(upstream).outcomes()
    assert outcome.unknown == "Node.js is not installed yet, so whether a is made for it is not known"


def test_what_is_not_there_is_foreseen_or_an_error(upstream: Upstream) -> None:
    (outcome,) = node(upstream, path="later").outcomes()
    assert (outcome.case, actions(outcome)) == (None, [])
    assert "later would install is not known" in outcome.unknown
    with pytest.raises(StepError, match=r"the repository role \(2\.9\) ships"):
        node(upstream, check_mode=False, path="later").outcomes()
    upstream.commit({"web/package-lock.json": None})
    (outcome,) = node(upstream).outcomes()
    assert "web has no lock file" in outcome.unknown
    with pytest.raises(StepError, match="web has no lock file"):
        node(upstream, check_mode=False).outcomes()


def test_without_the_account_a_dry_run_goes_on(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_npm_run, "account_of", lambda *_: None)
    known = node(upstream)
    (outcome,) = known.outcomes()
    assert "the account 'ops' is not on the node" in outcome.unknown
    with pytest.raises(StepError, match="there is no account 'ops'"):
        require_account(known.step, known.account)


def test_names_without_scripts_are_warned_of(upstream: Upstream) -> None:
    known = node(upstream, allow_scripts=["a"])
    known.outcomes()
    assert "allow_scripts names 'a', which has no install scripts" in known.step._module.warnings[0]  # type: ignore[attr-defined]


def test_what_is_wrong_with_several_projects_is_told_at_once(upstream: Upstream) -> None:
    upstream.commit({"bare/package.json": "{}"})
    projects = [{"path": name} for name in ("bare", "web", "later")]
    params = {"user": "ops", "checkout": str(upstream.path), "projects": projects}
    with pytest.raises(StepError, match=r"^bare has no lock file.*; .*later is not on the node"):
        Node(Step(Host(check_mode=False, **params), "3.5")).outcomes()
