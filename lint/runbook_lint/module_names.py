# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one full name of a module, however a task writes it."""

from __future__ import annotations

import functools
import importlib.util
import re
import typing as t
from pathlib import Path

_BUILTIN: t.Final = "ansible.builtin."
_SECTION: t.Final = re.compile(r"^  modules:\n(.*?)(?=^  \w|\Z)", re.DOTALL | re.MULTILINE)
_REDIRECT: t.Final = re.compile(r"^    ([a-z0-9_]+):\n      redirect: ([\w.]+)$", re.MULTILINE)
# Two names of one module.
_SAME: t.Final = {
    "ansible.builtin.systemd": "ansible.builtin.systemd_service",
    "ansible.builtin.yum": "ansible.builtin.dnf",
}


@functools.cache
def full(name: str) -> str:
    """Return a module's full name: ``ansible.builtin.apt`` for ``apt``, ``community.general.snap`` for ``snap``.

    A short name that Ansible never moved anywhere is one of its own, or of the project's library folder.
    """
    short = name.removeprefix("ansible.legacy.").removeprefix(_BUILTIN)
    if "." in short:
        return name
    found = _moved().get(short, _BUILTIN + short)
    return _SAME.get(found, found)


@functools.cache
def _moved() -> dict[str, str]:
    """Return where the modules are that Ansible once held itself; it ships the list as data."""
    found = importlib.util.find_spec("ansible")
    folders = found.submodule_search_locations if found is not None else None
    for folder in folders or ():
        path = Path(folder) / "config" / "ansible_builtin_runtime.yml"
        if path.is_file():
            section = _SECTION.search(path.read_text(encoding="utf-8"))
            return dict(_REDIRECT.findall(section[1])) if section else {}
    return {}


__all__ = ("full",)
