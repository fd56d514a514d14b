# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an image is made, and where it is when it is whole: nothing half-made has its name. Private."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
import typing as t

from ._command import Command, CommandError
from ._files import read_text, sync_folder
from ._image_words import size_words
from ._step import StepError

PREFIX: t.Final = "runbook-image-"
_LOCK: t.Final = "lock"
SUMS: t.Final = "SHA256SUMS"
_READ: t.Final = 4 * 1024 * 1024
_NO_SPACE: t.Final = "No space left on device"


class Place(t.NamedTuple):
    """The files of an image.

    :param folder: where they are.
    :param name: what they begin with.
    """

    folder: str
    name: str

    @property
    def image(self) -> str:
        return os.path.join(self.folder, f"{self.name}.img")

    @property
    def bmap(self) -> str:
        return f"{self.image}.bmap"

    @property
    def manifest(self) -> str:
        return os.path.join(self.folder, f"{self.name}.manifest.json")

    @property
    def sums(self) -> str:
        return os.path.join(self.folder, SUMS)

    @property
    def files(self) -> tuple[str, str, str]:
        return self.image, self.bmap, self.manifest


def part(path: str) -> str:
    """Return what a file is called while it is made."""
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.part")


@contextlib.contextmanager
def locked(path: str, what: str) -> t.Iterator[None]:
    """Hold a lock until the block ends.

    :param what: what a run does that holds it.
    :raises StepError: another run holds it.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StepError(f"another run {what}; wait until it has ended") from None
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def workshop(folder: str) -> t.Iterator[str]:
    """Have a folder to build in; it is gone afterwards, and so are those of runs that were killed.

    :param folder: where it is made; whoever mmdebstrap becomes must come through to it.
    """
    clear(folder)
    with contextlib.ExitStack() as held:
        path = _own_folder(folder, held)
        try:
            yield path
        finally:
            remove_tree(path)


def _own_folder(folder: str, held: contextlib.ExitStack) -> str:
    """Return a new folder that is locked: until then another run may clear it away as a killed one's."""
    while True:
        path = tempfile.mkdtemp(prefix=PREFIX, dir=folder)
        lock = os.path.join(path, _LOCK)
        with contextlib.suppress(FileNotFoundError, StepError), contextlib.ExitStack() as tried:
            os.chmod(path, 0o755)  # noqa: S103  (packages are public)
            tried.enter_context(locked(lock, "builds in it"))
            if os.path.exists(lock):
                held.push(tried.pop_all())
                return path


def clear(folder: str) -> None:
    """Remove what runs that were killed built in; what another run builds in stays."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError, StepError):
            if name.startswith(PREFIX) and os.lstat(path).st_uid == os.geteuid():
                with locked(os.path.join(path, _LOCK), "builds in it"):
                    remove_tree(path)


def remove_tree(path: str) -> None:
    """Remove a folder with what mmdebstrap may have left in it, which is another user's where root did not build."""
    shutil.rmtree(path, ignore_errors=True)
    if os.path.lexists(path):
        with contextlib.suppress(CommandError):
            Command("mmdebstrap").run(["--unshare-helper", "rm", "-rf", "--one-file-system", path], timeout=600)
        shutil.rmtree(path, ignore_errors=True)


def require_room(folder: str, need: int, setting: str) -> None:
    """See to it that there is room in a folder, which may be still to be made.

    :raises StepError: a file system has too little space for what is to be made on it.
    """
    there = folder
    while not os.path.exists(there):
        there = os.path.dirname(there)
    status = os.statvfs(there)
    free = status.f_bavail * status.f_frsize
    if free < need:
        raise StepError(
            f"{folder} has {size_words(free)} free, and the image needs about {size_words(need)} there; make room, or "
            f"give {setting} another folder"
        )


def full(exc: OSError, settings: str) -> StepError:
    """Return the sentence for a disk that became full, or a folder that is not as it must be.

    :param settings: those that name the folders.
    """
    where = f" of {exc.filename}" if exc.filename else ""
    if exc.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StepError(
            f"the disk{where} became full, and nothing was left half-made; make room, or set {settings} to a folder "
            "with more room"
        )
    return StepError(
        f"{exc.strerror or exc}{where}; mend that, or set {settings} to a folder in which this user may write"
    )


def as_full(exc: CommandError) -> OSError | None:
    """Return a program's error as that of a full disk, None where it is another one."""
    if _NO_SPACE in f"{exc}{exc.err}{exc.out}":
        return OSError(errno.ENOSPC, _NO_SPACE)
    return None


def digest(path: str, tell: t.Callable[[int], None]) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_READ):
            found.update(block)
            tell(len(block))
    return found.hexdigest()


def listed(place: Place) -> dict[str, str]:
    """Return what SHA256SUMS in the image's folder says, by name."""
    text = read_text(place.sums) or ""
    rows = (line.split(None, 1) for line in text.splitlines())
    return {row[1].removeprefix("*"): row[0] for row in rows if len(row) == 2}


def publish(place: Place, sums: t.Mapping[str, str]) -> None:
    """Give the files their names, and write down their checksums last: until then nobody flashes the image.

    :param sums: the SHA-256 of each file, by its path.
    """
    for path in place.files:
        os.replace(part(path), path)
    sync_folder(place.folder)
    every = {**listed(place), **{os.path.basename(path): sums[path] for path in place.files}}
    write(place.sums, "".join(f"{one}  {name}\n" for name, one in sorted(every.items())))
    os.replace(part(place.sums), place.sums)
    sync_folder(place.folder)


def write(path: str, text: str) -> None:
    """Write a file under the name that it has while it is made."""
    with open(part(path), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def discard(place: Place) -> None:
    """Remove what was not finished."""
    for path in (*place.files, place.sums):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part(path))


__all__ = (
    "Place",
    "as_full",
    "clear",
    "digest",
    "discard",
    "full",
    "listed",
    "locked",
    "part",
    "publish",
    "remove_tree",
    "require_room",
    "workshop",
    "write",
)
