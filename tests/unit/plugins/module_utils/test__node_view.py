"""What a view reads, how often, and what it says of what cannot be read."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView, ViewError
from tests.view import view


def test_a_file_is_read_once_and_a_missing_one_is_none(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/x": "one"})
    assert node.text("/etc/x") == "one"
    (tmp_path / "node/etc/x").write_text("two")
    assert node.text("/etc/x") == "one"
    assert node.content("/etc/x") == b"two"
    assert node.text("/etc/none") is None
    assert node.text("/etc/x/below") is None


def test_what_is_no_plain_file_is_an_error_that_names_it(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/big": "x" * 100, "/etc/x": ""})
    os.mkfifo(tmp_path / "node/etc/fifo")
    with pytest.raises(ViewError, match=r"^/etc/fifo is not a regular file$"):
        node.text("/etc/fifo")
    with pytest.raises(ViewError, match=r"^/etc/big is larger than 10 bytes$"):
        node.text("/etc/big", limit=10)
    with pytest.raises(ViewError, match="/etc"):
        node.text("/etc")
    with pytest.raises(ViewError, match="cannot be read"):
        node.text("/etc/\0")


def test_names_links_and_status(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/d/b": "", "/etc/d/a": ""}, links={"/etc/d/c": "/nowhere"})
    assert node.names("/etc/d") == ("a", "b", "c")
    assert node.names("/etc/none") == node.names("/etc/d/a") == ()
    assert (node.target("/etc/d/c"), node.target("/etc/d/a")) == ("/nowhere", "")
    assert node.exists("/etc/d/c")
    assert not node.exists("/etc/d/x")


def test_a_command_runs_once_and_its_failure_is_told(tmp_path: pathlib.Path) -> None:
    ran: list[list[str]] = []

    def run(program: str, arguments: t.Sequence[str], timeout: float) -> Completed:
        assert 1 <= timeout <= 30
        ran.append([program, *arguments])
        return Completed([program], int("fail" in arguments), "out", "no\x1b[31m way\n")

    node = NodeView(Declared(), base=str(tmp_path), run=run)
    assert node.run("x", "a").out == node.run("x", "a").out == "out"
    assert len(ran) == 1
    with pytest.raises(ViewError, match=r"^x fail failed with status 1: no\\x1b\[31m way$"):
        node.run("x", "fail")
    assert node.run("x", "fail", check=False).rc == 1
    assert len(ran) == 2
    with pytest.raises(ViewError, match="cannot run missing"):
        view(tmp_path).run("missing")


def test_homes_are_those_of_root_and_people(tmp_path: pathlib.Path) -> None:
    accounts = (
        "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\nops:x:1000:1000::/home/ops/:/bin/sh\n"
        "twin:x:1001:1001::/home/ops:/bin/sh\nodd:x:1002:1002::/etc:/bin/sh\ngone:x:1003:1003::/home/gone:/bin/sh\n"
    )
    assert [(one.name, one.path) for one in view(tmp_path, files={"/etc/passwd": accounts}).homes] == [
        ("root", "/root"), ("ops", "/home/ops"),
    ]  # fmt: skip


def test_sudo_is_read_from_the_node_in_its_place(tmp_path: pathlib.Path) -> None:
    node = view(
        tmp_path,
        files={"/etc/sudoers": "ops ALL=(ALL) ALL\n@includedir /etc/sudoers.d\n", "/etc/sudoers.d/x": "x ALL=ALL\n"},
    )
    assert [(path, text) for path, _line, text in node.sudo_lines if text] == [
        ("/etc/sudoers", "ops ALL=(ALL) ALL"), ("/etc/sudoers.d/x", "x ALL=ALL"),
    ]  # fmt: skip


def test_what_a_package_brought_is_original_until_it_is_changed(tmp_path: pathlib.Path) -> None:
    node = view(
        tmp_path,
        packages={"tool": {"/usr/bin/tool": "one", "/etc/tool.conf": "two"}},
        files={"/usr/bin/mine": "one", "/etc/tool.conf": "changed"},
    )
    assert node.is_original("/usr/bin/tool")
    assert not node.is_original("/etc/tool.conf")
    assert not node.is_original("/usr/bin/mine")
    assert "/usr/bin/tool" in node.owned
    assert node.packages.version_of("tool") == "1"


def test_a_node_without_dpkg_says_so(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path)
    (tmp_path / "node/var/lib/dpkg/status").unlink()
    with pytest.raises(ViewError, match="/var/lib/dpkg/status does not exist"):
        assert node.packages


def test_the_time_that_is_left_is_never_negative(tmp_path: pathlib.Path) -> None:
    now = [0.0]
    node = view(tmp_path, seconds=5, clock=lambda: now[0])
    assert node.left() == 5
    now[0] = 9
    assert node.left() == 0
