# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project whose Python packages live in its .venv (runbook 3.4), as the inventory declares it.

Pure decisions. Private to the collection.
"""

from __future__ import annotations

import posixpath
import re
import typing as t
from urllib.parse import urlsplit

from ._git_names import without_credentials
from ._python_names import canonical, why_not_a_name
from ._step import StepError

VENV = ".venv"
MOST_PROJECTS = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_A_PROJECT = (VENV, "venv", "node_modules", ".git")


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


def inside(base: str, path: str, *, checkout: str) -> str | None:
    """Return ``path`` relative to the checkout, None where it leads out of it.

    :param base: the folder, relative to the checkout, that a relative ``path`` starts from.
    """
    if _CONTROL.search(path) or not path:
        return None
    if path.startswith("/"):
        normal = posixpath.normpath(path)
        if normal != checkout and not normal.startswith(f"{checkout}/"):
            return None
        relative = normal[len(checkout) + 1 :]
    else:
        relative = posixpath.normpath(posixpath.join(base, path))
        relative = "" if relative == "." else relative
    return None if relative == ".." or relative.startswith("../") else relative


def why_not_an_index(url: str) -> str:
    """Return why an index cannot be at ``url``, "" when it can. The reason never repeats it: it may hold a secret."""
    if _CONTROL.search(url) or " " in url:
        return "it holds a space or a control character"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "it is no URL"
    if parts.scheme != "https" or not host:
        return "it must be an https URL, since what comes by anything else may be anybody's"
    if "@" in parts.netloc:
        return "it holds a user name or password, which would be stored on the node; use an index that asks for none"
    if parts.query or parts.fragment:
        return "it holds a query or fragment, in which a token may hide; leave it out"
    return ""


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
            raise StepError(f"the project {project.path or '.'!r} is declared twice; a folder has one .venv")
    return projects


def _project(entry: t.Mapping[str, t.Any], checkout: str) -> Project:
    path = _project_path(entry["path"], checkout)
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


def _project_path(declared: str, checkout: str) -> str:
    path = inside("", declared, checkout=checkout)
    if path is None:
        raise StepError(
            f"the project {declared!r} does not lie inside the checkout {checkout}; Python packages are installed into "
            "the .venv of one of its folders only"
        )
    for part in path.split("/"):
        if part in _NOT_A_PROJECT:
            raise StepError(
                f"the project {declared!r} names {part}; name the project's folder, its packages go into its .venv"
            )
    return path


def _sources(entry: t.Mapping[str, t.Any], path: str, checkout: str) -> Sources:
    url: str = entry.get("index_url") or ""
    extra: list[str] = entry.get("extra_index_urls") or []
    for what, one in (("index_url", url), *(("extra_index_urls", further) for further in extra)):
        reason = why_not_an_index(one) if one or what != "index_url" else ""
        if reason:
            shown = without_credentials(one).partition("?")[0]
            raise StepError(f"{what} {shown!r} of the project {path!r} cannot be used: {reason}")
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
    for name in names:
        reason = why_not_a_name(name)
        if reason:
            raise StepError(f"allow_source {name!r} of the project {path!r} is no package's name: {reason}")
    return tuple(sorted({canonical(name) for name in names}))


__all__ = ("VENV", "Project", "Sources", "inside", "projects_from", "why_not_an_index")
