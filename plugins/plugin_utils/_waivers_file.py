# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""waivers.yml as written: strictly read, every mistake told at once. Private to the collection.

A waiver lets a violation pass, so nothing in it is guessed: a word that YAML takes for something else than text, a key
that nobody knows, a key that stands twice and would silently count once are all mistakes. Nothing of the file is ever
made into an object; its nodes are looked at, none of them refers to another, and none is deep.
"""

from __future__ import annotations

import datetime as dt
import pathlib
import re
import typing as t

import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_bounded
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook import CLAUSES
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Waiver

KEYS: t.Final = ("clause", "node", "subject", "reason", "who", "expires")
MOST_BYTES: t.Final = 256 * 1024
MOST_ENTRIES: t.Final = 1000
LONGEST_TEXT: t.Final = 500
_DEEPEST = 6
_MOST_TOLD = 10
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TAG = "tag:yaml.org,2002:"
_READ_AS: t.Final = {
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "a date",
}


class WaiverError(Exception):
    """The file cannot be read as a whole, or holds mistakes; the message names each with its remedy."""


def read_waivers(path: pathlib.Path) -> tuple[Waiver, ...]:
    """Return the entries of a waivers.yml in its order, none where there is no such file.

    :raises WaiverError: it cannot be read, or an entry is not as it must be.
    """
    shown = one_line(str(path), 300)
    try:
        content = read_bounded(str(path.expanduser()), limit=MOST_BYTES)
    except FileError as exc:
        raise WaiverError(f"{one_line(str(exc), 400)}; runbook_waivers_file has to lead to a small text file") from exc
    except (OSError, ValueError) as exc:
        raise WaiverError(f"{shown} cannot be read ({one_line(str(exc), 200)}); let this account read it") from exc
    return () if content is None else waivers_from(content, shown)


def waivers_from(content: bytes, name: str = "waivers.yml") -> tuple[Waiver, ...]:
    """Return the entries of a file's ``content``.

    :param name: what messages call the file.
    :raises WaiverError: as above.
    """
    entries = _entries(_text(content, name), name)
    read = [_Entry(number, node) for number, node in enumerate(entries, start=1)]
    waivers = [entry.waiver() for entry in read]
    mistakes = [f"{name}: {mistake}" for entry in read for mistake in entry.mistakes]
    if mistakes:
        more = [f"and {len(mistakes) - _MOST_TOLD} more"] if len(mistakes) > _MOST_TOLD else []
        raise WaiverError("; ".join([*mistakes[:_MOST_TOLD], *more]))
    return tuple(waiver for waiver in waivers if waiver)


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise WaiverError(f"{name}: line {line} is not UTF-8; save the file as UTF-8") from exc


def _entries(text: str, name: str) -> list[yaml.Node]:
    try:
        _refuse_what_is_not_plain(text, name)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError) as exc:
        # PyYAML lets the ValueError of a character through that cannot be.
        mark = getattr(exc, "problem_mark", None)
        where = f"line {mark.line + 1} of {name}" if mark else name
        why = one_line(str(getattr(exc, "problem", "") or getattr(exc, "reason", "") or exc), 200)
        raise WaiverError(f"{where} is no YAML ({why}); put text with signs like * : @ in quotes") from exc
    if root is None or (isinstance(root, yaml.ScalarNode) and root.tag == f"{_TAG}null"):
        return []
    if not isinstance(root, yaml.SequenceNode):
        raise WaiverError(f"{name} is no list; begin each entry with '- clause:'")
    entries: list[yaml.Node] = root.value
    if len(entries) > MOST_ENTRIES:
        raise WaiverError(f"{name} has {len(entries)} entries, more than {MOST_ENTRIES}; mend what they allow")
    return entries


def _refuse_what_is_not_plain(text: str, name: str) -> None:
    """Look at the file as it is parsed, before anything is put together from it.

    An alias makes little text into much, a tag makes text into something else, and depth makes recursion.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise WaiverError(f"line {line} of {name} has an anchor or alias (& or *); write it out, or quote it")
        if getattr(event, "tag", None):
            raise WaiverError(f"line {line} of {name} has a tag (!); write plain text, or put it in quotes")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise WaiverError(f"line {line} of {name} is nested too deeply; an entry holds plain text only")


class _Entry:
    """One entry and what is wrong with it."""

    def __init__(self, number: int, node: yaml.Node) -> None:
        self.mistakes: list[str] = []
        self._number = number
        self._line = node.start_mark.line + 1
        self._values: dict[str, yaml.Node] = {}
        self._has_keys = isinstance(node, yaml.MappingNode)
        if isinstance(node, yaml.MappingNode):
            self._take(node)
        else:
            self._complain(f"is {_kind(node)}; write its keys, {', '.join(KEYS)}")

    def waiver(self) -> Waiver | None:
        """Return the entry as a waiver, None where something is wrong with it."""
        if not self._has_keys:
            return None
        clause, node, subject, reason, who = (self._said(key) for key in KEYS[:-1])
        expires = self._date()
        if clause and clause not in CLAUSES:
            self._complain(f"clause {clause!r} is none of the runbook's; docs/traceability.md lists them")
        if self.mistakes or expires is None:
            return None
        return Waiver(self._number, self._line, clause, node, subject, reason, who, expires)

    def _take(self, node: yaml.MappingNode) -> None:
        for key, value in node.value:
            said = one_line(str(key.value), 80) if isinstance(key, yaml.ScalarNode) else _kind(key)
            if said not in KEYS:
                self._complain(f"has the key {said!r}, which nobody knows; its keys are {', '.join(KEYS)}")
            elif said in self._values:
                self._complain(f"has {said} twice, and one would silently count; keep one")
            else:
                self._values[said] = value

    def _said(self, key: str) -> str:
        """Return the text of a key, "" where it is a mistake."""
        node = self._values.get(key)
        if node is None:
            self._complain(f"has no {key}; add it")
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self._complain(f"has {_kind(node)} for its {key}; write one text, and an entry for each")
            return ""
        shown = one_line(node.value, 80)
        if read_as := _READ_AS.get(node.tag.removeprefix(_TAG)) if node.value.strip() else "":
            self._complain(f"has {shown} for its {key}, which YAML reads as {read_as}; put it in quotes")
            return ""
        if not node.value.strip():
            self._complain(f"has an empty {key}; fill it in")
            return ""
        if len(node.value) > LONGEST_TEXT:
            self._complain(f"has a {key} of {len(node.value)} characters; {LONGEST_TEXT} are enough")
            return ""
        return one_line(node.value)

    def _date(self) -> dt.date | None:
        node = self._values.get("expires")
        if node is None:
            self._complain("has no expires; add the last day on which it holds, as 2027-06-30")
            return None
        said = one_line(node.value, 80) if isinstance(node, yaml.ScalarNode) else _kind(node)
        try:
            return dt.date.fromisoformat(said if _DATE.fullmatch(said) else "")
        except ValueError:
            self._complain(f"expires on {said!r}, which is no day; write the last day on which it holds, as 2027-06-30")
            return None

    def _complain(self, what: str) -> None:
        self.mistakes.append(f"entry {self._number} (line {self._line}) {what}")


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    return f"the text {one_line(node.value, 80)!r}" if node.value else "nothing"


__all__ = ("KEYS", "LONGEST_TEXT", "MOST_BYTES", "MOST_ENTRIES", "WaiverError", "read_waivers", "waivers_from")
