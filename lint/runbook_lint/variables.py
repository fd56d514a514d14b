# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What variables hold, as far as the repository itself says so: around a task, in its role, beside the inventory."""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import yaml

from runbook_lint.jinja import is_template
from runbook_lint.task_words import texts_of

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

_LONGEST: t.Final = 1024 * 1024
_MOST_FILES: t.Final = 2000
_WHOLE: t.Final = re.compile(r"\s*\{\{(?P<inside>[^{}]*)\}\}\s*")
_STRINGS: t.Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_FILTERS: t.Final = re.compile(r"\|\s*(?P<name>[a-z_.]+)\s*(?:\([^()]*\))?")
# Filters that put the same names in another order or form.
_HARMLESS: t.Final = frozenset(("default", "d", "flatten", "join", "list", "mandatory", "sort", "unique", "union"))
_NAME: t.Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_DEEPEST: t.Final = 4


class _Loader(yaml.SafeLoader):
    """A loader to which !vault and !unsafe are nothing it would stop at."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def texts(task: TaskView, text: str, depth: int = 0) -> list[str] | None:
    """Return the strings that a template of nothing but variables stands for, None where the repository does not say.

    Where several files give a variable a value, all of them count: which one a node has, nobody knows here.
    """
    match = _WHOLE.fullmatch(text)
    if match is None or depth > _DEEPEST:
        return None
    inside = _STRINGS.sub("''", match["inside"])
    if any(one["name"] not in _HARMLESS for one in _FILTERS.finditer(inside)):
        return None
    plain = _FILTERS.sub(" ", inside)
    if not re.fullmatch(r"[\w\s.+()]+", plain) or re.search(r"\b(?:if|else|not|and|or|in)\b", plain):
        return None
    found: list[str] = []
    for name in _NAME.findall(plain):
        values = _values(task, name)
        if values is None:
            return None
        for one in values:
            inner = texts(task, one, depth + 1) if is_template(one) else [one]
            if inner is None:
                return None
            found.extend(inner)
    return found


def _values(task: TaskView, name: str) -> list[str] | None:
    first, *steps = name.split(".")
    loop_variable, _items = task.loop
    if first == loop_variable:
        return _looped(task, steps)
    defined = [value for scope in _scopes(task) for key, value in scope.items() if key == first]
    return _strings([_within(value, steps) for value in defined]) if defined else None


def _looped(task: TaskView, steps: list[str]) -> list[str] | None:
    """Return what a loop over a variable puts into its items."""
    whole = next(
        (task.raw[key] for key in ("loop", "with_items", "with_list", "with_flattened") if key in task.raw), None
    )
    match = _WHOLE.fullmatch(whole) if isinstance(whole, str) else None
    inside = match["inside"].strip() if match else ""
    if not _NAME.fullmatch(inside):
        return None
    first, *rest = inside.split(".")
    defined = [value for scope in _scopes(task) for key, value in scope.items() if key == first]
    items = [item for value in defined for item in _as_list(_within(value, rest))]
    return _strings([_within(item, steps) for item in items]) if defined else None


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def _within(value: object, steps: t.Sequence[str]) -> object:
    for step in steps:
        value = value.get(step) if isinstance(value, t.Mapping) else None
    return value


def _strings(values: list[object]) -> list[str] | None:
    """Return the strings in values, None where something else is among them."""
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return texts_of(flat) if all(isinstance(one, (str, int, float)) for one in flat) else None


def _scopes(task: TaskView) -> t.Iterator[t.Mapping[str, object]]:
    around = task.keywords.get("vars")
    if isinstance(around, t.Mapping):
        yield around
    folder = task.file.path.absolute().parent
    for parent in (folder, *folder.parents):
        if parent.name in ("tasks", "handlers"):
            yield from _files(parent.parent, ("defaults", "vars"))
            break
    yield from _files(Path.cwd(), ("group_vars", "host_vars", "inventory/group_vars", "inventory/host_vars"))
    yield from _files(folder, ("group_vars", "host_vars", "../inventory/group_vars", "../inventory/host_vars"))


@functools.cache
def _files(top: Path, folders: tuple[str, ...]) -> tuple[t.Mapping[str, object], ...]:
    """Return what the variable files in some folders hold."""
    found: list[t.Mapping[str, object]] = []
    for folder in folders:
        paths = sorted((top / folder).rglob("*")) if (top / folder).is_dir() else []
        found.extend(_read(path) for path in paths[:_MOST_FILES] if _is_readable(path))
    return tuple(found)


def _is_readable(path: Path) -> bool:
    return path.suffix in (".yml", ".yaml", "") and path.is_file() and path.stat().st_size <= _LONGEST


def _read(path: Path) -> t.Mapping[str, object]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except (OSError, ValueError, yaml.YAMLError):
        # ansible-lint says so itself, where it reads the file.
        return {}
    return data if isinstance(data, dict) else {}


__all__ = ("texts",)
