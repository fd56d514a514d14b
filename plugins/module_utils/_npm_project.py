# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project whose npm packages live in its node_modules (runbook 3.5), as the inventory declares it.

Pure decisions. Private to the collection.
"""

from __future__ import annotations

import posixpath
import typing as t

from ._npm_names import FOLDER, why_not_a_name
from ._npm_registries import normal
from ._project_entries import Entry, Kind, projects_of, require_names
from ._project_sources import require_source
from ._step import StepError

# Where a run works before it swaps: beside node_modules, since only there it is surely the same file system. The dot
# keeps it from being a package's name.
ASIDE = ".node_modules-runbook"
MOST_NAMES = 1000
_KIND = Kind("npm packages", FOLDER, (FOLDER, ASIDE, ".venv", ".git"))


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
    return projects_of(params, _KIND, _project)


def _project(entry: Entry, path: str, checkout: str) -> Project:
    declared: str = entry["path"]
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
    require_names(names, "allow_scripts", path, why_not_a_name)
    return tuple(sorted(set(names)))


def _registries(urls: t.Sequence[str], path: str) -> tuple[str, ...]:
    for url in urls:
        require_source(url, "registries", path)
    return tuple(dict.fromkeys(normal(url) for url in urls))


__all__ = ("ASIDE", "Project", "projects_from")
