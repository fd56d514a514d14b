"""All of it together; what cannot be read keeps nothing else from being read."""

from __future__ import annotations

import os
import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._node_schedule import UNREADABLE, read_schedule
from tests.units_view import units_view


def test_every_source_is_asked_and_a_trap_hides_nothing(tmp_path: pathlib.Path) -> None:
    files = {
        "/etc/cron.d/x": "@daily root a\n",
        "/etc/udev/rules.d/9.rules": 'RUN+="b"\n',
        "/etc/profile.d/c.sh": "c &\n",
    }
    node = units_view(tmp_path, files=files)
    os.mkfifo(tmp_path / "node/home/ops/.bashrc")
    (tmp_path / "node/etc/crontab").mkdir()
    found = read_schedule(node)
    assert {(one.kind, one.file) for one in found} == {
        ("cron", "/etc/cron.d/x"),
        ("udev", "/etc/udev/rules.d/9.rules"),
        ("profile", "/etc/profile.d/c.sh"),
        (UNREADABLE, "/home/ops/.bashrc"),
        (UNREADABLE, "/etc/crontab"),
    }
