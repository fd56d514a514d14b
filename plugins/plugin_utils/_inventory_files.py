# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that an inventory consists of, and a host moved in them (runbook 5.4). Private to the collection."""

from __future__ import annotations

import json
import os
import pathlib
import re
import typing as t

from ansible import constants as C  # noqa: N812

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_bounded, write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import GROUP
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_move import by_hand, move
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_yaml import OddError, root_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._pins import locked

_NOT_FILES: t.Final = ("group_vars", "host_vars", "vars_plugins")
_YAML: t.Final = (".yml", ".yaml", ".json")
_MOST_FILES: t.Final = 1000
_PLUGIN = re.compile(r"^plugin\s*:", re.MULTILINE)


class ByHandError(Exception):
    """The inventory is for a person to change; the message says what to change, on several lines."""


class Edit(t.NamedTuple):
    """One file, before and after."""

    path: str
    before: str
    after: str


class Planned(t.NamedTuple):
    """What to change, and the groups that the host is taken out of."""

    edits: tuple[Edit, ...] = ()
    groups: tuple[str, ...] = ()


def files_of(sources: t.Iterable[str]) -> list[str]:
    """Return the files of an inventory, as Ansible reads them from what -i names."""
    found: list[str] = []
    for source in sources:
        if "," not in source or os.path.lexists(source):
            _collect(pathlib.Path(source).absolute(), found)
    return list(dict.fromkeys(found))


def planned(sources: t.Sequence[str], host: str, facts: t.Mapping[str, str]) -> Planned:
    """Return what to change so that the host stands in the group ``decommissioned`` alone; nothing where it does.

    :param sources: what ``-i`` names.
    :param facts: variables to be added.
    :raises ByHandError: a person has to change it.
    """
    texts: dict[str, str] = {}
    others: list[str] = []
    for path in files_of(sources):
        text = _text(path)
        if text is None or _PLUGIN.search(text) or os.access(path, os.X_OK):
            others.append(path)
        elif (path.endswith(_YAML) or _has_groups(text)) and (host in text or _is_readable(text)):
            texts[path] = text
        else:
            others.append(path)
    try:
        done = move(texts, host, facts)
        found = bool(done.left) or any(_stands(text, host) for text in texts.values())
    except OddError as exc:
        where = next((path for path, text in texts.items() if not _is_clear(text, host, facts)), "the inventory")
        raise ByHandError(
            f"{where} has {exc}, so nothing was changed in it. Take {host} out of its groups, and write at its end:\n"
            f"{by_hand(host, facts)}"
        ) from exc
    if not found:
        raise ByHandError(_elsewhere(sources, others, host, facts))
    return Planned(tuple(Edit(path, texts[path], text) for path, text in done.texts.items()), done.left)


def carry_out(edits: t.Iterable[Edit]) -> None:
    """Write the files, each whole or not at all, with owner and mode as they were.

    :raises ByHandError: one cannot be written, or was changed meanwhile; run again.
    """
    for edit in edits:
        try:
            with locked(pathlib.Path(edit.path)) as real:
                if real.read_bytes() != edit.before.encode():
                    raise ByHandError(f"{edit.path} was changed by somebody else meanwhile; run again")
                held = real.stat()
                content = edit.after.encode()
                write_atomically(str(real), content, mode=held.st_mode & 0o7777, uid=held.st_uid, gid=held.st_gid)
        except OSError as exc:
            raise ByHandError(f"{edit.path} cannot be written ({exc.strerror}); make it yours and run again") from exc


def _collect(path: pathlib.Path, found: list[str]) -> None:
    if not path.is_dir():
        found.append(str(path))
        return
    for inner in sorted(path.iterdir())[:_MOST_FILES]:
        name = inner.name
        ignored = name.startswith(".") or name in _NOT_FILES or name.endswith(tuple(vars(C)["INVENTORY_IGNORE_EXTS"]))
        if not ignored and not any(re.search(pattern, name) for pattern in vars(C)["INVENTORY_IGNORE_PATTERNS"]):
            _collect(inner, found)


def _text(path: str) -> str | None:
    """Return the text of a file that can be changed, None for a pipe, a script's answer, or no text."""
    try:
        content = read_bounded(path)
        return None if content is None else content.decode("utf-8")
    except (FileError, OSError, UnicodeDecodeError):
        return None


def _has_groups(text: str) -> bool:
    """Whether a file whose name says nothing is YAML."""
    return re.search(r"^(---|[\"'\w.-]+:\s*(#.*)?$)", text, re.MULTILINE) is not None and not re.search(
        r"^\[", text, re.MULTILINE
    )


def _is_readable(text: str) -> bool:
    # A file that holds nothing of the host may be whatever it is.
    try:
        root_of(text)
    except OddError:
        return False
    return True


def _stands(text: str, host: str) -> bool:
    # The group alone is left, where move() has nothing to do.
    return re.search(rf"^\s+[\"']?{re.escape(host)}[\"']?\s*:", text, re.MULTILINE) is not None


def _is_clear(text: str, host: str, facts: t.Mapping[str, str]) -> bool:
    try:
        move({"": text}, host, facts)
    except OddError:
        return False
    return True


def _elsewhere(sources: t.Sequence[str], others: t.Sequence[str], host: str, facts: t.Mapping[str, str]) -> str:
    """Return what to change by hand in an inventory whose files hold the host in no YAML form."""
    line = re.compile(rf"^\s*{re.escape(host)}(\s.*)?$")
    for path in others:
        text = None if os.access(path, os.X_OK) else _text(path)
        numbers = [number for number, one in enumerate((text or "").splitlines(), 1) if line.match(one)]
        if text and numbers and not _PLUGIN.search(text):
            held = max((one.strip() for one in text.splitlines() if line.match(one)), key=len)
            said = " ".join(f"{name}={json.dumps(value)}" for name, value in facts.items())
            return (
                f"{path} is an INI inventory, in which nothing is changed for you. Take {host} out of "
                f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(map(str, numbers))}, and write at its end:\n"
                f"[{GROUP}]\n{one_line(held, 2000)} {said}\n"
            )
    shown = ", ".join(one_line(str(one), 200) for one in sources)
    return (
        f"{host} stands in no file of {shown} that can be changed: it comes from a pipe, a script or a plugin. Where "
        f"it comes from, have it be in this group alone:\n{by_hand(host, facts)}"
    )


__all__ = ("ByHandError", "Edit", "Planned", "carry_out", "files_of", "planned")
