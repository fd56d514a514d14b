"""One verb for one service, with a stand-in for systemd; tests/nodes meet the real one."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._service_action import Target
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW, UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import Place
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_settled import Fallen
from ansible_collections.ai_systems.runbook.plugins.modules import service_action
from ansible_collections.ai_systems.runbook.plugins.modules.service_action import Actor, do_verb

GOOD = "[Service]\nExecStart=/bin/a\n[Install]\nWantedBy=multi-user.target\n"


class Systemd:
    """systemd with one unit; ``ran`` is what it was told."""

    def __init__(self, link: pathlib.Path) -> None:
        self.ran: list[tuple[str, ...]] = []
        self.link = link
        self.unit = UnitStatus("web.service", active_state="inactive", sub_state="dead", unit_file_state="linked")
        self.fails = False

    def _do(self, verb: str, name: str, **status: t.Any) -> None:
        self.ran.append((verb, name))
        if self.fails:
            self.unit = self.unit._replace(active_state="failed", result="exit-code")
            raise CommandError("no", argv=["systemctl"])
        self.unit = self.unit._replace(**status)

    def start(self, name: str) -> None:
        self._do("start", name, active_state="active", sub_state="running")

    def stop(self, name: str) -> None:
        self._do("stop", name, active_state="inactive", sub_state="dead")

    def enable(self, name: str) -> None:
        self._do("enable", name, **({} if name == READ_ANEW else {"unit_file_state": "enabled"}))

    def disable(self, name: str) -> None:
        self._do("disable", name, unit_file_state="linked")
        self.link.unlink()

    def status(self, name: str, *, lines: int) -> str:
        return f"{name} {self.unit.active_state}, {lines} lines"

    def show(self, names: list[str]) -> dict[str, UnitStatus]:
        return dict.fromkeys(names, self.unit)


@dataclasses.dataclass
class Module:
    params: dict[str, t.Any]
    check_mode: bool = False

    def warn(self, warning: str) -> None:
        raise AssertionError(warning)


class Rig:
    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.checkout = folder / "checkout"
        self.checkout.mkdir()
        self.file = self.checkout / "web.service"
        self.file.write_text(GOOD)
        system = folder / "system"
        system.mkdir()
        self.link = system / "web.service"
        self.link.symlink_to(self.file)
        self.systemd = Systemd(self.link)
        self.committed: list[list[str]] = []
        self.fallen: list[Fallen] = []
        monkeypatch.setattr(service_action, "Systemctl", lambda: self.systemd)
        monkeypatch.setattr(service_action, "watch", lambda *_, **__: self.fallen)
        monkeypatch.setattr(service_action, "tell", lambda status, why: Fallen(status.name, why, ["last words"]))
        monkeypatch.setattr(service_action, "drop_ins_at", lambda _name: {})
        monkeypatch.setattr(service_action, "require_committed", lambda _c, paths, _u: self.committed.append(paths))
        monkeypatch.setattr(Target, "link", str(self.link))

    def run(self, verb: str, *, check: bool = False) -> dict[str, t.Any]:
        params = {"checkout": str(self.checkout), "user": "op", "lines": 20, "action": verb}
        step = Step(Module(params, check), "4.2")
        return conclude(step, lambda step: Actor(step, Target("web.service", str(self.file))).act(verb))[0]


@pytest.fixture
def rig(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("verb", "before", "argument"),
    [
        ("start", {}, "web.service"),
        ("stop", {"active_state": "active"}, "web.service"),
        ("enable", {}, "FILE"),
        ("disable", {"unit_file_state": "enabled"}, "web.service"),
    ],
)
def test_a_verb_is_predicted_done_and_then_nothing(
    rig: Rig, verb: str, before: dict[str, t.Any], argument: str
) -> None:
    ran = [(verb, argument.replace("FILE", str(rig.file)))]
    rig.systemd.unit = rig.systemd.unit._replace(**before)
    predicted = rig.run(verb, check=True)
    assert rig.systemd.ran == []
    done = rig.run(verb)
    assert predicted["actions"] == done["actions"] == [{"clause": "4.2", "subject": "web.service", "action": verb}]
    assert predicted["diff"] == done["diff"]
    assert rig.systemd.ran == ran
    assert [rig.run(verb, check=True)["actions"], rig.run(verb)["actions"]] == [[], []]
    assert rig.systemd.ran == ran
    assert rig.committed == ([["web.service"]] * 2 if verb in ("start", "enable") else [])


def test_the_status_comes_with_every_verb(rig: Rig) -> None:
    result = rig.run("status")
    assert result["status"] == "web.service inactive, 20 lines"
    assert result["summary"] == "web.service is inactive (dead) and linked."
    assert not result["changed"]
    assert rig.run("start")["status"] == "web.service active, 20 lines"
    assert rig.run("stop", check=True)["summary"] == "web.service would be inactive."


def test_what_is_disabled_stays_linked(rig: Rig) -> None:
    rig.systemd.unit = rig.systemd.unit._replace(unit_file_state="enabled", active_state="active")
    rig.run("disable")
    assert rig.link.readlink() == rig.file
    # It runs, so systemd has to find its file again.
    assert rig.systemd.ran == [("disable", "web.service"), ("enable", READ_ANEW)]


def test_what_does_not_start_is_told_with_its_last_words(rig: Rig) -> None:
    rig.systemd.fails = True
    result = rig.run("start")
    assert result["msg"] == (
        "web.service did not start: it is failed (result exit-code, exit status 0); its last journal lines:\n"
        "    last words"
    )
    assert result["actions"] == []
    assert result["status"] == "web.service failed, 20 lines"


def test_what_does_not_stay_up_is_told(rig: Rig) -> None:
    rig.fallen = [Fallen("web.service", "did not stay up", ["dying"])]
    assert rig.run("start")["msg"] == "web.service did not stay up; its last journal lines:\n    dying"


def test_what_ends_by_itself_is_not_watched(rig: Rig) -> None:
    rig.file.write_text("[Service]\nType=oneshot\nExecStart=/bin/a\n")
    rig.fallen = [Fallen("web.service", "did not stay up", [])]
    assert rig.run("start")["changed"]
    rig.systemd.unit = rig.systemd.unit._replace(active_state="inactive", condition_failed=True)
    assert "was kept from starting by a condition" in rig.run("start")["msg"]


def test_what_says_nothing_of_boot_cannot_be_enabled(rig: Rig) -> None:
    rig.file.write_text("[Service]\nExecStart=/bin/a\n")
    assert "has no [Install] section" in rig.run("enable")["msg"]
    assert rig.systemd.ran == []


def test_what_is_not_linked_from_the_checkout_is_left_alone(rig: Rig) -> None:
    rig.link.unlink()
    rig.link.write_text(GOOD)
    rig.systemd.unit = rig.systemd.unit._replace(active_state="active")
    for verb in ("stop", "enable"):
        assert "is a file and no link to" in rig.run(verb)["msg"]
    assert rig.systemd.ran == []


def test_drop_ins_of_the_checkout_are_to_be_as_committed_too(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {
        "/x/a.conf": Place("link", f"{rig.checkout}/web.service.d/a.conf"),
        "/x/b.conf": Place("link", "/etc/b.conf"),
        "/x/c.conf": Place("file"),
    }
    monkeypatch.setattr(service_action, "drop_ins_at", lambda _name: places)
    rig.run("start")
    assert rig.committed == [["web.service", "web.service.d/a.conf"]]


def test_a_service_that_nobody_declares_is_an_error() -> None:
    params = {"name": "ssh.service", "checkout": "/x", "units": [{"src": "web/web.service"}, {}]}
    result = conclude(Step(Module(params), "4.2"), do_verb)[0]
    assert result["msg"] == "ssh.service is none of the declared units; declare it in services_list"
