# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a task writes on a node, and which text, as far as the task itself says so.

Modules that write, edit, link or fetch files are read alike with shell commands that do the same, so that a rule asks
once what reaches a folder.
"""

from __future__ import annotations

import posixpath
import typing as t

from runbook_lint import node_commands
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.loops import filled
from runbook_lint.node_file import NodeFile, Way, config_text
from runbook_lint.task_words import texts_of

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

_PATHS: t.Final = ("dest", "path", "name", "destfile")


class _Writer(t.NamedTuple):
    """A module that writes files: what it calls its text and where that comes from otherwise."""

    text: str = ""
    source: str = ""
    paths: tuple[str, ...] = ("dest",)


_WRITERS: t.Final = {
    "ansible.builtin.copy": _Writer("content", "src"),
    "ansible.builtin.template": _Writer("", "src"),
    "ansible.builtin.assemble": _Writer("", ""),
    "ansible.builtin.get_url": _Writer("", "url"),
    "ansible.builtin.uri": _Writer("", "url"),
    "ansible.builtin.unarchive": _Writer("", ""),
    "ansible.builtin.lineinfile": _Writer("line", "", _PATHS),
    "ansible.builtin.blockinfile": _Writer("block", "", _PATHS),
    "ansible.builtin.replace": _Writer("replace", "", _PATHS),
    "ansible.posix.synchronize": _Writer("", "src"),
    "ansible.posix.patch": _Writer("", "", ("dest", "basedir")),
    "community.general.ini_file": _Writer("", "", ("path", "dest")),
    "containers.podman.podman_generate_systemd": _Writer("", "", ("dest",)),
}
_FILE: t.Final = "ansible.builtin.file"
_INI: t.Final = "community.general.ini_file"
_EDITORS: t.Final = frozenset(
    (
        "ansible.builtin.lineinfile",
        "ansible.builtin.blockinfile",
        "ansible.builtin.replace",
        "ansible.posix.patch",
        _INI,
    )
)
_SUFFIXES: t.Final = (".j2", ".jinja2", ".jinja", ".tmpl", ".tpl")


def placed(task: TaskView) -> list[NodeFile]:
    """Return the files that a task writes, links, makes or removes on a node, none where it runs on the controller."""
    if task.is_on_controller:
        return []
    if task.module == _FILE:
        return [_of_file(task, turn) for turn in turns(task)]
    writer = _WRITERS.get(task.module)
    if writer:
        return [_of_writer(task, turn, writer) for turn in turns(task)]
    return node_commands.files_of(task.script) if task.script else []


class Turn:
    """A task as one turn of its loop runs it; a task without a loop has one turn."""

    def __init__(self, task: TaskView, name: str, items: list[object] | None) -> None:
        self._task = task
        self._name = name
        self._items = items

    def values(self, *keys: str) -> tuple[str, ...]:
        """Return the first of several names of an argument that is given, as a flat list of strings."""
        for key in keys:
            texts = texts_of(self._task.arguments.get(key))
            if texts:
                return tuple(one for text in texts for one in filled(text, self._name, self._items))
        return ()

    def value(self, *keys: str) -> str:
        """Return the same as one string, "" where it is not given."""
        return next(iter(self.values(*keys)), "")


def turns(task: TaskView) -> list[Turn]:
    """Return the turns of a task's loop as far as its items are written out."""
    name, items = task.loop
    return [Turn(task, name, [item]) for item in items] if items else [Turn(task, name, None)]


def _of_file(task: TaskView, turn: Turn) -> NodeFile:
    state = turn.value("state") or "file"
    way = _WAYS.get(state, "write" if is_template(state) else "touch")
    return NodeFile(config_text(turn.value(*_PATHS)), "", way, config_text(turn.value("src")), _at(task, _PATHS))


_WAYS: t.Final[t.Mapping[str, Way]] = {
    "link": "link",
    "hard": "link",
    "touch": "write",
    "directory": "folder",
    "absent": "remove",
}


def _of_writer(task: TaskView, turn: Turn, writer: _Writer) -> NodeFile:
    path = config_text(turn.value(*writer.paths))
    source = turn.value(writer.source) if writer.source else ""
    if source and (path.endswith("/") or _is_folder(path)):
        path = posixpath.join(path, _plain_name(source))
    is_edit = task.module in _EDITORS
    text = "" if is_edit and turn.value("state") == "absent" else _text(task, turn, writer)
    return NodeFile(path, text, "edit" if is_edit else "write", source, _at(task, writer.paths))


def _text(task: TaskView, turn: Turn, writer: _Writer) -> str:
    if task.module == _INI:
        said = "\n".join(f"{turn.value('option')}={value}" for value in turn.values("value", "values"))
        return config_text(f"[{turn.value('section')}]\n{said}\n") if said else ""
    return config_text("\n".join(turn.values(writer.text))) if writer.text else ""


def _at(task: TaskView, keys: t.Iterable[str]) -> str:
    return next((key for key in keys if key in task.arguments), "")


def _is_folder(path: str) -> bool:
    return "." not in posixpath.basename(path) and path.startswith(
        ("/etc/systemd/", "/lib/systemd", "/usr/lib/systemd")
    )


def _plain_name(source: str) -> str:
    name = posixpath.basename(config_text(source))
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name or UNKNOWN


__all__ = ("Turn", "placed", "turns")
