# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One gate: a command, a budget in minutes, and a reader of its output. Running it never raises for what it does."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import typing as t
from dataclasses import dataclass, field

from tools.verdict import Judge, Verdict, plain, says_nothing

if t.TYPE_CHECKING:
    import threading
    from pathlib import Path

# What a gate gets to clean up after itself (molecule takes its node down) before it is killed, in seconds.
GRACE = 20.0
# What the cleaning up after a gate that was killed may take, in seconds.
CLEANUP_LIMIT = 120.0
NOTHING_SAID = Verdict()


@dataclass(frozen=True)
class Gate:
    """A command that must succeed.

    :param argv: the command; it runs in the top folder of the repository.
    :param budget: minutes after which it is killed and counts as failed.
    :param judge: reads the log of a run that ended with exit code 0.
    :param needs: names of the gates without which this one proves nothing.
    :param cleanup: command that removes what a run leaves, however it ended; its own failure is only noted.
    """

    name: str
    argv: tuple[str, ...]
    budget: float
    judge: Judge = says_nothing
    needs: tuple[str, ...] = ()
    environment: t.Mapping[str, str] = field(default_factory=dict)
    cleanup: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How a gate ended.

    :param wrong: why it failed, one sentence; empty where it passed.
    :param seconds: wall time.
    """

    gate: Gate
    wrong: str
    seconds: float
    log: Path
    verdict: Verdict = NOTHING_SAID

    @property
    def passed(self) -> bool:
        """Whether the gate's word can be taken for what it stands for."""
        return not self.wrong


def run(gate: Gate, *, top: Path, log: Path, stop: threading.Event) -> Outcome:
    """Run the gate's command in a process group of its own, bounded in time, and judge what it printed.

    :param stop: set by whoever wants the run to end now.
    """
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **gate.environment}
    environment.pop("FORCE_COLOR", None)
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                gate.argv,
                cwd=top,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as exc:
            return Outcome(gate, f"{gate.argv[0]} does not start: {exc.strerror}.", 0.0, log)
    wrong = _wait(process, gate=gate, stop=stop)
    if wrong:
        _end(process)
    verdict = gate.judge(log.read_text("utf-8", "replace"))
    _clean_up(gate, top=top, log=log)
    if not wrong:
        wrong = f"It ended with exit code {process.returncode}." if process.returncode else verdict.wrong
    return Outcome(gate, wrong, time.monotonic() - started, log, verdict)


def _wait(process: subprocess.Popen[bytes], *, gate: Gate, stop: threading.Event) -> str:
    """Return why the process has to be ended, the empty string once it ended by itself."""
    last = time.monotonic() + gate.budget * 60
    while process.poll() is None:
        if stop.wait(0.1):
            return "It was interrupted."
        if time.monotonic() > last:
            return f"It took longer than its budget of {gate.budget:g} min and was killed."
    return ""


def tail(log: Path, lines: int) -> str:
    """Return the last lines of a log, or of as much of it as is worth reading."""
    if not log.exists():
        return ""
    text = plain(log.read_bytes()[-200_000:].decode("utf-8", "replace"))
    return "\n".join(text.splitlines()[-lines:])


def _end(process: subprocess.Popen[bytes]) -> None:
    for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
    process.poll()


def _clean_up(gate: Gate, *, top: Path, log: Path) -> None:
    if not gate.cleanup:
        return
    with log.open("ab") as output:
        try:
            subprocess.run(
                gate.cleanup,
                cwd=top,
                env={**os.environ, **gate.environment},
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                timeout=CLEANUP_LIMIT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as exc:
            output.write(f"\ncleaning up failed: {exc}\n".encode())


__all__ = ("Gate", "Outcome", "run", "tail")
