"""The rules on what heals."""

from __future__ import annotations

import json
import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit import audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_self_heal import RULES
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from tests.units_view import SERVICE, SYSTEM, USR, command, units_view

AGAIN = SERVICE.replace("[Install]", "Restart=always\n[Install]")
MANAGER = "RuntimeWatchdogUSec=0\nKExecWatchdogUSec=0\n"


def found(node: NodeView) -> dict[str, Finding]:
    return {one.subject: one for one in audit(node, RULES).findings if one.verdict == "violation"}


def test_one_clause_and_unique_names() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.clause for rule in RULES} == {"6.2"}


def test_a_package_may_have_its_unit_restart_and_nobody_else(tmp_path: pathlib.Path) -> None:
    packages = {"ssh": {f"{USR}/ssh.service": AGAIN}}
    node = units_view(tmp_path, packages=packages, loaded={"ssh.service": {"Restart": "always"}}, manager=MANAGER)
    assert audit(node, RULES).findings == []
    changed = units_view(tmp_path / "2", packages=packages, files={f"{USR}/ssh.service": f"{AGAIN}\n"}, manager=MANAGER)
    assert set(found(changed)) == {"ssh.service restart"}


def test_what_systemd_holds_and_the_files_do_not_say(tmp_path: pathlib.Path) -> None:
    files = {f"{SYSTEM}/x.service": SERVICE, f"{SYSTEM}/y.service": AGAIN}
    loaded = {"x.service": {"Restart": "always", "WatchdogUSec": "30s"}, "y.service": {"Restart": "always"}}
    assert set(found(units_view(tmp_path, files=files, loaded=loaded, manager=MANAGER))) == {
        "x.service Restart",
        "x.service WatchdogSec",
        "y.service restart",
    }


def test_links_that_keep_a_unit_up(tmp_path: pathlib.Path) -> None:
    links = {f"{SYSTEM}/a.target.upholds/p.service": f"{USR}/p.service"}
    packages = {"p": {f"{USR}/p.service": SERVICE, f"{USR}/b.target.upholds/p.service": ""}}
    node = units_view(tmp_path, packages=packages, links=links, manager=MANAGER)
    assert set(found(node)) == {f"{SYSTEM}/a.target.upholds/p.service"}


def test_services_that_exist_to_heal(tmp_path: pathlib.Path) -> None:
    packages = {"monit": {f"{USR}/monit.service": SERVICE}, "watchdog": {f"{USR}/watchdog.service": SERVICE}}
    links = {f"{SYSTEM}/multi-user.target.wants/monit.service": f"{USR}/monit.service"}
    node = units_view(tmp_path, packages=packages, links=links, manager=MANAGER)
    assert {subject: command(one) for subject, one in found(node).items()} == {
        "monit.service": "systemctl stop monit.service && systemctl disable monit.service"
    }
    informed = {one.subject for one in audit(node, RULES).findings if one.verdict == "info"}
    assert informed == {"package monit", "package watchdog"}


def test_scripts_and_containers(tmp_path: pathlib.Path) -> None:
    folder = f"/var/lib/docker/containers/{'c' * 64}"
    files = {
        "/etc/cron.d/x": "* * * * * root pgrep web || /opt/web\n@daily root apt-get upgrade\n",
        f"{folder}/config.v2.json": json.dumps({"Name": "/web"}),
        f"{folder}/hostconfig.json": json.dumps({"RestartPolicy": {"Name": "always"}}),
    }
    packages = {"p": {"/etc/cron.d/p": "@daily root systemctl restart p\n"}}
    assert set(found(units_view(tmp_path, files=files, packages=packages, manager=MANAGER))) == {
        "/etc/cron.d/x a look for a process, and what follows without it",
        "container web",
    }


def test_no_answer_is_unknown(tmp_path: pathlib.Path) -> None:
    unknown = [one for one in audit(units_view(tmp_path), RULES).findings if one.verdict == "unknown"]
    assert [one.subject for one in unknown] == ["systemd watchdog"]
