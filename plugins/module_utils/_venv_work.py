# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making and filling a .venv, as its owner (runbook 3.4). Private to the collection.

A .venv cannot be made elsewhere and moved: its scripts hold its path. So it is made in its place, with a mark in it
until it is whole. What pip was cut off at is seen from what lies there, and done again by the next run.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile

from ._as_user import Json
from ._command import Command
from ._files import metadata, read_text, remove_if_there, write_atomically
from ._git_shadow import Shadow
from ._pip_command import Pip, environment, lock_line
from ._pip_report import Item, read_report
from ._pip_rules import Pin
from ._project_commit import head_of
from ._project_modes import set_modes
from ._venv_facts import Facts
from ._venv_installed import read_dists
from ._venv_plan import Plan
from ._venv_present import archives_of
from ._venv_project import Project
from ._venv_record import FILE as RECORD_FILE
from ._venv_record import Entry, parse, render
from ._venv_state import PYTHON, UNFINISHED, System, site_packages, without_system

MAKE_SECONDS = 300


def make_venv(path: str, folder: str) -> None:
    """Make an empty .venv at ``path``, whatever lay in that folder.

    :param folder: a folder of this account's own, for what passes.
    """
    if metadata(path) is None:
        os.mkdir(path, mode=0o755)
    with open(f"{path}/{UNFINISHED}", "w", encoding="ascii"):
        pass
    for name in os.listdir(path):
        if name != UNFINISHED:
            _remove(f"{path}/{name}")
    Command(PYTHON, environ=environment(folder)).run(["-I", "-m", "venv", "--without-pip", path], timeout=MAKE_SECONDS)
    remove_if_there(f"{path}/{UNFINISHED}")


def _remove(path: str) -> None:
    found = metadata(path)
    if found is not None and found.kind == "folder":
        shutil.rmtree(path)
    else:
        remove_if_there(path)


class Worker:
    """Carries out the plan for one project.

    :param folder: an empty folder of this account's own, on a disk.
    """

    def __init__(self, project: Project, facts: Facts, system: System, folder: str) -> None:
        self._project = project
        self._facts = facts
        self._folder = folder
        self._library = site_packages(project.venv, system.version)
        self._pip = Pip(system.pip, f"{project.venv}/bin/python", project, folder)

    def carry_out(self, plan: Plan) -> Json:
        """Make the .venv what the plan says."""
        if plan.make:
            make_venv(self._project.venv, self._folder)
        if plan.configure:
            self._write("pyvenv.cfg", without_system(self._facts.venv.config or ""))
        self._forget(plan)
        if plan.remove:
            self._pip.remove(plan.remove)
        self._install(plan)
        set_modes(self._project.venv)
        return {}

    def _forget(self, plan: Plan) -> None:
        for name in plan.forget:
            _remove(f"{self._library}/{name}")
        if plan.install or plan.remove:
            for name in os.listdir(self._library):
                # What pip moves out of its way, and puts back or removes when it ends.
                if name.startswith("~"):
                    _remove(f"{self._library}/{name}")

    def _install(self, plan: Plan) -> None:
        archives = [pin for pin in plan.install if pin.kind in ("index", "wheel")]
        for source in (False, True):
            pins = [pin for pin in archives if pin.source == source]
            if pins:
                lines = [lock_line(pin, self._project.checkout, self._facts.wheels) for pin in pins]
                self._note(pins, read_report(self._pip.install(lines, source=source)))
        for number, pin in enumerate(pin for pin in plan.install if pin.kind in ("tree", "editable")):
            editable = pin.kind == "editable"
            path = f"{self._project.checkout}/{pin.path}" if editable else self._export(pin, number)
            self._pip.install_tree(path, editable=editable)
            self._note([pin], [])

    def _export(self, pin: Pin, number: int) -> str:
        """Write what the commit has of a source tree into a folder of its own: a build leaves its traces there."""
        target = f"{self._folder}/tree-{number}"
        shadow_folder = f"{self._folder}/git-{number}"
        os.mkdir(target)
        os.mkdir(shadow_folder)
        commit = head_of(self._project.checkout)
        shadow = Shadow(shadow_folder, self._project.checkout)
        packed = shadow.git("archive", "--format=tar", f"{commit}:{pin.path}").out
        with tarfile.open(fileobj=io.BytesIO(packed.encode("utf-8", "surrogateescape"))) as archive:
            archive.extractall(target, filter="data")
        return target

    def _note(self, pins: list[Pin], items: list[Item]) -> None:
        """Write down which archives were installed, before anything else is begun."""
        used = {item.name: item.hashes for item in items}
        record = parse(read_text(f"{self._project.venv}/{RECORD_FILE}"))
        dists = {dist.name: dist for dist in read_dists(self._library)}
        for pin in pins:
            allowed = archives_of(pin, self._facts)
            archive = (
                allowed[0]
                if pin.kind != "index"
                else next((one for one in used.get(pin.name, ()) if one in allowed), "")
            )
            if pin.name in dists:
                record[pin.name] = Entry(archive, dists[pin.name].record)
        kept = {name: entry for name, entry in record.items() if name in dists}
        self._write(RECORD_FILE, render(kept))

    def _write(self, name: str, text: str) -> None:
        path = f"{self._project.venv}/{name}"
        write_atomically(path, text.encode(), mode=0o644, uid=os.geteuid(), gid=os.getegid())


__all__ = ("MAKE_SECONDS", "Worker", "make_venv")
