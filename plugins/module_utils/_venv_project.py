# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project whose Python packages live in its .venv (runbook 3.4), as the inventory declares it.

Pure decisions. Private to the collection.
"""

from __future__ import annotations

import typing as t

from ._project_entries import Entry, Kind, inside, projects_of, require_names
from ._project_sources import require_source
from ._python_names import canonical, why_not_a_name
from ._step import StepError

VENV = ".venv"
_KIND = Kind("Python packages", VENV, (VENV, "venv", "node_modules", ".git"))


class Sources(t.NamedTuple):
    """Where packages come from.

    :param url: in place of pip's own index, "" for that.
    :param extra: further indexes.
    :param folders: folders of the checkout with wheels, relative to it.
    :param none: no index at all.
    """

    url: str = ""
    extra: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    none: bool = False


class Project(t.NamedTuple):
    """One project.

    :param checkout: absolute path of the checkout that the project is a folder of.
    :param path: the project's folder relative to the checkout, "" for the checkout itself.
    :param requirements: the requirements file relative to the checkout, "" where ``packages`` has them.
    :param source: names that are built from source, since there is no wheel of them.
    """

    checkout: str
    path: str
    requirements: str
    packages: tuple[str, ...]
    require_hashes: bool
    allow_unpinned: bool
    source: tuple[str, ...]
    exact: bool
    recreate: bool
    sources: Sources

    @property
    def folder(self) -> str:
        return f"{self.checkout}/{self.path}" if self.path else self.checkout

    @property
    def venv(self) -> str:
        return f"{self.folder}/{VENV}"


def projects_from(params: t.Mapping[str, t.Any]) -> list[Project]:
    """Return the declared projects.

    :raises StepError: one cannot be as it is declared.
    """
    return projects_of(params, _KIND, _project)


def _project(entry: Entry, path: str, checkout: str) -> Project:
    packages: list[str] = entry.get("packages") or []
    if packages and entry.get("requirements"):
        raise StepError(
            f"the project {path!r} declares both requirements and packages; say it in one place, best in the file"
        )
    file = ""
    if not packages:
        name: str = entry.get("requirements") or "requirements.txt"
        file = _folder_of_checkout(name, path, checkout, f"requirements {name!r} of the project {path!r}")
    return Project(
        checkout=checkout,
        path=path,
        requirements=file,
        packages=tuple(packages),
        require_hashes=entry.get("require_hashes", True),
        allow_unpinned=entry.get("allow_unpinned", False),
        source=_names(entry.get("allow_source") or [], path),
        exact=entry.get("exact", False),
        recreate=entry.get("recreate", False),
        sources=_sources(entry, path, checkout),
    )


def _sources(entry: Entry, path: str, checkout: str) -> Sources:
    url: str = entry.get("index_url") or ""
    extra: list[str] = entry.get("extra_index_urls") or []
    if url:
        require_source(url, "index_url", path)
    for further in extra:
        require_source(further, "extra_index_urls", path)
    folders = [
        _folder_of_checkout(name, path, checkout, f"find_links {name!r} of the project {path!r}")
        for name in entry.get("find_links") or []
    ]
    none: bool = entry.get("no_index", False)
    if none and (url or extra):
        raise StepError(f"the project {path!r} declares no_index together with an index; take one of them out")
    return Sources(url, tuple(extra), tuple(folders), none)


def _folder_of_checkout(name: str, path: str, checkout: str, what: str) -> str:
    found = inside(path, name, checkout=checkout)
    if not found:
        raise StepError(f"{what} leads out of the checkout {checkout}; only what is committed there is used")
    return found


def _names(names: t.Sequence[str], path: str) -> tuple[str, ...]:
    require_names(names, "allow_source", path, why_not_a_name)
    return tuple(sorted({canonical(name) for name in names}))


__all__ = ("VENV", "Project", "Sources", "projects_from")
