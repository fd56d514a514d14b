# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run of ansible-playbook has asked of a repository already (runbook 2.9). Private to the collection."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command


class RunNotes:
    """Notes in a file that all workers of a run share; those of another run do not count. Whoever uses it has the lock.

    :ivar fetched: whether this run has fetched.
    :ivar answers: what this run was told, by question.
    """

    def __init__(self, folder: pathlib.Path, run_id: str) -> None:
        self._folder = folder
        self._run_id = run_id
        known = self._read()
        self.fetched: bool = known["fetched"]
        self.answers: dict[str, dict[str, t.Any]] = known["answers"]

    def save(self) -> None:
        """Tell the other workers of the run."""
        new = self._folder / "run.json.new"
        notes = {"run": self._run_id, "fetched": self.fetched, "answers": self.answers}
        new.write_text(json.dumps(notes), encoding="utf-8")
        new.rename(self._folder / "run.json")

    def _read(self) -> dict[str, t.Any]:
        fresh = {"run": self._run_id, "fetched": False, "answers": {}}
        try:
            notes: dict[str, t.Any] = json.loads((self._folder / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return fresh
        return notes if notes.get("run") == self._run_id else fresh


@functools.cache
def this_run() -> str:
    """Name this run of ansible-playbook: its workers are its forks, so they share its id and start time."""
    parent = os.getppid()
    try:
        fields = pathlib.Path(f"/proc/{parent}/stat").read_text(encoding="utf-8", errors="replace")
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}-{parent}-{fields.rpartition(')')[2].split()[19]}"
    except OSError:
        said = Command("ps").run(["-o", "lstart=", "-p", str(parent)], check=False)
        return f"{parent}-{' '.join(said.out.split())}"


__all__ = ("RunNotes", "this_run")
