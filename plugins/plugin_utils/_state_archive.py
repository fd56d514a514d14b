# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of what services keep on a node: received whole, compared, and only then counted (runbook 5.3). Private.

What comes from the node is hostile: bounded in size, named by us, never unpacked here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import tarfile
import tempfile
import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._service_state import StateFile
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import order_of

_CHUNK: t.Final = 1024 * 1024
# Headers and padding of tar: a kilobyte or two for each file.
_BESIDE: t.Final = 4096
_SECONDS: t.Final = 3600
_DIGEST = re.compile(r"[0-9a-f]{64}")


def said_files(said: t.Any) -> list[StateFile]:
    """Read what a node says of its files.

    :raises StepError: it is not of the shape that our module gives it.
    """
    try:
        files = [StateFile(str(one["path"]), int(one["size"]), str(one["digest"])) for one in said]
    except (TypeError, KeyError, ValueError) as exc:
        raise StepError("the node's answer on its files makes no sense; copy them by hand, and trust none") from exc
    if any(one.size < 0 or not _DIGEST.fullmatch(one.digest) for one in files):
        raise StepError("the node's answer on its files makes no sense; copy them by hand, and trust none")
    return files


class StateFolder:
    """The folder of one node's archives on the controller, newest last."""

    def __init__(self, folder: pathlib.Path, node: str) -> None:
        self.path = folder.expanduser() / (re.sub(r"[^A-Za-z0-9._-]", "_", node).lstrip(".") or "_")

    def last_with(self, files: t.Sequence[StateFile]) -> pathlib.Path | None:
        """Return the newest archive where it holds just these files and is whole, None where there is none."""
        for listed in sorted(self.path.glob("*.json"), key=lambda path: order_of(path.stem) or ("", 0))[-1:]:
            try:
                known = json.loads(listed.read_text(encoding="utf-8"))
                archive = listed.with_suffix(".tar")
                same = known["files"] == [list(one) for one in files]
                return archive if same and known["sha256"] == _digest_of(archive) else None
            except (OSError, ValueError, KeyError, TypeError):
                return None
        return None

    def receive(self, argv: t.Sequence[str], stdin: str, files: t.Sequence[StateFile]) -> pathlib.Path:
        """Write what a command says into a new archive, and compare it with ``files``.

        :raises StepError: it cannot be written, is too large, or differs; nothing of it stays.
        """
        most = sum(one.size + _BESIDE for one in files) * 2 + _CHUNK
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            archive, half = self._own_names()
            try:
                _receive(argv, stdin, half, most)
                _compare(half, files)
                half.replace(archive)
            finally:
                half.unlink(missing_ok=True)
            note = {"files": [list(one) for one in files], "sha256": _digest_of(archive)}
            archive.with_suffix(".json").write_text(json.dumps(note), encoding="utf-8")
        except OSError as exc:
            raise StepError(
                f"{self.path} cannot be written ({exc.strerror}); make room there, or set rollback_state_dir"
            ) from exc
        return archive

    def _own_names(self) -> tuple[pathlib.Path, pathlib.Path]:
        """Return where a new archive is to lie, and where half of it does; no other run of this second has the same."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        number = 1
        while True:
            archive = self.path / f"{stamp if number == 1 else f'{stamp}-{number}'}.tar"
            half = archive.with_suffix(".half")
            with contextlib.suppress(FileExistsError):
                os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
                if not archive.exists():
                    return archive, half
                half.unlink()
            number += 1


def tar_command(paths: t.Sequence[str]) -> str:
    """Return the command by which a node, as root, writes an archive of these paths; owners by name."""
    words = [path.lstrip("/") for path in paths]
    return shlex.join(["tar", "--create", "--file=-", "--directory=/", "--one-file-system", "--", *words])


def _receive(argv: t.Sequence[str], stdin: str, half: pathlib.Path, most: int) -> None:
    descriptor = os.open(half, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
    deadline = time.monotonic() + _SECONDS
    with (
        os.fdopen(descriptor, "wb") as file,
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            list(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=_environment()
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process that was given pipes has none")
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(stdin.encode())
        got = 0
        while chunk := os.read(process.stdout.fileno(), _CHUNK):
            got += len(chunk)
            if got > most or time.monotonic() > deadline:
                process.kill()
                raise StepError(
                    "the node sends more than the files it named, or takes longer than an hour; copy them by hand, and "
                    "look at the node first"
                )
            file.write(chunk)
        # tar's 1: a file changed while it was read; the comparison tells which. sudo's 1 comes with nothing.
        if process.wait() not in (0, 1) or not got:
            errors.seek(0)
            said = errors.read(_CHUNK).decode("utf-8", "replace")
            raise StepError(f"the node does not send its files: {_last_line(said)}; mend that, then run again")
        file.flush()
        os.fsync(file.fileno())


def _compare(archive: pathlib.Path, files: t.Sequence[StateFile]) -> None:
    wanted = {one.path: one.digest for one in files}
    got: dict[str, str] = {}
    try:
        with tarfile.open(archive, "r:", errors="surrogateescape") as opened:
            for member in opened:
                if not (member.isreg() or member.islnk()):
                    continue
                content = opened.extractfile(member)
                if content is not None:
                    got[one_line(f"/{member.name}", 1000)] = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    except (tarfile.TarError, KeyError, EOFError) as exc:
        raise StepError(
            f"what the node sends is no whole archive ({one_line(str(exc), 200)}); run the same command again"
        ) from exc
    differing = sorted(path for path, digest in wanted.items() if got.get(path) != digest)
    if differing:
        raise StepError(
            f"{differing[0]} is not in the copy as it was a moment before"
            f"{f', nor are {len(differing) - 1} others' if len(differing) > 1 else ''}: its service writes to it; stop "
            "that first (services.yml -e service_action=stop -e service_name=NAME), then run again"
        )


def _digest_of(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return one_line(lines[-1], 300) if lines else "it does not say why"


__all__ = ("StateFolder", "said_files", "tar_command")
