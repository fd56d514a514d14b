# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs gates, several at a time, and ends with a table and a closing line: `N passed, N failed`.

Usage: python -m tools.run_gates check|test|NAME...
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import typing as t
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from tools import catalogue
from tools.gate import Gate, Outcome, run, tail

TOP = Path(__file__).resolve().parents[1]
TAIL_LINES = 80
# How often a run that takes long says that it is alive, in seconds.
HEARTBEAT = 60.0


def duration(seconds: float) -> str:
    """Return a duration as a person says it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"


class Run:
    """One run over a list of gates.

    :param slots: how many gates run at once.
    :param say: where a line of progress goes.
    """

    def __init__(
        self, gates: t.Sequence[Gate], *, slots: int, logs: Path, say: t.Callable[[str], None], top: Path = TOP
    ) -> None:
        unknown = {need for gate in gates for need in gate.needs} - {gate.name for gate in gates}
        if unknown:
            raise ValueError(f"Gates need {', '.join(sorted(unknown))}, which nobody runs; add it to the list.")
        self._gates = gates
        self._slots = slots
        self._logs = logs
        self._say = say
        self._top = top
        self._outcomes: dict[str, Outcome] = {}
        self._stop = threading.Event()

    def stop(self) -> None:
        """End what runs and start nothing more."""
        self._stop.set()

    def carry_out(self) -> list[Outcome]:
        """Run every gate once those it needs have passed; return the outcomes in the order of the list."""
        waiting = list(self._gates)
        running: dict[Future[Outcome], float] = {}
        said = time.monotonic()
        with ThreadPoolExecutor(self._slots) as pool:
            while waiting or running:
                for gate in [gate for gate in waiting if self._hopeless(gate)]:
                    waiting.remove(gate)
                    self._note(Outcome(gate, self._hopeless(gate), 0.0, self._log(gate)))
                for gate in [gate for gate in waiting if self._ready(gate)][: self._slots - len(running)]:
                    waiting.remove(gate)
                    self._say(f"start  {gate.name} (budget {gate.budget:g} min)")
                    future = pool.submit(run, gate, top=self._top, log=self._log(gate), stop=self._stop)
                    running[future] = time.monotonic()
                done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
                for future in done:
                    del running[future]
                    self._note(future.result())
                if running and time.monotonic() - said > HEARTBEAT:
                    said = time.monotonic()
                    self._say(f"  ...  {len(running)} running, {len(waiting)} waiting, {len(self._outcomes)} done")
        return [self._outcomes[gate.name] for gate in self._gates]

    def _log(self, gate: Gate) -> Path:
        return self._logs / f"{gate.name.replace(' ', '-')}.log"

    def _ready(self, gate: Gate) -> bool:
        return all(need in self._outcomes for need in gate.needs)

    def _hopeless(self, gate: Gate) -> str:
        """Return why the gate will not run, the empty string while it may."""
        if self._stop.is_set():
            return "It was not started, since the run was interrupted."
        lost = [need for need in gate.needs if need in self._outcomes and not self._outcomes[need].passed]
        return f"It was not started, since {lost[0]} failed." if lost else ""

    def _note(self, outcome: Outcome) -> None:
        self._outcomes[outcome.gate.name] = outcome
        word = "ok    " if outcome.passed else "FAILED"
        self._say(f"{word} {outcome.gate.name} {duration(outcome.seconds)} {outcome.wrong}".rstrip())
        for note in outcome.verdict.notes:
            self._say(f"       {note}")
        if not outcome.passed and outcome.log.exists():
            self._say(f"------ the end of {outcome.log}")
            self._say(tail(outcome.log, TAIL_LINES))
            self._say("------")


def table(outcomes: t.Sequence[Outcome]) -> str:
    """Return one line per gate: verdict, time, budget, single tests."""
    width = max((len(outcome.gate.name) for outcome in outcomes), default=4)
    lines = [f"{'gate':{width}}  verdict  {'time':>12}  {'budget':>8}  tests"]
    for outcome in outcomes:
        verdict = "ok" if outcome.passed else "FAILED"
        count = str(outcome.verdict.tests or "")
        budget = f"{outcome.gate.budget:g} min"
        took = duration(outcome.seconds)
        lines.append(f"{outcome.gate.name:{width}}  {verdict:7}  {took:>12}  {budget:>8}  {count:>5}".rstrip())
    return "\n".join(lines)


def closing(outcomes: t.Sequence[Outcome]) -> str:
    """Return the line that ends a run, for people and machines."""
    failed = sum(not outcome.passed for outcome in outcomes)
    return f"{len(outcomes) - failed} passed, {failed} failed"


def main(argv: t.Sequence[str] | None = None) -> int:
    """Run the gates that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(prog="tools.run_gates", description="Run the gates of the collection.")
    parser.add_argument(
        "names", nargs="+", help="check (lint, types, unit tests), test (everything), or names of gates"
    )
    parser.add_argument("--list", action="store_true", help="name the gates with their budgets and stop")
    arguments = parser.parse_args(argv)
    try:
        gates = catalogue.chosen(arguments.names, TOP)
    except catalogue.UnknownGateError as exc:
        print(f"run_gates: {exc}", file=sys.stderr)
        return 2
    if arguments.list:
        print("\n".join(f"{gate.name}  {gate.budget:g} min" for gate in gates))
        return 0
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{duration(time.monotonic() - began):>12}] {line}", flush=True)

    os.environ["PATH"] = f"{TOP / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # One more than there are processors: a test over SSH waits for half of its time.
    run_all = Run(gates, slots=(os.cpu_count() or 1) + 1, logs=TOP / ".cache" / "logs", say=say)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: run_all.stop())
    outcomes = run_all.carry_out()
    print(f"\n{table(outcomes)}\n\ntotal {duration(time.monotonic() - began)}\n{closing(outcomes)}", flush=True)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
