# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project whose npm packages live in its node_modules (runbook 3.5), as the inventory declares it.

Pure decisions. Private to the collection.
"""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._git_names import without_credentials
from ._npm_names import FOLDER, why_not_a_name
from ._npm_registries import normal, why_not_a_registry
from ._step import StepError
from ._venv_project import MOST_PROJECTS, inside

# Where a run works before it swaps: beside node_modules, since only there it is surely the same file system. The dot
# keeps it from being a package's name.
ASIDE = ".node_modules-runbook"
MOST_NAMES = 1000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_A_PROJECT = (FOLDER, ASIDE, ".venv", ".git")


class Project(t.NamedTuple):
    """One project.

    :param checkout: absolute path of the checkout that the project is a folder of.
    :param path: the project's folder relative to the checkout, "" for the checkout itself.
    :param dev: whether the packages for development are wanted too.
    :param allow_scripts: folder names of packages whose install scripts run.
    :param registries: declared registries in their normal form.
    """

    checkout: str
    path: str
    dev: bool
    allow_scripts: tuple[str, ...]
    registries: tuple[str, ...]

    @property
    def folder(self) -> str:
        return f"{self.checkout}/{self.path}" if self.path else self.checkout

    @property
    def modules(self) -> str:
        return f"{self.folder}/{FOLDER}"

    @property
    def aside(self) -> str:
        return f"{self.folder}/{ASIDE}"

    def within(self, name: str) -> str:
        """Return the path, relative to the checkout, of what the project calls ``name``."""
        return posixpath.join(self.path, name)


def projects_from(params: t.Mapping[str, t.Any]) -> list[Project]:
    """Return the declared projects.

    :raises StepError: one cannot be as it is declared.
    """
    checkout: str = params["checkout"]
    if _CONTROL.search(checkout) or not checkout.startswith("/") or posixpath.normpath(checkout) != checkout:
        raise StepError(
            f"checkout {checkout!r} must be an absolute path without '.', '..' or doubled or trailing slashes; "
            "name the folder of the ai-systems repository on the node"
        )
    declared: list[dict[str, t.Any]] = params["projects"]
    if len(declared) > MOST_PROJECTS:
        raise StepError(f"{len(declared)} projects are declared, {MOST_PROJECTS} are the most; split them over nodes")
    projects = [_project(entry, checkout) for entry in declared]
    for at, project in enumerate(projects):
        if project.path in [other.path for other in projects[:at]]:
            raise StepError(f"the project {project.path or '.'!r} is declared twice; a folder has one node_modules")
    return projects


def _project(entry: t.Mapping[str, t.Any], checkout: str) -> Project:
    declared: str = entry["path"]
    path = inside("", declared, checkout=checkout)
    if path is None:
        raise StepError(
            f"the project {declared!r} does not lie inside the checkout {checkout}; npm packages are installed into "
            "the node_modules of one of its folders only"
        )
    for part in path.split("/"):
        if part in _NOT_A_PROJECT:
            raise StepError(
                f"the project {declared!r} names {part}; name the project's folder, its packages go into its "
                "node_modules"
            )
    return Project(
        checkout=checkout,
        path=path,
        dev=bool(entry.get("dev")),
        allow_scripts=_names(entry.get("allow_scripts") or [], declared),
        registries=_registries(entry.get("registries") or [], declared),
    )


def _names(names: t.Sequence[str], path: str) -> tuple[str, ...]:
    if len(names) > MOST_NAMES:
        raise StepError(
            f"the project {path!r} lists {len(names)} names in allow_scripts, {MOST_NAMES} are the most; name the few "
            "packages that cannot do without their scripts"
        )
    for name in names:
        reason = why_not_a_name(name)
        if reason:
            raise StepError(f"allow_scripts {name[:200]!r} of the project {path!r} is no package's name: {reason}")
    return tuple(sorted(set(names)))


def _registries(urls: t.Sequence[str], path: str) -> tuple[str, ...]:
    for url in urls:
        reason = why_not_a_registry(url)
        if reason:
            shown = without_credentials(url).partition("?")[0][:200]
            raise StepError(f"registries {shown!r} of the project {path!r} cannot be used: {reason}")
    return tuple(dict.fromkeys(normal(url) for url in urls))


__all__ = ("ASIDE", "Project", "projects_from")
