"""All units of a node: files, what systemd holds, what is a package's, what people have."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_units import NodeUnit, read_units
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView, ViewError
from tests.units_view import CHECKOUT, SERVICE, SYSTEM, USR, units_view
from tests.view import view


def by_name(node: NodeView) -> dict[str, NodeUnit]:
    return {unit.name: unit for unit in read_units(node)}


def test_a_packages_unit_is_a_vendors_until_somebody_changes_it(tmp_path: pathlib.Path) -> None:
    packages = {"cron": {f"{USR}/cron.service": SERVICE, f"{USR}/cron.service.d/a.conf": "[Service]\nNice=1\n"}}
    files = {f"{SYSTEM}/cron.service.d/b.conf": "[Service]\nNice=2\n"}
    unit = by_name(units_view(tmp_path, packages=packages, files=files, loaded={"cron.service": {}}))["cron.service"]
    assert (unit.is_vendor, unit.manager, unit.active_state) == (True, "system", "active")
    assert unit.drop_ins == (f"{USR}/cron.service.d/a.conf", f"{SYSTEM}/cron.service.d/b.conf")
    assert unit.other_drop_ins == (f"{SYSTEM}/cron.service.d/b.conf",)
    assert [one.value for one in unit.unit.said("Service", "Nice")] == ["1", "2"]
    changed = units_view(tmp_path / "2", packages=packages, files={f"{USR}/cron.service": "[Service]\n"})
    assert not by_name(changed)["cron.service"].is_vendor


def test_a_link_into_the_checkout(tmp_path: pathlib.Path) -> None:
    source = f"{CHECKOUT}/web/web.service"
    links = {f"{SYSTEM}/web.service": source, f"{SYSTEM}/multi-user.target.wants/web.service": source}
    unit = by_name(units_view(tmp_path, files={source: SERVICE}, links=links))["web.service"]
    assert (unit.fragment, unit.source, unit.file_state) == (f"{SYSTEM}/web.service", source, "enabled")
    assert (unit.is_vendor, unit.active_state, unit.unit.file) == (False, "", f"{SYSTEM}/web.service")


def test_aliases_are_other_names_and_no_units(tmp_path: pathlib.Path) -> None:
    packages = {"ssh": {f"{USR}/ssh.service": SERVICE}}
    found = by_name(units_view(tmp_path, packages=packages, links={f"{SYSTEM}/sshd.service": f"{USR}/ssh.service"}))
    assert (set(found), found["ssh.service"].aliases) == ({"ssh.service"}, ("sshd.service",))


def test_instances_that_are_loaded_or_enabled(tmp_path: pathlib.Path) -> None:
    packages = {"x": {f"{USR}/job@.service": SERVICE}}
    links = {f"{SYSTEM}/multi-user.target.wants/job@a.service": f"{USR}/job@.service"}
    found = by_name(units_view(tmp_path, packages=packages, links=links, loaded={"job@b.service": {}}))
    assert {name: unit.file_state for name, unit in found.items() if "@." not in name} == {
        "job@a.service": "enabled",
        "job@b.service": "disabled",
    }
    assert all(unit.fragment == f"{USR}/job@.service" and unit.is_vendor for unit in found.values())


def test_masked_transient_and_generated_units_are_told_apart(tmp_path: pathlib.Path) -> None:
    files = {"/run/systemd/transient/t.service": SERVICE, "/run/systemd/generator/g.service": SERVICE}
    loaded = {"t.service": {"Transient": "yes"}, "-.mount": {}, "gone.service": {"LoadState": "not-found"}}
    found = by_name(units_view(tmp_path, files=files, links={f"{SYSTEM}/m.service": "/dev/null"}, loaded=loaded))
    kinds = {name: (one.is_masked, one.is_transient, one.is_generated) for name, one in found.items()}
    assert kinds == {
        "-.mount": (False, False, False),
        "g.service": (False, False, True),
        "m.service": (True, False, False),
        "t.service": (False, True, False),
    }
    assert found["-.mount"].fragment == ""


def test_units_of_people_and_of_everybody(tmp_path: pathlib.Path) -> None:
    files = {
        "/home/ops/.config/systemd/user/a.service": "[Service]\nRestart=always\n",
        "/home/ops/.config/systemd/user/agent.service.d/x.conf": "[Service]\nNice=1\n",
        "/etc/systemd/user/b.service": SERVICE,
    }
    packages = {"agent": {"/usr/lib/systemd/user/agent.service": SERVICE}}
    links = {"/home/ops/.config/systemd/user/default.target.wants/a.service": "../a.service"}
    found = {
        (unit.manager, unit.name): unit
        for unit in read_units(units_view(tmp_path, files=files, packages=packages, links=links))
    }
    assert set(found) == {("*", "agent.service"), ("*", "b.service"), ("ops", "a.service"), ("ops", "agent.service")}
    assert found["ops", "a.service"].file_state == "enabled"
    assert found["ops", "agent.service"].is_vendor
    assert len(found["ops", "agent.service"].other_drop_ins) == 1


def test_a_link_in_a_home_shows_nothing_that_its_owner_may_not_read(tmp_path: pathlib.Path) -> None:
    passwd = f"root:x:0:0::/root:/bin/sh\nops:x:{os.geteuid() + 1000}:1000::/home/ops:/bin/sh\n"
    files = {"/etc/passwd": passwd, "/etc/secret": "token-of-root\n"}
    node = units_view(tmp_path, files=files, links={"/home/ops/.config/systemd/user/a.service": "/etc/secret"})
    (tmp_path / "node/etc/secret").chmod(0o640)
    if node.homes[-1].uid > 59_999:
        pytest.skip("the account that runs the tests has too high a number")
    unit = by_name(node)["a.service"]
    assert [(one.verdict, one.what) for one in unit.unit.problems] == [
        ("unknown", "it cannot be read: its owner may not read what it leads to")
    ]


def test_a_unit_that_cannot_be_read_is_a_problem_of_its_own(tmp_path: pathlib.Path) -> None:
    (tmp_path / "node/etc/systemd/system").mkdir(parents=True)
    os.mkfifo(tmp_path / "node/etc/systemd/system/f.service")
    unit = by_name(units_view(tmp_path))["f.service"]
    assert [one.verdict for one in unit.unit.problems] == ["unknown"]


def test_a_systemd_that_does_not_answer_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ViewError, match="cannot run systemctl"):
        read_units(view(tmp_path))


def test_a_busy_node_is_given_time_to_name_all_its_units(tmp_path: pathlib.Path) -> None:
    node = units_view(tmp_path, packages={"ssh": {f"{USR}/ssh.service": SERVICE}})
    given: dict[str, float] = {}
    answers = node._run

    def run(program: str, arguments: t.Sequence[str], timeout: float) -> Completed:
        given[" ".join((program, *arguments[:1]))] = timeout
        return answers(program, arguments, timeout)

    node._run = run
    read_units(node)
    assert given["systemctl show"] > 60.0
