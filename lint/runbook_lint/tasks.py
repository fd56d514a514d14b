# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks, handlers and plays as they are written, taken apart for rules.

A rule asks for a module by its one full name and for arguments by their names; whether the task says ``apt:``,
``ansible.builtin.apt:``, ``action:`` or ``local_action:``, stands in a block, loops, or leaves half of it to
``module_defaults`` is seen to here.
"""

from __future__ import annotations

import functools
import re
import typing as t
from types import MappingProxyType

from runbook_lint import jinja, lines, module_names, shell
from runbook_lint.loops import filled, loop_items
from runbook_lint.task_words import (
    FREE,
    action_key,
    command_line,
    from_text,
    is_keyword,
    is_local,
    is_localhost,
    merged,
    of_action,
    texts_of,
)

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

Raw = t.Mapping[str, t.Any]
Place = tuple[int | str, ...]
_BLOCK_SCALAR: t.Final = re.compile(r"(?:^|[\s:])[|>][-+0-9]*\s*(?:#.*)?$")


class PlayView:
    """A play as written.

    :param place: where it stands in the file's data, for a rule that mends it.
    """

    def __init__(self, raw: Raw, place: Place) -> None:
        self.raw = raw
        self.place = place
        self.line = lines.line_of(raw)
        self.keywords: Raw = lines.plain(raw)
        self.name = str(raw.get("name", ""))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host patterns, one by one."""
        found = texts_of(self.keywords.get("hosts"))
        return tuple(part for text in found for part in re.split(r"[,\s]+", text) if part)

    @property
    def is_on_controller(self) -> bool:
        """Whether the play does not reach a node."""
        return is_local(self.keywords) or (bool(self.hosts) and all(is_localhost(host) for host in self.hosts))

    def line_of(self, at: str | int = "") -> int:
        """Return the line of a keyword, or of the play."""
        return lines.line_of_key(self.raw, at, self.line) if isinstance(at, str) else at


class Around(t.NamedTuple):
    """What stands around a task.

    :param blocks: the blocks, outermost first, as written.
    :param sections: for each block the part of it that the task is in: block, rescue or always.
    :param inherited: what the play and the blocks say for the task.
    """

    play: PlayView | None = None
    blocks: tuple[Raw, ...] = ()
    sections: tuple[str, ...] = ()
    inherited: Raw = MappingProxyType({})
    is_handler: bool = False


