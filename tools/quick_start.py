# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does what the README's first section tells a stranger to do: in a clean clone, in a lab of its own.

What follows its commands is what the stranger may try next: the printed login, a second run and a dry run that both
change nothing, and the demo again.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

from tools.files import TOP, copy, listed

LONGEST = 40
PROVISION = "bash -c '.venv/bin/ansible-playbook -i <(lab/node inventory) playbooks/provision.yml --limit demo{}'"


class QuickStartError(Exception):
    """The README promises what does not hold."""


def first_section(readme: str) -> list[str]:
    """Return the lines of the README up to the second heading of level 2.

    :raises QuickStartError: it is not called Quick start, or too long to be one.
    """
    lines = readme.splitlines()
    headings = [number for number, line in enumerate(lines) if line.startswith("## ")]
    if not headings or lines[headings[0]] != "## Quick start":
        raise QuickStartError("The README's first section has to be called '## Quick start'.")
    section = lines[headings[0] : headings[1] if len(headings) > 1 else None]
    if len(section) > LONGEST:
        raise QuickStartError(
            f"The README's first section has {len(section)} lines; {LONGEST} are as much as a stranger reads."
        )
    return section


def commands(readme: str) -> list[str]:
    """Return the commands of the first section's first block for a shell, continued lines joined.

    :raises QuickStartError: there is none.
    """
    block = re.search(r"^```sh\n(.*?)^```$", "\n".join(first_section(readme)) + "\n", re.MULTILINE | re.DOTALL)
    found = [line.strip() for line in block.group(1).replace("\\\n", " ").splitlines()] if block else []
    found = [line for line in found if line and not line.startswith("#")]
    if not found:
        raise QuickStartError("The README's first section has no block ```sh with commands.")
    return found


def printed_login(output: str) -> list[str]:
    """Return the command that the demo prints for logging in.

    :raises QuickStartError: it prints none.
    """
    found = re.search(r"^ +log in +(ssh .+)$", output, re.MULTILINE)
    if not found:
        raise QuickStartError("make demo did not print how to log in.")
    return shlex.split(found.group(1))


def unchanged(output: str) -> None:
    """Want Ansible's recap of the node to say changed=0.

    :raises QuickStartError: it says something else, or there is none.
    """
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    recap = re.findall(r"^demo\s+: .*changed=(\d+)", plain, re.MULTILINE)
    if recap != ["0"]:
        raise QuickStartError(f"A run on a provisioned node has to change nothing; it says changed={recap}.")


def run(command: str | list[str], *, clone: Path, environment: t.Mapping[str, str]) -> str:
    """Run a command as a person at a bash prompt would, show what it prints and return that.

    :raises QuickStartError: it failed.
    """
    shown = command if isinstance(command, str) else shlex.join(command)
    print(f"$ {shown}", flush=True)
    argv = ["bash", "-euo", "pipefail", "-c", command] if isinstance(command, str) else command
    said: list[str] = []
    with subprocess.Popen(
        argv,
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in t.cast("t.IO[str]", process.stdout):
            said.append(line)
            print(line, end="", flush=True)
    if process.returncode:
        raise QuickStartError(f"{shown} ended with exit code {process.returncode}.")
    return "".join(said)


def stranger(lab: Path) -> dict[str, str]:
    """Return an environment that knows nothing of this checkout: no .venv on PATH, a lab of its own."""
    own = str(TOP / ".venv" / "bin")
    path = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder != own]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANSIBLE_", "MOLECULE_", "RUNBOOK_", "VIRTUAL_ENV", "PYTEST_", "MAKE", "MFLAGS"))
    }
    cache = {"RUNBOOK_LAB_CACHE": os.environ["RUNBOOK_LAB_CACHE"]} if "RUNBOOK_LAB_CACHE" in os.environ else {}
    return {**kept, **cache, "PATH": os.pathsep.join(path), "RUNBOOK_LAB_STATE": str(lab)}


def main() -> int:
    """Follow the README in .cache/quick-start; return the exit status."""
    work = TOP / ".cache" / "quick-start"
    clone = work / "clone"
    environment = stranger(work / "lab")
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    if (clone / "lab" / "node").exists():
        subprocess.run([clone / "lab" / "node", "down", "--all"], env=environment, check=False)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        # A clone of the last commit would test yesterday's README. What git tracks, as it is now, is what a clone will
        # be: a file that nobody added is missing here as it will be there.
        copy(listed(TOP, untracked=False), top=TOP, target=clone)
        subprocess.run(["git", "init", "--quiet"], cwd=clone, check=True)
        said = "".join(run(command, clone=clone, environment=environment) for command in commands(readme))
        login = printed_login(said)
        if (name := run([*login, "hostname"], clone=clone, environment=environment).strip()) != "demo":
            raise QuickStartError(f"The printed login leads to {name!r}.")
        unchanged(run(PROVISION.format(""), clone=clone, environment=environment))
        unchanged(run(PROVISION.format(" --check"), clone=clone, environment=environment))
        run("make demo", clone=clone, environment=environment)
    except QuickStartError as exc:
        print(f"quick start: {exc}", file=sys.stderr)
        return 1
    finally:
        subprocess.run([clone / "lab" / "node", "down", "--all"], env=environment, check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
