# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that git would run by itself on a node (runbook 6.4). Private to the collection.

Hooks and settings lie beside the repository's files, in no commit: nobody audits them.
"""

from __future__ import annotations

import re
import shlex
import stat
import typing as t

from ._code_facts import is_file
from ._tree_facts import finding, is_plain, listed

if t.TYPE_CHECKING:
    from ._code_facts import CodeFacts
    from ._findings import Finding
    from ._node_view import NodeView

CLAUSE: t.Final = "6.4"
_SECTION = re.compile(r'\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(.*)')
_SETTING = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?")
_YES_OR_NO = ("", "true", "false", "yes", "no", "on", "off", "1", "0")
# By section and name; of each the value is a command, or a folder of commands.
_RUN = {
    ("core", "hookspath"),
    ("core", "fsmonitor"),
    ("core", "sshcommand"),
    ("core", "editor"),
    ("core", "pager"),
    ("core", "gitproxy"),
    ("core", "askpass"),
    ("filter", "clean"),
    ("filter", "smudge"),
    ("filter", "process"),
    ("diff", "external"),
    ("diff", "command"),
    ("diff", "textconv"),
    ("merge", "driver"),
    ("gpg", "program"),
    ("uploadpack", "packobjectshook"),
    ("include", "path"),
}
_HARMLESS = ("/dev/null", "cat", "less", "vim", "vi", "nano", "editor", "sensible-editor")


class Setting(t.NamedTuple):
    """A line of a configuration of git: its number from 1, ``section.name``, and the value."""

    number: int
    name: str
    value: str


def programs_in(text: str) -> list[Setting]:
    """Return the settings by which git runs something."""
    found = []
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        head = _SECTION.match(line)
        if head:
            section = head[1].lower()
        setting = _SETTING.fullmatch(head[3] if head else line)
        if setting is None or not section:
            continue
        name, value = setting[1].lower(), (setting[2] or "").strip().strip('"')
        runs = (section, name) in _RUN or (section == "alias" and value.startswith("!"))
        runs = runs or section == "includeif"
        if runs and value.lower() not in _YES_OR_NO and value not in _HARMLESS:
            found.append(Setting(number, f"{section}.{name}", value))
    return found


def judge(view: NodeView, facts: CodeFacts) -> t.Iterator[Finding]:
    """Yield a finding for each hook, and for each configuration that has git run something."""
    for checkout in facts.seen.checkouts:
        yield from _of_hooks(view, f"{checkout}/.git/hooks")
    configurations = [f"{checkout}/.git/config" for checkout in facts.seen.checkouts]
    configurations.append("/etc/gitconfig")
    for home in view.homes:
        configurations += [f"{home.path}/.gitconfig", f"{home.path}/.config/git/config"]
    for path in configurations:
        if is_file(view, path):
            yield from _of_configuration(path, view.text(path) or "", facts)


def _of_hooks(view: NodeView, folder: str) -> t.Iterator[Finding]:
    for name in view.names(folder):
        status = view.status(f"{folder}/{name}")
        if status is not None and not name.endswith(".sample") and (
            stat.S_ISLNK(status.st_mode) or status.st_mode & 0o111
        ):  # fmt: skip
            path = f"{folder}/{name}"
            remedy = f"remove it ('rm -r -- {shlex.quote(path)}')" if is_plain(path) else "remove it"
            evidence = "git runs it by itself, as whoever works in that checkout, and no commit holds it"
            yield finding(CLAUSE, "violation", f"{path} (hook)", evidence, remedy)


def _of_configuration(path: str, text: str, facts: CodeFacts) -> t.Iterator[Finding]:
    strange = [one for one in programs_in(text) if not facts.is_audited(_program(one.value))]
    if strange:
        said = listed([f"line {one.number}: {one.name} = {one.value}" for one in strange])
        command = f'sed -i "{";".join(f"{one.number}d" for one in strange)}" {shlex.quote(path)}'
        remedy = f"'{command}'" if is_plain(path) else "take those lines out"
        evidence = f"it has git run what no commit holds: {said}"
        yield finding(CLAUSE, "violation", f"{path} (programs)", evidence, remedy)


def _program(value: str) -> str:
    word = value.removeprefix("!").split(" ", 1)[0]
    return word if word.startswith("/") else f"/usr/bin/{word}"


__all__ = ("CLAUSE", "Setting", "judge", "programs_in")
