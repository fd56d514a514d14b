# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's end of code that comes as an argument of a module: it is imported from memory. Private to the collection.

A large module pays twice for Ansible's own way: the controller parses each file for its imports, in each run anew, and
the node reads each file from an archive one by one. plugin_utils/_code_to_send.py is the other end.
"""

from __future__ import annotations

import base64
import importlib
import importlib.abc
import importlib.machinery
import json
import sys
import types
import typing as t
import zlib

_PREFIX: t.Final = f"{__package__}."


class _Sources(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads modules of this package whose sources were sent; all others are left to Python."""

    def __init__(self, sources: t.Mapping[str, str]) -> None:
        self._sources = {f"{_PREFIX}{name}": source for name, source in sources.items()}

    def find_spec(
        self, fullname: str, path: t.Any = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        return importlib.machinery.ModuleSpec(fullname, self) if fullname in self._sources else None

    def is_package(self, fullname: str) -> bool:
        del fullname
        return False

    def get_source(self, fullname: str) -> str:
        return self._sources[fullname]

    def get_code(self, fullname: str) -> types.CodeType:
        # With a name of its own, by which a traceback asks for the source.
        return self.source_to_code(self._sources[fullname], f"{fullname.replace('.', '/')}.py")


def sent_module(name: str, code: str) -> types.ModuleType:
    """Return a module of this package out of what the controller sent.

    :param code: what :func:`code_to_send` returned; "" where this package is whole, as it is on the controller.
    """
    if code:
        sys.meta_path.insert(0, _Sources(json.loads(zlib.decompress(base64.b64decode(code)))))
    return importlib.import_module(f"{_PREFIX}{name}")


__all__ = ("sent_module",)
