from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _tree_programs
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_programs import ProgramLook
from tests.git_rig import Upstream
from tests.tree_rig import ELF, Link, build, walk

Files = dict[str, t.Any]
SCRIPT = "#!/bin/sh\n"


def seen(
    tmp_path: pathlib.Path, files: Files, *, owned: t.Collection[str] = (), plain: t.Collection[str] = ()
) -> ProgramLook:
    build(tmp_path, files, executable=set(files) - set(plain))
    look = ProgramLook({f"{tmp_path}/{path}" for path in owned}, [f"{tmp_path}/home"], base=str(tmp_path))
    assert walk(look.look, str(tmp_path)) == []
    return look


def found(look: ProgramLook, base: pathlib.Path) -> dict[str, str]:
    return {one.path.removeprefix(f"{base}/"): one.kind for one in look.programs}


def test_programs_in_the_folders_for_software(tmp_path: pathlib.Path) -> None:
    look = seen(tmp_path, {
        "usr/local/bin/tool": SCRIPT, "usr/local/sbin/elf": ELF, "opt/x/bin/y": ELF, "home/bin/z": SCRIPT,
        "home/.local/bin/w": ELF, "usr/local/lib/libx.so.1.2": ELF, "usr/local/lib/x/liby.so": ELF,
        "usr/local/libexec/a": SCRIPT, "home/src/run": SCRIPT, "usr/bin/other": ELF,
        "usr/bin/dpkg": ELF, "usr/bin/awk": Link("/etc/x"),
        "srv/site/run": SCRIPT,
        "usr/local/share/doc": "text", "usr/local/bin/data": b"\x00\x00",
        "usr/local/lib/python3.13/dist-packages/m.so": ELF,
    }, owned=["usr/bin/dpkg"], plain=["usr/local/lib/libx.so.1.2", "usr/local/lib/x/liby.so"])  # fmt: skip
    assert found(look, tmp_path) == {
        "usr/local/bin/tool": "script", "usr/local/sbin/elf": "program", "opt/x/bin/y": "program",
        "home/bin/z": "script",
        "home/.local/bin/w": "program", "usr/local/lib/libx.so.1.2": "library", "usr/local/lib/x/liby.so": "library",
        "usr/local/libexec/a": "script", "usr/bin/other": "program",
    }  # fmt: skip
    assert {one.area.removeprefix(str(tmp_path)) for one in look.programs} == {
        "/usr/local", "/opt", "/usr/bin", "/home/bin", "/home/.local/bin",
    }  # fmt: skip


def test_what_dpkg_owns_or_nobody_runs_is_no_find(tmp_path: pathlib.Path) -> None:
    look = seen(tmp_path, {"opt/a/bin/x": ELF, "opt/a/notes": SCRIPT}, owned=["opt/a/bin/x"], plain=["opt/a/notes"])
    assert look.programs == []


def test_what_git_holds_is_code_and_no_package(tmp_path: pathlib.Path) -> None:
    upstream = Upstream(tmp_path / "opt/p")
    upstream.commit({"bin/x": SCRIPT, "deep/er/y": SCRIPT, "z": SCRIPT})
    (tmp_path / "opt/p/bin/x").chmod(0o755)
    look = seen(tmp_path, {"opt/p/new/x": SCRIPT, "opt/q/.git/HEAD": "", "opt/q/bin/x": SCRIPT})
    # A .git alone makes nothing the repository's.
    assert found(look, tmp_path) == {"opt/p/new/x": "script", "opt/q/bin/x": "script"}
    assert look.checkouts == {f"{tmp_path}/opt/p", f"{tmp_path}/opt/q"}


def test_links_in_folders_of_commands(tmp_path: pathlib.Path) -> None:
    look = seen(tmp_path, {
        "usr/local/bin/away": Link("/var/lib/x/run"), "usr/local/bin/near": Link("../lib/x/run"),
        "home/.local/bin/fd": Link(f"{tmp_path}/usr/bin/fdfind"), "usr/local/lib/libx.so": Link("/x"),
    }, owned=["usr/bin/fdfind"])  # fmt: skip
    assert {one.path.removeprefix(f"{tmp_path}/"): one.target for one in look.programs} == {
        "usr/local/bin/away": "/var/lib/x/run", "usr/local/bin/near": f"{tmp_path}/usr/local/lib/x/run",
    }  # fmt: skip


def test_programs_with_their_owners_rights(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"opt/x/root": ELF})
    (tmp_path / "opt/x/root").chmod(0o4755)
    (one,) = seen(tmp_path, {}).programs
    assert one.privileged


def test_past_the_bound_the_permission_bits_say_it(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tree_programs, "_MOST_READ", 1)
    look = seen(tmp_path, {"opt/x/a": SCRIPT, "opt/x/b": SCRIPT, "opt/x/c.so": SCRIPT})
    assert found(look, tmp_path) == {"opt/x/a": "script", "opt/x/b": "program", "opt/x/c.so": "library"}


def test_what_is_no_file_is_not_opened(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"opt/bin": None})
    os.mkfifo(tmp_path / "opt/bin/fifo", 0o755)
    assert seen(tmp_path, {}).programs == []
