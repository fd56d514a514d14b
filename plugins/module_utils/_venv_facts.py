# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a decision on a project's .venv needs, read by its owner (runbook 3.4). Private to the collection."""

from __future__ import annotations

import hashlib
import os
import typing as t

from ._as_user import Json
from ._files import FileError, metadata, read_text
from ._pip_declared import read_declared
from ._project_commit import Committed, blob_id, committed
from ._project_files import content_of, full_path, why_absent
from ._project_modes import Modes
from ._venv_installed import Dist, read_dists
from ._venv_project import Project
from ._venv_record import FILE as RECORD_FILE
from ._venv_state import System, Venv, read_venv, site_packages

WHEEL_LIMIT = 512 * 1024 * 1024


class Facts(t.NamedTuple):
    """A project as the node has it; paths are relative to the checkout.

    :param absent: why there is nothing to read, "" where the project is there.
    :param texts: requirements and constraints files, and the pyproject.toml of source trees.
    :param blobs: git's ids of the files as they lie there.
    :param committed: what the checkout's commit has of them, and of the source trees.
    :param wheels: SHA-256 of the wheels that are named.
    :param record: text of our own note on what is installed.
    """

    absent: str = ""
    texts: t.Mapping[str, str] = {}
    blobs: t.Mapping[str, str] = {}
    committed: t.Mapping[str, Committed] = {}
    wheels: t.Mapping[str, str] = {}
    venv: Venv = Venv()
    dists: tuple[Dist, ...] = ()
    record: str = ""


def look(project: Project, system: System, uid: int, folder: str) -> Json:
    """Read a project as its owner; the answer is what :func:`facts_from` takes.

    :param folder: an empty folder of this account's own.
    :raises StepError: a part of the way to it is a link, or somebody else's.
    """
    absent = why_absent(project.checkout, project.path, uid)
    if absent:
        return {"absent": absent}
    texts: dict[str, str] = {}
    blobs: dict[str, str] = {}

    def read(path: str) -> str | None:
        content = content_of(project.checkout, path)
        if content is None:
            return None
        blobs[path] = blob_id(content)
        texts[path] = content.decode("utf-8", "replace")
        return texts[path]

    declared = read_declared(project, read)
    wheels: dict[str, str] = {}
    trees: list[str] = []
    for want in declared.wants:
        if want.kind == "wheel" and want.path not in wheels:
            hashes = _hash_wheel(project.checkout, want.path)
            if hashes:
                wheels[want.path], blobs[want.path] = hashes
        elif want.kind in ("tree", "editable"):
            trees.append(want.path)
            read(f"{want.path}/pyproject.toml")
    venv = read_venv(project.venv, system, uid)
    library = site_packages(project.venv, system.version)
    has_library = venv.kind == "folder" and venv.has_library
    return {
        "absent": "",
        "texts": texts,
        "blobs": blobs,
        "committed": committed(project.checkout, sorted({*blobs, *trees}), folder),
        "wheels": wheels,
        "venv": venv._asdict(),
        "dists": read_dists(library) if has_library else [],
        "record": (read_text(f"{project.venv}/{RECORD_FILE}") or "") if has_library else "",
    }


def facts_from(answer: Json) -> Facts:
    """Return the facts out of what :func:`look` answered."""
    if answer["absent"]:
        return Facts(absent=answer["absent"])
    wrong, foreign, leading_out = answer["venv"].pop("modes")
    return Facts(
        "",
        answer["texts"],
        answer["blobs"],
        {path: Committed(*entry) for path, entry in answer["committed"].items()},
        answer["wheels"],
        Venv(**answer["venv"], modes=Modes(wrong, tuple(foreign), tuple(leading_out))),
        tuple(
            Dist(name, version, path, tuple(needs), record) for name, version, path, needs, record in answer["dists"]
        ),
        answer["record"],
    )


def _hash_wheel(checkout: str, path: str) -> tuple[str, str] | None:
    full = full_path(checkout, path)
    found = metadata(full)
    if found is None or found.kind != "file":
        return None
    size = os.path.getsize(full)
    if size > WHEEL_LIMIT:
        raise FileError(f"{full} is larger than {WHEEL_LIMIT} bytes")
    content, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with open(full, "rb") as file:
        while chunk := file.read(1 << 20):
            content.update(chunk)
            blob.update(chunk)
    return content.hexdigest(), blob.hexdigest()


__all__ = ("Facts", "facts_from", "look")
