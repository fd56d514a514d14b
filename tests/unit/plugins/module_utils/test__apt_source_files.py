from __future__ import annotations

import os
import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_configuration import AptConfiguration
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_files import (
    parts,
    read_source_file,
    read_source_files,
)

LINE = "deb http://deb.example.org/debian trixie main\n"


def test_the_files_are_those_that_apt_reads(tmp_path: pathlib.Path) -> None:
    for name in ("b.list", "a.sources", "A.list", "x.list.disabled", "x.save", "noext", ".hidden.list", "sp ace.list"):
        (tmp_path / name).write_text(LINE)
    for name in ("new\nline.list", "dot.list.", "\u00e9.list", "$(reboot).list", "-o.list", "c_1:2.list"):
        (tmp_path / name).write_text(LINE)
    (tmp_path / "link.list").symlink_to("b.list")
    (tmp_path / "dangling.list").symlink_to("nowhere")
    (tmp_path / "folder.sources").mkdir()
    os.mkfifo(tmp_path / "fifo.list")
    names = [pathlib.Path(path).name for path in parts(str(tmp_path), {".list", ".sources"})]
    assert names == ["-o.list", "A.list", "a.sources", "b.list", "c_1:2.list", "link.list"]
    assert [pathlib.Path(path).name for path in parts(str(tmp_path), {"", ".pref"})] == ["noext"]
    assert parts(str(tmp_path / "nothing"), {".list"}) == parts("", {".list"}) == []


def test_bytes_that_are_no_text_are_kept(tmp_path: pathlib.Path) -> None:
    (tmp_path / "x.list").write_bytes(b"# caf\xe9 \x00\n" + LINE.encode())
    file = read_source_file(str(tmp_path / "x.list"))
    assert file.text.encode("utf-8", "surrogateescape") == b"# caf\xe9 \x00\n" + LINE.encode()
    assert [entry.suites for entry in file.entries] == [("trixie",)]


def test_a_file_that_cannot_be_read_says_why(tmp_path: pathlib.Path) -> None:
    (tmp_path / "big.list").write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    assert "larger than" in read_source_file(str(tmp_path / "big.list")).problem


def test_neither_file_nor_folder_need_be_there(tmp_path: pathlib.Path) -> None:
    etc = {"dir": "/", "dir::etc": str(tmp_path), "dir::etc::sourcelist": "sources.list", "dir::etc::sourceparts": "d"}
    assert read_source_files(AptConfiguration(etc)) == []
    (tmp_path / "sources.list").write_text(LINE)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x.sources").write_text("")
    assert [pathlib.Path(file.path).name for file in read_source_files(AptConfiguration(etc))] == [
        "sources.list",
        "x.sources",
    ]
