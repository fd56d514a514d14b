# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one molecule scenario before one's eyes, and believes it as little as `make test` does.

Usage: python -m tools.scenario ROLE [--arch amd64|arm64] [--keep]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import typing as t

from tools import catalogue
from tools.files import TOP


def main(argv: t.Sequence[str] | None = None) -> int:
    """Run the scenario; return the exit status."""
    parser = argparse.ArgumentParser(prog="tools.scenario", description="Run one molecule scenario.")
    parser.add_argument("role")
    parser.add_argument("--arch", choices=sorted(catalogue.DEBIAN_NAMES.values()), default=catalogue.native())
    parser.add_argument("--keep", action="store_true", help="leave the node up, to look at it with lab/node shell")
    arguments = parser.parse_args(argv)
    known = catalogue.scenarios(TOP)
    if arguments.role not in known:
        print(f"There is no scenario {arguments.role!r}; name one of: {', '.join(known)}.", file=sys.stderr)
        return 2
    gate = catalogue.scenario_gate(arguments.role, arguments.arch, TOP)
    tools = TOP / ".venv" / "bin"
    environment = {**os.environ, **gate.environment, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    command = [*gate.argv, *(["--destroy=never"] if arguments.keep else [])]
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=TOP, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in t.cast("t.IO[str]", process.stdout):
            said.append(line)
            print(line, end="", flush=True)
    if arguments.keep:
        print(f"The node is still up: RUNBOOK_LAB_STATE={environment['RUNBOOK_LAB_STATE']} lab/node list")
    if process.returncode:
        return process.returncode
    verdict = gate.judge("".join(said))
    if verdict.wrong:
        print(f"scenario: {verdict.wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
