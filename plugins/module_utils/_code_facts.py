# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all rules on unaudited code share, each part read once per audit (runbook 6.4). Private to the collection."""

from __future__ import annotations

import functools
import os
import stat
import typing as t
import weakref

from ._apt_history import read_dpkg_log
from ._code_checkout import Commit, Held, Installed, read_held
from ._code_owned import Compared, compare, read_brought
from ._code_walk import Seen, walk_for_code
from ._dpkg_digests import md5_of
from ._tree_facts import Owners, lies_in

if t.TYPE_CHECKING:
    from ._code_owned import Brought
    from ._node_view import NodeView

# Of the time that is left when it begins: what comes after the walk needs some of it, too.
_SHARE_OF_WALK = 0.6
_MOST_LINKS = 40
_cache: weakref.WeakKeyDictionary[NodeView, CodeFacts] = weakref.WeakKeyDictionary()


class CodeFacts:
    """A node's code: what packages brought, what the checkout holds, and what else there is."""

    def __init__(self, view: NodeView) -> None:
        """Begin; nothing is read yet."""
        # The cache must not keep the view alive.
        self._view_of = weakref.ref(view)

    @property
    def _view(self) -> NodeView:
        view = self._view_of()
        if view is None:
            raise ValueError("the view of the node is gone")
        return view

    @functools.cached_property
    def seen(self) -> Seen:
        """What a walk through all file systems saw."""
        return walk_for_code(self._view, seconds=self._view.left() * _SHARE_OF_WALK)

    @functools.cached_property
    def _brought(self) -> tuple[dict[str, Brought], list[str]]:
        return read_brought(self._view)

    @property
    def brought(self) -> t.Mapping[str, Brought]:
        """The code of packages, with its sums."""
        return self._brought[0]

    @functools.cached_property
    def compared(self) -> Compared:
        """The code of packages, compared with its sums."""
        return compare(self._view, *self._brought)

    @functools.cached_property
    def held(self) -> Held | None:
        """The declared checkout; None where none is declared or there is none."""
        declared = self._view.declared
        if not declared.checkout or not self._view.exists(declared.checkout):
            return None
        path = declared.checkout
        inside = [one for one in self.seen.code if one.path.startswith(f"{path}/")]
        venvs: dict[str, list[str]] = {}
        modules: set[str] = set()
        for one in inside:
            venv, node = folder_named(one.path, ".venv", path), folder_named(one.path, "node_modules", path)
            if venv:
                venvs.setdefault(venv, []).append(one.path)
            elif node:
                modules.add(node)
        installed = Installed(venvs, sorted(modules))
        commit = Commit(declared.commit, declared.tree_digest)
        return read_held(self._view.on_disk(path), commit, installed, seconds=self._view.left())

    @functools.cached_property
    def owners(self) -> Owners:
        """The names of accounts."""
        accounts = self._view.accounts.accounts
        return Owners({account.uid: account.name for account in reversed(accounts)})

    def writers_by_group(self, gid: int) -> tuple[str, ...]:
        """Return the accounts beside root that a group's permissions count for."""
        if gid == 0:
            return ()
        accounts = self._view.accounts
        named = [name for group in accounts.groups if group.gid == gid for name in group.members]
        named += [account.name for account in accounts.accounts if account.gid == gid]
        return tuple(dict.fromkeys(name for name in named if name != "root"))

    def is_brought(self, path: str) -> bool:
        """Whether a package brought that file with the content that it has now."""
        brought = self.brought.get(path)
        return brought is not None and self._view.checksums.actual(path) == brought.md5

    def is_content(self, path: str, places: t.Sequence[str]) -> bool:
        """Whether all that lies at these places, where the kernel keeps deleted files, is what a package brought."""
        brought = self.brought.get(real_path(self._view, path))
        sums = {md5_of(self._view.on_disk(place)) for place in places}
        return brought is not None and sums == {brought.md5}

    @functools.cached_property
    def _replaced(self) -> dict[str, float]:
        """When dpkg last replaced each package, by the package's name."""
        done = read_dpkg_log(self._view)
        return {one.package: one.when for one in done if one.action in ("install", "upgrade")}

    def is_there(self, path: str) -> bool:
        """Whether a plain file is there."""
        return is_file(self._view, path)

    def was_replaced(self, path: str, since: float) -> bool:
        """Whether dpkg's log says that a package's file was replaced after that time."""
        brought = self.brought.get(real_path(self._view, path))
        # The log has whole seconds.
        return brought is not None and self._replaced.get(brought.package.partition(":")[0], 0.0) + 1 >= since

    def is_audited(self, path: str) -> bool:
        """Whether a file is a package's, or the checkout's at its commit, or proven by a hash lock there."""
        real = real_path(self._view, path)
        if self.is_brought(real):
            return True
        held = self.held
        if held is None or held.problem or not real.startswith(f"{held.path}/"):
            return False
        if real in held.tracked:
            return real not in held.changed
        inside = folder_named(real, ".venv", held.path) or folder_named(real, "node_modules", held.path)
        return bool(inside) and not lies_in(real, held.unaudited)


def facts_of(view: NodeView) -> CodeFacts:
    """Return the facts of a view, the same each time."""
    found = _cache.get(view)
    if found is None:
        found = _cache[view] = CodeFacts(view)
    return found


def folder_named(path: str, name: str, below: str) -> str:
    """Return the outermost folder of that name that a path lies in, below another folder; "" where there is none."""
    before, marker, _after = path[len(below) :].partition(f"/{name}/")
    return f"{below}{before}/{name}" if marker else ""


def real_path(view: NodeView, path: str) -> str:
    """Return a path of the node with every link followed, as far as it leads."""
    if not view.base:
        return os.path.realpath(path)
    at, left = "", [part for part in path.split("/") if part]
    for _hop in range(_MOST_LINKS * 10):
        if not left:
            break
        part = left.pop(0)
        if part in (".", ".."):
            at = at.rpartition("/")[0] if part == ".." else at
            continue
        target = view.target(f"{at}/{part}")
        if target:
            at = "" if target.startswith("/") else at
            left = [*(piece for piece in target.split("/") if piece), *left]
        else:
            at = f"{at}/{part}"
    return at or "/"


def is_file(view: NodeView, path: str) -> bool:
    """Whether a path leads to a plain file."""
    status = view.status(real_path(view, path))
    return status is not None and stat.S_ISREG(status.st_mode)


__all__ = ("CodeFacts", "facts_of", "folder_named", "is_file", "real_path")
