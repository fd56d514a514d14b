"""A deployment that was cut off is put back: a real checkout, real links, a stand-in for systemd."""

from __future__ import annotations

import os
import pathlib
import pwd
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _deployment
from ansible_collections.ai_systems.runbook.plugins.module_utils._deployment import Deployment
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import read_links
from ansible_collections.ai_systems.runbook.plugins.modules import deployment_undo
from tests.git_rig import Rig
from tests.step_host import Host
from tests.unit.plugins.module_utils.test__unit_order import INSTALL, RUN
from tests.unit_node import Manager

ME = pwd.getpwuid(os.geteuid()).pw_name
OLD, NEW = f"# old\n{RUN}{INSTALL}", f"# new\n{RUN}{INSTALL}"


class Node:
    """web.service and job@x.service ran from the old commit; the checkout is at the new one, which brought fresh."""

    def __init__(self, folder: pathlib.Path, rig: Rig) -> None:
        self.rig = rig
        self.old = rig.upstream.commit({"web.service": OLD, "job@.service": OLD, "plain.service": f"# old\n{RUN}"})
        rig.ship()
        system = folder / "system"
        system.mkdir()
        self.manager = Manager(system)
        for name in ("job@.service", "plain.service"):
            (system / name).symlink_to(rig.path / name)
        self.manager.enable(f"{rig.path}/web.service", "job@x.service")
        stopped = ("web.service", "job@x.service", "plain.service")
        self.manager.start(*stopped)
        self.manager.stop(*stopped)
        self.note: Deployment | None = Deployment(str(rig.path), self.old, "main", stopped)
        self.new = rig.upstream.commit(
            {"web.service": NEW, "job@.service": NEW, "plain.service": f"# new\n{RUN}", "fresh.service": NEW}
        )
        rig.ship()
        self.manager.calls.clear()

    def undo(self, *, check_mode: bool = False, user: str = ME) -> dict[str, t.Any]:
        step = Step(Host(check_mode=check_mode, checkout=f"{self.rig.path}/", user=user), "4")
        return step.result(deployment_undo.undo(step))

    def read(self, checkout: str) -> Deployment | None:
        return self.note if self.note is not None and self.note.checkout == checkout else None

    def end(self) -> None:
        self.note = None


@pytest.fixture
def node(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setattr(os, "sync", lambda: None)
    node = Node(tmp_path, Rig(tmp_path))
    run = tmp_path / "run"
    system = str(node.manager.system)
    monkeypatch.setattr(_deployment, "_FOLDER", str(run))
    monkeypatch.setattr(_deployment, "read", node.read)
    monkeypatch.setattr(_deployment, "end", node.end)
    monkeypatch.setattr(deployment_undo, "FOLDER", str(run))
    monkeypatch.setattr(deployment_undo, "make_folder", lambda: run.mkdir(exist_ok=True))
    monkeypatch.setattr(deployment_undo, "Systemctl", lambda: node.manager)
    monkeypatch.setattr(deployment_undo, "read_links", lambda: read_links(system))
    monkeypatch.setattr(deployment_undo, "running_instances", lambda _template: [])
    monkeypatch.setattr(deployment_undo, "forget_failed", lambda *_: [])
    return node


def told(result: dict[str, t.Any]) -> list[tuple[str, str]]:
    return [(action["subject"].rpartition("/")[2], action["action"]) for action in result["actions"]]


BACK = ("ai-systems", "go back to {old}")
STARTED = [("web.service", "start"), ("job@x.service", "start"), ("plain.service", "start")]


def test_where_none_is_under_way_nothing_is_done(node: Node) -> None:
    node.note = None
    result = node.undo()
    assert (result["summary"], result["actions"]) == (
        "No deployment is under way, so nothing had to be put back.",
        [],
    )
    assert node.manager.calls == []
    node.rig.is_good(node.new)


def test_the_checkout_goes_back_and_what_ran_runs_again_from_the_old_text(node: Node) -> None:
    predicted = node.undo(check_mode=True)
    assert node.read(str(node.rig.path))
    assert node.manager.calls == []
    node.rig.is_good(node.new)
    assert "would be at" in predicted["summary"]
    result = node.undo()
    assert result["actions"] == predicted["actions"]
    assert told(result) == [(BACK[0], BACK[1].format(old=node.old[:12])), *STARTED]
    assert result["summary"] == (
        f"{node.rig.path} is at {node.old[:12]} again; web.service, job@x.service, plain.service started again."
    )
    node.rig.is_good(node.old)
    assert node.manager.calls == ["enable web.service job@x.service", "start web.service job@x.service plain.service"]
    assert all("# old" in text for text in node.manager.loaded.values())
    assert node.note is None
    assert node.undo()["changed"] is False


def test_what_was_started_from_the_new_commit_already_is_stopped_first(node: Node) -> None:
    node.manager.start("web.service")
    node.manager.calls.clear()
    predicted = node.undo(check_mode=True)["actions"]
    assert node.manager.calls == []
    result = node.undo()
    assert result["actions"] == predicted
    assert told(result)[0] == ("web.service", "stop")
    assert told(result)[2:] == STARTED
    assert node.manager.calls[0] == "stop web.service"
    assert all("# old" in text for text in node.manager.loaded.values())


def test_what_the_new_commit_brought_goes_with_it(node: Node) -> None:
    node.manager.enable(f"{node.rig.path}/fresh.service")
    node.manager.start("fresh.service")
    assert told(node.undo())[-2:] == [("fresh.service", "stop"), ("fresh.service", "disable")]
    assert not list(node.manager.system.rglob("fresh.service"))
    assert "fresh.service" not in node.manager.running


def test_a_unit_whose_file_is_gone_is_not_started(node: Node) -> None:
    (node.manager.system / "plain.service").unlink()
    assert told(node.undo())[1:] == STARTED[:2]


def test_a_checkout_that_is_back_already_stays(node: Node) -> None:
    node.rig.git("reset", "--quiet", "--hard", node.old)
    assert told(node.undo()) == STARTED


def test_without_its_owner_the_checkout_stays_and_the_note_too(node: Node) -> None:
    with pytest.raises(StepError, match="there is no account 'nosuch' to own"):
        node.undo(user="nosuch")
    assert node.note is not None
    node.rig.is_good(node.new)


def test_what_no_commit_knows_keeps_it_where_it_is(node: Node) -> None:
    node.rig.shell("echo mine >> web.service")
    with pytest.raises(StepError, match="holds changes that no commit knows"):
        node.undo()
    assert node.note is not None
    assert not node.manager.running
