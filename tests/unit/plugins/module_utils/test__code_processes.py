from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_processes import (
    Process,
    parse_maps,
    parse_parent,
    parse_start,
    parse_unit,
    read_processes,
)
from tests.view import view

MAPS = """55d0-55d1 r--p 00000000 08:01 1 /usr/bin/cat
55d1-55d2 r-xp 00000000 08:01 1 /usr/bin/cat
7f00-7f01 r-xp 00000000 08:01 2 /usr/lib/x y.so (deleted)
7f02-7f03 rwxp 00000000 00:01 3 /memfd:ffi (deleted)
7f04-7f05 r-xp 00000000 00:00 0 [vdso]
7f06-7f07 r-xp 00000000 00:00 0
"""


def test_what_code_is_loaded_from() -> None:
    assert parse_maps(MAPS) == {"/usr/bin/cat": ("55d1-55d2",), "/usr/lib/x y.so (deleted)": ("7f00-7f01",)}


def test_when_it_was_started() -> None:
    assert parse_start("7 (a b) c) S " + " ".join(["0"] * 18) + " 250 0", 100.0) == 102.5
    assert parse_start("", 100.0) == 0.0


@pytest.mark.parametrize(
    ("text", "parent"), [("7 (a) b) S 5 7", 5), ("7 (x) S", 0), ("7 (x) S -1 7", 0), ("", 0), ("7 (x) S x", 0)]
)
def test_who_started_it(text: str, parent: int) -> None:
    assert parse_parent(text) == parent


def test_its_unit() -> None:
    assert parse_unit("0::/system.slice/cron.service\n") == "cron.service"
    assert parse_unit("0::/user.slice/user-0.slice/user@0.service/app.slice/x.service") == "x.service"
    assert parse_unit("0::/user.slice/user-0.slice/user@0.service/init.scope") == ""
    assert parse_unit("") == ""


def test_all_but_this_one_and_the_kernels(tmp_path: pathlib.Path) -> None:
    own = os.getpid()
    stat = "9 (x) S " + " ".join(["0"] * 18) + " 100 0"
    files = {
        "/proc/stat": "cpu 1\nbtime 1000\n",
        "/proc/9/cmdline": "/usr/bin/python3\0-B\0x.py\0",
        "/proc/9/maps": MAPS,
        "/proc/9/stat": stat,
        "/proc/9/cgroup": "0::/system.slice/x.service\n",
        "/proc/2/cmdline": "",
        "/proc/3/cmdline": "hidden\0",
        f"/proc/{own}/cmdline": "python3\0",
    }
    links = {"/proc/9/exe": "/usr/bin/python3.13", "/proc/9/cwd": "/srv", "/proc/9/root": "/"}
    hidden, script = read_processes(view(tmp_path, files=files, links=links))
    assert (hidden.pid, hidden.unread) == (3, True)
    libraries = frozenset({"/usr/bin/cat", "/usr/lib/x y.so (deleted)"})
    opened = {"/usr/lib/x y.so (deleted)": ("/proc/9/map_files/7f00-7f01",)}
    expected = Process(9, "/usr/bin/python3.13", "/srv/x.py", "/", libraries, 1001.0, "x.service", opened=opened)
    assert script == expected


def test_one_that_ends_while_it_is_read_is_over(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = view(tmp_path, files={"/proc/9/cmdline": "true\0"})

    def ends(path: str) -> str:
        # Its parent has not taken notice yet.
        assert path == "/proc/9/exe"
        (tmp_path / "node/proc/9/cmdline").write_text("")
        return ""

    monkeypatch.setattr(node, "target", ends)
    assert read_processes(node) == []


def test_where_the_kernel_keeps_a_deleted_program(tmp_path: pathlib.Path) -> None:
    maps = "".join(
        f"{one} r-xp 0 00:02 {inode} /bin/u (deleted)\n" for one, inode in (("a-b", 1), ("c-d", 1), ("e-f", 2))
    )
    files = {"/proc/9/cmdline": "udevd\0", "/proc/9/maps": maps}
    (one,) = read_processes(view(tmp_path, files=files, links={"/proc/9/exe": "/bin/u (deleted)"}))
    assert one.opened == {"/bin/u (deleted)": ("/proc/9/map_files/a-b", "/proc/9/map_files/e-f", "/proc/9/exe")}
    assert one.libraries == frozenset()


def test_those_that_take_part_in_the_audit_are_no_finding(tmp_path: pathlib.Path) -> None:
    """Neither the process that began it, seen from another one, nor what that one started."""
    files = {
        f"/proc/{pid}/{name}": content
        for pid, parent in ((100, 1), (101, 100), (102, 50))
        for name, content in (("cmdline", "python3\0"), ("stat", f"{pid} (python3) S {parent} 0"), ("maps", ""))
    }
    node = view(tmp_path, files=files, links={f"/proc/{pid}/exe": "/usr/bin/python3.13" for pid in (100, 101, 102)})
    node.process = 100
    assert [one.pid for one in read_processes(node)] == [102]
