from __future__ import annotations

import os
import pathlib
import pwd
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _checkout_lock, _deployment, _step_git_checkout
from ansible_collections.ai_systems.runbook.plugins.module_utils._deployment import Deployment
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from tests.git_rig import Rig
from tests.unit_node import Manager

ME = pwd.getpwuid(os.geteuid())


def step(check_mode: bool = False, **params: t.Any) -> Step:  # noqa: FBT001, FBT002 reads like the module's flag
    told = {"path": f"{ME.pw_dir}/x", "user": ME.pw_name, "url": "", "order": {"commit": "a" * 40}, **params}
    module: t.Any = types.SimpleNamespace(params=told, check_mode=check_mode)
    return Step(module, "2.9")


def account_of(**options: t.Any) -> t.Any:
    made = step(**options)
    return _step_git_checkout.account_of(made, _step_git_checkout.order_from(made.params))


def test_it_is_called_through_its_controller_part_only() -> None:
    with pytest.raises(StepError, match="without its action plugin"):
        _step_git_checkout.order_from(step(order=None).params)


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
    monkeypatch.setattr(_step_git_checkout, "_RUN", str(tmp_path / "run"))
    rig = Rig(tmp_path)
    rig.upstream.commit({"a": "1"})
    account = pwd.struct_passwd((ME.pw_name, "x", ME.pw_uid, ME.pw_gid, "", str(rig.home), "/bin/sh"))
    monkeypatch.setattr(_step_git_checkout, "account_of", lambda *_: account)
    return rig


def call(rig: Rig, *, check: bool = False, **order: t.Any) -> dict[str, t.Any]:
    wanted = rig.order(rig.source())
    told = {"commit": wanted.commit, "branch": wanted.branch, "digest": wanted.digest, "largest": wanted.largest}
    made = step(check_mode=check, path=str(rig.path), order={**told, **order})
    return made.result(_step_git_checkout.body(made))


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
    monkeypatch.setattr(_step_git_checkout, "GIT", "/nowhere/git")
    with pytest.raises(StepError, match=r"git is not installed on the node; essential_packages \(2\.6\)"):
        call(rig)
    assert [action["action"] for action in call(rig, check=True)["actions"]] == [f"clone at {rig.upstream.head[:12]}"]
    rig.path.mkdir()
    with pytest.raises(StepError, match="cannot be judged"):
        call(rig, check=True)


def test_a_second_run_waits_and_then_says_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checkout_lock, "LOCK_SECONDS", 0)
    with _step_git_checkout.locked(), pytest.raises(StepError, match="another run has been at work"):
        call(rig)


class Services:
    """What runs on the node, what of a deployment is noted, and where the checkout was at each stop."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig = rig
        self.manager = Manager(rig.home.parent)
        self.notes: list[Deployment] = []
        self.heads: list[str] = []
        stop = self.manager.stop

        def stopped(*names: str) -> None:
            if names:
                self.heads.append(rig.git("rev-parse", "HEAD"))
            # The note comes first, so that a run that is cut off here can be undone.
            assert self.notes
            stop(*names)

        monkeypatch.setattr(self.manager, "stop", stopped)
        monkeypatch.setattr(_step_git_checkout, "Systemctl", lambda: self.manager)
        monkeypatch.setattr(_deployment, "begin", self.notes.append)
        monkeypatch.setattr(_deployment, "read", lambda _path: None)
        rig.ship()
        self.old = rig.upstream.head
        self.new = rig.upstream.commit({"a": "2"})
        self.standing = f"{self.old}:{self.old}"

    def move(self, *stop: str, check: bool = False, declared: tuple[str, ...] = ("any.service",)) -> dict[str, t.Any]:
        source = self.rig.source()
        bundle = str(source.bundle(source.version().commit, self.old))
        told = {"stop": list(stop), "declared": [*stop, *declared]} if declared else {"stop": list(stop)}
        more = {} if check else {"approved": self.standing, "bundle": bundle}
        return call(self.rig, check=check, **told, **more)


@pytest.fixture
def services(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Services:
    return Services(rig, monkeypatch)


def told(result: dict[str, t.Any]) -> list[tuple[str, str]]:
    return [(action["subject"].rpartition("/")[2], action["action"]) for action in result["actions"]]


def test_what_the_move_affects_is_stopped_before_it(services: Services) -> None:
    services.manager.running = {"web.service", "other.service"}
    wanted = [("web.service", "stop"), ("ai-systems", f"update to {services.new[:12]}")]
    predicted = services.move("web.service", "down.service", check=True)
    assert (told(predicted), services.manager.running) == (wanted, {"web.service", "other.service"})
    assert services.notes == []
    done = services.move("web.service", "down.service")
    assert told(done) == wanted
    assert services.heads == [services.old]
    assert services.manager.running == {"other.service"}
    assert services.notes == [Deployment(str(services.rig.path), services.old, "main", ("web.service",))]
    assert done["services"] == predicted["services"] == {"from": services.old, "stopped": ["web.service"]}
    assert done["summary"].endswith(" Stopped for it, until services (4) starts them: web.service.")
    services.rig.is_good(services.new)


def test_what_would_start_it_again_is_stopped_with_it(services: Services) -> None:
    services.manager.running = {"a.service", "z.timer", "undeclared.timer"}
    services.manager.triggers = {"a.service": ("z.timer", "undeclared.timer")}
    done = services.move("a.service", declared=("z.timer",))
    assert services.manager.calls == ["stop a.service z.timer"]
    assert done["services"]["stopped"] == ["a.service", "z.timer"]
    assert services.manager.running == {"undeclared.timer"}


def test_what_stands_behind_a_socket_goes_down_with_it(services: Services) -> None:
    services.manager.running = {"a.socket", "a.service", "b.service", "c.timer", "c.service"}
    services.manager.triggers = {"a.service": ("a.socket",), "b.service": ("b.socket",), "c.service": ("c.timer",)}
    done = services.move("a.socket", "c.timer", declared=("a.service", "b.service", "c.service"))
    assert set(done["services"]["stopped"]) == {"a.socket", "a.service", "c.timer"}
    assert services.manager.running == {"b.service", "c.service"}


def test_what_an_earlier_run_has_stopped_is_told_on(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = Deployment(str(services.rig.path), "1" * 40, "main", ("cut.service",))
    monkeypatch.setattr(_deployment, "read", lambda _path: earlier)
    services.manager.running = {"web.service"}
    assert services.move("web.service", "cut.service")["services"]["stopped"] == ["cut.service", "web.service"]


def test_without_declared_services_nothing_is_under_way(services: Services) -> None:
    done = services.move(declared=())
    assert done["services"] == {"from": services.old, "stopped": []}
    assert services.notes == []
    assert "Stopped" not in done["summary"]


def test_where_the_checkout_stays_nothing_is_stopped(services: Services) -> None:
    services.move()
    services.notes.clear()
    services.manager.running = {"web.service"}
    again = call(services.rig, stop=["web.service"], declared=["web.service"])
    assert (again["actions"], "services" in again, services.notes) == ([], False, [])
    assert services.manager.running == {"web.service"}


def test_a_new_clone_says_that_there_was_nothing_before(rig: Rig) -> None:
    assert call(rig, check=True)["services"] == {"from": "", "stopped": []}


def test_a_checkout_that_moved_meanwhile_stops_nothing(services: Services) -> None:
    services.manager.running = {"web.service"}
    services.standing = f"{'1' * 40}:"
    with pytest.raises(StepError, match="moved by somebody else"):
        services.move("web.service")
    assert (services.manager.running, services.notes) == ({"web.service"}, [])
