"""What is copied out of an image stays in its folder, whatever the image holds."""

from __future__ import annotations

import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_report_tree as trees
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_progress import Listener
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_report_ext4 import Inode
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError

QUIET = Listener("")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Ext4:
    """A file system of dictionaries: a folder is a list of entries, a link a text, a file bytes."""

    def __init__(self, workspace: Path, top: list[tuple[str, t.Any]]) -> None:
        self.workspace = str(workspace)
        self.things: dict[int, t.Any] = {2: top}
        self.sizes: dict[str, int] = {}
        self.lost: set[str] = set()

    def _inode(self, name: str, thing: t.Any) -> Inode:
        number = next((key for key, one in self.things.items() if one is thing), 0) or len(self.things) + 10
        self.things[number] = thing
        kinds: dict[type, str] = {list: "folder", str: "link", bytes: "file"}
        kind = kinds.get(type(thing), "other")
        size = self.sizes.get(name, len(thing) if isinstance(thing, (str, bytes)) else 0)
        return Inode(number, name, kind, 0o644, size)

    def entries(self, folder: int) -> list[Inode]:
        return [self._inode(name, thing) for name, thing in self.things[folder]]

    def odd(self, folder: int) -> int:
        return 1 if any("odd" in name for name, _thing in self.things[folder]) else 0

    def find(self, path: str) -> Inode | None:
        at = 2
        found = None
        for name in path.strip("/").split("/"):
            found = next((one for one in self.entries(at) if one.name == name), None)
            if found is None:
                return None
            at = found.number
            if found.kind != "folder":
                break
        return found

    def target(self, link: Inode) -> str:
        return str(self.things[link.number])

    def copy_out(self, files: dict[str, Inode]) -> None:
        for name, inode in files.items():
            if inode.name not in self.lost:
                (Path(self.workspace) / name).write_bytes(self.things[inode.number])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "w").mkdir()
    (tmp_path / "tree").mkdir()
    return tmp_path


def copied(place: Path, top: list[tuple[str, t.Any]], **sizes: int) -> trees.Copied:
    ext4 = Ext4(place / "w", top)
    ext4.sizes = sizes
    return trees.copy_tree(t.cast("t.Any", ext4), str(place / "tree"), QUIET)


def test_files_folders_and_links_are_there(place: Path) -> None:
    said = copied(place, [("etc", [("passwd", b"root"), ("apt", [("x.list", b"deb")]), ("link", "apt/x.list")])])
    assert said.unread == ()
    tree = place / "tree"
    assert (tree / "etc/passwd").read_bytes() == b"root"
    assert (tree / "etc/link").read_bytes() == b"deb"
    assert names(place / "w") == []


@pytest.mark.parametrize(
    ("path", "target", "inside"),
    [
        ("/etc/a", "/etc/shadow", "shadow"),
        ("/etc/x/a", "/usr/lib/b", "../../usr/lib/b"),
        ("/etc/a", "../../../../etc/shadow", "shadow"),
        ("/etc/a", "b/../../..//etc", "."),
        ("/a", "/", "."),
    ],
)
def test_no_link_leads_out(path: str, target: str, inside: str) -> None:
    assert trees.inside(path, target) == inside


def test_a_link_shows_the_images_file_never_this_machines(place: Path) -> None:
    copied(place, [("etc", [("a", "/etc/passwd"), ("b", "../../../../../../../../etc/hostname")])])
    for name in ("a", "b"):
        link = place / "tree/etc" / name
        assert link.is_symlink()
        assert not link.exists()
        assert str(link.resolve()).startswith(str(place / "tree"))


def test_a_name_that_is_there_twice_writes_through_nothing(place: Path) -> None:
    victim = place / "victim"
    victim.write_text("mine")
    said = copied(place, [("etc", [("a", str(victim)), ("a", b"theirs"), ("a", [("b", b"theirs")])])])
    assert victim.read_text() == "mine"
    assert said.unread == ("/etc/a: it is there twice",) * 2


def test_a_folder_within_itself_ends(place: Path) -> None:
    loop: list[tuple[str, t.Any]] = []
    loop.append(("again", loop))
    said = copied(place, [("etc", loop)])
    assert said.unread == ("/etc/again: it is a folder within itself",)


def test_what_is_large_is_there_by_its_size(place: Path) -> None:
    said = copied(place, [("etc", [("passwd", b"x")])], passwd=1 << 50)
    status = (place / "tree/etc/passwd").stat()
    assert status.st_size == 1 << 40
    assert status.st_blocks == 0
    assert said.unread == (f"/etc/passwd: it has {1 << 50} bytes",)


def test_what_is_no_file_is_read_by_nobody(place: Path) -> None:
    copied(place, [("etc", [("passwd", None)])])
    assert stat.S_ISFIFO((place / "tree/etc/passwd").stat().st_mode)


def test_what_is_lost_is_named(place: Path) -> None:
    ext4 = Ext4(place / "w", [("etc", [("passwd", b"x"), ("odd", b"y")])])
    ext4.lost = {"passwd"}
    said = trees.copy_tree(t.cast("t.Any", ext4), str(place / "tree"), QUIET)
    assert said.unread == ("/etc: 1 names in it hold line breaks", "/etc/passwd: it cannot be read")


def test_too_much_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MOST_ENTRIES", 3)
    with pytest.raises(ImageError, match="more than 3 files"):
        copied(place, [("etc", [(f"f{number}", b"") for number in range(5)])])


def test_too_many_bytes_are_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MOST_BYTES", 3)
    with pytest.raises(ImageError, match="more than 3 bytes"):
        copied(place, [("etc", [("a", b"1234")])])


def test_of_dpkg_only_what_is_read_is_copied(place: Path) -> None:
    info = [("a.list", b"/."), ("a.postinst", b"#!"), ("a.md5sums", b"x")]
    copied(place, [("var", [("lib", [("dpkg", [("status", b"s"), ("status-old", b"o"), ("info", info)])])])])
    dpkg = place / "tree/var/lib/dpkg"
    assert names(dpkg) == ["info", "status"]
    assert names(dpkg / "info") == ["a.list", "a.md5sums"]


class Fat:
    files: t.ClassVar[dict[str, str]] = {"config.txt": "arm_64bit=1\n", "kernel8.img": "\x7fELF", "..": "x"}

    def names(self) -> list[str]:
        return [*self.files, "overlays"]

    def size(self, name: str) -> int | None:
        return len(self.files[name]) if name in self.files else None

    def read(self, name: str) -> str | None:
        return self.files[name]


def test_of_the_boot_partition_texts_are_read_and_others_named(place: Path) -> None:
    trees.copy_boot(t.cast("t.Any", Fat()), str(place / "tree"))
    firmware = place / "tree/boot/firmware"
    assert names(firmware) == ["config.txt", "kernel8.img"]
    assert (firmware / "config.txt").read_text() == "arm_64bit=1\n"
    assert (firmware / "kernel8.img").read_bytes() == b""
