# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The root of an image, made by mmdebstrap out of exactly the packages that were chosen (runbook 2.1). Private."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
import typing as t

from . import _image_build_layout as layout
from ._command import CommandError
from ._debian_archive import RELEASE
from ._dpkg import field, stanzas
from ._image_build_run import watched
from ._step import StepError
from ._systemctl import LIST_ENABLED
from ._text import one_line

if t.TYPE_CHECKING:
    from ._image_build_apt import Package
    from ._image_build_recipe import Variant

_SECONDS: t.Final = 3 * 3600
_DONE: t.Final = re.compile(r"^Setting up (\S+?)(?::\S+)? \(", re.MULTILINE)
_UNPACKED: t.Final = re.compile(r"^Unpacking (\S+?)(?::\S+)? \(", re.MULTILINE)
# What update-initramfs says when it begins.
_INITRD: t.Final = "update-initramfs: Generating "
# What QEMU's user emulation says when a program of the image crashes in it.
_CRASH: t.Final = "qemu: uncaught target signal"
_STATUS: t.Final = "./var/lib/dpkg/status"
_ACCOUNTS: t.Final = "./etc/passwd"
_ENABLED: t.Final = ("systemd-networkd.service", "/etc/systemd/system/runbook-first-boot.service")
# What differs from build to build, or belongs to one machine.
_VARYING: t.Final = (
    "/etc/apt/sources.list",
    "/etc/ssh/ssh_host_*",
    "/etc/passwd-",
    "/etc/shadow-",
    "/etc/group-",
    "/etc/gshadow-",
    "/etc/subuid-",
    "/etc/subgid-",
    "/etc/.pwd.lock",
    "/var/cache/debconf/*-old",
    "/var/lib/dpkg/*-old",
    "/var/lib/systemd/random-seed",
    "/var/lib/systemd/credential.secret",
    "/var/log/bootstrap.log",
    "/var/log/apt/*",
    "/var/cache/apt/*",
    "/var/lib/apt/lists/*",
)
_PARTIAL: t.Final = ("/var/cache/apt/archives/partial", "/var/lib/apt/lists/partial")


class Root(t.NamedTuple):
    """What mmdebstrap made.

    :param tar: path of the root's files.
    :param boot: path of a tar archive of the boot partition's files.
    :param units: what systemctl lists as enabled.
    """

    tar: str
    boot: str
    units: str


class Build(t.NamedTuple):
    """What a root is made of.

    :param folder: of the build; whoever mmdebstrap becomes may read in it.
    :param overlay: path of a tar archive of the files beside the packages.
    :param epoch: the time that the image bears, in seconds since 1970.
    """

    folder: str
    architecture: str
    variant: Variant
    packages: t.Sequence[Package]
    overlay: str
    epoch: int


def write_repository(packages: t.Sequence[Package], archives: str, folder: str) -> None:
    """Make a local archive of the packages; they were verified, and nothing else can come into the image."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for package in packages:
        source, target = os.path.join(archives, package.file), os.path.join(folder, package.file)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        # Read by whoever mmdebstrap becomes.
        os.chmod(target, 0o644)
    text = "\n".join(_relocated(package) for package in packages)
    listed = text.encode()
    with open(f"{folder}/Packages", "wb") as file:
        file.write(listed)
    with open(f"{folder}/Release", "w", encoding="utf-8") as file:
        file.write(f"SHA256:\n {hashlib.sha256(listed).hexdigest()} {len(listed)} Packages\n")


def _relocated(package: Package) -> str:
    lines = [line for line in package.stanza.split("\n") if not line.startswith("Filename: ")]
    return "\n".join([*lines, f"Filename: ./{package.file}", ""])


def hooks(variant: Variant, root: Root, overlay: str) -> list[str]:
    """Return what mmdebstrap does when the packages are installed."""
    found = [f"tar-in {overlay} /"]
    if variant.has_firmware:
        # The kernel's own package was told not to: its settings come with the files above.
        found += ['chroot "$1" update-initramfs -c -k all']
    return [
        *found,
        f'chroot "$1" systemctl enable {" ".join(_ENABLED)}',
        f'chroot "$1" {" ".join(LIST_ENABLED)} > "$1/tmp/units"',
        f"download /tmp/units {root.units}",
        f'mkdir -p "$1{layout.BOOT_MOUNT}"',
        f"tar-out {layout.BOOT_MOUNT} {root.boot}",
        f'find "$1{layout.BOOT_MOUNT}" -mindepth 1 -delete',
        "rm -rf " + " ".join(f'"$1"{path}' for path in _VARYING),
        # Whose these are would depend on whether apt's own user could come through to the folder of the build.
        f'chroot "$1" install -d -m 0700 -o _apt -g root {" ".join(_PARTIAL)}',
    ]


def argv(build: Build, root: Root) -> list[str]:
    """Return mmdebstrap's command line."""
    return [
        "mmdebstrap",
        # As root, too: what it mounts is seen by itself alone, and goes away with it, however it ends.
        "--mode=unshare",
        "--variant=apt",
        "--format=tar",
        "--verbose",
        # Looks for Debian's own registration of an emulator; that programs of the other kind run was seen before.
        "--skip=check/qemu",
        # A hook empties apt's folders.
        "--skip=cleanup/apt",
        f"--architectures={build.architecture}",
        f"--include={','.join(build.variant.packages)}",
        *(f"--customize-hook={hook}" for hook in hooks(build.variant, root, build.overlay)),
        RELEASE,
        root.tar,
        f"deb [trusted=yes] copy:{build.folder}/packages ./",
    ]


