from __future__ import annotations

import os
import pathlib
import pwd
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _checkout_lock
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from ansible_collections.ai_systems.runbook.plugins.modules import git_checkout
from tests.git_rig import Rig

ME = pwd.getpwuid(os.geteuid())


def step(check_mode: bool = False, **params: t.Any) -> Step:  # noqa: FBT001, FBT002 reads like the module's flag
    told = {"path": f"{ME.pw_dir}/x", "user": ME.pw_name, "url": "", "order": {"commit": "a" * 40}, **params}
    module: t.Any = types.SimpleNamespace(params=told, check_mode=check_mode)
    return Step(module, "2.9")


def account_of(**options: t.Any) -> t.Any:
    made = step(**options)
    return git_checkout.account_of(made, git_checkout.order_from(made.params))


def test_it_is_called_through_its_controller_part_only() -> None:
    with pytest.raises(StepError, match="without its action plugin"):
        git_checkout.order_from(step(order=None).params)


def test_an_account_that_does_not_exist() -> None:
    with pytest.raises(StepError, match=r"there is no account 'nosuch'.*operator_user \(2\.7\) comes before"):
        account_of(user="nosuch", path="/home/nosuch/x")
    assert account_of(user="nosuch", path="/home/nosuch/x", check_mode=True) is None
    with pytest.raises(StepError, match="inside the operator's home /home/nosuch"):
        account_of(user="nosuch", path="/etc/x", check_mode=True)


def test_root_owns_no_checkout() -> None:
    with pytest.raises(StepError, match="is root"):
        account_of(user="root", path="/root/x")


@pytest.fixture
def rig(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr(os, "sync", lambda: None)
    monkeypatch.setattr(git_checkout, "_RUN", str(tmp_path / "run"))
    rig = Rig(tmp_path)
    rig.upstream.commit({"a": "1"})
    account = pwd.struct_passwd((ME.pw_name, "x", ME.pw_uid, ME.pw_gid, "", str(rig.home), "/bin/sh"))
    monkeypatch.setattr(git_checkout, "account_of", lambda *_: account)
    return rig


def call(rig: Rig, *, check: bool = False, **order: t.Any) -> dict[str, t.Any]:
    wanted = rig.order(rig.source())
    told = {"commit": wanted.commit, "branch": wanted.branch, "digest": wanted.digest, "largest": wanted.largest}
    made = step(check_mode=check, path=str(rig.path), order={**told, **order})
    return made.result(git_checkout.keep_checkout(made))


def test_a_move_is_asked_for_then_made(rig: Rig, tmp_path: pathlib.Path) -> None:
    predicted = call(rig, check=True)
    asked = call(rig)
    assert asked["question"]["standing"] == "absent"
    assert asked["actions"] == []
    assert not rig.path.exists()
    source = rig.source()
    bundle = source.bundle(source.version().commit, "")
    done = call(rig, approved="absent", bundle=str(bundle))
    assert predicted["actions"] == done["actions"] != []
    rig.is_good(rig.upstream.head)
    assert list((tmp_path / "run").glob("git-*")) == []
    again = call(rig)
    assert again["actions"] == []
    assert "question" not in again


def test_a_checkout_that_moved_after_it_was_judged_stays(rig: Rig) -> None:
    rig.ship()
    rig.upstream.commit({"b": "2"})
    with pytest.raises(StepError, match="moved by somebody else"):
        call(rig, approved=f"{'1' * 40}:")


def test_an_approved_clone_without_a_bundle_does_nothing(rig: Rig) -> None:
    with pytest.raises(StepError, match="nothing was shipped"):
        call(rig, approved="absent")
    assert list(rig.home.iterdir()) == []


def test_git_missing_on_the_node(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_checkout, "GIT", "/nowhere/git")
    with pytest.raises(StepError, match=r"git is not installed on the node; essential_packages \(2\.6\)"):
        call(rig)
    assert [action["action"] for action in call(rig, check=True)["actions"]] == [f"clone at {rig.upstream.head[:12]}"]
    rig.path.mkdir()
    with pytest.raises(StepError, match="cannot be judged"):
        call(rig, check=True)


def test_a_second_run_waits_and_then_says_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checkout_lock, "LOCK_SECONDS", 0)
    with git_checkout.locked(), pytest.raises(StepError, match="another run has been at work"):
        call(rig)
