# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of the runbook cost: less than a fifth of ansible-lint's own time, on this collection's own roles."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
# Processor time, and without the syntax check: that is Ansible's own, in other processes, and would only flatter us.
TIMED = """
import sys
import time

from ansiblelint import __main__ as ansible_lint
from ansiblelint.runner import Runner

from runbook_lint.rule import RunbookRule

spent = [0.0]


def timed(method):
    def run(self, file):
        begun = time.process_time()
        try:
            return method(self, file)
        finally:
            spent[0] += time.process_time() - begun

    return run


for name in ("matchtasks", "matchyaml"):
    setattr(RunbookRule, name, timed(getattr(RunbookRule, name)))
Runner._run_syntax_check_phase = lambda self, matches: []
sys.argv = ["ansible-lint", "--offline", "roles", "playbooks", "inventory"]
begun = time.process_time()
try:
    ansible_lint._run_cli_entrypoint()
finally:
    print(f"ours {spent[0]:.3f} all {time.process_time() - begun:.3f}")
"""


def test_the_rules_take_less_than_a_fifth_of_the_others_time() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TIMED],
        cwd=TOP,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    match = re.search(r"ours ([\d.]+) all ([\d.]+)", done.stdout)
    assert match is not None, done.stderr
    ours, everything = float(match[1]), float(match[2])
    assert 0 < ours < (everything - ours) / 5, done.stdout
