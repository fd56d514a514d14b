# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the survey of every node needs, read once for all of them. Private to the collection.

Ansible forks a process for each node and task. What is loaded in one of those is loaded again in the next one; what is
loaded before, by whoever imports the action plugin, is there in all of them.
"""

from __future__ import annotations

import functools
import importlib
import pathlib
import typing as t

from ansible.parsing.dataloader import DataLoader

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import code_to_send

_PLUGINS: t.Final = pathlib.Path(__file__).resolve().parents[1]
_ROLES: t.Final = _PLUGINS.parent / "roles"
_PACKAGE: t.Final = f"{__package__.rpartition('.')[0]}.action"


@functools.cache
def role_file(path: pathlib.Path) -> t.Any:
    """Return the content of a role's file, whose templates count. Nobody may change what is returned."""
    return DataLoader().load_from_file(str(path), cache="none", unsafe=True, trusted_as_template=True)


def load_before_forks(modules: t.Sequence[str]) -> None:
    """Load what the survey of a node asks.

    :param modules: whose steps are asked.
    """
    for module in modules:
        if (_PLUGINS / "action" / f"{module}.py").exists():
            importlib.import_module(f"{_PACKAGE}.{module}")
    for path in sorted(_ROLES.glob("*/tasks/main.yml")):
        role_file(path)
        defaults = path.parents[1] / "defaults" / "main.yml"
        if defaults.exists():
            role_file(defaults)
    survey_code(modules)


def survey_code(modules: t.Sequence[str]) -> str:
    """Return what a node needs to answer for these modules; the module ``node_survey`` itself brings almost nothing."""
    return code_to_send(["_survey", *(f"_step_{name}" for name in modules)])


__all__ = ("load_before_forks", "role_file", "survey_code")
