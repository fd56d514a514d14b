"""What an inventory declares, worked out for the node; a part that cannot be is told and left out."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import DeclaredError, declared_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _audit_declared
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_declared import Inventory, work_out
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import WantedError
from tests.git_rig import Upstream

MERGED = Inventory(t.cast("t.Any", None), "node-1", lambda value: value)


@pytest.fixture(autouse=True)
def _lists(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service("greeter.service", "greeter/greeter.service", waive={"runs-as-root": "it binds a port"})
    monkeypatch.setattr(_audit_declared, "wanted_services", lambda *_, **__: [service])
    monkeypatch.setattr(_audit_declared, "wanted_accounts", lambda *_, **__: [("greeter", "all")])
    monkeypatch.setattr(_audit_declared, "wanted_packages", lambda *_, **__: [])


def test_a_declared_node_is_worked_out_and_fits_the_module(tmp_path: pathlib.Path) -> None:
    upstream = Upstream(tmp_path / "ai-systems")
    commit = upstream.commit({"context.md": "# Context\n"})
    given = {"hostname": "node-1", "repository": {"url": str(upstream.path), "version": "main"}}
    worked = work_out(given, MERGED)
    assert worked.unclear == ()
    declared = declared_from(json.loads(json.dumps(worked.declared)))
    assert (declared.hostname, declared.commit, declared.branch) == ("node-1", commit, "main")
    assert len(declared.tree_digest) == len(declared.run_key) == 64
    assert declared.accounts == ("greeter",)
    (service,) = declared.services
    assert (service.src, service.waived) == ("greeter/greeter.service", frozenset(("runs-as-root",)))


def test_a_node_of_which_nothing_is_declared_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_list(*_: t.Any, **__: t.Any) -> t.NoReturn:
        raise WantedError("services_list of all is 3 and no list")

    monkeypatch.setattr(_audit_declared, "wanted_services", no_list)
    worked = work_out({}, MERGED)
    assert [one.partition(";")[0] for one in worked.unclear] == [
        "repository_url or repository_version is not set", "services_list of all is 3 and no list",
    ]  # fmt: skip
    assert declared_from(worked.declared).services == ()


def test_each_run_has_a_key_of_its_own() -> None:
    assert work_out({}, MERGED).declared["run_key"] != work_out({}, MERGED).declared["run_key"]


def test_a_value_of_another_kind_is_named() -> None:
    with pytest.raises(DeclaredError, match="essential of declared is 'git' and no list"):
        work_out({"essential": "git"}, MERGED)


def test_what_the_image_held_counts_once_it_is_committed(tmp_path: pathlib.Path) -> None:
    upstream = Upstream(tmp_path / "inventory")
    held = {"packages": {"git": "1"}, "enabled_units": ["ssh.service"], "accounts": {"root": {}}}
    (upstream.path / "baselines").mkdir()
    (upstream.path / "baselines" / "node-1.json").write_text(json.dumps(held))
    given = {"baselines_dir": str(upstream.path / "baselines")}
    assert not declared_from(work_out(given, MERGED).declared).has_baseline
    upstream.commit({})
    declared = declared_from(work_out(given, MERGED).declared)
    assert declared.has_baseline
    assert declared.baseline["units"] == ("ssh.service",)
