# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running nodes of another architecture: a recent QEMU and its registration with the kernel.

systemd since 254 starts its services through a file descriptor, which needs the binfmt flag O, and a QEMU newer than
Debian 12's. Both come from Debian 13's own package, unpacked beside the host's programs; the registration has the lab's
own name, goes before the host's, and is taken back when the last node is gone.
"""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from lab import archive, locks
from lab.command import LabError, as_root, run, run_slowly, say
from lab.host import MACHINES
from lab.paths import NAME, Paths

BINFMT = Path("/proc/sys/fs/binfmt_misc")
FLAGS = "POCF"

# Says that binfmt_misc was not mounted before.
MOUNTED = Path("/run") / f"{NAME}.mounted-binfmt"


def entry_name(paths: Paths, architecture: str) -> str:
    """The lab's own name beside the host's registrations and other labs'."""
    return f"{NAME}.{paths.lab_id}.{MACHINES[architecture]}"


def in_use(paths: Paths) -> Path:
    """The lock that keeps a `down` from taking the emulator away from under an image build."""
    return paths.state / "emulator.lock"


def is_registered(paths: Paths, architecture: str) -> bool:
    """Whether the kernel has our entry."""
    return (BINFMT / entry_name(paths, architecture)).exists()


def register(paths: Paths, host_architecture: str, architecture: str) -> None:
    """Make programs of another architecture run here, until :func:`unregister`."""
    if is_registered(paths, architecture):
        return
    emulator, rule = emulator_of(paths, host_architecture, architecture)
    with _alone():
        if not is_registered(paths, architecture):
            _register(rule, entry_name(paths, architecture), emulator, architecture)


def _alone() -> AbstractContextManager[None]:
    # The last lab that goes would unmount what the first that comes has found mounted.
    return locks.held(locks.host_lock("binfmt"))


def _register(rule: str, name: str, emulator: Path, architecture: str) -> None:
    if not (BINFMT / "register").exists():
        done = run(as_root(["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)]), check=False)
        if done.code != 0:
            raise LabError(
                f"This host's kernel offers no binfmt_misc ({done.err.strip()}); {architecture} nodes need it, "
                "native ones do not: load the module binfmt_misc or leave --arch out."
            )
        run(as_root(["touch", str(MOUNTED)]))
    run(as_root(["tee", str(BINFMT / "register")]), stdin=registration(rule, name, str(emulator)))


def registration(rule: str, name: str, emulator: str) -> str:
    """The line for the kernel: Debian's own magic, with our name, interpreter and flags.

    :param rule: the content of the package's binfmt.d file, `:name:type:offset:magic:mask:interpreter:flags`.
    """
    match rule.strip().split(":"):
        case ["", _, "M", offset, magic, mask, _, _]:
            return f":{name}:M:{offset}:{magic}:{mask}:{emulator}:{FLAGS}"
        case _:
            raise LabError(f"QEMU's binfmt rule {rule.strip()!r} has an unknown form; report this.")


def unregister(paths: Paths) -> None:
    """Take the lab's entries back, and with the last lab's the mount if it was a lab's."""
    with _alone():
        _unregister(paths)


def _unregister(paths: Paths) -> None:
    for architecture in MACHINES:
        if is_registered(paths, architecture):
            run(as_root(["tee", str(BINFMT / entry_name(paths, architecture))]), stdin="-1")
    if MOUNTED.exists() and not any(BINFMT.glob(f"{NAME}.*")):
        run(as_root(["umount", str(BINFMT)]), check=False)
        run(as_root(["rm", "-f", str(MOUNTED)]))


def emulator_of(paths: Paths, host_architecture: str, architecture: str) -> tuple[Path, str]:
    """The emulator and its binfmt rule, fetched once."""
    folder = paths.emulators / f"{host_architecture}-runs-{architecture}"
    emulator, rule = folder / f"qemu-{MACHINES[architecture]}", folder / "binfmt.conf"
    # Several labs share the cache.
    with locks.held(folder.with_name(f"{folder.name}.lock"), waiting="Another run fetches QEMU; waiting for it."):
        if not rule.exists():
            fetch(folder, host_architecture, architecture, paths)
    return emulator, rule.read_text()


def fetch(folder: Path, host_architecture: str, architecture: str, paths: Paths) -> None:
    """Take QEMU out of Debian 13's package; apt checks it against the archive's signed index, in a root of its own."""
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise LabError(
                f"Emulating {architecture} takes QEMU from Debian's archive with {tool}, which this host lacks; "
                "install apt and dpkg."
            )
    root = folder / "apt"
    shutil.rmtree(root, ignore_errors=True)
    for part in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "unpacked"):
        (root / part).mkdir(parents=True)
    (root / "status").touch()
    (root / "etc/sources.list").write_text(archive.base_source() + "\n")
    (root / "apt.conf").write_text(
        f'Dir "{root}";\nDir::Etc "{root}/etc";\nDir::State "{root}";\nDir::State::Lists "{root}/lists";\n'
        f'Dir::State::status "{root}/status";\nDir::Cache "{root}/cache";\n'
        f'APT::Architecture "{host_architecture}";\nAPT::Architectures "{host_architecture}";\n'
        'APT::Sandbox::User "root";\nAcquire::Languages "none";\n'
        + archive.apt_proxy_configuration(archive.host_proxies())
    )
    apt = ["env", f"APT_CONFIG={root}/apt.conf", "apt-get", "-q"]
    log = paths.logs / "emulator.log"
    run_slowly([*apt, "update"], what="Reading Debian 13's package index", usually="5 s", log=log)
    install = [*apt, "install", "--yes", "--download-only", "--no-install-recommends", "qemu-user"]
    run_slowly(install, what="Fetching QEMU from Debian 13 (70 MB)", usually="10 s", log=log)
    package = next((root / "cache/archives").glob("qemu-user_*.deb"))
    run(["dpkg-deb", "--extract", str(package), str(root / "unpacked")])
    machine = MACHINES[architecture]
    emulator = folder / f"qemu-{machine}"
    shutil.copy2(root / f"unpacked/usr/bin/qemu-{machine}", emulator)
    rule = (root / f"unpacked/usr/share/qemu/binfmt.d/qemu-{machine}.conf").read_text()
    shutil.rmtree(root)
    # Written last: its presence says that the emulator is whole.
    temporary = folder / f"binfmt.conf.{os.getpid()}"
    temporary.write_text(rule)
    temporary.replace(folder / "binfmt.conf")
    say(f"  QEMU for {architecture} is in {folder}")
