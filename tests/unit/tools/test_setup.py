# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/setup takes the newest interpreter that works, and says what it lacks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
TOOLS = ("awk", "cat", "cksum", "dirname", "env", "flock", "head", "id", "ls", "mkdir", "pwd", "rm", "sh", "sort")


class Machine:
    """A machine with the commands that it is given and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "clone"
        self.commands = folder / "bin"
        self.home = folder / "home"
        for path in (self.clone / "tools", self.commands, self.home):
            path.mkdir(parents=True)
        shutil.copy2(TOP / "tools" / "setup", self.clone / "tools" / "setup")
        (self.clone / "requirements.txt").write_text("")
        for tool in TOOLS:
            self.command(tool, f'exec {shutil.which(tool)} "$@"')

    def command(self, name: str, body: str) -> None:
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def python(self, version: str) -> None:
        """Put a working interpreter on PATH; the environment that it makes is a stand-in that answers its name."""
        self.command(
            f"python{version}",
            f"""case "$1 $2" in
            "-m venv")
                mkdir -p .venv/bin
                printf '#!/bin/sh\\n[ "$1" != -m ] || echo pip {version} "$@"\\n' > .venv/bin/python
                printf '#!/bin/sh\\necho ansible of {version}\\n' > .venv/bin/ansible
                /bin/chmod 755 .venv/bin/* ;;
            "-V "*) echo "Python {version}.0" ;;
            *) exit 0 ;;
            esac""",
        )

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.clone / "tools" / "setup"],
            env={"PATH": str(self.commands), "HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_newest_that_works_is_taken(machine: Machine) -> None:
    for version in ("3.11", "3.12"):
        machine.python(version)
    # A version manager's shim for a version that is not installed.
    machine.command("python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert "bin/python3.12 (Python 3.12.0)" in done.stdout
    assert "ansible of 3.12 is ready" in done.stdout
    assert "--require-hashes" in done.stdout


def test_one_of_a_version_manager_is_found_beside_its_shims(machine: Machine) -> None:
    machine.python("3.11")
    machine.python("3.13")
    folder = machine.home / ".pyenv" / "versions" / "3.13.0" / "bin"
    folder.mkdir(parents=True)
    (machine.commands / "python3.13").rename(folder / "python3.13")
    assert f"{folder}/python3.13" in machine.run().stdout


def test_a_second_run_does_nothing_until_the_lock_changes(machine: Machine) -> None:
    machine.python("3.13")
    assert "making .venv" in machine.run().stdout
    assert machine.run().stdout == ""
    (machine.clone / "requirements.txt").write_text("six==1.16.0\n")
    assert "making .venv" in machine.run().stdout


def test_an_environment_whose_interpreter_is_gone_is_made_anew(machine: Machine) -> None:
    machine.python("3.13")
    machine.run()
    (machine.clone / ".venv" / "bin" / "python").write_text("#!/no/such/python\n")
    assert "making .venv" in machine.run().stdout


def test_the_one_that_is_asked_for_is_taken(machine: Machine) -> None:
    machine.python("3.13")
    machine.python("3.11")
    assert "bin/python3.11 " in machine.run(PYTHON="python3.11").stdout


def test_one_that_is_asked_for_and_not_there_is_an_error(machine: Machine) -> None:
    machine.python("3.13")
    done = machine.run(PYTHON="python3.9")
    assert done.returncode != 0
    assert "PYTHON=python3.9 is not a command" in done.stderr


def test_on_debian_without_venv_it_is_installed_after_saying_so(machine: Machine) -> None:
    machine.python("3.11")
    working = (machine.commands / "python3.11").read_text()
    (machine.commands / "python3.11.works").write_text(working)
    machine.command("python3.11", "exit 1")
    log = machine.home / "apt"
    machine.command(
        "apt-get",
        f'echo "$@" >> {log}; cd {machine.commands}; [ "$1" = update ] || /bin/cp python3.11.works python3.11',
    )
    machine.command("id", "echo 0")
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert "installing Debian's packages python3 and python3-venv" in done.stdout
    assert "python3 python3-venv" in log.read_text()


def test_without_apt_it_says_what_to_install(machine: Machine) -> None:
    done = machine.run()
    assert done.returncode == 1
    assert "no working Python with the venv module found; install one of 3.13 3.12 3.14 3.11" in done.stderr


def test_without_sudo_it_says_what_to_run_as_root(machine: Machine) -> None:
    machine.command("apt-get", "exit 1")
    machine.command("id", "echo 1000")
    done = machine.run()
    assert done.returncode == 1
    assert "run as root: apt-get install python3 python3-venv" in done.stderr


def test_this_environment_came_from_the_lock() -> None:
    checksum = subprocess.run(
        ["cksum"], stdin=(TOP / "requirements.txt").open("rb"), capture_output=True, text=True, check=True
    )
    made_from = (TOP / ".venv" / "locked").read_text()
    assert made_from == f"{checksum.stdout.strip()} {TOP}\n"
    assert Path(sys.prefix).resolve() == (TOP / ".venv").resolve()


def test_the_lint_is_at_hand_in_a_new_environment_and_in_one_that_is_there(machine: Machine) -> None:
    for tool in ("ln", "chmod"):
        machine.command(tool, f'exec {shutil.which(tool)} "$@"')
    machine.python("3.12")
    packages = machine.clone / ".venv" / "lib" / "python3.12" / "site-packages"
    rules = packages / "ansiblelint" / "rules" / "custom"
    with (machine.commands / "python3.12").open("a") as program:
        program.write(f'[ "$1 $2" != "-m venv" ] || mkdir -p {rules}\n')
    assert machine.run().returncode == 0
    assert (rules / "runbook").readlink() == machine.clone / "lint" / "rules"
    (rules / "runbook").unlink()
    done = machine.run()
    assert (done.returncode, done.stdout) == (0, "")
    assert (rules / "runbook").readlink() == machine.clone / "lint" / "rules"
    assert (packages / "ai_systems_runbook_lint.pth").read_text() == f"{machine.clone}/lint\n"
    assert (machine.clone / ".venv/bin/runbook-lint").read_text().startswith(f"#!{machine.clone}/.venv/bin/python\n")
