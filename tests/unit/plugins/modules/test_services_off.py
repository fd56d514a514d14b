"""Stopping for good: one unit that does not stop keeps no other from it, and is told."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._services_off import Found
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import UnitStatus
from ansible_collections.ai_systems.runbook.plugins.modules import services_off
from tests.thin_module import assert_documented


class Systemd:
    """Units that run; ``stubborn`` ones do not stop, ``restless`` ones run again."""

    def __init__(self) -> None:
        self.running = {"a.service", "b.timer"}
        self.linked = ["a.service", "b.timer"]
        self.stubborn: set[str] = set()
        self.restless: set[str] = set()
        self.ran: list[tuple[str, str]] = []

    def stop(self, name: str) -> None:
        self.ran.append(("stop", name))
        if name in self.stubborn:
            raise CommandError("it hangs", argv=[])
        self.running -= {name} - self.restless

    def disable(self, name: str) -> None:
        self.ran.append(("disable", name))
        self.linked.remove(name)

    def show(self, names: t.Iterable[str]) -> dict[str, UnitStatus]:
        return {name: UnitStatus(name, active_state="active" if name in self.running else "inactive") for name in names}


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Systemd:
    systemd = Systemd()
    monkeypatch.setattr(services_off, "Systemctl", lambda: systemd)
    monkeypatch.setattr(services_off, "FOLDER", str(tmp_path))
    monkeypatch.setattr(services_off, "make_folder", lambda: None)
    monkeypatch.setattr(services_off, "forget_failed", lambda *_: [])

    def read(_systemctl: t.Any, declared: t.Sequence[str], _checkout: str) -> Found:
        assert declared == ["a.service"]
        return Found(
            systemd.show(["a.service", "b.timer"]), tuple(systemd.linked), left=("ssh.service was left alone",)
        )

    monkeypatch.setattr(services_off, "read", read)
    return systemd


def off(*, check: bool = False, checkout: str = "/home/ops/ai-systems") -> dict[str, t.Any]:
    params = {"names": ["a.service"], "checkout": checkout}
    warnings: list[str] = []
    host = types.SimpleNamespace(params=params, check_mode=check, warn=warnings.append)
    return conclude(Step(host, "5.4"), services_off.do_off)[0] | {"warnings": warnings}


def test_four_runs(systemd: Systemd) -> None:
    foretold = off(check=True)
    assert systemd.ran == []
    assert foretold["summary"] == ("b.timer, a.service would be stopped; a.service, b.timer would be disabled.")
    done = off()
    assert done["actions"] == foretold["actions"]
    assert systemd.ran == [("stop", "b.timer"), ("stop", "a.service"), ("disable", "a.service"), ("disable", "b.timer")]
    assert done["summary"] == "b.timer, a.service were stopped; a.service, b.timer were disabled."
    assert done["warnings"] == ["ssh.service was left alone"]
    for check in (True, False):
        again = off(check=check)
        assert (again["actions"], again["summary"]) == ([], "Nothing runs from the checkout, and nothing is linked.")


def test_one_that_does_not_stop_is_told_at_the_end(systemd: Systemd) -> None:
    systemd.stubborn = {"b.timer"}
    done = off()
    assert "b.timer was not stopped (it hangs); b.timer runs again: look at 'systemctl status'" in done["msg"]
    assert [action["subject"] for action in done["actions"]] == ["a.service", "a.service", "b.timer"]


def test_one_that_runs_again_is_told(systemd: Systemd) -> None:
    systemd.restless = {"a.service"}
    assert "a.service runs again: look at" in off()["msg"]


@pytest.mark.parametrize("checkout", ["", "/", "//", "ai-systems", "../x"])
def test_the_checkout_is_a_folder_of_its_own(systemd: Systemd, checkout: str) -> None:
    assert "is no folder of its own; give its absolute path" in off(checkout=checkout)["msg"]
    assert systemd.ran == []


def test_what_it_documents_is_what_it_takes() -> None:
    assert_documented(services_off, services_off.ARGUMENT_SPEC)
