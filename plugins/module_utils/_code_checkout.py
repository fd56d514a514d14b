# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a checkout's files is the code of its commit (runbook 6.4). Private to the collection.

All of it is read as the checkout's owner, by git without the checkout's own configuration, and by hashing the files.
"""

from __future__ import annotations

import os
import pwd
import typing as t

from ._as_user import Json, as_user
from ._code_locked import hashes_in, is_lock, of_modules, of_venv
from ._detached import FOLDER
from ._files import FileError, read_text
from ._git_refs import read_head
from ._git_shadow import Shadow
from ._git_worktree import LARGEST_FILE, Disk, compare
from ._project_host import private_folder
from ._step import StepError

_SECONDS = 120.0
_LOCK_LIMIT = 32 * 1024 * 1024


class Held(t.NamedTuple):
    """The declared checkout.

    :param problem: why nothing of it could be compared with a commit, "" where it was.
    :param commit: what it was compared with.
    :param tracked: paths of the commit, absolute.
    :param changed: why files of the commit are not as it has them, by absolute path.
    :param unaudited: why what was installed into .venv and node_modules is not audited, by absolute path.
    """

    path: str
    problem: str = ""
    commit: str = ""
    tracked: frozenset[str] = frozenset()
    changed: t.Mapping[str, str] = {}
    unaudited: t.Mapping[str, str] = {}


class Commit(t.NamedTuple):
    """The commit that a checkout must be at.

    :param id: "" for the one that it says it is at.
    :param digest: SHA-256 of the list of its files, as the controller computed it; "" where it did not.
    """

    id: str = ""
    digest: str = ""


class Installed(t.NamedTuple):
    """What package managers installed into the checkout, as a walk saw it.

    :param venvs: files of code by the .venv that they lie in.
    :param modules: the outermost node_modules.
    """

    venvs: t.Mapping[str, t.Sequence[str]]
    modules: t.Sequence[str]


def read_held(path: str, commit: Commit, installed: Installed, *, seconds: float) -> Held:
    """Compare the checkout at ``path`` with a commit."""
    try:
        account = pwd.getpwuid(os.lstat(path).st_uid)
    except FileNotFoundError:
        return Held(path, problem="it is not there")
    except KeyError:
        return Held(path, problem="it belongs to no account of this node")
    if account.pw_uid == 0:
        return Held(path, problem="it belongs to root, and git is never run as root in it")
    try:
        with private_folder(account, FOLDER) as folder:
            answer = as_user(account, lambda: look(path, commit, installed, folder), seconds=min(_SECONDS, seconds))
    except StepError as exc:
        return Held(path, problem=str(exc))
    return Held(
        path,
        "",
        answer["commit"],
        frozenset(f"{path}/{name}" for name in answer["tracked"]),
        {f"{path}/{name}": what for what, name in answer["changed"]},
        answer["unaudited"],
    )


def look(path: str, commit: Commit, installed: Installed, folder: str) -> Json:
    """Read the checkout as its owner.

    :param folder: an empty folder of this account's own.
    :raises StepError: it is no checkout, or lacks the commit.
    """
    shadow = Shadow(folder, path)
    at = commit.id or read_head(shadow.git_dir)[0]
    if not at:
        raise StepError("it is no checkout of git that is at a commit")
    if not shadow.has(at):
        raise StepError(f"it lacks the commit {at[:12]} that it must be at")
    tree, digest = shadow.tree(at)
    if commit.digest and digest != commit.digest:
        raise StepError(f"what it calls commit {at[:12]} is something else than what was committed")
    survey = compare(Disk(path, largest=LARGEST_FILE), [tree])
    changed = {name for _what, name in survey.changes}
    allowed = {
        f"git:{one}" for one in shadow.git("ls-tree", "-r", "-t", "--full-tree", "--object-only", at).out.split()
    }
    for name in tree:
        if is_lock(name) and name not in changed:
            allowed |= hashes_in(_text(f"{path}/{name}"))
    unaudited: dict[str, str] = {}
    for venv, code in installed.venvs.items():
        unaudited |= of_venv(venv, code, allowed)
    for modules in installed.modules:
        unaudited |= of_modules(modules, os.geteuid(), allowed)
    return {"commit": at, "tracked": sorted(tree), "changed": survey.changes, "unaudited": unaudited}


def _text(path: str) -> str:
    try:
        return read_text(path, limit=_LOCK_LIMIT) or ""
    except (FileError, OSError):
        return ""


__all__ = ("Commit", "Held", "Installed", "look", "read_held")
