"""What mtools is asked; that it does it is seen in tests/flash."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_fat
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError


class Mtools:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[list[str]] = []
        self.answers: dict[str, tuple[int, str]] = {}
        self.environ: dict[str, str] = {}
        monkeypatch.setattr(_image_fat, "Command", self._command)

    def _command(self, program: str, *, environ: dict[str, str]) -> t.Any:
        self.environ = environ
        tools = self

        class Program:
            def run(self, arguments: list[str], *, check: bool, timeout: float) -> Completed:
                assert timeout
                argv = [program, *arguments]
                tools.asked.append(argv)
                rc, out = tools.answers.get(program, (0, ""))
                if check and rc:
                    raise CommandError(f"{program} failed", argv=argv)
                if program == "mcopy":
                    tools.answers["copied"] = (0, Path(argv[-2]).read_text())
                return Completed(argv, rc, out, "")

        return Program()


@pytest.fixture
def mtools(monkeypatch: pytest.MonkeyPatch) -> Mtools:
    return Mtools(monkeypatch)


def test_names_in_the_root(mtools: Mtools) -> None:
    mtools.answers["mdir"] = (0, "::/runbook-seed/\n::/kernel.img\n\n")
    assert _image_fat.Fat("/dev/x", 1048576).names() == ["runbook-seed", "kernel.img"]
    assert mtools.asked == [["mdir", "-b", "-i", "/dev/x@@1048576", "::"]]


def test_what_is_no_fat_is_told(mtools: Mtools) -> None:
    mtools.answers["mdir"] = (1, "")
    with pytest.raises(ImageError, match=r"boot partition is no FAT file system that mtools reads.*flash_seed to none"):
        _image_fat.Fat("boot.img").names()


def test_how_large_a_file_is(mtools: Mtools) -> None:
    listing = (
        " Volume in drive : has no label\nDirectory for ::/runbook-seed\n\nHOST-K~1 PUB {size} 2026-01-01   0:00  "
        "host-keys.pub\n        1 file            {size} bytes\n                         11 067 392 bytes free\n\n"
    )
    for said, size in (("562", 562), ("2 000 000", 2_000_000)):
        mtools.answers["mdir"] = (0, listing.format(size=said))
        assert _image_fat.Fat("/dev/x", 512).size("runbook-seed/host-keys.pub") == size
    assert mtools.asked[0] == ["mdir", "-i", "/dev/x@@512", "::runbook-seed/host-keys.pub"]
    mtools.answers["mdir"] = (1, "")
    assert _image_fat.Fat("/dev/x", 512).size("gone") is None


def test_a_file_is_read_or_none(mtools: Mtools) -> None:
    mtools.answers["mtype"] = (0, "text\n")
    assert _image_fat.Fat("boot.img").read("a") == "text\n"
    mtools.answers["mtype"] = (1, "")
    assert _image_fat.Fat("boot.img").read("a") is None


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_is_written_with_its_folder_and_a_fixed_time(mtools: Mtools, is_there: bool) -> None:  # noqa: FBT001
    mtools.answers["mdir"] = (0 if is_there else 1, "")
    _image_fat.Fat("boot.img").write({"runbook-seed/node.json": "{}\n", "top": "x"})
    programs = [argv[0] for argv in mtools.asked]
    assert programs == ["mdir", *([] if is_there else ["mmd"]), "mcopy", "mcopy"]
    assert mtools.asked[-2][-1] == "::runbook-seed/node.json"
    assert mtools.answers["copied"] == (0, "x")
    assert mtools.environ["SOURCE_DATE_EPOCH"].isdigit()


def test_whether_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_given, **_more: None)
    assert not _image_fat.is_there()
    monkeypatch.setattr(shutil, "which", lambda *_given, **_more: "/usr/bin/mcopy")
    assert _image_fat.is_there()
