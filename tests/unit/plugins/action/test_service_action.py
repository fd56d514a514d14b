from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.service_action import ActionModule

NODE = {"inventory_hostname": "greenhouse-1"}
UNITS = [
    {"src": "web/web.service", "paths": ["web"]},
    {"src": "backup/backup@.timer", "instances": ["photos"]},
    {"src": "old.service", "state": "absent"},
]


class Rig:
    """The action with what the node answers; ``asked`` is what the node was asked, ``shown`` what the operator sees."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, status: t.Any = "", **args: t.Any) -> None:
        self.asked: list[dict[str, t.Any]] = []
        self.shown: list[str] = []
        self.plugin = ActionModule.__new__(ActionModule)
        task = types.SimpleNamespace(args={"action": "stop", "units": UNITS, **args}, check_mode=False)
        self.plugin._task = task  # type: ignore[assignment]
        self.plugin._display = types.SimpleNamespace(display=self.shown.append)  # type: ignore[assignment]

        def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
            assert (module_name, task_vars) == ("ai_systems.runbook.service_action", NODE)
            self.asked.append(module_args)
            return {"changed": True, "status": status}

        monkeypatch.setattr(self.plugin, "_execute_module", execute)
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})

    def run(self) -> dict[str, t.Any]:
        return self.plugin.run(None, NODE)


@pytest.mark.parametrize(
    ("name", "src"), [("web.service", "web/web.service"), ("backup@photos.timer", "backup/backup@.timer")]
)
def test_the_node_is_told_of_the_one_service(monkeypatch: pytest.MonkeyPatch, name: str, src: str) -> None:
    rig = Rig(monkeypatch, name=name)
    assert rig.run()["changed"]
    assert rig.asked == [{"action": "stop", "name": name, "units": [{"src": src}], "merge": ""}]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ssh.service", "'ssh.service' is no service that is declared for greenhouse-1; declared are backup@photos"),
        ("wweb", "did you mean web.service? Declared are backup@photos.timer, web.service"),
        ("old.service", "'old.service' is no service that is declared"),
        ("backup@.timer", "did you mean backup@photos.timer? Declared"),
        ("backup@mail.timer", "is no service that is declared"),
        ("x\x1b[31m\n" * 999, "'x\\\\x1b[31m x"),
        ("", "no service is named; say which one with -e service_name=, declared for greenhouse-1 are backup@photos"),
    ],
)
def test_what_is_not_declared_is_left_alone(monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    rig = Rig(monkeypatch, name=name)
    result = rig.run()
    assert result["failed"]
    assert result["clause"] == "4.2"
    assert said in result["msg"]
    assert result["msg"].isprintable()
    assert not rig.asked


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([], "no services are declared for greenhouse-1; declare them in services_list"),
        ([{"src": "/a.service"}], "units of the playbook: /a.service has src: '/a.service'; it is absolute"),
        ("web.service", "units of the playbook is 'web.service' and no list"),
    ],
)
def test_a_list_that_cannot_be_is_an_error(monkeypatch: pytest.MonkeyPatch, units: t.Any, said: str) -> None:
    rig = Rig(monkeypatch, units=units, name="web.service")
    assert said in rig.run()["msg"]
    assert not rig.asked


def test_the_status_is_shown_and_cannot_write_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, "* web.service\n\n  Active: \x1b[31mactive\u202e\n", name="web.service")
    rig.run()
    assert rig.shown == [
        "greenhouse-1: * web.service",
        "greenhouse-1:",
        "greenhouse-1:   Active: \\x1b[31mactive\\u202e",
    ]


@pytest.mark.parametrize("status", [None, 5, ["x"], " \n"])
def test_what_is_no_text_is_not_shown(monkeypatch: pytest.MonkeyPatch, status: t.Any) -> None:
    rig = Rig(monkeypatch, status, name="web.service")
    rig.run()
    assert rig.shown == []


def test_a_long_status_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, "x" * 1_000_000, name="web.service")
    rig.run()
    assert sum(map(len, rig.shown)) < 9000
