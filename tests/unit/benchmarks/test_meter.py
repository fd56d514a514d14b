# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stopwatch counts what a command leaves behind, ends it, and ends what hangs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.running import METER

BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
# As ssh's connection master does: its parent ends at once, and nobody waits for it.
LEFT_BEHIND = f"""
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        exec({BURN!r})
        with open(sys.argv[1] + ".new", "w") as mark: mark.write(str(os.getpid()))
        os.replace(sys.argv[1] + ".new", sys.argv[1])
        time.sleep(60)
    os._exit(0)
os.wait()
while not os.path.exists(sys.argv[1]): time.sleep(0.02)
"""


def measured(tmp_path: Path, *argv: str, limit: float = 30) -> dict[str, float]:
    report = tmp_path / "taken.json"
    meter = [sys.executable, "-I", "-S", str(METER), str(report), str(limit)]
    subprocess.run([*meter, *argv], check=True, timeout=60)
    taken: dict[str, float] = json.loads(report.read_text())
    return taken


def test_a_command_that_only_waits_uses_no_processor(tmp_path: Path) -> None:
    taken = measured(tmp_path, "sleep", "0.5")
    assert taken["status"] == 0
    assert taken["wall"] >= 0.5
    assert taken["cpu"] < 0.2


def test_what_a_command_does_is_counted_with_its_descendants(tmp_path: Path) -> None:
    taken = measured(tmp_path, "sh", "-c", 'exec "$0" -c "$1" & wait', sys.executable, BURN)
    assert taken["cpu"] >= 0.3


def test_what_it_leaves_behind_is_ended_and_counted(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    began = time.monotonic()
    taken = measured(tmp_path, sys.executable, "-c", LEFT_BEHIND, str(mark))
    assert time.monotonic() - began < 30
    assert taken["cpu"] >= 0.3
    assert not Path(f"/proc/{mark.read_text()}").exists()


def test_what_hangs_is_ended_at_the_limit(tmp_path: Path) -> None:
    taken = measured(tmp_path, "sleep", "60", limit=0.3)
    assert taken["status"] == 124
    assert taken["wall"] < 20


def test_the_exit_status_is_the_commands(tmp_path: Path) -> None:
    assert measured(tmp_path, "sh", "-c", "exit 7")["status"] == 7
