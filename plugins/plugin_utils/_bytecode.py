# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own code on the controller, compiled once and not in every run. Private to the collection.

Ansible's loader of collections compiles each file anew in each process that imports it, which for this collection takes
longer than a node's whole answer. Python's own loader keeps what it compiled in ``__pycache__``, where it can, and
looks at the source's time and size each time.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import pathlib
import sys
import typing as t

if t.TYPE_CHECKING:
    import types

_PLUGINS: t.Final = pathlib.Path(__file__).resolve().parents[1]
_PACKAGE: t.Final = __name__.rpartition(".")[0].rpartition(".")[0]
_FOLDERS: t.Final = ("module_utils", "plugin_utils")


class BytecodeFinder:
    """Finds the modules of the folders that only Python imports, never Ansible by a plugin's name."""

    def __init__(self) -> None:
        source = (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES)
        self._finders = {
            f"{_PACKAGE}.{folder}": importlib.machinery.FileFinder(str(_PLUGINS / folder), source)
            for folder in _FOLDERS
        }

    def find_spec(
        self, name: str, path: t.Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where a module of ours comes from, None for everybody else's, which the next finder knows."""
        del path
        finder = self._finders.get(name.rpartition(".")[0])
        return finder.find_spec(name, target) if finder else None


def keep_bytecode() -> None:
    """Have this process, and the workers that it starts, import our code by way of Python's own cache."""
    if not any(isinstance(finder, BytecodeFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, BytecodeFinder())


@contextlib.contextmanager
def bytecode_kept() -> t.Iterator[None]:
    """Have only what is imported meanwhile come by way of the cache."""
    finder = BytecodeFinder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


__all__ = ("BytecodeFinder", "bytecode_kept", "keep_bytecode")
