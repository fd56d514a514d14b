# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of ``module_utils`` that a node needs for one call, packed for an argument of a module."""

from __future__ import annotations

import base64
import functools
import json
import pathlib
import re
import typing as t
import zlib

_FOLDER: t.Final = pathlib.Path(__file__).resolve().parents[1] / "module_utils"
# Both forms that our files have: "from ._x import …" and "from . import _x, _y", the latter in brackets or not. A
# parser would find the same and take twenty times as long.
_FROM: t.Final = re.compile(r"^[ \t]*from \.(\w*) import (\((?:[^)]*)\)|[^\n]*)", re.MULTILINE)
_WORD: t.Final = re.compile(r"\w+")
_COMMENT: t.Final = re.compile(r"#[^\n]*")


def code_to_send(names: t.Iterable[str]) -> str:
    """Return files of ``module_utils`` by their names without ``.py``, with all that they import there, packed.

    What is imported inside a function, or for types alone, is sent too. Who asks for the same before Ansible forks, as
    the plugins do when they are loaded, has it packed once for all nodes.
    """
    return _packed(tuple(names))


@functools.cache
def _packed(names: tuple[str, ...]) -> str:
    sources = closure(names)
    return base64.b64encode(zlib.compress(json.dumps(sources).encode(), 6)).decode("ascii")


def closure(names: t.Iterable[str], *, folder: pathlib.Path = _FOLDER) -> dict[str, str]:
    """Return the sources by name.

    :raises FileNotFoundError: one of the names has no file.
    """
    sources: dict[str, str] = {}
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in sources:
            sources[name], others = _read(folder / f"{name}.py")
            todo += others
    return dict(sorted(sources.items()))


@functools.cache
def _read(path: pathlib.Path) -> tuple[str, list[str]]:
    source = path.read_text(encoding="utf-8")
    return source, imported(source)


def imported(source: str) -> list[str]:
    """Return the names of the package's own modules that a source imports."""
    found: list[str] = []
    for match in _FROM.finditer(source):
        module, what = match.groups()
        found += [module] if module else _names(what)
    return found


def _names(what: str) -> list[str]:
    parts = _COMMENT.sub("", what).strip("()").split(",")
    return [word.group() for part in parts if (word := _WORD.search(part))]


__all__ = ("closure", "code_to_send", "imported")
