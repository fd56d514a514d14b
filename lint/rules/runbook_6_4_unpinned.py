# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that comes to a node is of one commit, which somebody has read."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.config_files import is_yaml, text_of
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.scalars import scalars_of
from runbook_lint.versions import is_pinned

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

    from runbook_lint.shell import Command, Script
    from runbook_lint.tasks import TaskView

# What says which state is fetched, by module.
_MODULES: t.Final[t.Mapping[str, tuple[str, ...]]] = {
    "ansible.builtin.git": ("version",),
    "ansible.builtin.subversion": ("revision", "rev", "version"),
    "community.general.hg": ("revision", "rev", "version"),
    "community.general.bzr": ("version",),
}
_ANY: t.Final = re.compile(r"[*><!~^]|,|^latest$", re.IGNORECASE)
_GALAXY_LISTS: t.Final = ("collections", "roles")


class RunbookUnpinnedRule(RunbookRule):
    """Code that comes to a node is of one commit, which somebody has read."""

    id = "runbook-6-4-unpinned"
    clause = "6.4"
    description = "git, Subversion, Mercurial and Ansible Galaxy without a commit or release."
    remedy = "bring the code by the role repository, whose commit the controller verifies, or name the full commit"
    tags = ["runbook", "security"]

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find checkouts on nodes of what somebody else may move."""
        if task.is_on_controller:
            return
        keys = _MODULES.get(task.module)
        if keys is not None:
            yield from _of_module(task, keys)
        if task.script is not None:
            for command in task.script.commands:
                yield from _of_command(command, task.script)

    def judge_file(self, lintable: Lintable, data: t.Any) -> t.Iterator[Breach]:
        """Find roles and collections that are required in any version."""
        if lintable.kind != "requirements" or not is_yaml(lintable):
            return
        lines = _lines(text_of(lintable))
        for entry in _entries(data):
            name = str(entry.get("name") or entry.get("src") or entry.get("source") or "?")
            version = entry.get("version")
            at = lines.get(name, 1)
            if version is None or _ANY.search(str(version)):
                yield Breach(f"{name} is required in any version", "name one version", at=at)
            elif not is_pinned(str(version)):
                yield Breach(f"{name} is required as '{version}', which others may move", "name one version", at=at)


def _of_module(task: TaskView, keys: t.Sequence[str]) -> t.Iterator[Breach]:
    short = task.module.rpartition(".")[2]
    at = next((key for key in keys if key in task.arguments), "")
    versions = task.values(at) if at else ()
    if not versions:
        yield Breach(f"{short} fetches whatever its branch is at", at="repo" if "repo" in task.arguments else "")
    for version in versions:
        if is_template(version):
            yield Breach(f"whether '{version}' is a commit", at=at, is_certain=False)
        elif not is_pinned(version):
            yield Breach(f"{short} fetches '{version}', which others may move", at=at)


def _of_command(command: Command, script: Script) -> t.Iterator[Breach]:
    argv = command.argv
    program = command.program
    verb = _verb(argv)
    if program == "git" and verb in ("clone", "pull") and not _is_pinned_by(command, script):
        yield Breach(f"'git {verb}' fetches whatever the branch is at", at=command.line)
    elif (
        program == "svn"
        and verb in ("checkout", "co", "export", "update", "up")
        and not _option(argv, "-r", "--revision")
    ):
        yield Breach(f"'svn {verb}' fetches whatever is newest", at=command.line)
    elif program == "hg" and verb in ("clone", "pull") and not _option(argv, "-u", "--updaterev", "-r", "--rev"):
        yield Breach(f"'hg {verb}' fetches whatever is newest", at=command.line)
    elif program == "ansible-galaxy" and "install" in argv and not _option(argv, "-r", "--role-file"):
        names = [
            word for word in argv[1:] if not word.startswith("-") and word not in ("install", "role", "collection")
        ]
        loose = [name for name in names if not re.search(r"[:,]=?=?v?\d", name) and UNKNOWN not in name]
        if loose:
            yield Breach(f"ansible-galaxy fetches {loose[0]} in any version", at=command.line)


def _is_pinned_by(command: Command, script: Script) -> bool:
    """Whether a clone names a release, or the same script goes on to a commit."""
    branch = _option(command.argv, "-b", "--branch")
    if branch and is_pinned(branch):
        return True
    for other in script.commands:
        if other.program == "git" and _verb(other.argv) in ("checkout", "reset", "switch"):
            words = [word for word in other.argv[2:] if not word.startswith("-")]
            if any(is_pinned(word) for word in words):
                return True
    return False


def _verb(argv: t.Sequence[str]) -> str:
    words = list(argv[1:])
    while words and words[0].startswith("-"):
        # git -C folder -c key=value
        del words[: 2 if words[0] in ("-C", "-c", "-R", "--git-dir", "--work-tree") else 1]
    return words[0] if words else ""


def _option(argv: t.Sequence[str], *names: str) -> str:
    for index, word in enumerate(argv):
        if word in names:
            return argv[index + 1] if index + 1 < len(argv) else ""
        name, equals, value = word.partition("=")
        if equals and name in names:
            return value
    return ""


def _entries(data: t.Any) -> t.Iterator[dict[str, t.Any]]:
    lists: list[t.Any] = [data.get(key) for key in _GALAXY_LISTS] if isinstance(data, dict) else [data]
    for one in lists:
        for entry in one if isinstance(one, list) else ():
            if isinstance(entry, dict) and "include" not in entry:
                yield entry
            elif isinstance(entry, str):
                name, dummy, version = entry.partition(":")
                yield {"name": name, **({"version": version} if version else {})}


def _lines(text: str) -> dict[str, int]:
    """Return the line of each name that a file of requirements gives."""
    found: dict[str, int] = {}
    for one in scalars_of(text) or ():
        found.setdefault(
            one.value.partition(":")[0] if one.key not in ("src", "source", "name") else one.value, one.line
        )
    return found
