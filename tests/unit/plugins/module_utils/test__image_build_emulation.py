from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_emulation as emulation
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_apt import Package
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

LIBC = Package("libc6", "2", "arm64", "trixie", "Debian", "a", 1, "libc6_2_arm64.deb", "")


@pytest.mark.parametrize("runs", [True, False])
def test_the_images_own_loader_is_run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, *, runs: bool) -> None:
    loader = tmp_path / "probe" / "usr" / "lib" / "aarch64-linux-gnu" / "ld-linux-aarch64.so.1"

    class Command:
        def __init__(self, program: str) -> None:
            self.program = program

        def run(self, arguments: list[str], **_more: t.Any) -> Completed:
            if self.program == "dpkg-deb":
                assert arguments[1] == "/cache/libc6_2_arm64.deb"
                loader.parent.mkdir(parents=True)
                loader.touch()
            else:
                assert (self.program, arguments) == (str(loader), ["--version"])
                if not runs:
                    raise CommandError("cannot run it: Exec format error", argv=arguments)
            return Completed([], 0, "", "")

    monkeypatch.setattr(emulation, "Command", Command)
    if runs:
        emulation.require_programs_run([LIBC], "/cache", str(tmp_path / "probe"), "arm64")
    else:
        with pytest.raises(StepError, match=r"programs of arm64 do not run on this machine.*qemu-user-static"):
            emulation.require_programs_run([LIBC], "/cache", str(tmp_path / "probe"), "arm64")


ARM64 = "enabled\ninterpreter /usr/bin/qemu\nflags: POCF\noffset 0\nmagic 7f454c460201010000000000000000000200{}\n"


@pytest.mark.parametrize(
    ("rules", "registered"),
    [
        ({"status": "enabled\n", "qemu": ARM64.format("b700")}, True),
        ({"status": "enabled\n", "qemu": ARM64.format("b700").replace("enabled", "disabled")}, False),
        ({"status": "disabled\n", "qemu": ARM64.format("b700")}, False),
        ({"status": "enabled\n", "qemu": ARM64.format("2800")}, False),
        ({"status": "enabled\n"}, False),
        # Not mounted: a program tells it.
        ({}, True),
    ],
)
def test_the_kernel_is_asked_for_an_emulator(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, rules: dict[str, str], *, registered: bool
) -> None:
    monkeypatch.setattr(emulation, "BINFMT", str(tmp_path))
    for name, text in rules.items():
        (tmp_path / name).write_text(text)
    if registered:
        emulation.require_registered("arm64")
    else:
        with pytest.raises(StepError, match=r"programs of arm64 do not run on this machine.*qemu-user-static"):
            emulation.require_registered("arm64")
        emulation.require_registered("riscv64")


def test_an_image_has_a_libc(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StepError, match="would hold no libc6"):
        emulation.require_programs_run([], "/cache", str(tmp_path / "probe"), "arm64")
