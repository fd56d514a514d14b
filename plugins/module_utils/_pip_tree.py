# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source tree of the checkout, told by its pyproject.toml: pure decisions (runbook 3.4). Private to the collection.

What it is must be known without running its code: a dry run runs nothing, and a build runs as the operator.
"""

from __future__ import annotations

import tomllib
import typing as t

from ._pip_requirement import Requirement, RequirementError, parse_requirement
from ._python_names import canonical, why_not_a_name


class Tree(t.NamedTuple):
    """A package that lies as source in the checkout.

    :param version: "" where the build finds it out.
    :param requires: what it needs to run.
    :param builds_with: names of what it needs to be built.
    """

    name: str
    version: str
    requires: tuple[Requirement, ...]
    builds_with: tuple[str, ...]


class TreeError(Exception):
    """A source tree cannot be installed; the message says why, with the remedy."""


def read_tree(text: str | None, path: str) -> Tree:
    """Return what the pyproject.toml of the tree at ``path`` says.

    :raises TreeError: it does not say enough.
    """
    file = f"{path}/pyproject.toml"
    if text is None:
        raise TreeError(f"{file} is not in the checkout; a package that is installed from source needs one")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise TreeError(f"{file} is no TOML: {exc}") from exc
    project = _table(data, "project")
    name = project.get("name")
    if not isinstance(name, str) or why_not_a_name(name):
        raise TreeError(f"{file} needs a name under [project], since nothing of it is run to find one")
    version = project.get("version", "")
    return Tree(
        canonical(name),
        version if isinstance(version, str) else "",
        _requirements(project.get("dependencies", []), file),
        # What PEP 518 falls back to.
        tuple(one.name for one in _requirements(_table(data, "build-system").get("requires", ["setuptools"]), file)),
    )


def _table(data: dict[str, t.Any], key: str) -> dict[str, t.Any]:
    found = data.get(key, {})
    return found if isinstance(found, dict) else {}


def _requirements(listed: t.Any, file: str) -> tuple[Requirement, ...]:
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise TreeError(f"{file} lists dependencies that are no list of texts; correct it")
    try:
        found = tuple(parse_requirement(text) for text in listed)
    except RequirementError as exc:
        raise TreeError(f"{file} lists a dependency that cannot be used: {exc}") from exc
    if any(one.url for one in found):
        raise TreeError(f"{file} lists a dependency by its URL; packages come from an index or from the checkout")
    return found


__all__ = ("Tree", "TreeError", "read_tree")
