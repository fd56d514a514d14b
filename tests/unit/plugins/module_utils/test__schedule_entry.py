"""What runs by itself, read line by line, with what cannot be read."""

from __future__ import annotations

import os
import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._schedule_entry import (
    Scheduled,
    entry,
    is_program,
    lines_of,
    names_of,
    owner_of,
)
from tests.view import view


def test_the_file_of_an_entry() -> None:
    entries = [Scheduled("cron", where, "", "", is_vendor=False) for where in ("/etc/crontab:7", "/etc/x", "a.timer")]
    assert [one.file for one in entries] == ["/etc/crontab", "/etc/x", "a.timer"]


def test_an_entry_is_cleaned_and_bounded(tmp_path: pathlib.Path) -> None:
    one = entry(view(tmp_path), "cron", "/etc/x", "root", "a\x1b[2J" + "b" * 10_000, line=3)
    assert (one.where, one.is_vendor) == ("/etc/x:3", False)
    assert "\x1b" not in one.command
    assert len(one.command) < 2_100


def test_lines_without_comments_and_what_cannot_be_read(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/x": "# a\n\n one \r\ntwo\n"}, links={"/etc/up": "/etc/x"})
    os.mkfifo(tmp_path / "node/etc/fifo")
    failed: list[Scheduled] = []
    assert lines_of(node, "/etc/up", failed=failed) == [(3, "one"), (5, "two")]
    assert lines_of(node, "/etc/gone", failed=failed) == []
    assert not failed
    assert lines_of(node, "/etc/fifo", failed=failed) == []
    assert [(one.kind, one.where) for one in failed] == [("unreadable", "/etc/fifo")]


def test_a_link_to_what_its_owner_may_not_read(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/secret": "s"}, links={"/home/ops/.bashrc": "/etc/secret"})
    path = tmp_path / "node/etc/secret"
    path.chmod(0o600)
    failed: list[Scheduled] = []
    assert lines_of(node, "/home/ops/.bashrc", uid=path.stat().st_uid + 1, failed=failed) == []
    assert failed[0].command == "its owner may not read what it leads to"


def test_names_programs_and_owners(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/d/a": "", "/etc/d/b": ""}, links={"/etc/d/c": "a"})
    (tmp_path / "node/etc/d/a").chmod(0o755)
    failed: list[Scheduled] = []
    assert names_of(node, "/etc/d", failed) == ("a", "b", "c")
    assert (names_of(node, "/etc/none", failed), failed) == ((), [])
    assert [is_program(node, f"/etc/d/{name}") for name in "abcd"] == [True, False, True, False]
    uid = (tmp_path / "node/etc/d/a").stat().st_uid
    assert owner_of(node, "/etc/d/a") == ("root" if uid == 0 else "ops" if uid == 1000 else f"uid {uid}")
