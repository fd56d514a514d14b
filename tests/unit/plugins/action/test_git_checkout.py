"""Action plugin and module together, without Ansible in between; tests/nodes send them over SSH."""

from __future__ import annotations

import itertools
import os
import pathlib
import pwd
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.git_checkout import ActionModule
from ansible_collections.ai_systems.runbook.plugins.module_utils import _deployment, _step_git_checkout
from ansible_collections.ai_systems.runbook.plugins.module_utils._deployment import Deployment
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _git_mirror, _git_source
from tests.git_rig import Rig
from tests.step_host import Host
from tests.unit.plugins.module_utils.test__unit_order import GOOD
from tests.unit_node import Manager

ME = pwd.getpwuid(os.geteuid())
WEB = {"src": "web/web.service", "paths": ["web", "lib/shared.py"]}
JOB = {"src": "job/job@.service", "instances": ["x", "y"], "paths": ["job"]}


class Controller:
    """One inventory's repository, one node, and runs of ansible-playbook between them."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig = Rig(folder)
        self.upstream = self.rig.upstream
        self.upstream.commit(
            {"web/web.service": GOOD, "job/job@.service": GOOD, "lib/shared.py": "1\n", "README": "1\n"}
        )
        self.manager = Manager(self.rig.home.parent)
        self.notes: list[Deployment] = []
        self.calls: list[dict[str, t.Any]] = []
        self.services: list[dict[str, t.Any]] = [WEB, JOB]
        account = pwd.struct_passwd((ME.pw_name, "x", ME.pw_uid, ME.pw_gid, "", str(self.rig.home), "/bin/sh"))
        runs = itertools.count()
        monkeypatch.setattr(os, "sync", lambda: None)
        monkeypatch.setattr(_git_mirror, "_cache", lambda: folder / "cache")
        monkeypatch.setattr(_git_source, "this_run", lambda: f"run {next(runs)}")
        monkeypatch.setattr(_step_git_checkout, "_RUN", str(folder / "run"))
        monkeypatch.setattr(_step_git_checkout, "account_of", lambda *_: account)
        monkeypatch.setattr(_step_git_checkout, "Systemctl", lambda: self.manager)
        monkeypatch.setattr(_deployment, "begin", self.notes.append)
        monkeypatch.setattr(_deployment, "read", lambda _path: None)
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(ActionModule, "_execute_module", self._module)
        monkeypatch.setattr(ActionModule, "_send", lambda _self, local: local)

    def _module(
        self, *, module_name: str, module_args: dict[str, t.Any], task_vars: dict[str, t.Any]
    ) -> dict[str, t.Any]:
        assert module_name == "ai_systems.runbook.git_checkout"
        assert task_vars
        self.calls.append(module_args)
        step = Step(Host(check_mode=self.check, **module_args), "2.9")
        result, error = conclude(step, _step_git_checkout.body)
        return {**result, "failed": error is not None}

    def run(self, *, check: bool = False) -> dict[str, t.Any]:
        self.check = check
        self.calls.clear()
        plugin = ActionModule.__new__(ActionModule)
        args = {"url": str(self.upstream.path), "version": "main", "path": str(self.rig.path), "user": ME.pw_name}
        task = types.SimpleNamespace(args={**args, "services": self.services}, check_mode=check, diff=False)
        plugin._task = task  # type: ignore[assignment]
        return plugin.run(None, {"inventory_hostname": "greenhouse-1"})


@pytest.fixture
def controller(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Controller:
    controller = Controller(tmp_path, monkeypatch)
    assert not controller.run().get("failed")
    controller.rig.is_good(controller.upstream.head)
    controller.manager.running = {"web.service", "job@x.service"}
    return controller


def told(result: dict[str, t.Any]) -> list[tuple[str, str]]:
    return [(action["subject"].rpartition("/")[2], action["action"].split(" to ")[0]) for action in result["actions"]]


UPDATE = ("ai-systems", "update")


@pytest.mark.parametrize(
    ("changed", "stopped"),
    [
        ({"web/run.py": "2\n"}, ["web.service"]),
        ({"lib/shared.py": "2\n"}, ["web.service"]),
        ({"job/job@.service": f"# 2\n{GOOD}"}, ["job@x.service"]),
        ({"job/job@.service.d/a.conf": "[Service]\nNice=1\n"}, ["job@x.service"]),
        ({"web/x": "1", "job/x": "1"}, ["web.service", "job@x.service"]),
        ({"README": "2\n", "lib/other.py": "2\n"}, []),
    ],
)
def test_what_runs_from_changed_files_is_stopped_and_nothing_else(
    controller: Controller, changed: dict[str | bytes, str | bytes | None], stopped: list[str]
) -> None:
    old = controller.upstream.head
    new = controller.upstream.commit(changed)
    wanted = [*((name, "stop") for name in stopped), UPDATE]
    predicted = controller.run(check=True)
    assert (told(predicted), predicted["commit"]) == (wanted, new)
    assert (controller.manager.calls, controller.notes) == ([], [])
    controller.rig.is_good(old)
    result = controller.run()
    assert told(result) == wanted
    assert result["services"] == predicted["services"] == {"from": old, "stopped": stopped}
    assert controller.manager.running == {"web.service", "job@x.service"} - set(stopped)
    assert controller.notes == [Deployment(str(controller.rig.path), old, "main", tuple(stopped))]
    controller.rig.is_good(new)
    assert controller.run()["actions"] == controller.run(check=True)["actions"] == []


def test_a_node_that_is_at_the_commit_is_called_once_and_told_of_no_service(controller: Controller) -> None:
    result = controller.run()
    (call,) = controller.calls
    assert (call["services"], call["merge"], "stop" in call["order"]) == ([], "", False)
    assert "services" not in result


@pytest.mark.parametrize(
    ("files", "services", "said"),
    [
        ({"web/web.service": f"{GOOD}[Service]\nRestart=always\n"}, None, "Restart='always'"),
        ({"web/web.service": None}, None, "web/web.service, declared by the playbook, is not in commit"),
        ({"web/x": "1"}, [{"src": "web/web.service", "restarted": True}], "has the unknown key 'restarted'"),
        ({"web/x": "1"}, [WEB, {**WEB, "enabled": False}], "in two ways"),
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_what_must_not_be_deployed_is_refused_before_anything_stops(
    controller: Controller,
    files: dict[str | bytes, str | bytes | None],
    services: list[dict[str, t.Any]] | None,
    said: str,
    *,
    check: bool,
) -> None:
    old = controller.upstream.head
    controller.upstream.commit(files)
    controller.services = services or controller.services
    result = controller.run(check=check)
    assert result["failed"]
    assert said in result["msg"]
    assert (result["actions"], result["changed"], result["clause"]) == ([], False, "2.9")
    assert controller.manager.running == {"web.service", "job@x.service"}
    assert (controller.manager.calls, controller.notes) == ([], [])
    controller.rig.is_good(old)


def test_without_services_the_checkout_moves_alone(controller: Controller) -> None:
    controller.services = []
    controller.upstream.commit({"web/x": "1"})
    assert told(controller.run()) == [UPDATE]
    assert controller.notes == []


def test_a_stop_that_fails_leaves_the_checkout_and_the_note(controller: Controller) -> None:
    old = controller.upstream.head
    controller.upstream.commit({"web/x": "1"})
    controller.manager.fails.append("stop")
    result = controller.run()
    assert result["failed"]
    assert "systemctl stop failed" in result["msg"]
    assert controller.notes[0].stopped == ("web.service",)
    controller.rig.is_good(old)
