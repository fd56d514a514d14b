# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lint says of a folder, and what it says anew after a revert (runbook 5.3). Private to the collection.

The lint is a Python package beside the collection (docs/ci.md), and a controller may do without it: then nobody looked,
and that is said.
"""

from __future__ import annotations

import collections
import json
import os
import pathlib
import shutil
import sys
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

RUNBOOK: t.Final = "runbook-lint"
ANSIBLE: t.Final = "ansible-lint"
_SECONDS: t.Final = 300
# What tells ansible-lint that the repository wants it.
_CONFIGURED: t.Final = (
    *(".ansible-lint", ".ansible-lint.yml", ".ansible-lint.yaml"),
    *(".config/ansible-lint.yml", ".config/ansible-lint.yaml"),
)
_SHOWN_PLACE: t.Final = 200


class Finding(t.NamedTuple):
    """One finding; without its line, which a revert moves."""

    path: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what} [{self.rule}]"


class Looked(t.NamedTuple):
    """What was found, by how often, and why a part of the lint did not look, "" where all of it did."""

    found: collections.Counter[Finding]
    missing: str = ""


Find = t.Callable[[pathlib.Path], Looked]


def look(folder: pathlib.Path, *, path: str | None = None) -> Looked:
    """Return what runbook-lint, and where the repository is set up for it ansible-lint, find in a folder.

    :param path: where the programs are looked for; None: beside Ansible's own, and where a shell would.
    """
    places = path if path is not None else f"{pathlib.Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    found: collections.Counter[Finding] = collections.Counter()
    missing = []
    wanted: list[tuple[str, list[str], t.Callable[[str, pathlib.Path], list[Finding]]]] = [
        (RUNBOOK, ["--format", "json", str(folder)], _of_runbook_lint)
    ]
    if any((folder / name).is_file() for name in _CONFIGURED):
        arguments = ["--offline", "-q", "--nocolor", "--format", "codeclimate", "--project-dir", str(folder)]
        wanted.append((ANSIBLE, arguments, _of_ansible_lint))
    for name, arguments, read in wanted:
        program = shutil.which(name, path=places)
        if program is None:
            missing.append(f"{name} is not installed on this machine (docs/ci.md says how)")
            continue
        try:
            found.update(read(_run(program, arguments, folder, places), folder))
        except (CommandError, ValueError, KeyError, TypeError, AttributeError) as exc:
            missing.append(f"{name} gave no answer ({one_line(str(exc), 200)})")
    return Looked(found, "; ".join(missing))


def added(before: Looked, after: Looked) -> list[Finding]:
    """Return the findings that are there ``after`` and were not ``before``."""
    return sorted((after.found - before.found).elements())


def _run(program: str, arguments: t.Sequence[str], folder: pathlib.Path, places: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    if found := os.environ.get("ANSIBLE_COLLECTIONS_PATH"):
        kept["ANSIBLE_COLLECTIONS_PATH"] = found
    # A run of Ansible that a hook or a checkout started must not have git look elsewhere.
    environ = {name: value for name, value in kept.items() if not name.startswith("GIT_")}
    # What it prints is JSON in any language, and Ansible starts in UTF-8 only.
    environ |= {"PATH": places, "LC_ALL": "C.UTF-8"}
    command = Command(program, environ=environ)
    done = command.run(arguments, timeout=_SECONDS, check=False, cwd=str(folder))
    if done.rc not in (0, 1, 2) or not done.out.strip():
        raise CommandError(one_line(done.err, 200) or f"status {done.rc}", argv=done.argv, rc=done.rc)
    return done.out


def _of_runbook_lint(said: str, folder: pathlib.Path) -> list[Finding]:
    return [
        Finding(_place(one["path"], folder), _text(one["rule"]), _text(one["what"]))
        for one in json.loads(said)["findings"]
        if one["verdict"] not in ("waived", "info", "ok")
    ]


def _of_ansible_lint(said: str, folder: pathlib.Path) -> list[Finding]:
    return [
        Finding(_place(one["location"]["path"], folder), _text(one["check_name"]), _text(one["description"]))
        for one in json.loads(said)
    ]


def _place(path: t.Any, folder: pathlib.Path) -> str:
    return one_line(str(path).removeprefix(f"{folder}/"), _SHOWN_PLACE)


def _text(value: t.Any) -> str:
    return one_line(str(value), 300)


__all__ = ("ANSIBLE", "RUNBOOK", "Find", "Finding", "Looked", "added", "look")
