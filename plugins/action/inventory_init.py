# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make an operator's own inventory repository from the sample that this collection ships."""

from __future__ import annotations

import os
import pathlib
import subprocess
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_sample import operators_files

_COLLECTION = pathlib.Path(__file__).parents[2]
_SHOWN = 5


class ActionModule(ActionBase):
    """Writes on the controller only; a file that is there already is never touched."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("dest", "git"))

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        given = str(self._task.args.get("dest") or "").strip()
        if not given:
            raise AnsibleActionFail(
                "dest is not set: say where your inventory repository shall be, as in -e dest=~/fleet"
            )
        dest = pathlib.Path(given).expanduser().resolve()
        files = operators_files(_COLLECTION / "inventory", collection=_COLLECTION)
        self._require_free(dest, files)
        if not self._task.check_mode:
            self._write(dest, files)
        done = "would be made" if self._task.check_mode else "is made"
        summary = f"Your inventory repository {done} in {dest}"
        if self._task.args.get("git"):
            summary += self._git_init(dest)
        summary += (
            ": fill in what its files mark FILL IN, then run from there "
            "ansible-playbook ai_systems.runbook.enroll --limit NODE."
        )
        self._display.display(summary)
        if not self._task.check_mode:
            result["operations"] = _operations(dest, files)
        result.update(
            changed=True,
            actions=[{"clause": "1", "subject": str(dest / name), "action": "create"} for name in sorted(files)],
            diff=[_creation(str(dest / name), text) for name, text in sorted(files.items())],
            summary=summary,
        )
        return result

    def _require_free(self, dest: pathlib.Path, files: t.Mapping[str, str]) -> None:
        ancestor = next(path for path in (dest, *dest.parents) if os.path.lexists(path))
        if not ancestor.is_dir():
            raise AnsibleActionFail(
                f"dest {str(dest)!r} cannot be made, since {ancestor} is no folder; choose another one"
            )
        if not os.access(ancestor, os.W_OK | os.X_OK):
            raise AnsibleActionFail(f"dest {str(dest)!r} cannot be made, since you may not write to {ancestor}")
        there = sorted(name for name in files if os.path.lexists(dest / name))
        blocked = sorted(
            {str(parent) for name in files for parent in pathlib.Path(name).parents if _blocks(dest / parent)}
        )
        if there or blocked:
            names = there or blocked
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            raise AnsibleActionFail(
                f"{dest} holds {', '.join(names[:_SHOWN])}{more} already, and nothing is overwritten; choose an empty "
                "folder, or move them away"
            )

    def _write(self, dest: pathlib.Path, files: t.Mapping[str, str]) -> None:
        for name, text in files.items():
            path = dest / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except OSError as exc:
                raise AnsibleActionFail(f"{path} cannot be written: {exc.strerror}; free it and run again") from exc

    def _git_init(self, dest: pathlib.Path) -> str:
        if self._task.check_mode:
            return " with an empty git repository"
        try:
            done = subprocess.run(
                ["git", "init", "--quiet", "--initial-branch=main", "--", str(dest)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
        except FileNotFoundError as exc:
            raise AnsibleActionFail(
                f"{dest} is made, but git is not installed here; install it, or leave git=true out"
            ) from exc
        if done.returncode != 0:
            raise AnsibleActionFail(f"{dest} is made, but 'git init' failed there: {one_line(done.stderr, 300)}")
        return " with an empty git repository"


def _operations(dest: pathlib.Path, files: t.Iterable[str]) -> dict[str, t.Any]:
    """Return where this run is recorded: in what it made, as its first operation."""
    record = str(dest / "records" / "operations.jsonl")
    # Its own files are in no commit yet, which is nothing to warn of.
    return {"file": record, "folder": str(dest), "written": [record, *(str(dest / name) for name in files)]}


def _blocks(folder: pathlib.Path) -> bool:
    return os.path.lexists(folder) and not folder.is_dir()


def _creation(path: str, text: str) -> dict[str, str]:
    return {"before_header": path, "after_header": path, "before": "", "after": text}
