# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects of the checkout that have packages of their own, as the inventory declares them (runbook 3.4 and 3.5).

What holds of every one, whichever packages it has: pure decisions. Private to the collection.
"""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._project_each import of_each
from ._step import StepError

MOST_PROJECTS = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Entry = t.Mapping[str, t.Any]


class Place(t.Protocol):
    """A project, as far as it is the same for all packages: its folder relative to the checkout."""

    @property
    def path(self) -> str: ...


AnyProject = t.TypeVar("AnyProject", bound=Place)


class Kind(t.NamedTuple):
    """Which packages are meant.

    :param packages: what they are called, as ``npm packages``.
    :param folder: the folder of a project that they are installed into.
    :param reserved: what no part of a project's path may be called.
    """

    packages: str
    folder: str
    reserved: tuple[str, ...]


def options(entry: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the options of a module that works in projects.

    :param entry: the options of one project.
    """
    return {
        "user": {"type": "str", "required": True},
        "checkout": {"type": "str", "required": True},
        "projects": {"type": "list", "elements": "dict", "required": True, "options": entry},
    }


def projects_of(
    params: t.Mapping[str, t.Any], kind: Kind, make: t.Callable[[Entry, str, str], AnyProject]
) -> list[AnyProject]:
    """Return the declared projects.

    :param make: makes a project of its entry, its path relative to the checkout, and the checkout.
    :raises StepError: one cannot be as it is declared.
    """
    checkout: str = params["checkout"]
    if _CONTROL.search(checkout) or not checkout.startswith("/") or posixpath.normpath(checkout) != checkout:
        raise StepError(
            f"checkout {checkout!r} must be an absolute path without '.', '..' or doubled or trailing slashes; "
            "name the folder of the ai-systems repository on the node"
        )
    declared: list[Entry] = params["projects"]
    if len(declared) > MOST_PROJECTS:
        raise StepError(f"{len(declared)} projects are declared, {MOST_PROJECTS} are the most; split them over nodes")
    projects = of_each(declared, lambda entry: make(entry, _path(entry["path"], checkout, kind), checkout))
    for at, project in enumerate(projects):
        if project.path in [other.path for other in projects[:at]]:
            raise StepError(f"the project {project.path or '.'!r} is declared twice; a folder has one {kind.folder}")
    return projects


def _path(declared: str, checkout: str, kind: Kind) -> str:
    path = inside("", declared, checkout=checkout)
    if path is None:
        raise StepError(
            f"the project {declared!r} does not lie inside the checkout {checkout}; {kind.packages} are installed into "
            f"the {kind.folder} of one of its folders only"
        )
    for part in path.split("/"):
        if part in kind.reserved:
            raise StepError(
                f"the project {declared!r} names {part}; name the project's folder, its packages go into its "
                f"{kind.folder}"
            )
    return path


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


def require_names(names: t.Iterable[str], option: str, project: str, why_not_a_name: t.Callable[[str], str]) -> None:
    """Require that each of the names that an option of a project lists can be a package's.

    :raises StepError: one cannot.
    """
    for name in names:
        reason = why_not_a_name(name)
        if reason:
            raise StepError(f"{option} {name[:200]!r} of the project {project!r} is no package's name: {reason}")


__all__ = ("MOST_PROJECTS", "Entry", "Kind", "inside", "options", "projects_of", "require_names")
