from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _update_uses as uses
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_plan import FIRST, LOGINS
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_uses import Use

SERVICE = "0::/system.slice/greeter.service\n"


def process(proc: pathlib.Path, pid: int, *files: str, cgroup: str = SERVICE, parent: int = 1) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    lines = (f"7f00-7f01 r-xp 00000000 fe:01 1 {file}\n" for file in files)
    (folder / "maps").write_text("".join(lines))
    (folder / "cgroup").write_text(cgroup)
    (folder / "stat").write_text(f"{pid} (a) S {parent} 0 0\n")


def test_processes_are_told_by_what_they_are_of(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 30)
    process(tmp_path, 1, "/usr/lib/systemd/systemd", cgroup="0::/init.scope\n")
    process(tmp_path, 10, "/usr/bin/python3.13 (deleted)")
    process(tmp_path, 20, "/usr/bin/bash", cgroup="0::/user.slice/user-1000.slice/session-1.scope\n")
    # What began this run ends with it.
    process(tmp_path, 30, "/usr/bin/python3.13", parent=20)
    process(tmp_path, 40)
    found = uses.read_uses(str(tmp_path))
    assert {use.unit for use in found} == {FIRST, "greeter.service"}
    process(tmp_path, 50, "/usr/bin/bash", cgroup="0::/user.slice/user-1000.slice/session-2.scope\n")
    assert LOGINS in {use.unit for use in uses.read_uses(str(tmp_path))}


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)", True),
        ("/lib/x86_64-linux-gnu/libc.so.6 (deleted)", True),
        ("/usr/sbin/cron (deleted)", True),
        ("/usr/sbin/cron", False),
        # A program may well delete what it has loaded.
        ("/var/cache/jit.so (deleted)", False),
        ("/usr/local/lib/x.so (deleted)", False),
        ("/home/ops/ai-systems/.venv/x.so (deleted)", False),
    ],
)
def test_a_replaced_file_is_a_packages(path: str, *, counts: bool) -> None:
    assert uses.on_replaced([Use("a.service", frozenset({path}))]) == (["a.service"] if counts else [])


def test_who_uses_the_files_of_a_package(tmp_path: pathlib.Path) -> None:
    (tmp_path / "libssl3t64:amd64.list").write_text("/.\n/lib/x86_64-linux-gnu/libssl.so.3\n")
    (tmp_path / "cron.list").write_text("/usr/sbin/cron\n")
    (tmp_path / "cron.md5sums").write_text("/usr/bin/other\n")
    files = uses.files_of(["libssl3t64", "cron:amd64"], str(tmp_path))
    assert files == {"/.", "/lib/x86_64-linux-gnu/libssl.so.3", "/usr/sbin/cron"}
    running = [
        Use("a.service", frozenset({"/usr/lib/x86_64-linux-gnu/libssl.so.3"})),
        Use("cron.service", frozenset({"/sbin/cron"})),
        Use("b.service", frozenset({"/usr/bin/other"})),
    ]
    assert uses.on_files_of(running, files) == ["a.service", "cron.service"]
