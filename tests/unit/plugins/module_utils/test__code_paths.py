from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _code_paths
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_facts import facts_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_paths import (
    Searched,
    folders_in,
    judge,
    read_searched,
)
from tests.view import view


@pytest.mark.parametrize(("text", "folders"), [
    ('PATH="/usr/bin:/opt/x"', ["/usr/bin", "/opt/x"]), ("export PATH=$PATH:/a", ["/a"]), ("MYPATH=/a", []),
    ("PATH=.:", [".", ""]), ("# PATH=/a", []), ("x PATH=/a:~/b;", ["/a", "~/b"]),
])  # fmt: skip
def test_folders_of_a_path(text: str, folders: list[str]) -> None:
    assert folders_in(text) == folders


class Status(t.NamedTuple):
    st_mode: int
    st_uid: int = 0
    st_gid: int = 0


class Tree:
    """A node with nothing but folders."""

    base = "x"

    def __init__(self, **folders: Status) -> None:
        self.folders = {"/": Status(0o40755)} | {f"/{name.replace('_', '/')}": one for name, one in folders.items()}

    def status(self, path: str) -> Status | None:
        return self.folders.get(path)

    def target(self, path: str) -> str:
        del path
        return ""


@pytest.mark.parametrize(("folder", "who"), [
    ("/safe", ""), ("/open", "everybody can"), ("/open/below", "everybody can"), ("/ops", "ops can"),
    ("/sticky", "everybody can"), ("/sticky/mine", ""), ("/sticky/none", "everybody can"), ("/safe/none", ""),
    (".", "whatever folder"), ("", "whatever folder"), ("$X/bin", ""), ("/home/ops/ai-systems/.venv/bin", ""),
])  # fmt: skip
def test_who_can_put_a_command_there(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, folder: str, who: str
) -> None:
    tree = Tree(safe=Status(0o40755), open=Status(0o40777), open_below=Status(0o40755), ops=Status(0o40755, 1000),
                sticky=Status(0o41777), sticky_mine=Status(0o40755))  # fmt: skip
    tree.folders["/home/ops/ai-systems/.venv/bin"] = Status(0o40755, 1000)
    node = view(tmp_path, declared={"operator": "ops", "checkout": "/home/ops/ai-systems"})
    monkeypatch.setattr(node, "status", tree.status)
    monkeypatch.setattr(node, "target", tree.target)
    found = list(judge(node, facts_of(node), [Searched(folder, "/etc/x"), Searched(folder, "/etc/y")]))
    assert [who in one.evidence for one in found] == ([True] if who else [])
    assert all(one.evidence.count("/etc/") == 2 for one in found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are root's")
def test_where_commands_are_looked_for(tmp_path: pathlib.Path) -> None:
    files = {"/etc/environment": "PATH=/a\n", "/etc/cron.d/x": "PATH=/b\n",
             "/etc/login.defs": "ENV_SUPATH PATH=/c:/d\n",
             "/etc/sudoers": 'Defaults secure_path="/e"\n', "/root/.profile": "PATH=/f:$PATH\n"}  # fmt: skip
    node = view(tmp_path, files=files)
    node.units = ()
    named = {one.folder: one.where for one in read_searched(node)}
    assert {one: named[one] for one in ("/a", "/b", "/c", "/d", "/e", "/f")} == {
        "/a": "/etc/environment", "/b": "/etc/cron.d/x", "/c": "/etc/login.defs", "/d": "/etc/login.defs",
        "/e": "/etc/sudoers", "/f": "/root/.profile",
    }  # fmt: skip
    assert named["/usr/bin"] == "every program of root's"
    assert _code_paths.CLAUSE == "6.4"
