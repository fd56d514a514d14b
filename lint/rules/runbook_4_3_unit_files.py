# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit files are in the Git repository and linked from there; nothing else puts them on a node."""

from __future__ import annotations

import re
import typing as t

from runbook_lint import unit_texts
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.node_files import placed
from runbook_lint.rule import Breach, RunbookRule

if t.TYPE_CHECKING:
    from runbook_lint.node_file import NodeFile
    from runbook_lint.tasks import TaskView

_FOLDERS: t.Final = re.compile(
    r"(?:/etc|/run|(?:/usr(?:/local)?)?/lib|(?:~[\w-]*|/home/[^/]+|/root|\$HOME|\ufffd)/\.config|/\.config|"
    r"(?:~[\w-]*|/home/[^/]+|/root|\ufffd)/\.local/share)/systemd/"
    r"(?:(?:system|user)(?:\.control|\.attached|-generators)?)/(?P<rest>.*)"
)
_QUADLETS: t.Final = re.compile(
    r"(?:/etc|/run|/usr/share|(?:~[\w-]*|/home/[^/]+|/root|\ufffd)/\.config)/containers/systemd/"
)
_UNIT: t.Final = re.compile(r"/[^/]+\.(?:service|timer|socket)(?:\.d/[^/]+\.conf)?$")
_WANTS: t.Final = re.compile(r"\.(?:wants|requires|upholds)/")
_SYSTEMS_OWN: t.Final = ("/etc/", "/usr/", "/lib/", "/run/", "/var/", "/tmp/", "/dev/")  # noqa: S108 nothing is written there
_QUADLET: t.Final = "write a unit that runs the container in the foreground, and declare it in services_list"


class RunbookUnitFilesRule(RunbookRule):
    """Unit files are in the Git repository and linked from there."""

    id = "runbook-4-3-unit-files"
    clause = "4.3"
    description = "No copies, templates, edits or downloads of unit files on a node."
    remedy = (
        "commit the unit's file to the repository and declare it in services_list, so that "
        "ai_systems.runbook.systemd_unit links it"
    )

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find tasks that write, edit, fetch or link what systemd reads units from."""
        for file in placed(task):
            if file.is_brought and not _is_link_into_repository(file):
                yield from _of_file(file)
        if task.module.startswith("containers.podman.") and "quadlet" in task.values("state"):
            yield Breach("a quadlet is written on the node, from which a unit is made there", _QUADLET, "state")


def _of_file(file: NodeFile) -> t.Iterator[Breach]:
    path = file.path
    shown = file.shown
    verb = "links" if file.way == "link" else "edits" if file.way == "edit" else "writes"
    found = _FOLDERS.search(path)
    if found and not _WANTS.search(found["rest"]):
        yield Breach(f"the task {verb} {shown}, which systemd reads as a unit", at=file.at)
    elif _QUADLETS.search(path):
        yield Breach(f"the task {verb} {shown}, from which a unit is made on the node", _QUADLET, file.at)
    elif path.startswith(UNKNOWN) and (_UNIT.search(path) or (path == UNKNOWN and _is_unit(file))):
        what = f"the task {verb} a unit to {shown}, a folder that a template gives"
        yield Breach(what, at=file.at, is_certain=False)


def _is_unit(file: NodeFile) -> bool:
    name = unit_texts.unit_of(file.source) if file.source and not is_template(file.source) else ""
    return bool(name) and name.rpartition(".")[2] in ("service", "timer", "socket")


def _is_link_into_repository(file: NodeFile) -> bool:
    """Whether a link leads out of the system's own folders: that is how the runbook wants it.

    A link to /dev/null masks a unit, which is the matter of 4.2.
    """
    if file.way != "link":
        return False
    return file.source == "/dev/null" or not file.source.startswith(_SYSTEMS_OWN)
