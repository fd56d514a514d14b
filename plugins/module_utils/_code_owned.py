# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code that packages brought, against the sums that they brought with it (runbook 6.4). Private to the collection.

Configuration files may be changed, that is what they are for; those that are programs are code like any other.
"""

from __future__ import annotations

import stat
import typing as t

from ._code_kinds import by_name, may_be_code

if t.TYPE_CHECKING:
    from ._node_view import NodeView

What = t.Literal["changed", "gone", "replaced", "unread"]
# What is left for judging and for the rules that come after.
_RESERVE = 1.0
# Enough for all processors of a node; between two such pieces of work the time is looked at.
_AT_ONCE = 2000


class Brought(t.NamedTuple):
    """A file as its package brought it.

    :param is_configuration: whether dpkg lets the operator change it.
    """

    package: str
    md5: str
    is_configuration: bool = False


class Differing(t.NamedTuple):
    """A package's file that is not as it came."""

    path: str
    package: str
    what: What
    is_configuration: bool


class Compared(t.NamedTuple):
    """What differs, the lists that could not be read, and how many files there was no time for."""

    differing: tuple[Differing, ...]
    unread: tuple[str, ...]
    left: int


def read_brought(view: NodeView) -> tuple[dict[str, Brought], list[str]]:
    """Return every file of packages that may be code, by its path, and the lists that could not be read."""
    sums = view.checksums
    found = {path: Brought(one.package, one.md5) for path, one in sums.brought.items() if may_be_code(path)}
    # Lists of sums may name a file of configuration too.
    for path, one in sums.configuration.items():
        found[path] = Brought(one.package, one.md5, is_configuration=True)
    return found, list(sums.unread)


def compare(view: NodeView, brought: t.Mapping[str, Brought], unread: t.Sequence[str]) -> Compared:
    """Compare the files as they are now, as long as the view's time lasts."""
    differing: list[Differing] = []
    paths = [path for path, one in brought.items() if not one.is_configuration]
    for at, (path, (package, md5, is_configuration)) in enumerate(brought.items()):
        if at % _AT_ONCE == 0:
            if view.left() < _RESERVE:
                return Compared(tuple(differing), tuple(unread), len(brought) - at)
            view.checksums.ahead(paths[at : at + _AT_ONCE])
        what = _what(view, path, md5, is_configuration=is_configuration)
        if what is not None:
            differing.append(Differing(path, package, what, is_configuration))
    return Compared(tuple(differing), tuple(unread), 0)


def _what(view: NodeView, path: str, md5: str, *, is_configuration: bool) -> What | None:
    status = view.status(path)
    if status is None:
        return "gone" if not is_configuration else None
    if not stat.S_ISREG(status.st_mode):
        # A package's own links are in no list of sums; somebody's link to elsewhere is another file.
        return "replaced"
    if is_configuration and not status.st_mode & 0o111 and by_name(path) is None:
        return None
    actual = view.checksums.actual(path)
    if not actual:
        return "unread"
    return None if actual == md5 else "changed"


__all__ = ("Brought", "Compared", "Differing", "What", "compare", "read_brought")
