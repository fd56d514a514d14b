# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What services keep on a node: its files, read and summed up before they are saved (runbook 5.3). Private."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import typing as t

from ._step import StepError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._step import Step

CLAUSE: t.Final = "5.3"
MOST_FILES: t.Final = 20_000
_MIB: t.Final = 1024 * 1024
ARGUMENT_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "paths": {"type": "list", "elements": "str", "default": []},
    "most_mib": {"type": "int", "default": 1024},
    # The controller's alone; a node is told the paths.
    "services": {"type": "list", "elements": "dict", "default": []},
    "merge": {"type": "str", "default": "services_list"},
    "folder": {"type": "path", "default": ""},
}


class StateFile(t.NamedTuple):
    """One regular file.

    :param path: absolute; a byte that is no UTF-8 stands as its escape.
    :param digest: SHA-256 of its content.
    """

    path: str
    size: int
    digest: str


class State(t.NamedTuple):
    """All that is under some paths.

    :param missing: those of the paths that are not there.
    """

    files: tuple[StateFile, ...]
    missing: tuple[str, ...]

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files)


def read_state(paths: t.Iterable[str], *, most_bytes: int) -> State:
    """Read what is under ``paths``; links are not followed, and other file systems below them are left out.

    :raises StepError: it is more than the bounds, or a file cannot be read.
    """
    files: list[StateFile] = []
    missing = []
    left = most_bytes
    for top in paths:
        if not os.path.lexists(top):
            missing.append(top)
            continue
        for path, found in _files_in(top):
            left -= found.st_size
            if left < 0 or len(files) == MOST_FILES:
                raise StepError(
                    f"what is in {one_line(top, 200)} and beside it is more than {most_bytes // _MIB} MiB or "
                    f"{MOST_FILES} files; raise rollback_state_mib, or save it by your own means and declare the rest"
                )
            files.append(StateFile(one_line(path, 1000), found.st_size, _digest(path)))
    return State(tuple(files), tuple(missing))


def _files_in(top: str) -> t.Iterator[tuple[str, os.stat_result]]:
    """Yield the regular files under a path, or the path itself, in an order that does not change."""
    first = os.lstat(top)
    if stat.S_ISREG(first.st_mode):
        yield top, first
        return
    folders = [top] if stat.S_ISDIR(first.st_mode) else []
    while folders:
        folder = folders.pop()
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as listed:
            for entry in sorted(listed, key=lambda one: one.name):
                # Gone since it was listed: the service works on.
                with contextlib.suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(found.st_mode) and found.st_dev == first.st_dev:
                        folders.append(entry.path)
                    elif stat.S_ISREG(found.st_mode):
                        yield entry.path, found


def _digest(path: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise StepError(
            f"{one_line(path, 300)} cannot be read ({exc.strerror}), so it would not be saved; save what can be read "
            "by hand, and take its path out of service_state"
        ) from exc


def body(step: Step) -> str:
    """Return what is there; nothing is changed."""
    state = read_state(step.params["paths"], most_bytes=int(step.params["most_mib"]) * _MIB)
    step.returns(files=[one._asdict() for one in state.files], missing=list(state.missing))
    return f"{len(state.files)} files, {size_of(state.size)}."


def size_of(number: int) -> str:
    """Return a number of bytes as a person reads it."""
    return f"{number / _MIB:.1f} MiB" if number >= _MIB // 10 else f"{number} bytes"


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "MOST_FILES", "State", "StateFile", "body", "read_state", "size_of")
