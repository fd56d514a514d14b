"""debugfs is asked by numbers alone, and what it says is read strictly; that it says so is seen in tests/flash."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_report_ext4 as ext4s
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError

LISTINGS = {
    "ls -p <2>": "/2/040755/0/0/./4096/\n/2/040755/0/0/../4096/\n/12/040755/0/0/etc//\n/13/120777/0/0/lib/7/\n\n",
    "ls -p <12>": "/12/040755/0/0/.//\n/14/100644/0/0/passwd/53/\n/15/010644/0/0/pipe/0/\n/0/100644/0/0/gone/0/\n"
    "/16/100600/0/0/two\nlines/5/\n",
    "stat <13>": 'Inode: 13   Type: symlink    Mode:  0777   Flags: 0x0\nFast link dest: "usr/"li\nb"\n',
    "stat <20>": "Inode: 20   Type: symlink\nEXTENTS:\n",
    "cat <21>": "x" * 70,
}


class Debugfs:
    def __init__(self) -> None:
        self.asked: list[tuple[list[str], str | None]] = []
        self.fails = False

    def run(self, arguments: list[str], *, stdin: str | None, **_more: t.Any) -> Completed:
        self.asked.append((arguments, stdin))
        if self.fails:
            raise CommandError("cannot run debugfs: No such file or directory", argv=["debugfs"])
        return Completed(arguments, 0, LISTINGS.get(arguments[1], ""), "")


@pytest.fixture
def debugfs(monkeypatch: pytest.MonkeyPatch) -> Debugfs:
    one = Debugfs()
    monkeypatch.setattr(ext4s, "Command", lambda _program, **_options: one)
    return one


def opened() -> ext4s.Ext4:
    return ext4s.Ext4("/w/image", 1048576, workspace="/w")


def test_a_folder_is_listed_once(debugfs: Debugfs) -> None:
    ext4 = opened()
    assert ext4.entries(2) == [(12, "etc", "folder", 0o755, 0), (13, "lib", "link", 0o777, 7)]
    ext4.entries(2)
    assert debugfs.asked == [(["-R", "ls -p <2>", "/w/image?offset=1048576"], None)]


@pytest.mark.usefixtures("debugfs")
def test_names_with_line_breaks_are_counted_and_deleted_ones_left_out() -> None:
    ext4 = opened()
    assert [one.name for one in ext4.entries(12)] == ["passwd", "pipe"]
    assert [one.kind for one in ext4.entries(12)] == ["file", "other"]
    assert ext4.odd(12) == 2


@pytest.mark.usefixtures("debugfs")
def test_paths_are_found_and_links_not_followed() -> None:
    ext4 = opened()
    found = ext4.find("/etc/passwd")
    assert found is not None
    assert found.number == 14
    assert ext4.find("/etc") is not None
    for path in ("/etc/none", "/lib/systemd", "/etc/passwd/x", "/none/passwd"):
        assert ext4.find(path) is None, path


@pytest.mark.usefixtures("debugfs")
def test_links_say_where_they_lead() -> None:
    ext4 = opened()
    assert ext4.target(ext4s.Inode(13, "lib", "link", 0, 7)) == 'usr/"li\nb'
    assert ext4.target(ext4s.Inode(20, "lib", "link", 0, 7)) == ""
    assert ext4.target(ext4s.Inode(21, "lib", "link", 0, 70)) == "x" * 70
    assert ext4.target(ext4s.Inode(22, "lib", "link", 0, 10_000)) == ""


def test_files_are_copied_by_number(debugfs: Debugfs) -> None:
    ext4 = opened()
    ext4.copy_out({"f0": ext4s.Inode(14, "a; reboot", "file", 0, 1), "f1": ext4s.Inode(15, "x", "file", 0, 1)})
    assert debugfs.asked == [(["-f", "-", "/w/image?offset=1048576"], "dump <14> f0\ndump <15> f1\n")]
    debugfs.asked.clear()
    ext4.copy_out({})
    assert debugfs.asked == []


def test_without_debugfs_it_says_so(debugfs: Debugfs) -> None:
    debugfs.fails = True
    with pytest.raises(ImageError, match=r"cannot run debugfs.*install e2fsprogs"):
        opened().entries(2)
