"""A terminal in which commands are typed and their questions answered, as an operator does."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import termios
import time
import typing as t

COLUMNS, ROWS = 110, 50
# Seconds after which a question is taken for one that reads whole lines.
OPEN_SECONDS = 5.0
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


@dataclasses.dataclass(frozen=True)
class Screen:
    """What a command left on the screen, without colours, and its exit status."""

    status: int
    text: str

    @property
    def flat(self) -> str:
        """The text with every space and line break as one space."""
        return " ".join(self.text.split())

    def ended(self, status: int, *sentences: str) -> Screen:
        """Return the screen itself where the command ended so and each sentence is on it."""
        missing = [sentence for sentence in sentences if " ".join(sentence.split()) not in self.flat]
        if self.status != status or missing:
            raise AssertionError(f"status {self.status}, not {status}; not said: {missing}\n{self.text}")
        return self


class Terminal:
    """One shell's worth of a terminal: a folder, an environment, and what was typed."""

    def __init__(self, folder: pathlib.Path, environment: t.Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = {**environment, "TERM": "xterm-256color"}

    def type(self, *words: str, answers: t.Sequence[tuple[str, str]] = (), seconds: float = 600) -> Screen:
        """Run a command; wait for each question in turn and type its answer.

        :param answers: what the screen has to show, and what is typed then.
        :raises AssertionError: the command ended, or the time was over, with a question not asked.
        """
        process, leader = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.execvpe(words[0], list(words), self.environment)  # noqa: S606 - a command as typed
        fcntl.ioctl(leader, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        shown, seen, waiting = "", 0, list(answers)
        deadline = time.monotonic() + seconds
        try:
            while True:
                if not select.select([leader], [], [], max(0.0, deadline - time.monotonic()))[0]:
                    os.kill(process, signal.SIGKILL)
                    raise AssertionError(f"{words} was not done after {seconds} s:\n{plain(shown)}")
                try:
                    read = os.read(leader, 65536)
                except OSError:
                    # A terminal that nobody writes to any more.
                    break
                if not read:
                    break
                shown += read.decode(errors="replace")
                while waiting and waiting[0][0] in " ".join(plain(shown[seen:]).split()):
                    seen = len(shown)
                    wait_until_open(leader)
                    os.write(leader, f"{waiting.pop(0)[1]}\r".encode())
        finally:
            os.close(leader)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if waiting:
            raise AssertionError(f"{words} ended with {status} and never asked {waiting[0][0]!r}:\n{plain(shown)}")
        return Screen(status, plain(shown))


def wait_until_open(leader: int) -> None:
    """Wait until a question that is on the screen takes an answer: Ansible throws away what was typed before."""
    _wait_until(lambda: not termios.tcgetattr(leader)[3] & termios.ICANON)
    # The last that Ansible sets before it throws that away; where an answer is not to be shown, it never does.
    _wait_until(lambda: bool(termios.tcgetattr(leader)[3] & termios.ECHO))
    time.sleep(0.2)


def _wait_until(so: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + OPEN_SECONDS
    while not so() and time.monotonic() < deadline:
        time.sleep(0.02)


def plain(shown: str) -> str:
    """Return text without a terminal's escape sequences; of a line that was written over, its last state."""
    lines = _ESCAPES.sub("", shown).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
