from __future__ import annotations

import pathlib
import py_compile

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_walk import (
    bytecode_flaw,
    source_of,
    walk_for_code,
)
from tests.view import view

ELF = b"\x7fELF\0\0"


def test_what_no_package_brought_is_seen_with_its_kind(tmp_path: pathlib.Path) -> None:
    files: dict[str, str | bytes] = {
        "/opt/x": ELF,
        "/opt/y": "#!/bin/sh\n",
        "/opt/data": "x",
        "/home/ops/z.py": "",
        "/opt/no": "#!/bin/sh\n",
    }
    node = view(tmp_path, files=files, packages={"p": {"/usr/bin/p": ELF}})
    for path in ("/opt/x", "/opt/y", "/opt/data", "/usr/bin/p"):
        pathlib.Path(node.on_disk(path)).chmod(0o755)
    seen = walk_for_code(node, seconds=60)
    assert {one.path: one.kind for one in seen.code} == {
        "/opt/x": "program",
        "/opt/y": "script",
        "/home/ops/z.py": "script",
    }
    assert (seen.missed, seen.left, seen.unsummed) == ((), 0, ())


def test_rights_are_seen_of_every_file_and_open_code_of_packages(tmp_path: pathlib.Path) -> None:
    packages: dict[str, dict[str, str | bytes]] = {"p": {"/usr/bin/p": ELF, "/usr/bin/q": ELF, "/usr/share/p": "x"}}
    node = view(tmp_path, files={"/opt/x": "x"}, packages=packages)
    pathlib.Path(node.on_disk("/usr/bin/p")).chmod(0o4755)
    pathlib.Path(node.on_disk("/usr/bin/q")).chmod(0o757)
    pathlib.Path(node.on_disk("/usr/share/p")).chmod(0o666)
    pathlib.Path(node.on_disk("/opt/x")).chmod(0o2644)
    seen = walk_for_code(node, seconds=60)
    assert {(one.path, one.owned) for one in seen.privileged} == {("/usr/bin/p", True), ("/opt/x", False)}
    assert "/usr/bin/q" in {one.path for one in seen.open}
    assert "/usr/share/p" not in {one.path for one in seen.open}


def test_bytecode_goes_with_its_source(tmp_path: pathlib.Path) -> None:
    node = view(
        tmp_path, files={"/opt/m/a.py": "x = 1\n", "/opt/m/b.py": "x = 1\n"}, packages={"p": {"/opt/m/p.py": ""}}
    )
    folder = pathlib.Path(node.on_disk("/opt/m"))
    py_compile.compile(str(folder / "a.py"))
    py_compile.compile(str(folder / "b.py"), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    py_compile.compile(str(folder / "a.py"), str(folder / "ghost.pyc"))
    flaws = {
        one.path.rpartition("/")[2].partition(".")[0]: one.flaw
        for one in walk_for_code(node, seconds=60).code
        if one.flaw
    }
    assert flaws == {
        "b": "it says that Python shall not compare it with its source",
        "ghost": "its source is not there",
    }


@pytest.mark.parametrize(("header", "has_source", "flaw"), [
    (b"\0\0\0\0\0\0\0\0", True, ""), (b"\0\0\0\0\x03\0\0\0", True, ""), (b"\0\0\0\0\x01\0\0\0", True, "compare"),
    (None, True, ""), (b"", False, "source"),
])  # fmt: skip
def test_flaws(*, header: bytes | None, has_source: bool, flaw: str) -> None:
    assert flaw in bytecode_flaw(header, has_source=has_source)
    assert bool(flaw) == bool(bytecode_flaw(header, has_source=has_source))


def test_sources() -> None:
    assert source_of("/a/__pycache__", "x.cpython-313.opt-1.pyc") == "/a/x.py"
    assert source_of("/a", "x.pyc") == "/a/x.py"


def test_maintainer_scripts_and_what_was_moved_aside_are_no_findings(tmp_path: pathlib.Path) -> None:
    moved = "/var/lib/ai-systems-runbook/moved-aside/x.sh"
    node = view(tmp_path, files={moved: "x", "/var/lib/dpkg/info/p.postinst": "#!/bin/sh\n"}, packages={"p": {}})
    pathlib.Path(node.on_disk("/var/lib/dpkg/info/p.postinst")).chmod(0o755)
    assert walk_for_code(node, seconds=60).code == ()


def test_a_checkout_is_noted_with_its_code_and_data_come_last(tmp_path: pathlib.Path) -> None:
    files = {"/srv/c/.git/HEAD": "x", "/srv/c/x.py": "", "/srv/data/y.py": ""}
    node = view(tmp_path, files=files, declared={"data_paths": ("/srv/data",)})
    seen = walk_for_code(node, seconds=60)
    assert seen.checkouts == ("/srv/c",)
    assert [(one.path, one.checkout) for one in seen.code] == [("/srv/c/x.py", "/srv/c"), ("/srv/data/y.py", "")]


def test_time_that_is_over_is_said(tmp_path: pathlib.Path) -> None:
    seen = walk_for_code(view(tmp_path, files={"/opt/x.py": ""}), seconds=0)
    assert seen.code == ()
    assert "/opt" in {one.path for one in seen.missed}


def test_code_that_a_list_names_and_no_sum_is_noted(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, packages={"p": {"/usr/bin/p": ELF}})
    pathlib.Path(node.on_disk("/var/lib/dpkg/info/p.list")).write_text("/usr/bin/p\n/usr/bin/q.py\n")
    (pathlib.Path(node.on_disk("/usr/bin")) / "q.py").write_text("")
    assert walk_for_code(node, seconds=60).unsummed == ("/usr/bin/q.py",)
