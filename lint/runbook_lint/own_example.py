# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task is written with one of this collection's modules (runbook 6.5)."""

from __future__ import annotations

import typing as t

import yaml

from runbook_lint.decisions._text import one_line
from runbook_lint.jinja import UNKNOWN

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command

_LONGEST: t.Final = 120
_MOST: t.Final = 12
OPERATOR: t.Final = "{{ operator_user_name }}"
CHECKOUT: t.Final = "{{ repository_path }}"
REPOSITORY: t.Final = {"url": "{{ repository_url }}", "version": "{{ repository_version }}"}
# The keys that lie in the operator's inventory.
KEYS: t.Final = "{{ operator_user_authorized_keys }}"
_OPEN: t.Final = "{{ … }}"


class Own(t.NamedTuple):
    """What a task does by another way, and how one of our modules does it.

    :param what: the other way, in few words.
    :param module: without the collection's name.
    :param arguments: empty ones are left out.
    :param at: the argument, or the line of a script.
    :param beside: what else there is to know, "" for nothing.
    """

    what: str
    module: str
    arguments: t.Mapping[str, object]
    at: str | int = ""
    beside: str = ""

    @property
    def example(self) -> str:
        """The module with its arguments as one line of YAML."""
        task = {f"ai_systems.runbook.{self.module}": _clean(self.arguments)}
        written = yaml.safe_dump(task, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
        return written.strip().removeprefix("{").removesuffix("}")


def _clean(value: object) -> object:
    if isinstance(value, str):
        return one_line(str(value), _LONGEST)
    if isinstance(value, (list, tuple)):
        return [_clean(one) for one in list(value)[:_MOST]]
    if isinstance(value, dict):
        return {str(key): _clean(one) for key, one in value.items() if one not in ("", [], None)}
    return value


def of_command(command: Command, what: str, module: str, beside: str = "", /, **arguments: object) -> Own:
    """Return how one of our modules does what a command does."""
    return Own(what, module, arguments, command.line, beside)


def of_project(command: Command, what: str, module: str, project: t.Mapping[str, object]) -> Own:
    """Return how one of our modules installs a project's packages."""
    return of_command(command, what, module, user=OPERATOR, checkout=CHECKOUT, projects=[project])


def shown(word: str) -> str:
    """Return a word for an example: what a template or variable gives stays open."""
    return word.replace(UNKNOWN, _OPEN)


def plain_words(command: Command) -> list[str]:
    """Return a command's words that are no options, for an example."""
    return [shown(word) for word in command.argv[1:] if not word.startswith("-")]


def together(found: t.Iterable[Own]) -> list[Own]:
    """Return one for each place and way: the turns of a loop are one task, with the lists of all."""
    merged: dict[tuple[str, str, str | int], Own] = {}
    for own in found:
        key = (own.what, own.module, own.at)
        before = merged.get(key)
        merged[key] = own if before is None else before._replace(arguments=_united(before.arguments, own.arguments))
    return list(merged.values())


def _united(first: t.Mapping[str, object], second: t.Mapping[str, object]) -> dict[str, object]:
    united = dict(first)
    for key, value in second.items():
        before = united.get(key)
        if isinstance(before, list) and isinstance(value, list):
            united[key] = [*before, *(one for one in value if one not in before)]
    return united


__all__ = (
    "CHECKOUT",
    "KEYS",
    "OPERATOR",
    "REPOSITORY",
    "Own",
    "of_command",
    "of_project",
    "plain_words",
    "shown",
    "together",
)