def make_root(build: Build, tell: t.Callable[[str], None]) -> Root:
    """Make the root.

    :param tell: takes a sentence on how far it is.
    :raises StepError: mmdebstrap fails; its last words are in the message.
    """
    folder = build.folder
    root = Root(f"{folder}/root.tar", f"{folder}/boot.tar", f"{folder}/units")
    temporary = f"{folder}/mmdebstrap"
    os.makedirs(temporary, exist_ok=True)
    os.chmod(temporary, 0o1777)  # noqa: S103  (mmdebstrap makes its folder in it as somebody else)
    environ = {"TMPDIR": temporary, "SOURCE_DATE_EPOCH": str(build.epoch), "INITRD": "No", "HOME": "/root"}
    try:
        watched(
            argv(build, root),
            environ=environ,
            log=f"{folder}/mmdebstrap.log",
            tell=_Counter(build, tell),
            timeout=_SECONDS,
        )
    except CommandError as exc:
        raise StepError(f"{exc}: {why(exc.out)}" if exc.rc >= 0 else str(exc)) from exc
    _require_same(build, root)
    return root


class _Counter:
    def __init__(self, build: Build, tell: t.Callable[[str], None]) -> None:
        self._total = len(build.packages)
        self._tell = tell
        self._counts = {"unpacked": 0, "set up": 0}
        self._text = ""
        self._ending = ""

    def __call__(self, text: str) -> None:
        self._text = self._text + text
        complete, _newline, self._text = self._text.rpartition("\n")
        self._counts["unpacked"] += len(_UNPACKED.findall(complete))
        self._counts["set up"] += len(_DONE.findall(complete))
        if _INITRD in complete:
            # Minutes, emulated, in which no package moves.
            self._ending = "; making the initrd"
        unpacked, ready = (min(count, self._total) for count in self._counts.values())
        self._tell(f"building the root: {self._total} packages, {unpacked} unpacked, {ready} set up{self._ending}")


def why(said: str) -> str:
    """Return what mmdebstrap's output gives as the reason: its own errors, or its last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if any("No space left on device" in line for line in lines):
        return "no space is left on the device; give image_work_dir a folder with more"
    if crash := next((line for line in lines if line.startswith(_CRASH)), ""):
        return (
            f"{one_line(crash)}; the emulator failed, not the package: take a newer QEMU, or set image_builder to an "
            "arm64 machine"
        )
    errors = [line for line in lines if line.startswith(("E: ", "dpkg: error", "/usr/bin/env", "chroot:"))]
    return one_line("; ".join((errors or lines)[-3:])) or "it says nothing"


def _require_same(build: Build, root: Root) -> None:
    there = {(field(one, "Package"), field(one, "Version")) for one in stanzas(read_member(root.tar, _STATUS))}
    wanted = {(package.name, package.version) for package in build.packages}
    if there != wanted:
        odd = min(there ^ wanted)
        how = "in the root though it was not chosen" if odd in there else "not in the root"
        raise StepError(f"package {odd[0]} {odd[1]} is {how}; this is an error of the collection, report it")


def read_member(tar: str, name: str) -> str:
    """Return a text file of a tar archive.

    :raises StepError: it is not there.
    """
    with tarfile.open(tar) as archive:
        try:
            file = archive.extractfile(name)
        except KeyError:
            file = None
        if file is None:
            raise StepError(f"the root has no {name.removeprefix('.')}; this is an error of the collection, report it")
        return file.read().decode("utf-8", "replace")


def accounts(root: Root) -> str:
    """Return the root's /etc/passwd."""
    return read_member(root.tar, _ACCOUNTS)


__all__ = ("Build", "Root", "accounts", "argv", "make_root", "read_member", "why", "write_repository")
