# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates run side by side, wait for what they need, and end in a table and a closing line."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from tools import catalogue, run_gates
from tools.gate import Gate
from tools.run_gates import Run, closing, duration, table
from tools.verdict import Verdict


def gate(name: str, code: str = "", *, needs: tuple[str, ...] = ()) -> Gate:
    return Gate(name, (sys.executable, "-c", code), 1, needs=needs)


def carry_out(gates: list[Gate], folder: Path, slots: int = 2) -> tuple[list[str], list[bool]]:
    said: list[str] = []
    outcomes = Run(gates, slots=slots, logs=folder / "logs", say=said.append, top=folder).carry_out()
    return said, [outcome.passed for outcome in outcomes]


def test_all_pass(tmp_path: Path) -> None:
    said, passed = carry_out([gate("a"), gate("b"), gate("c")], tmp_path)
    assert passed == [True, True, True]
    assert "start  a (budget 1 min)" in said


def test_one_failure_does_not_stop_the_others_and_shows_its_end(tmp_path: Path) -> None:
    said, passed = carry_out([gate("bad", "print('the reason'); raise SystemExit(1)"), gate("good")], tmp_path)
    assert passed == [False, True]
    assert "the reason" in "\n".join(said)


def test_a_gate_whose_need_failed_is_red_and_not_started(tmp_path: Path) -> None:
    late = gate("late", "open('started', 'w')", needs=("image",))
    said, passed = carry_out([late, gate("image", "raise SystemExit(1)")], tmp_path)
    assert passed == [False, False]
    assert not (tmp_path / "started").exists()
    assert any("not started, since image failed" in line for line in said)


def test_a_gate_waits_for_its_need(tmp_path: Path) -> None:
    late = gate("late", "open('made')", needs=("image",))
    image = gate("image", "import time; time.sleep(0.5); open('made', 'w')")
    assert carry_out([late, image], tmp_path)[1] == [True, True]


def test_two_run_side_by_side_and_never_three(tmp_path: Path) -> None:
    # The first waits until the second has come, however long that takes on a busy machine; a third would come then.
    code = (
        "import os, pathlib, time\n"
        "own = pathlib.Path(f'running-{os.getpid()}'); own.touch(); pathlib.Path(f'came-{os.getpid()}').touch()\n"
        "last = time.monotonic() + 40\n"
        "while len(list(pathlib.Path().glob('came-*'))) < 2 and time.monotonic() < last: time.sleep(0.01)\n"
        "time.sleep(0.6)\n"
        "with open('seen', 'a') as seen: seen.write(f'{len(list(pathlib.Path().glob(\"running-*\")))}\\n')\n"
        "own.unlink()\n"
    )
    carry_out([gate(str(number), code) for number in range(4)], tmp_path)
    assert max(map(int, (tmp_path / "seen").read_text().split())) == 2


def test_a_need_that_nobody_runs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Gates need image, which nobody runs"):
        carry_out([gate("late", needs=("image",))], tmp_path)


def test_an_interrupted_run_starts_nothing_more(tmp_path: Path) -> None:
    run = Run(
        [gate("a", "import time; time.sleep(60)"), gate("b")],
        slots=1,
        logs=tmp_path,
        say=lambda _: run.stop(),
        top=tmp_path,
    )
    began = time.monotonic()
    outcomes = run.carry_out()
    assert time.monotonic() - began < 20
    assert [outcome.wrong for outcome in outcomes] == [
        "It was interrupted.",
        "It was not started, since the run was interrupted.",
    ]


def test_the_closing_line_is_one_that_machines_know(tmp_path: Path) -> None:
    run = Run([gate("a"), gate("b", "raise SystemExit(1)")], slots=2, logs=tmp_path, say=lambda _: None, top=tmp_path)
    outcomes = run.carry_out()
    assert closing(outcomes) == "1 passed, 1 failed"
    rows = table(outcomes).splitlines()
    assert [row.split()[:2] for row in rows] == [["gate", "verdict"], ["a", "ok"], ["b", "FAILED"]]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0 s"), (59.4, "59.4 s"), (60, "1 min 00 s"), (3725, "62 min 05 s")]
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_the_command_ends_non_zero_when_a_gate_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = [gate("good"), Gate("hollow", (sys.executable, "-c", ""), 1, judge=lambda _: Verdict("It did nothing."))]
    monkeypatch.setattr(catalogue, "chosen", lambda *_: chosen)
    monkeypatch.setattr(run_gates, "TOP", tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert run_gates.main(["check"]) == 1
    said = capsys.readouterr().out
    assert "FAILED hollow" in said
    assert re.search(r"^total \d", said, re.MULTILINE)
    assert said.splitlines()[-1] == "1 passed, 1 failed"


def test_an_unknown_gate_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_gates.main(["no-such-gate"]) == 2
    assert "There is no gate 'no-such-gate'; name check, test or some of: image" in capsys.readouterr().err
