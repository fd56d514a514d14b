# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to mmdebstrap: watched for minutes, and never left behind. Private to the collection."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import typing as t

from ._command import CommandError

_POLL_SECONDS: t.Final = 0.5
_GRACE_SECONDS: t.Final = 30.0
_TAIL: t.Final = 64 * 1024
_PATH: t.Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def watched(
    argv: t.Sequence[str], *, environ: t.Mapping[str, str], log: str, tell: t.Callable[[str], None], timeout: float
) -> None:
    """Run a program to its end, and tell twice a second what its log says.

    :param log: the file that takes all that it prints.
    :param tell: takes what was printed since the last time; what it raises ends the program.
    :raises CommandError: it is missing, fails, or takes longer than ``timeout`` seconds.
    """
    # Where this process is killed, the kernel tells the program; it tidies up then.
    given = ["setpriv", "--pdeathsig", "TERM", "--", *argv]
    with open(log, "wb") as out, open(log, encoding="utf-8", errors="replace") as said:
        try:
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                given,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={"PATH": _PATH, "LC_ALL": "C.UTF-8", **environ},
                cwd="/",
                start_new_session=True,
            )
        except OSError as exc:
            raise CommandError(f"cannot run {given[0]}: {exc.strerror}", argv=given) from exc
        until = time.monotonic() + timeout
        try:
            while process.poll() is None:
                if time.monotonic() > until:
                    raise CommandError(f"{argv[0]} did not end within {timeout:g} s", argv=argv)
                tell(said.read())
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
            tell(said.read())
        except BaseException:
            _end(process)
            raise
    if process.returncode != 0:
        raise CommandError(
            f"{argv[0]} failed with status {process.returncode}", argv=argv, rc=process.returncode, out=_tail(log)
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
            return


def _tail(path: str) -> str:
    with open(path, "rb") as file:
        file.seek(max(os.path.getsize(path) - _TAIL, 0))
        return file.read().decode("utf-8", "replace")


__all__ = ("watched",)
