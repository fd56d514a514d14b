# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a project's node_modules, as its owner (runbook 3.5). Private to the collection.

npm ci removes a node_modules before it knows whether it can make another. So it works aside, in a folder with copies of
the lock file and of what it names; what it made is compared with the lock, and only then takes the old one's place.
"""

from __future__ import annotations

import os

from ._as_user import Json
from ._files import metadata, write_atomically
from ._npm_command import Npm, hashes_of
from ._npm_export import export
from ._npm_lock import MANIFEST
from ._npm_modules import Modules, read_modules
from ._npm_names import FOLDER
from ._npm_plan import Plan, names_of, why_not_as_locked
from ._npm_record import FILE as RECORD_FILE
from ._npm_record import Noted, Record, render
from ._npm_study import Case
from ._npm_swap import clear, swap
from ._project_modes import set_modes
from ._step import StepError

_FULL = "the disk is full; make room on the node, then run again"
_LOOK = "look at the node's disk and memory, then run again"
_ENOUGH = 1024 * 1024


class Worker:
    """Carries out the plan for one project.

    :param folder: an empty folder of this account's own, on a disk.
    :param registry: npm's own default, "" where nobody had to ask.
    """

    def __init__(self, case: Case, folder: str, registry: str) -> None:
        self._case = case
        self._project = case.project
        self._folder = folder
        self._registry = registry

    def carry_out(self, plan: Plan) -> Json:
        """Make the node_modules what the plan says; it stays what it was where that fails."""
        clear(self._project.aside)
        if plan.install:
            try:
                self._make()
                swap(f"{self._project.aside}/{FOLDER}", self._project.modules)
            finally:
                clear(self._project.aside)
        elif plan.modes:
            set_modes(self._project.modules)
        return {}

    def _make(self) -> None:
        aside, case = self._project.aside, self._case
        os.mkdir(aside, mode=0o755)
        # git must not take it for something that was forgotten.
        self._write(f"{aside}/.gitignore", "*\n")
        self._export()
        modules = f"{aside}/{FOLDER}"
        npm = Npm(self._folder, case.npmrc)
        packages = case.choice.packages
        if packages:
            npm.install(aside, dev=self._project.dev, packages=len(packages), hashes=hashes_of(packages))
        if metadata(modules) is None:
            os.mkdir(modules, mode=0o755)
        self._require_as_locked(self._read(modules))
        if case.scripts:
            npm.run_scripts(aside, names_of(case.scripts))
        self._write(f"{modules}/.gitignore", "*\n")
        set_modes(modules)
        self._note(modules)
        # What a power cut leaves must be one whole tree or the other, also in the content of its files.
        os.sync()

    def _export(self) -> None:
        project, verdict = self._project, self._case.verdict
        own = os.path.basename(self._case.facts.lock)
        paths = [project.within(name) for name in (MANIFEST, own, *verdict.archives, *verdict.folders)]
        shadow = f"{self._folder}/git"
        os.mkdir(shadow)
        export(project.checkout, paths, project.path, project.aside, shadow)

    def _read(self, path: str) -> Modules:
        return read_modules(path, os.geteuid(), self._case.choice.packages)

    def _require_as_locked(self, made: Modules) -> None:
        if self._case.choice.packages and not made.hidden:
            # npm goes on without a word where it cannot write its note.
            raise StepError(
                f"npm left no note of what it installed; {_FULL if _is_full(self._project.aside) else _LOOK}"
            )
        present = {location: package.version for location, package in made.packages.items()}
        reason = why_not_as_locked(self._case, made.hidden, present)
        if reason:
            raise StepError(f"{self._case.facts.lock}: {reason}; what was installed before stays")

    def _note(self, modules: str) -> None:
        made = self._read(modules)
        packages = self._case.choice.packages
        noted = {
            location: Noted(
                packages[location].version,
                packages[location].integrity,
                present.digest,
                location in self._case.scripts,
            )
            for location, present in made.packages.items()
            if location in packages
        }
        self._write(f"{modules}/{RECORD_FILE}", render(Record(noted, self._registry, made.bins)))

    @staticmethod
    def _write(path: str, text: str) -> None:
        write_atomically(path, text.encode(), mode=0o644, uid=os.geteuid(), gid=os.getegid())


def _is_full(path: str) -> bool:
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize < _ENOUGH or (found.f_files > 0 and found.f_favail == 0)


__all__ = ("Worker",)
