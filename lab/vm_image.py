# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that virtual machines boot, built by image.yml as an operator builds it."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

from lab import archive, emulation, locks
from lab.command import LabError, say
from lab.host import Host
from lab.paths import Paths
from lab.vm_card import IMAGE
from lab.vm_qemu import ARCHITECTURE

ROOT = Path(__file__).resolve().parent.parent
PLAYBOOK = ROOT / "playbooks" / "image.yml"
TOOLS = ROOT / ".venv" / "bin"


def ensure(paths: Paths, host: Host) -> Path:
    """The image in the lab's cache, built if no earlier run did.

    :raises LabError: it cannot be built.
    """
    image = folder(paths) / IMAGE
    return image if image.is_file() else build(paths, host)


def build(paths: Paths, host: Host) -> Path:
    """Have image.yml look whether the image is there and current, and build it where it is not.

    :raises LabError: the collection's tools are missing, or the playbook failed.
    """
    tool = TOOLS / "ansible-playbook"
    if not tool.exists():
        raise LabError("Images of virtual machines are built by playbooks/image.yml; run `make setup` first.")
    folder(paths).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        waiting = "Another run builds the image of virtual machines; waiting for it."
        stack.enter_context(locks.held(paths.images / "vm.lock", waiting=waiting))
        if host.architecture != ARCHITECTURE:
            stack.enter_context(locks.held(emulation.in_use(paths), shared=True))
            emulation.register(paths, host.architecture, ARCHITECTURE)
        say(f"Building {folder(paths) / IMAGE} with playbooks/image.yml")
        done = subprocess.run(argv(paths, tool), cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise LabError(f"playbooks/image.yml ended with {done.returncode}; what it says stands above.")
    return folder(paths) / IMAGE


def folder(paths: Paths) -> Path:
    """Where the image lies, with manifest and checksums."""
    return paths.images / "vm"


def argv(paths: Paths, tool: Path) -> list[str]:
    """The command line, as an operator types it; no node of the sample inventory is asked anything."""
    variables = {"image_dir": str(folder(paths)), "image_cache_dir": str(paths.images / "vm-packages")}
    if archive.mirror() != archive.MIRROR:
        variables["image_mirror"] = archive.mirror()
    words = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    return [str(tool), *words, str(PLAYBOOK)]


def environment() -> dict[str, str]:
    """The environment of an operator's shell in this checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    proxies = {f"{scheme}_proxy": url for scheme, url in archive.host_proxies().items()}
    search = f"{TOOLS}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, **proxies, "PATH": search, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
