# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines of the lab, from an image of image.yml: RUNBOOK_E2E_IMAGE, else the one in the lab's cache."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import subprocess
import sys
import time
import typing as t

import pytest

from lab import vm_card, vm_qemu
from lab.paths import Paths

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "lab" / "node"
UP_SECONDS = 1800
OFF_SECONDS = 300


def lab(*words: str, seconds: float = UP_SECONDS, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run lab/node; what it says on the way is shown as it comes."""
    done = subprocess.run(
        [sys.executable, str(LAB), *words], stdout=subprocess.PIPE, text=True, check=False, timeout=seconds, cwd=ROOT
    )
    if check and done.returncode != 0:
        raise AssertionError(f"lab/node {' '.join(words)} ended with {done.returncode}: {done.stdout}")
    return done


@dataclasses.dataclass(frozen=True)
class Machine:
    """One virtual machine that is up."""

    name: str

    def root(self, command: str, *, check: bool = True, seconds: float = 600) -> str:
        """What a shell command prints that runs as root inside."""
        return lab("shell", self.name, "--", "sh", "-c", command, check=check, seconds=seconds).stdout

    @property
    def folder(self) -> pathlib.Path:
        return Paths.from_environment().machines / self.name

    @property
    def disk(self) -> pathlib.Path:
        """Its card, as a file."""
        return self.folder / vm_qemu.DISK

    def console(self) -> str:
        """All that its console has shown."""
        log = self.folder / vm_qemu.CONSOLE_LOG
        return log.read_text(errors="replace") if log.exists() else ""

    def is_up(self) -> bool:
        return any(line.split()[:1] == [self.name] for line in lab("list").stdout.splitlines())

    def switch_off(self) -> None:
        """Have it power itself off, as before its card is taken out."""
        self.root("systemctl --no-block poweroff", check=False)
        deadline = time.monotonic() + OFF_SECONDS
        while self.is_up():
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} does not switch itself off:\n{self.console()[-2000:]}")
            time.sleep(2)


@pytest.fixture(scope="session")
def image() -> pathlib.Path:
    """The image that every machine is made from."""
    named = os.environ.get("RUNBOOK_E2E_IMAGE", "")
    return vm_card.find_image(Paths.from_environment(), named)


@pytest.fixture(scope="module")
def machines(image: pathlib.Path) -> t.Iterator[t.Callable[..., list[Machine]]]:
    """Bring machines up, side by side; they are taken away after the module."""
    made: list[str] = []

    def up(*names: str, options: t.Sequence[str] = ()) -> list[Machine]:
        made.extend(names)
        began = time.monotonic()
        lab("up", *names, "--kind", "vm", "--image", str(image), *options)
        print(f"{' and '.join(names)} took {time.monotonic() - began:.0f} s to come up")
        return [Machine(name) for name in names]

    yield up
    if made:
        with contextlib.suppress(subprocess.TimeoutExpired):
            lab("down", *made, check=False, seconds=300)
