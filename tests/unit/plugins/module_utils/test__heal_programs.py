"""Programs that exist to heal."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._heal_programs import heals, packages, processes
from tests.units_view import command, matters, units_view


def test_packages_are_for_information(tmp_path: pathlib.Path) -> None:
    given: dict[str, dict[str, str | bytes]] = {"monit": {}, "earlyoom": {}, "vim": {}}
    assert matters(packages(units_view(tmp_path, packages=given))) == [
        ("6.2", "info", "package earlyoom"),
        ("6.2", "info", "package monit"),
    ]


def test_processes_that_no_unit_started(tmp_path: pathlib.Path) -> None:
    files = {
        f"/proc/{pid}/comm": f"{name}\n" for pid, name in ((7, "monit"), (8, "monit"), (9, "bash"), (10, "PM2 v5"))
    }
    node = units_view(tmp_path, files=files, loaded={"monit.service": {"MainPID": "7"}})
    found = list(processes(node))
    assert {one.subject: command(one) for one in found} == {"process monit": "kill 8", "process PM2 v5": "kill 10"}


def test_which_packages_exist_to_heal() -> None:
    assert [name for name in ("monit", "autossh", "earlyoom", "vim") if heals(name)] == ["monit", "autossh"]
