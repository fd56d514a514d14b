from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_tools as tools
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_apt import Package
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

PACKAGE = Package("mtools", "4", "amd64", "trixie", "Debian", "a", 1, "mtools_4_amd64.deb", "")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], dict[str, str]]]:
    calls: list[tuple[str, list[str], dict[str, str]]] = []

    class Command:
        def __init__(self, program: str, *, environ: dict[str, str] | None = None) -> None:
            self.program, self.environ = program, environ or {}

        def run(self, arguments: list[str], **_more: t.Any) -> Completed:
            calls.append((self.program, arguments, self.environ))
            return Completed([], 0, "said", "")

    monkeypatch.setattr(tools, "Command", Command)
    return calls


def test_packages_are_unpacked_as_if_usr_were_merged(
    tmp_path: pathlib.Path, ran: list[tuple[str, list[str], dict[str, str]]]
) -> None:
    folder = tmp_path / "tools"
    (folder / "old").mkdir(parents=True)
    tools.unpack([PACKAGE], "/cache", str(folder))
    assert ran[0][:2] == ("dpkg-deb", ["--extract", "/cache/mtools_4_amd64.deb", str(folder)])
    assert not (folder / "old").exists()
    assert (folder / "sbin").resolve() == folder / "usr" / "sbin"


def test_a_program_is_started_by_its_own_loader_with_the_images_time(
    tmp_path: pathlib.Path, ran: list[tuple[str, list[str], dict[str, str]]]
) -> None:
    loader = tmp_path / "usr" / "lib" / "x86_64-linux-gnu" / "ld-linux-x86-64.so.2"
    loader.parent.mkdir(parents=True)
    loader.touch()
    assert tools.Tools(str(tmp_path), 17).run("usr/sbin/mke2fs", ["-V"]).out == "said"
    program, arguments, environ = ran[0]
    assert program == str(loader)
    assert arguments[-2:] == [f"{tmp_path}/usr/sbin/mke2fs", "-V"]
    assert environ["SOURCE_DATE_EPOCH"] == "17"
    assert environ["MTOOLSRC"] == "/dev/null"


def test_a_folder_without_a_loader_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StepError, match="holds no loader of Debian's libc6"):
        tools.Tools(str(tmp_path), 17)
