# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that install a project's packages of Python or Node.js (runbook 3.4, 3.5, 6.5)."""

from __future__ import annotations

import itertools
import posixpath
import re
import typing as t

from runbook_lint.decisions._unit_programs import first_verb
from runbook_lint.own_example import of_project, shown

if t.TYPE_CHECKING:
    from runbook_lint.own_example import Own
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_INSTALLS: t.Final = frozenset(("ci", "install", "i", "add"))
_IN_VENV: t.Final = re.compile(r"(?P<folder>(?:.*/)?\.venv)/bin/(?:pip|python)[0-9.]*")


def of_pip(command: Command, _task: TaskView) -> Own | None:
    """Return how a pip in a project's environment is replaced."""
    found = _IN_VENV.fullmatch(command.argv[0])
    if found is None or "install" not in command.argv:
        return None
    words = [shown(word) for word in command.argv[command.argv.index("install") + 1 :]]
    files = [after for word, after in itertools.pairwise(words) if word in ("-r", "--requirement")]
    packages = [word for word in words if not word.startswith("-") and word not in files]
    project = {
        "path": shown(posixpath.dirname(found["folder"])) or ".",
        "requirements": files[0] if files else "",
        "packages": packages,
    }
    return of_project(command, "'pip install' changes a project's packages", "venv_pip", project)


def of_python(command: Command, task: TaskView) -> Own | None:
    """Return how the making of a project's environment, and its pip as a module, are replaced."""
    argv = command.argv
    if argv[1:3] == ["-m", "venv"] and any(posixpath.basename(word.rstrip("/")) == ".venv" for word in argv[3:]):
        folder = next(word for word in argv[3:] if posixpath.basename(word.rstrip("/")) == ".venv")
        project = {"path": shown(posixpath.dirname(folder.rstrip("/"))) or "."}
        return of_project(command, "'python3 -m venv' makes a project's environment", "venv_pip", project)
    if argv[1:3] == ["-m", "pip"]:
        return of_pip(command._replace(words=(command.words[0], *command.words[3:])), task)
    return None


def of_npm(command: Command, task: TaskView) -> Own | None:
    """Return how the installation of a project's packages of Node.js is replaced."""
    argv = command.argv
    is_global = any(word in ("-g", "--global", "global", "--location=global") for word in argv)
    verb = first_verb(argv, _INSTALLS) or ("install" if argv[1:] == [] and command.program == "yarn" else "")
    if is_global or not verb:
        return None
    folder = next((after for word, after in itertools.pairwise(argv) if word in ("--prefix", "-C", "--cwd")), "")
    project = {"path": shown(folder) or task.value("chdir") or "."}
    return of_project(command, f"'{command.program} {verb}' changes a project's packages", "npm_project", project)


__all__ = ("of_npm", "of_pip", "of_python")
