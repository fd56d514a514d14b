# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place where the lab starts another program: list argv, no shell, bounded, errors in one sentence."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAY_EVERY = 10.0


class LabError(Exception):
    """What the lab cannot do, in one sentence that names the value and the remedy."""


@dataclass(frozen=True)
class Completed:
    """What a finished program left."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str


def say(sentence: str) -> None:
    """Tell the operator how far the lab is; standard output stays free for data."""
    print(sentence, file=sys.stderr, flush=True)


def as_root(argv: Sequence[str], env: Mapping[str, str] | None = None) -> list[str]:
    """The same command with root's rights; sudo drops the environment, so what is needed goes through env(1)."""
    settings = [f"{name}={value}" for name, value in (env or {}).items()]
    prefix = ["env", *settings] if settings else []
    if os.geteuid() == 0:
        return [*prefix, *argv]
    return ["sudo", "--", *prefix, *argv]


def run(
    argv: Sequence[str],
    *,
    stdin: str | bytes | None = None,
    timeout: float = 120,
    check: bool = True,
) -> Completed:
    """Run a program to its end.

    :param timeout: seconds after which the program is killed.
    :param check: raise :class:`LabError` unless the program exits with 0.
    """
    # Without any input the program reads an empty file: it must never take the operator's terminal.
    data = stdin.encode() if isinstance(stdin, str) else stdin or b""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            list(argv), capture_output=True, timeout=timeout, env=environment, input=data, check=False
        )
    except FileNotFoundError as error:
        raise LabError(f"The program {argv[0]} is not on this host; install it.") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{shlex.join(argv)} did not end within {timeout:.0f} s.") from error
    completed = Completed(
        tuple(argv), done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )
    if check and completed.code != 0:
        raise failure(completed)
    return completed


def failure(completed: Completed) -> LabError:
    """The error for a program that failed: its own last words tell the most."""
    words = (completed.err.strip() or completed.out.strip() or "no message").splitlines()
    return LabError(f"{shlex.join(completed.argv)} exited with {completed.code}: {' '.join(words[-3:])}")


def run_slowly(argv: Sequence[str], *, what: str, usually: str, log: Path, timeout: float = 3600) -> None:
    """Run a long program with its output in a log, and say every few seconds how far it is.

    :param usually: how long it normally takes, for the person who waits.
    """
    say(f"{what} (usually {usually}; log: {log})")
    log.parent.mkdir(parents=True, exist_ok=True)
    began = last_said = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        try:
            while (code := process.poll()) is None:
                time.sleep(0.2)
                now = time.monotonic()
                if now - began > timeout:
                    raise LabError(f"{what}: not done after {timeout:.0f} s; see {log}.")
                if now - last_said >= SAY_EVERY:
                    last_said = now
                    say(f"  {now - began:4.0f} s  {last_line(log)}")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code != 0:
        tail = " ".join(log.read_text(errors="replace").splitlines()[-3:])
        raise LabError(f"{what}: exited with {code} ({tail}); see {log}.")
    say(f"  {time.monotonic() - began:4.0f} s  done")


def last_line(log: Path, width: int = 100) -> str:
    """The newest line of a log, free of control characters."""
    with log.open("rb") as source:
        source.seek(max(0, log.stat().st_size - 4096))
        lines = [
            line for line in source.read().decode(errors="replace").replace("\r", "\n").split("\n") if line.strip()
        ]
    return "".join(character for character in (lines[-1] if lines else "") if character.isprintable())[:width]
