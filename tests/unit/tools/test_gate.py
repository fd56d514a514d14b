# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate runs a real command in a process group of its own, bounded in time."""

from __future__ import annotations

import sys
import threading
import time
import types
import typing as t
from pathlib import Path

import pytest

from tools import gate as gates
from tools.gate import Gate, run, tail
from tools.verdict import Verdict


def run_here(gate: Gate, folder: Path, stop: threading.Event | None = None) -> gates.Outcome:
    return run(gate, top=folder, log=folder / "logs" / "gate.log", stop=stop or threading.Event())


def python(code: str, **more: t.Any) -> Gate:
    return Gate("try", (sys.executable, "-c", code), more.pop("budget", 1), **more)


def test_a_command_that_succeeds_passes(tmp_path: Path) -> None:
    outcome = run_here(python("print('hello')"), tmp_path)
    assert outcome.passed
    assert outcome.log.read_text() == "hello\n"


def test_a_command_that_fails_is_red_with_its_exit_code(tmp_path: Path) -> None:
    assert run_here(python("raise SystemExit(3)"), tmp_path).wrong == "It ended with exit code 3."


def test_a_command_that_succeeds_is_judged_by_what_it_printed(tmp_path: Path) -> None:
    def judge(log: str) -> Verdict:
        return Verdict(f"It only said {log.strip()}.")

    assert run_here(python("print('hello')", judge=judge), tmp_path).wrong == "It only said hello."


def test_a_command_that_is_not_there_is_red(tmp_path: Path) -> None:
    outcome = run_here(Gate("try", ("./no-such-tool",), 1), tmp_path)
    assert outcome.wrong == "./no-such-tool does not start: No such file or directory."


def test_a_gate_gets_its_environment_and_no_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    code = "import os; print(os.environ['OURS'], os.environ['NO_COLOR'], 'FORCE_COLOR' in os.environ)"
    assert run_here(python(code, environment={"OURS": "yes"}), tmp_path).log.read_text() == "yes 1 False\n"


def is_alive(pid: int) -> bool:
    try:
        # A process that nobody reaped is dead all the same.
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def dies(pid: int) -> bool:
    """Whether a process goes that would live for a minute: what was killed lives until it gets a processor."""
    last = time.monotonic() + 20
    while is_alive(pid):
        if time.monotonic() > last:
            return False
        time.sleep(0.02)
    return True


def leaping(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Have the clock of gates leap past every budget once a file is there, however long that takes a busy machine."""
    real = time.monotonic
    monkeypatch.setattr(gates, "time", types.SimpleNamespace(monotonic=lambda: real() + 3600 * file.exists()))


def test_past_its_budget_a_gate_is_killed_with_its_children_and_cleaned_up_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "with open('begun', 'w') as file:\n"
        "    file.write(str(child.pid))\n"
        "os.replace('begun', 'pid')\n"
        "time.sleep(60)\n"
    )
    gate = python(code, budget=5, cleanup=("touch", "cleaned"))
    leaping(monkeypatch, tmp_path / "pid")
    began = time.monotonic()
    outcome = run_here(gate, tmp_path)
    assert outcome.wrong == "It took longer than its budget of 5 min and was killed."
    assert time.monotonic() - began < 30
    assert (tmp_path / "cleaned").exists()
    assert dies(int((tmp_path / "pid").read_text()))


def test_one_that_ignores_being_asked_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "GRACE", 0.2)
    leaping(monkeypatch, tmp_path / "deaf")
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "with open('begun', 'w') as file:\n"
        "    file.write(str(os.getpid()))\n"
        "os.replace('begun', 'deaf')\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    assert not run_here(python(code, budget=5), tmp_path).passed
    assert dies(int((tmp_path / "deaf").read_text()))
    assert time.monotonic() - began < 30


def test_an_interrupted_gate_ends_at_once(tmp_path: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    outcome = run_here(python("import time; time.sleep(60)"), tmp_path, stop)
    assert outcome.wrong == "It was interrupted."
    assert time.monotonic() - began < 30


def test_what_a_gate_leaves_is_cleaned_up_in_its_environment(tmp_path: Path) -> None:
    gate = python("", environment={"OURS": "yes"}, cleanup=("sh", "-c", "echo $OURS > cleaned"))
    assert run_here(gate, tmp_path).passed
    assert (tmp_path / "cleaned").read_text() == "yes\n"


def test_cleaning_up_that_fails_is_noted_in_the_log(tmp_path: Path) -> None:
    gate = python("import time; time.sleep(60)", budget=0.01, cleanup=("./no-such-tool",))
    assert "cleaning up failed" in run_here(gate, tmp_path).log.read_text()


def test_the_tail_of_a_log_has_no_colours(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("one\ntwo\n\x1b[31mthree\x1b[0m\n")
    assert tail(log, 2) == "two\nthree"
    assert tail(tmp_path / "none", 2) == ""