class TaskView:
    """One task or handler as written.

    :param place: where it stands in the file's data, for a rule that mends it.
    """

    def __init__(self, raw: Raw, place: Place, *, file: Lintable, around: Around) -> None:
        self.raw = raw
        self.place = place
        self.file = file
        self.around = around
        self.play = around.play
        self.blocks = around.blocks
        self.sections = around.sections
        self.is_handler = around.is_handler
        self.name = str(raw.get("name", ""))
        self.line = lines.line_of(raw)
        own = {key: value for key, value in lines.plain(raw).items() if is_keyword(key)}
        self.keywords: Raw = merged(around.inherited, own)
        # The key under which the module is written, "" where the task has none.
        self.action_key = action_key(raw)
        name, value = self.action_key, raw.get(self.action_key)
        if self.action_key in ("action", "local_action"):
            name, value = of_action(value)
        self.module = "" if not name or jinja.is_template(name) else module_names.full(name)
        self._written = value

    @functools.cached_property
    def arguments(self) -> Raw:
        """The module's arguments, those of module_defaults too where the task does not say otherwise."""
        own = from_text(self._written, is_free=self.module in FREE) if isinstance(self._written, str) else self._written
        defaults: dict[str, t.Any] = {}
        for name, value in lines.plain(self.keywords.get("module_defaults")).items():
            if self.module and not name.startswith("group/") and module_names.full(name) == self.module:
                defaults.update(lines.plain(value))
        return {**defaults, **lines.plain(self.raw.get("args")), **lines.plain(own)}

    @property
    def has_templated_arguments(self) -> bool:
        """Whether all arguments come out of one template, so that none of them can be read."""
        texts = [self._written, self.raw.get("args")]
        return self.module not in FREE and any(isinstance(one, str) and one.strip().startswith("{{") for one in texts)

    @property
    def free_form(self) -> str:
        """What a shell, command, raw, script or expect is to run, as one text; "" for every other module."""
        return command_line(self.arguments) if self.module in FREE else ""

    @functools.cached_property
    def loop(self) -> tuple[str, list[object] | None]:
        """The loop's variable, and its items where they are written out."""
        return loop_items(self.raw)

    def values(self, key: str) -> tuple[str, ...]:
        """Return an argument as a flat list of strings, with each literal item of the loop filled in."""
        name, items = self.loop
        found = texts_of(self.arguments.get(key))
        return tuple(dict.fromkeys(one for text in found for one in filled(text, name, items)))

    def value(self, key: str) -> str:
        """Return an argument as one string, "" where the task does not have it."""
        return next(iter(self.values(key)), "")

    def is_true(self, key: str) -> bool:
        """Whether an argument or keyword is written as true in one of YAML's and Ansible's ways."""
        value = self.arguments.get(key, self.keywords.get(key, ""))
        return str(value).lower() in ("true", "yes", "on", "1", "y", "t")

    @staticmethod
    def is_decided(text: object) -> bool:
        """Whether a text says what it says: there is no template in it."""
        return not jinja.is_template(str(text))

    @property
    def is_on_controller(self) -> bool:
        """Whether the task does not reach a node."""
        if self.action_key == "local_action":
            return True
        target = self.keywords.get("delegate_to")
        if target is not None:
            return is_localhost(target)
        return is_local(self.keywords) or (self.play is not None and self.play.is_on_controller)

    @functools.cached_property
    def script(self) -> shell.Script | None:
        """The commands that the task runs, None where it is no task that runs commands.

        Of a script on the controller it is the command line only: what it holds is a file of its own.
        """
        if self.module not in FREE:
            return None
        name, items = self.loop
        argv = self.arguments.get("argv")
        if isinstance(argv, (list, tuple)):
            read = [shell.of_argv([one for word in argv for one in filled(str(word), name, items)[:1]])]
        else:
            is_shell = self.module in ("ansible.builtin.shell", "ansible.builtin.raw")
            reader = shell.read if is_shell else shell.of_line
            read = [reader(text) for text in filled(self.free_form, name, items)]
        return shell.Script(
            tuple(one for script in read for one in script.commands),
            tuple(dict.fromkeys(one for script in read for one in script.undecided)),
        )

    def line_of(self, at: str | int = "") -> int:
        """Return the line in the file of an argument or keyword, or of a line of the script; else that of the task."""
        if isinstance(at, int):
            return self._line_of_script(at)
        if not at:
            return self.line
        # A module's "name" that is not written is not the task's own.
        for mapping in (self.arguments, self.raw if at != "name" else {}):
            line = (lines.line_of_key(mapping, at, 0) or lines.line_of(mapping[at], 0)) if at in mapping else 0
            if line:
                return self._within(line)
        # An argument in the action's own text, or one that is missing.
        is_inherited = at != "name" and at in self.keywords and at not in self.arguments
        return self.line if is_inherited else self._within(lines.line_of_key(self.raw, self.action_key, self.line))

    def _line_of_script(self, number: int) -> int:
        key = next((one for one in ("_raw_params", "cmd", "command", "argv") if one in self.arguments), "")
        begins = lines.line_of_key(self.raw, self.action_key, self.line)
        if key not in ("", "_raw_params"):
            begins = lines.line_of_key(self.arguments, key, begins)
        text = self.file.content.splitlines()
        is_block = 0 < begins <= len(text) and bool(_BLOCK_SCALAR.search(text[begins - 1]))
        return self._within(begins + number - (0 if is_block else 1))

    def _within(self, line: int) -> int:
        """Return the line if the task holds it: what comes from module_defaults stands elsewhere."""
        return line if self.line <= line <= self.last_line else self.line

    @functools.cached_property
    def last_line(self) -> int:
        """The last line of the task: the next one that is indented less ends it."""
        column = lines.column_of(next(iter(self.raw), ""))
        text = self.file.content.splitlines()
        last = self.line
        for number in range(self.line + 1, len(text) + 1):
            line = text[number - 1]
            if line.strip() and len(line) - len(line.lstrip()) < column - 1:
                break
            last = number if line.strip() else last
        return last


__all__ = ("Around", "Place", "PlayView", "Raw", "TaskView")
