# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands under the stopwatch, here and on a node; both by the same meter."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from benchmarks.meter import TIMED_OUT, Taken

TOP: t.Final = Path(__file__).resolve().parents[1]
CACHE: t.Final = TOP / ".cache" / "benchmarks"
LAB: t.Final = TOP / "lab" / "node"
METER: t.Final = Path(__file__).with_name("meter.py")
_ON_NODE: t.Final = "/run/benchmark-taken.json"
_MARK: t.Final = "=== what it took ==="
# Beyond this something hangs; the slowest contender takes a minute on a busy machine.
LIMIT: t.Final = 300.0


class BenchmarkError(Exception):
    """The benchmark cannot be made, or a round of it is void: one sentence."""


class Ran(t.NamedTuple):
    """What a measured command took and printed."""

    taken: Taken
    output: str


@dataclasses.dataclass(frozen=True)
class Shell:
    """A command as an operator types it in this repository.

    :param environment: on top of a clean one, in which nothing is set for Ansible.
    """

    argv: tuple[str, ...]
    environment: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def measured(self, *, limit: float = LIMIT) -> Ran:
        """Run it here under the stopwatch, with no connection left from earlier runs and none left after it."""
        # Short, since the path of a socket is: a longer one would make ssh do without its master.
        sockets = tempfile.mkdtemp(prefix="rb-", dir="/tmp")
        report = Path(sockets) / "taken.json"
        meter = [sys.executable, "-I", "-S", str(METER), str(report), str(limit)]
        environment = {**clean_environment(), "ANSIBLE_SSH_CONTROL_PATH_DIR": sockets, **self.environment}
        try:
            done = subprocess.run(
                [*meter, *self.argv], cwd=TOP, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
            )  # fmt: skip
            if not report.exists():
                raise BenchmarkError(f"{self.argv[0]} could not be measured: {done.stdout.strip()[-500:]}")
            return Ran(Taken(**json.loads(report.read_text("ascii"))), done.stdout)
        finally:
            shutil.rmtree(sockets, ignore_errors=True)


def clean_environment() -> dict[str, str]:
    """Return the environment of an operator's shell with the project's tools first."""
    # Python's own too: without bytecode kept, the contenders would compile themselves in each round.
    others = ("ANSIBLE_", "PYINFRA_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    tools = Path(sys.executable).parent
    return {**kept, "PATH": f"{tools}{os.pathsep}{kept['PATH']}", "ANSIBLE_NOCOLOR": "1", "COLUMNS": "200"}


def lab(*arguments: str, check: bool = True, stdin: str = "") -> str:
    """Run the lab's own command in the benchmark's lab, and return what it printed."""
    done = subprocess.run(
        [str(LAB), *arguments], input=stdin, capture_output=True, text=True, errors="replace", check=False
    )
    if check and done.returncode:
        raise BenchmarkError(f"lab/node {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def on_node(node: str, command: str, *, check: bool = True, stdin: str = "") -> str:
    """Run a shell command as root on a node, beside SSH."""
    return lab("shell", node, "--", "/bin/sh", "-c", command, check=check, stdin=stdin)


def measured_on_node(node: str, argv: t.Sequence[str], *, limit: float = LIMIT) -> Ran:
    """Run a command as root on a node under the stopwatch; neither SSH nor this machine's share counts."""
    meter = ["python3", "-I", "-S", "-c", METER.read_text("utf-8"), _ON_NODE, str(limit)]
    # In one call, since each costs as much as a quick contender takes.
    script = f'"$@"; echo; echo "{_MARK}"; cat {_ON_NODE}; rm {_ON_NODE}'
    output, mark, taken = lab("shell", node, "--", "/bin/sh", "-c", script, "sh", *meter, *argv).rpartition(_MARK)
    if not mark:
        raise BenchmarkError(f"{argv[0]} could not be measured on {node}: {_end_of(taken)}")
    return Ran(Taken(**json.loads(taken)), output)


def want(ran: Ran, what: str, *, statuses: t.Collection[int] = (0,), says: t.Sequence[str] = ()) -> Ran:
    """Return what ran as it is.

    :raises BenchmarkError: it ended otherwise, or does not say what it has to.
    """
    if ran.taken.status == TIMED_OUT:
        raise BenchmarkError(f"{what} did not end in time, the round is void: {_end_of(ran.output)}")
    if ran.taken.status not in statuses:
        raise BenchmarkError(f"{what} ended with {ran.taken.status}, the round is void: {_end_of(ran.output)}")
    for words in says:
        if words not in ran.output:
            raise BenchmarkError(f"{what} does not say {words!r}, the round is void: {_end_of(ran.output)}")
    return ran


def _end_of(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-15:])


__all__ = (
    "CACHE",
    "LAB",
    "LIMIT",
    "TOP",
    "BenchmarkError",
    "Ran",
    "Shell",
    "clean_environment",
    "lab",
    "measured_on_node",
    "on_node",
    "want",
)
