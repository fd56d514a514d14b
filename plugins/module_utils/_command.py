# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to external commands. Private to the collection.

One way only: a list of arguments, never a shell; LC_ALL=C, since output is read; a bound in time, since a node may
hang.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import typing as t

from ._text import one_line

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Completed(t.NamedTuple):
    """What a command answered: exit status, standard output and standard error as text."""

    argv: list[str]
    rc: int
    out: str
    err: str


class CommandError(Exception):
    """A command was missing, timed out, or failed where its success was needed."""

    def __init__(self, message: str, *, argv: t.Sequence[str], rc: int = -1, out: str = "", err: str = "") -> None:
        super().__init__(message)
        self.argv = list(argv)
        self.rc = rc
        self.out = out
        self.err = err


class Command:
    """One external program, named by its path or by its bare name on root's PATH."""

    def __init__(self, program: str, *, environ: t.Mapping[str, str] | None = None) -> None:
        self.program = program
        self._environ = {"PATH": _PATH, "LC_ALL": "C", "LANG": "C", "HOME": "/root", **(environ or {})}

    def run(
        self,
        arguments: t.Sequence[str],
        *,
        stdin: str | t.BinaryIO | None = None,
        timeout: float = 60,
        check: bool = True,
        exact: bool = False,
        cwd: str = "/",
    ) -> Completed:
        """Run the program and return what it answered.

        :param stdin: text, or an open file that the program reads from where it stands.
        :param exact: keep bytes that are not UTF-8 (as ``os.fsdecode`` does), for output that holds file names.
        :param timeout: seconds after which the program and its whole process group are killed.
        :param check: raise unless the exit status is 0.
        :param cwd: the folder it works in, for programs that take no other word for it.
        :raises CommandError: the program is missing, took too long, or failed while ``check`` is set.
        """
        argv = [self.program, *arguments]
        try:
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                argv,
                stdin=_stdin_of(stdin),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environ,
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as exc:
            raise CommandError(f"cannot run {self.program}: {exc.strerror}", argv=argv) from exc
        errors = "surrogateescape" if exact else "replace"
        said_to_it = stdin.encode("utf-8", errors) if isinstance(stdin, str) else None
        try:
            raw_out, raw_err = process.communicate(said_to_it, timeout=timeout)
        except subprocess.TimeoutExpired as exc:
            _kill_group(process)
            raise CommandError(f"{' '.join(argv)} did not end within {timeout:g} s", argv=argv) from exc
        except BaseException:
            _kill_group(process)
            raise
        done = Completed(argv, process.returncode, raw_out.decode("utf-8", errors), raw_err.decode("utf-8", errors))
        if check and done.rc != 0:
            said = one_line(done.err or done.out) or "it said nothing"
            raise CommandError(
                f"{one_line(' '.join(argv))} failed with status {done.rc}: {said}",
                argv=argv,
                rc=done.rc,
                out=done.out,
                err=done.err,
            )
        return done


def _stdin_of(stdin: str | t.BinaryIO | None) -> int | t.BinaryIO:
    if stdin is None:
        return subprocess.DEVNULL
    return subprocess.PIPE if isinstance(stdin, str) else stdin


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.communicate()


__all__ = ("Command", "CommandError", "Completed")
