# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a decision on a project's node_modules needs, read by its owner (runbook 3.5).

Private to the collection.
"""

from __future__ import annotations

import typing as t

from ._as_user import Json
from ._files import metadata
from ._npm_lock import LOCKS, MANIFEST, Entry, read_lock
from ._npm_modules import LOCK_LIMIT, Modules, Present, read_modules
from ._npm_npmrc import FILE as NPMRC
from ._npm_project import Project
from ._npm_record import Noted, Record
from ._npm_rules import judge
from ._project_commit import Committed, blob_id, committed
from ._project_files import content_of, why_absent

ARCHIVE_LIMIT = 512 * 1024 * 1024


class Facts(t.NamedTuple):
    """A project as the node has it; paths are relative to the checkout.

    :param absent: why there is nothing to read, "" where the project is there.
    :param lock: the lock file that npm would read, "" where there is none.
    :param texts: package.json, lock file, .npmrc, and the package.json of linked folders.
    :param blobs: git's ids of the files as they lie there.
    :param committed: what the checkout's commit has of them, and of linked folders.
    :param left_over: whether a run that was cut off has left what it worked on.
    """

    absent: str = ""
    lock: str = ""
    texts: t.Mapping[str, str] = {}
    blobs: t.Mapping[str, str] = {}
    committed: t.Mapping[str, Committed] = {}
    modules: Modules = Modules()
    left_over: bool = False


def look(project: Project, uid: int, folder: str) -> Json:
    """Read a project as its owner; the answer is what :func:`facts_from` takes.

    :param folder: an empty folder of this account's own.
    :raises StepError: a part of the way to it is a link, or somebody else's.
    """
    absent = why_absent(project.checkout, project.path, uid)
    if absent:
        return {"absent": absent}
    texts: dict[str, str] = {}
    blobs: dict[str, str] = {}

    def read(name: str, limit: int = LOCK_LIMIT, *, text: bool = True) -> None:
        path = project.within(name)
        content = content_of(project.checkout, path, limit)
        if content is not None:
            blobs[path] = blob_id(content)
            if text:
                texts[path] = content.decode("utf-8", "replace")

    for name in (MANIFEST, NPMRC, *LOCKS):
        read(name)
    lock = next((project.within(name) for name in LOCKS if project.within(name) in texts), "")
    folders: tuple[str, ...] = ()
    if lock:
        verdict = judge(read_lock(texts[lock], lock), lock, ())
        folders = verdict.folders if not verdict.problems else ()
        for name in folders:
            read(f"{name}/{MANIFEST}")
        for name in verdict.archives if not verdict.problems else ():
            read(name, ARCHIVE_LIMIT, text=False)
    paths = sorted({*blobs, *(project.within(name) for name in folders)})
    return {
        "absent": "",
        "lock": lock,
        "texts": texts,
        "blobs": blobs,
        "committed": committed(project.checkout, paths, folder),
        "modules": read_modules(project.modules, uid)._asdict(),
        "left_over": metadata(project.aside) is not None,
    }


def facts_from(answer: Json) -> Facts:
    """Return the facts out of what :func:`look` answered."""
    if answer["absent"]:
        return Facts(absent=answer["absent"])
    return Facts(
        "",
        answer["lock"],
        answer["texts"],
        answer["blobs"],
        {path: Committed(*entry) for path, entry in answer["committed"].items()},
        modules_from(answer["modules"]),
        answer["left_over"],
    )


def modules_from(said: Json) -> Modules:
    """Return a node_modules out of its plain form."""
    packages, registry, bins = said["record"]
    return Modules(
        **{
            **said,
            "packages": {location: Present(*one) for location, one in said["packages"].items()},
            "hidden": {location: Entry(*one) for location, one in said["hidden"].items()},
            "record": Record({location: Noted(*one) for location, one in packages.items()}, registry, bins),
            "foreign": tuple(said["foreign"]),
        }
    )


__all__ = ("ARCHIVE_LIMIT", "Facts", "facts_from", "look", "modules_from")
