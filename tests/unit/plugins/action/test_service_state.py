"""What services keep is saved once, by a session of its own; the node's words are checked first."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import service_state
from ansible_collections.ai_systems.runbook.plugins.module_utils._service_state import body
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from tests.step_host import Host


class Played:
    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "state"
        self.kept = folder / "kept"
        self.kept.mkdir()
        (self.kept / "a").write_text("a")
        self.services = [Service("g.service", "g/g.service", service_state=(str(self.kept), "/nowhere/x"))]
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.sent: list[dict[str, t.Any]] = []
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(service_state.ActionModule, "_execute_module", self._module)
        monkeypatch.setattr(service_state.ActionModule, "_services", lambda *_: self.services)
        monkeypatch.setattr(service_state.ActionModule, "_session", lambda _: (None, None))
        monkeypatch.setattr(service_state.ActionModule, "_login", lambda _: "ops@192.0.2.10")
        monkeypatch.setattr(service_state, "_argv", lambda _session, command, _password: ["/bin/sh", "-c", command])

    def _module(self, *, module_args: dict[str, t.Any], **_: t.Any) -> dict[str, t.Any]:
        self.sent.append(module_args)
        return conclude(Step(Host(**module_args), "5.3"), body)[0]

    def run(self, *, check: bool = False, **args: t.Any) -> dict[str, t.Any]:
        plugin = service_state.ActionModule.__new__(service_state.ActionModule)
        plugin._task = types.SimpleNamespace(args={"folder": str(self.folder), **args}, check_mode=check)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(display=self.lines.append, warning=self.warnings.append)  # type: ignore[assignment]
        return plugin.run(None, {"inventory_hostname": "n1"})


@pytest.fixture
def played(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(tmp_path, monkeypatch)


def test_four_runs(played: Played) -> None:
    foretold = played.run(check=True)
    assert not played.folder.exists()
    done = played.run()
    assert done["actions"] == foretold["actions"] == [{"clause": "5.3", "subject": str(played.kept), "action": "save"}]
    assert pathlib.Path(done["archive"]).is_file()
    assert "1 files" not in done["summary"] or done["summary"]
    for check in (True, False):
        again = played.run(check=check)
        assert (again["changed"], again["archive"]) == (False, done["archive"])
        assert "saved already" in again["summary"]
    assert played.sent[0] == {"paths": sorted(["/nowhere/x", str(played.kept)]), "most_mib": 1024}
    assert played.warnings[0] == "/nowhere/x is declared as a service's state, and n1 has no such path"
    assert "What to type:" in played.lines


def test_where_nothing_is_kept_nothing_is_saved(played: Played) -> None:
    played.services = [Service("g.service", "g/g.service", service_state=())]
    result = played.run()
    assert (result["changed"], result["archive"]) == (False, "")
    assert "keep nothing that would have to be saved" in result["summary"]


@pytest.mark.parametrize(
    ("args", "words"),
    [({"most_mib": 0}, "rollback_state_mib is 0"), ({"folder": ""}, "rollback_state_dir is empty")],
)
def test_a_value_that_is_none_is_refused(played: Played, args: dict[str, t.Any], words: str) -> None:
    result = played.run(**args)
    assert result["failed"]
    assert words in result["msg"]
    assert played.sent == []


def test_a_service_that_does_not_say_is_refused_before_the_node_is_asked(played: Played) -> None:
    played.services = [Service("web.service", "w/web.service")]
    result = played.run()
    assert result["failed"]
    assert "web.service of services_list does not say what it keeps" in result["msg"]
    assert played.sent == []
