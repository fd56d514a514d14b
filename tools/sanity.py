# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-test sanity over the collection in the form that it insists on.

It wants the real path .../ansible_collections/ai_systems/runbook, a git index, and for its own environments a get-pip
script from a host of its makers. The copy lies in .cache; a script of two lines that uses the pip inside Python's own
ensurepip stands in for the download.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from tools.files import COLLECTION, TOP, build_ignore, copy, listed, shipped

# What ansible-test reads besides what is shipped.
EXTRA = ("tests/config.yml", "tests/sanity/")
# Sanity tests that cannot run here, each with the reason.
LEFT_OUT: dict[str, str] = {}
GET_PIP = """\
# Stands in for the get-pip script that ansible-test downloads: the pip that Python itself brings.
import ensurepip
ensurepip.bootstrap(upgrade=True)
"""


class SanityError(Exception):
    """Sanity cannot be run, or says nothing."""


def pip_version(source: str) -> str:
    """Return the pip version whose get-pip script ansible-test asks for, read from its own source.

    :raises SanityError: it is not where it used to be.
    """
    found: list[str] = re.findall(r"\bpip=['\"](\d+(?:\.\d+)+)['\"]", source)
    if len(found) != 1:
        raise SanityError(f"ansible-test names {len(found)} pip versions where one was expected; mend tools/sanity.py.")
    return found[0]


def provide_get_pip(home: Path) -> None:
    """Put the stand-in where ansible-test looks before it downloads."""
    package = importlib.util.find_spec("ansible_test")
    if package is None or not package.submodule_search_locations:
        raise SanityError("ansible-test is not in .venv; run make setup.")
    source = Path(package.submodule_search_locations[0], "_internal", "python_requirements.py")
    version = pip_version(source.read_text(encoding="utf-8"))
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP, encoding="utf-8")


def keep_pip_settings(home: Path) -> None:
    """Let pip under the other home read the user's own settings: a mirror may be all that this machine reaches."""
    for name in (".config/pip", ".pip"):
        theirs = Path.home() / name
        ours = home / name
        if theirs.exists() and not ours.exists():
            ours.parent.mkdir(parents=True, exist_ok=True)
            ours.symlink_to(theirs)


def main() -> int:
    """Run sanity in a copy under .cache; return the exit status."""
    work = TOP / ".cache" / "sanity"
    home = work / "home"
    collection = work / COLLECTION
    names = listed(TOP)
    files = [*shipped(names, build_ignore(TOP)), *(name for name in names if name.startswith(EXTRA))]
    copy(files, top=TOP, target=collection)
    try:
        provide_get_pip(home)
    except SanityError as exc:
        print(f"sanity: {exc}", file=sys.stderr)
        return 1
    keep_pip_settings(home)
    subprocess.run(["git", "init", "--quiet"], cwd=collection, check=True)
    subprocess.run(["git", "add", "--all"], cwd=collection, check=True)
    for test, reason in LEFT_OUT.items():
        print(f"sanity: left out {test}: {reason}", flush=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = ["ansible-test", "sanity", "--python", version, "--color", "no"]
    for test in LEFT_OUT:
        command += ["--skip-test", test]
    # ansible-test knows interpreters by version from PATH, and would take a version manager's shim that does not run.
    tools = Path(sys.executable).parent
    environment = {**os.environ, "HOME": str(home), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, cwd=collection, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
