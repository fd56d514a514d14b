"""Every program that logins to a node run, and every socket that they speak to, as the kernel sees it (strace)."""

from __future__ import annotations

import contextlib
import pathlib
import re
import subprocess
import time
import typing as t

from tests.nodes.harness import LAB, Node

# In memory, on the node.
_FOLDER = "/run/exec-trace"
_CALLS = "execve,connect,clone,clone3,fork,vfork"
_EVENT = re.compile(r"(?P<at>[0-9.]+) (?P<call>\w+)\((?P<words>.*)\) = (?P<result>-?\d+)")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Event(t.NamedTuple):
    """One system call.

    :param program: path of the program whose process made it; for an execve the one that is run.
    :param words: an execve's argv; a connect's path of the socket.
    """

    at: float
    call: str
    program: str
    words: tuple[str, ...]


class Trace:
    """What was seen, once the trace has ended."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def commands(self, name: str) -> list[list[str]]:
        """Return the arguments of every run of a program, by its file's name, oldest first."""
        return [
            list(event.words[1:])
            for event in self.events
            if event.call == "execve" and pathlib.PurePath(event.program).name == name
        ]

    @property
    def programs(self) -> set[str]:
        return {pathlib.PurePath(event.program).name for event in self.events if event.call == "execve"}

    def speakers(self, *sockets: str) -> set[str]:
        """Return the names of the programs that connected to one of these sockets."""
        return {
            pathlib.PurePath(event.program).name
            for event in self.events
            if event.call == "connect" and event.words[:1] and event.words[0] in sockets
        }


@contextlib.contextmanager
def traced(node: Node) -> t.Iterator[Trace]:
    """Trace sshd and all that it starts; the node needs strace."""
    pids = node.root("pgrep sshd").ok().split()
    assert pids
    node.root(f"rm -rf {_FOLDER} && mkdir {_FOLDER}").ok()
    options = ["-ff", "-ttt", "-qq", "-e", "signal=none", "-s", "4000", "-e", f"trace={_CALLS}", "-o", f"{_FOLDER}/t"]
    argv = [str(LAB), "shell", node.name, "--", "strace", *options, "-p", " ".join(pids)]
    tracer = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    trace = Trace()
    try:
        _wait_until_attached(node, pids)
        yield trace
    finally:
        node.root("pkill -INT -x strace").ok()
        tracer.wait(timeout=60)
    said = node.root(f"cd {_FOLDER} && grep -H '' t.*; rm -r {_FOLDER}").ok()
    trace.events += _events(said)
    assert trace.events


def _wait_until_attached(node: Node, pids: t.Sequence[str]) -> None:
    deadline = time.monotonic() + 120
    wanted = " && ".join(f"! grep -q '^TracerPid:.0$' /proc/{pid}/status" for pid in pids)
    while node.root(wanted).rc != 0:
        assert time.monotonic() < deadline, "strace does not attach"
        time.sleep(0.2)


def _events(text: str) -> list[Event]:
    calls: list[tuple[str, float, str, str, int]] = []
    parents: dict[str, str] = {}
    for line in text.splitlines():
        name, _colon, rest = line.partition(":")
        found = _EVENT.match(rest)
        if found is None:
            # Calls that their process did not live to see the end of, and those that failed for good.
            continue
        pid, result = name.removeprefix("t."), int(found["result"])
        if found["call"] in ("execve", "connect"):
            calls.append((pid, float(found["at"]), found["call"], found["words"], result))
        else:
            parents[str(result)] = pid
    calls.sort(key=lambda call: call[1])
    runs: dict[str, str] = {}

    def program(pid: str) -> str:
        while pid and pid not in runs:
            pid = parents.get(pid, "")
        return runs.get(pid, "sshd")

    events = []
    for pid, at, call, words, result in calls:
        strings = tuple(_WORD.findall(words))
        if call == "connect":
            # Also one that failed is an attempt to speak.
            events.append(Event(at, call, program(pid), strings))
        elif result == 0:
            runs[pid] = strings[0]
            events.append(Event(at, call, strings[0], strings[1:]))
    return events
