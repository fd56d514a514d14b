# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the collection, has Galaxy's importer look at it, installs it and starts a playbook by its full name."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import typing as t
from pathlib import Path

from tools.files import TOP, copy, listed

TOOLS = TOP / ".venv" / "bin"
# Workshop and leftovers; a built artifact that holds one of them has a hole in its build_ignore.
UNWANTED = (".cache", ".ci", ".collections", ".git", ".venv", "benchmarks", "lab", "lint", "molecule", "tests", "tools")
WANTED = ("COPYING", "README.md", "meta/runtime.yml", "plugins/modules", "roles")
INSTALLED_AS = "ai_systems.runbook"


class ArtifactError(Exception):
    """The artifact is not what it has to be."""


def run(*argv: str, cwd: Path, **environment: str) -> str:
    """Run a command, show what it prints, and return that."""
    print(f"+ {shlex.join(argv)}", flush=True)
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout, end="", flush=True)
    if done.returncode:
        raise ArtifactError(f"{argv[0]} ended with exit code {done.returncode}.")
    return done.stdout


def wrong_with(names: t.Sequence[str]) -> str:
    """Return what is wrong with an artifact that holds these files, the empty string if nothing is."""
    unwanted = sorted({name for name in names if name.split("/")[0] in UNWANTED or "__pycache__" in name})
    if unwanted:
        return f"The artifact holds {unwanted[0]}; add it to build_ignore in galaxy.yml."
    lost = [path for path in WANTED if not any(name == path or name.startswith(f"{path}/") for name in names)]
    if lost:
        return f"The artifact holds no {lost[0]}; take it out of build_ignore in galaxy.yml."
    return ""


def importer_said(output: str) -> str:
    """Return what the importer found wrong, the empty string if nothing: lint findings are warnings to it."""
    bad = [line for line in output.splitlines() if line.startswith(("ERROR", "WARNING"))]
    return bad[0] if bad else ""


def main() -> int:
    """Carry out all steps in .cache/artifact; return the exit status."""
    work = TOP / ".cache" / "artifact"
    shutil.rmtree(work, ignore_errors=True)
    source = work / "source"
    # What git does not know is not part of the collection, whatever lies about in this folder.
    copy(listed(TOP), top=TOP, target=source)
    try:
        run(str(TOOLS / "ansible-galaxy"), "collection", "build", "--output-path", str(work), str(source), cwd=work)
        (artifact,) = work.glob("*.tar.gz")
        with tarfile.open(artifact) as archive:
            names = [member.name for member in archive.getmembers() if not member.isdir()]
        if wrong := wrong_with(names):
            raise ArtifactError(wrong)
        importer = work / "importer"
        importer.mkdir()
        said = run(sys.executable, "-m", "galaxy_importer.main", str(artifact), cwd=importer)
        if wrong := importer_said(said):
            raise ArtifactError(f"Galaxy's importer says: {wrong}")
        installed = work / "installed"
        run(
            *(str(TOOLS / "ansible-galaxy"), "collection", "install", "--offline", "--force"),
            *("--collections-path", str(installed), str(artifact)),
            cwd=work,
        )
        # A folder without ansible.cfg, as on an operator's own machine.
        empty = work / "elsewhere"
        empty.mkdir()
        for playbook in sorted(path.stem for path in (source / "playbooks").glob("*.yml")):
            run(
                *(
                    str(TOOLS / "ansible-playbook"),
                    "--syntax-check",
                    "--inventory",
                    str(source / "inventory" / "hosts.yml"),
                ),
                f"{INSTALLED_AS}.{playbook}",
                cwd=empty,
                ANSIBLE_COLLECTIONS_PATH=str(installed),
            )
    except ArtifactError as exc:
        print(f"artifact: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
