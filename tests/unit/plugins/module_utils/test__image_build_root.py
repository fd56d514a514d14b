from __future__ import annotations

import io
import pathlib
import tarfile

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_root as roots
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_apt import Package
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_recipe import VARIANTS
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

STANZA = "Package: apt\nVersion: 3.0.3\nFilename: pool/main/a/apt/apt_3.0.3_arm64.deb\nSHA256: aa\n"
PACKAGE = Package("apt", "3.0.3", "arm64", "trixie", "Debian", "aa", 3, "apt_3.0.3_arm64.deb", STANZA.rstrip("\n"))
SAID = "I: running\nUnpacking apt (3.0.3) ...\nSetting up apt:arm64 (3.0.3) ...\nSetting up dp"


def build(tmp_path: pathlib.Path, variant: str = "node") -> roots.Build:
    return roots.Build(str(tmp_path), "arm64", VARIANTS[variant], [PACKAGE], f"{tmp_path}/overlay.tar", 5)


def test_the_repository_holds_the_chosen_packages_alone(tmp_path: pathlib.Path) -> None:
    archives = tmp_path / "archives"
    archives.mkdir()
    (archives / PACKAGE.file).write_bytes(b"deb")
    (archives / "evil_1_all.deb").write_bytes(b"evil")
    roots.write_repository([PACKAGE], str(archives), str(tmp_path / "packages"))
    assert sorted(path.name for path in (tmp_path / "packages").iterdir()) == ["Packages", "Release", PACKAGE.file]
    listed = (tmp_path / "packages" / "Packages").read_text()
    assert listed == "Package: apt\nVersion: 3.0.3\nSHA256: aa\nFilename: ./apt_3.0.3_arm64.deb\n"


def test_mmdebstrap_sees_no_archive_but_the_local_one(tmp_path: pathlib.Path) -> None:
    root = roots.Root("/r.tar", "/b.tar", "/units")
    argv = roots.argv(build(tmp_path), root)
    assert argv[0] == "mmdebstrap"
    assert "--mode=unshare" in argv
    assert argv[-3:] == ["trixie", "/r.tar", f"deb [trusted=yes] copy:{tmp_path}/packages ./"]
    hooks = [one for one in argv if one.startswith("--customize-hook=")]
    assert any("update-initramfs -c -k all" in hook for hook in hooks)
    assert any("ssh_host_" in hook for hook in hooks)
    assert not any("update-initramfs" in one for one in roots.argv(build(tmp_path, "small"), root))


def test_progress_counts_whole_lines(tmp_path: pathlib.Path) -> None:
    told: list[str] = []
    counter = roots._Counter(build(tmp_path), told.append)
    counter(SAID[:40])
    counter(SAID[40:])
    assert told[-1] == "building the root: 1 packages, 1 unpacked, 1 set up"
    counter("update-initramfs: Generating /boot/initrd.img-7.3.4+deb13-arm64\n")
    assert told[-1] == "building the root: 1 packages, 1 unpacked, 1 set up; making the initrd"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", "it says nothing"),
        ("I: a\nE: cannot do it\nI: cleaning\n", "E: cannot do it"),
        ("x\ndpkg: error: No space left on device\n", "no space is left on the device; give image_work_dir a folder"),
        ("one\ntwo\n", "one; two"),
        (
            "qemu: uncaught target signal 11 (Segmentation fault) - core dumped\ndpkg: error processing\nE: failed\n",
            "core dumped; the emulator failed, not the package: take a newer QEMU, or set image_builder to an arm64",
        ),
    ],
)
def test_its_own_words_say_why_it_failed(said: str, expected: str) -> None:
    assert expected in roots.why(said)


def tar_of(path: pathlib.Path, files: dict[str, str]) -> str:
    with tarfile.open(path, "w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return str(path)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("Package: apt\nVersion: 9\n", "apt 3.0.3 is not in the root"),
        (f"{STANZA}\nPackage: evil\nVersion: 1\n", "evil 1 is in the root though it was not chosen"),
        (STANZA, ""),
    ],
)
def test_what_dpkg_says_must_be_what_was_chosen(tmp_path: pathlib.Path, status: str, said: str) -> None:
    root = roots.Root(tar_of(tmp_path / "r.tar", {"./var/lib/dpkg/status": status}), "", "")
    if said:
        with pytest.raises(StepError, match=said):
            roots._require_same(build(tmp_path), root)
    else:
        roots._require_same(build(tmp_path), root)


def test_a_root_without_the_file_is_an_error(tmp_path: pathlib.Path) -> None:
    root = roots.Root(tar_of(tmp_path / "r.tar", {"./etc/passwd": "root:x\n"}), "", "")
    assert roots.accounts(root) == "root:x\n"
    with pytest.raises(StepError, match="the root has no /etc/shadow; this is an error of the collection"):
        roots.read_member(root.tar, "./etc/shadow")


def test_what_mmdebstrap_cannot_do_is_an_error_with_its_words(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(argv: list[str], **_more: object) -> None:
        raise CommandError("mmdebstrap failed with status 25", argv=argv, rc=25, out="E: apt-get update failed\n")

    monkeypatch.setattr(roots, "watched", failing)
    with pytest.raises(StepError, match="mmdebstrap failed with status 25: E: apt-get update failed"):
        roots.make_root(build(tmp_path), lambda _line: None)
