"""What works beside systemd."""

from __future__ import annotations

import json
import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _services_outside as beside
from ansible_collections.ai_systems.runbook.plugins.module_utils._schedule_entry import Scheduled
from tests.units_view import SERVICE, USR, command, matters, units_view

OLD = "rm -f -- /etc/rc?.d/[SK]??old"
ANEW = "systemctl enable /usr/lib/systemd/system/basic.target"


def test_each_file_that_starts_something_is_one_finding(tmp_path: pathlib.Path) -> None:
    files = {
        "/etc/cron.d/x": "@daily root PASSWORD=hunter2 /opt/one --token hunter2\n@daily www /opt/two\n",
        "/etc/profile.d/x.sh": "a=b\nnohup /opt/three\n",
        "/etc/crontab": "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n1 1 * * * root /opt/four\n",
    }
    packages = {"cron": {"/etc/cron.d/vendor": "@daily root x\n"}}
    found = list(beside.outside(units_view(tmp_path, files=files, packages=packages)))
    assert {one.subject: command(one) for one in found} == {
        "/etc/cron.d/x": "mv --backup=numbered -- /etc/cron.d/x /root/",
        "/etc/profile.d/x.sh": "sed -i -e 2d -- /etc/profile.d/x.sh",
        "/etc/crontab": "sed -i -e 2d -- /etc/crontab",
    }
    (table,) = (one for one in found if one.subject == "/etc/cron.d/x")
    assert table.evidence == "cron starts one, two as root, www, and no unit does"
    assert "hunter2" not in str(found)


def test_a_timer_is_systemds_own(tmp_path: pathlib.Path) -> None:
    files = {f"{USR}/x.timer": "[Timer]\n", f"{USR}/x.service": SERVICE}
    node = units_view(tmp_path, files=files, loaded={"x.timer": {"Triggers": "x.service"}})
    assert list(beside.outside(node)) == []


def test_what_cannot_be_read_is_unknown(tmp_path: pathlib.Path) -> None:
    (tmp_path / "node/etc/cron.d").mkdir(parents=True)
    os.mkfifo(tmp_path / "node/etc/cron.d/trap")
    assert matters(beside.outside(units_view(tmp_path))) == [("4.1", "unknown", "/etc/cron.d/trap")]


@pytest.mark.parametrize(
    ("kind", "where", "typed"),
    [
        (
            "init.d",
            "/etc/init.d/old",
            f"systemctl stop old.service; mv --backup=numbered -- /etc/init.d/old /root/ && {OLD} && {ANEW}",
        ),
        ("at", "/var/spool/cron/atjobs/a1", "mv --backup=numbered -- /var/spool/cron/atjobs/a1 /root/"),
        ("profile", "/home/ops/.bashrc:7", "sed -i -e 7d -- /home/ops/.bashrc"),
    ],
)
def test_remedies(kind: str, where: str, typed: str) -> None:
    assert beside.remedy_of([Scheduled(kind, where, "root", "x", is_vendor=False)]) == f"'{typed}'"


def test_a_remedy_that_cannot_be_typed_is_a_sentence() -> None:
    for entry in (
        Scheduled("kernel", "/proc/cmdline", "root", "init=/x", is_vendor=False),
        Scheduled("cron", "/var/spool/cron/crontabs/a'b:1", "root", "x", is_vendor=False),
    ):
        assert "'" not in beside.remedy_of([entry])


def test_other_verbs_than_the_five(tmp_path: pathlib.Path) -> None:
    files = {"/etc/cron.d/x": "@daily root systemctl restart a\n@daily root systemctl start b\n"}
    node = units_view(tmp_path, files=files)
    assert matters(beside.verbs(node)) == [("4.2", "violation", "/etc/cron.d/x systemctl restart")]


def test_other_supervisors_and_containers(tmp_path: pathlib.Path) -> None:
    folder = f"/var/lib/docker/containers/{'b' * 64}"
    files = {
        "/etc/supervisor/conf.d/web.conf": "[program:web]\n",
        f"{folder}/config.v2.json": json.dumps({"Name": "/web"}),
        f"{folder}/hostconfig.json": json.dumps({"RestartPolicy": {"Name": "always"}}),
    }
    node = units_view(tmp_path, files=files)
    assert matters(beside.supervisors(node)) == [("4.1", "violation", "/etc/supervisor/conf.d/web.conf")]
    assert matters(beside.of_containers(node)) == [("4.1", "violation", "container web")]
    assert [one.name for one in beside.kept_up(node)] == ["web"]
