"""What supervisors beside systemd are told to run."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._supervisors import supervised, supervisor_of
from tests.view import view


def test_every_supervisors_own_words(tmp_path: pathlib.Path) -> None:
    files = {
        "/etc/supervisor/conf.d/a.conf": "[program:web]\ncommand=/opt/web\n",
        "/etc/supervisor/conf.d/readme": "[program:no]\n",
        "/etc/monit/conf.d/b": "check process db with pidfile /run/db.pid\n  start program = x\n",
        "/etc/circus/circusd.ini": "[watcher:c]\ncmd=/opt/c\n",
        "/etc/inittab": "# id:3:respawn:no\nT0:23:respawn:/opt/getty\n",
        "/etc/sv/d/run": "#!/bin/sh\n",
        "/home/ops/.pm2/dump.pm2": '[{"name": "e", "x": 1}]',
        "/etc/supervisor/supervisord.conf": "[supervisord]\n; [program:no]\n",
    }
    found = supervised(view(tmp_path, files=files, links={"/etc/service/d": "/etc/sv/d"}))
    assert [tuple(one) for one in found] == [
        ("supervisord", "/etc/supervisor/conf.d/a.conf", "web"),
        ("monit", "/etc/monit/conf.d/b", "db"),
        ("circus", "/etc/circus/circusd.ini", "c"),
        ("init", "/etc/inittab", "/opt/getty"),
        ("runit", "/etc/service/d", "d"),
        ("pm2", "/home/ops/.pm2/dump.pm2", "e"),
    ]


def test_what_a_package_brought_is_left_out(tmp_path: pathlib.Path) -> None:
    packages = {"monit": {"/etc/monit/monitrc": "check system $HOST\n", "/etc/service/x/run": "#!/bin/sh\n"}}
    assert supervised(view(tmp_path, packages=packages)) == []


def test_which_supervisor_reads_a_file() -> None:
    paths = {
        "/etc/supervisor/conf.d/web.conf": "supervisord",
        "/etc/supervisor/conf.d/README": "",
        "/etc/monit/monitrc": "monit",
        "/etc/service/web/run": "runit",
        "/etc/systemd/system/web.service": "",
    }
    assert {path: supervisor_of(path) for path in paths} == paths
