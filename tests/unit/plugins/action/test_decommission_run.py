"""The controller's side of a decommission: each part once, half-way runs finished, nothing written in check mode."""

from __future__ import annotations

import json
import pathlib
import types
import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.action import decommission_run
from ansible_collections.ai_systems.runbook.plugins.modules import decommission_run as module
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _decommission_record as record
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_act import Acts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import lost_node, node_json
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import order as isolation_order
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import read as isolated
from tests.thin_module import assert_documented

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIHltCXp9kO0aa8FOezC844IGbtR8/7KPb6E2oWepoUMw"
IN = {"login": {"user": "ops"}}
OK = {"changed": True, "summary": "Done."}
LOST = {"unreachable": True, "msg": "no route"}


class Site:
    """An operator's folder with two nodes; the run is for n1."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.hosts = folder / "hosts.yml"
        self.hosts.write_text("w:\n  hosts:\n    n1:  # door\n      ansible_host: 192.0.2.1\n    n2:\n")
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text(f"192.0.2.1 ssh-ed25519 {KEY} n1\n")
        isolation_order(str(folder / "records"), "n1", lift=False)
        self.warnings: list[str] = []

    def variables(self) -> dict[str, t.Any]:
        """What Ansible makes of the inventory."""
        groups = yaml.safe_load(self.hosts.read_text())
        held = {name: list(group["hosts"] or ()) for name, group in groups.items()}
        return {
            "inventory_hostname": "n1",
            "ansible_host": "192.0.2.1",
            "ansible_limit": "n1",
            "ansible_play_hosts_all": ["n1"],
            "ansible_inventory_sources": [str(self.hosts)],
            "groups": {"all": ["n1", "n2"], **held},
            "group_names": [name for name, hosts in held.items() if "n1" in hosts],
            "services_credentials": {"web.service": {"token": "the-secret"}},
            "operator_user_name": "ops",
            "operator_user_authorized_keys": [f"restrict ssh-ed25519 {KEY} anna@desk"],
        }

    def step(self, *, check: bool = False, **args: t.Any) -> dict[str, t.Any]:
        plugin = decommission_run.ActionModule.__new__(decommission_run.ActionModule)
        places = {"records_dir": str(self.folder / "records"), "reports_dir": str(self.folder / "reports")}
        args = {**places, "known_hosts": str(self.known_hosts), **args}
        plugin._task = types.SimpleNamespace(args=args, check_mode=check)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace(template=lambda value: value)  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(warning=self.warnings.append)  # type: ignore[assignment]
        return plugin.run(None, self.variables())

    def run(
        self, *, check: bool = False, reason: str = "retired", **said: t.Any
    ) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        """Return what carrying it out and concluding say."""
        given = self.step(step="order", reason=reason, confirm="n1", check=check)
        assert not given.get("failed"), given
        results = {"login": IN, "diagnosis": OK, "services": OK, "isolation": OK} if given["asks_node"] else {}
        done = self.step(step="carry_out", order=given, check=check, **{**results, **said})
        return done, self.step(step="conclude", outcome=done, check=check) if not done.get("failed") else done

    @property
    def entry(self) -> record.Entry:
        return record.read(str(self.folder / "records"))["n1"]

    def held(self) -> dict[str, str]:
        return {str(path): path.read_text() for path in sorted(self.folder.rglob("*")) if path.is_file()}


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})

    def validated(plugin: t.Any, argument_spec: t.Mapping[str, t.Any]) -> tuple[None, dict[str, t.Any]]:
        return None, {**{name: one.get("default") for name, one in argument_spec.items()}, **plugin._task.args}

    monkeypatch.setattr("ansible.plugins.action.ActionBase.validate_argument_spec", validated)
    return Site(tmp_path)


def test_what_it_documents_is_what_it_takes() -> None:
    assert_documented(module, decommission_run._SPEC)


def test_four_runs(site: Site) -> None:
    before = site.held()
    foretold, said = site.run(check=True)
    assert site.held() == before
    assert "failed" not in said
    done, said = site.run()
    assert not {"failed", "unreachable"} & set(said)
    assert (done["actions"], done["diff"]) == (foretold["actions"], foretold["diff"])
    assert [action["action"] for action in done["actions"]] == [
        "save", "save", "revoke the host keys", "move n1 to decommissioned",
    ]  # fmt: skip
    assert site.known_hosts.read_text().startswith("@revoked * ssh-ed25519")
    assert yaml.safe_load(site.hosts.read_text())["decommissioned"]["hosts"]["n1"]["decommissioned_reason"] == "retired"
    assert isolated(str(site.folder / "records")) == {}
    assert site.entry.is_done
    after = site.held()
    for check in (True, False):
        again, said = site.run(check=check)
        assert (again["changed"], again["actions"], again["undecided"]) == (False, [], False)
        assert again["summary"].startswith("Decommissioned since 20")
        assert site.held() == after


def test_the_checklist_and_the_diagnosis_lie_side_by_side_and_hold_no_secret(site: Site) -> None:
    taken = node_json(lost_node("n1", "failed", "the disk is full"))
    done, _said = site.run(diagnosis={"diagnosis": taken})
    [folder] = list((site.folder / "reports").iterdir())
    assert {path.name for path in folder.iterdir()} == {"decommission-n1.md", "diagnosis", "diagnosis.html"}
    text = (folder / "decommission-n1.md").read_text()
    assert "- [ ] Rotate token, which web.service had\n" in text
    assert "(anna@desk)" in text
    assert all("the-secret" not in content for content in [*site.held().values(), json.dumps(done)])
    assert json.loads((folder / "diagnosis" / "n1.json").read_text())["sentence"] == "the disk is full"
    assert done["closing"][-1] == f"NEXT: work through {folder}/decommission-n1.md"


def test_a_node_that_does_not_answer(site: Site) -> None:
    done, said = site.run(login=LOST, diagnosis={}, services={}, isolation={})
    assert done["changed"]
    assert said["unreachable"]
    assert "n1 is decommissioned here, but not on the node itself: it does not answer" in said["msg"]
    assert "Pull its cable now: it does not answer" in "\n".join(done["closing"])
    assert site.entry.is_done
    again, said = site.run()
    assert (again["changed"], again["undecided"]) == (False, True)
    assert "Never done on the node: it does not answer" in again["summary"]
    assert not {"failed", "unreachable"} & set(said)


@pytest.mark.parametrize("what", ["login", "diagnosis", "services", "isolation"])
def test_one_that_answers_and_fails_stops_it(site: Site, what: str) -> None:
    before = (site.hosts.read_text(), site.known_hosts.read_text())
    said: dict[str, t.Any] = {what: {"failed": True, "msg": "it says no"}}
    done, _said = site.run(**said)
    assert done["failed"]
    assert "it says no" in done["msg"]
    assert "run the same command again, or pull its cable and go on without it by -e without_node=true" in done["msg"]
    assert (site.hosts.read_text(), site.known_hosts.read_text()) == before
    assert not site.entry.is_node_over
    # The same again, better; and the order keeps its reason.
    done, ended = site.run(reason="")
    assert done["changed"]
    assert "failed" not in ended
    assert site.entry.reason == "retired"


def test_it_may_be_given_up(site: Site) -> None:
    done, said = site.run(isolation={"failed": True, "msg": "no"}, without_node=True)
    assert done["changed"]
    assert said["failed"]
    assert "not on the node itself: it was not isolated (no)" in said["msg"]
    assert site.entry.is_done


@pytest.mark.parametrize("part", ["save_checklist", "revoke_keys", "move", "end_isolation"])
def test_a_run_that_is_killed_is_finished_by_the_next(site: Site, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    class KilledError(BaseException):
        pass

    def killed(*_args: t.Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Acts, part, killed)
        with pytest.raises(KilledError):
            site.run()
    since = site.entry.since
    assert not site.entry.is_done
    done, said = site.run()
    assert done["changed"]
    assert "failed" not in said
    assert (site.entry.is_done, site.entry.since) == (True, since)
    assert len(list((site.folder / "reports").iterdir())) == 1
    assert site.known_hosts.read_text().count("@revoked") == 1
    assert site.hosts.read_text().count("n1") == 1


def test_what_is_left_to_a_person_is_finished_after_that(site: Site) -> None:
    site.hosts.write_text("w:\n  hosts: {n1: {ansible_host: 192.0.2.1}, n2: }\n")
    done, said = site.run()
    assert said["failed"]
    assert "n1 is decommissioned here except for what is left to you; do it, then run this again" in said["msg"]
    assert "hosts.yml has n1 in a line together with others at line 2" in said["msg"]
    assert done["closing"][0].startswith("NOT FINISHED: n1")
    assert site.known_hosts.read_text().startswith("@revoked")
    assert not site.entry.is_done
    site.hosts.write_text("w:\n  hosts: {n2: }\ndecommissioned:\n  hosts: {n1: }\n")
    done, said = site.run()
    assert "failed" not in said
    assert site.entry.is_done


def test_who_serves_again_can_go_again(site: Site) -> None:
    site.run()
    since = site.entry._replace(since="2020-01-01T00:00:00Z")
    record.write(str(site.folder / "records"), "n1", since)
    site.hosts.write_text("w:\n  hosts:\n    n1:\n")
    done, _said = site.run(reason="compromised")
    assert done["changed"]
    assert site.entry.since > "2026"
    assert site.entry.reason == "compromised"


def test_without_its_name_nothing_is_written(site: Site) -> None:
    before = site.held()
    said = site.step(step="order", reason="retired", confirm="n2")
    assert said["failed"]
    assert "nothing was done" in said["msg"]
    assert site.held() == before


def test_an_unreadable_record_ends_it(site: Site) -> None:
    (site.folder / "records" / record.FILE).write_text("{")
    said = site.step(step="order", reason="retired", confirm="n1")
    assert said["failed"]
    assert "restore it from git" in said["msg"]
