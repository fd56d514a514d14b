# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the declared commit holds of the units: files, drop-ins and environment files (runbook 4.3).

Private to the collection. All units are read by three git processes, however many they are: one lists the commit, one
reads units and drop-ins, and one the environment files that these name.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import is_commit
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import LONGEST_FILE, Text, in_order, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import KINDS, why_not_a_drop_in
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_secrets import environment_files
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_lists import joined

# A module's arguments carry them to the node.
MOST_BYTES: t.Final = 8 * 1024 * 1024
_DROP_INS: t.Final = ".d/"
_KINDS_OF_ENTRIES = {"120000": "a symbolic link", "160000": "a submodule"}


class Texts(t.NamedTuple):
    """The units' texts in one commit; all paths are from the top of the repository.

    :param files: content of unit files, drop-ins and environment files.
    :param drop_ins: of each unit's ``src`` the drop-ins, in the order in which systemd reads them.
    :param neighbours: all unit files in the folders of the units, declared or not.
    """

    files: dict[str, bytes]
    drop_ins: dict[str, tuple[str, ...]]
    neighbours: frozenset[str] = frozenset()

    def of(self, service: Service, checkout: str) -> list[Text]:
        """Return a unit's file and then its drop-ins, as they lie in the checkout at this path on the node."""
        paths = (service.src, *self.drop_ins.get(service.src, ()))
        return [Text(posixpath.join(checkout, path), self.files[path]) for path in paths]


class _Entry(t.NamedTuple):
    """What a commit has at a path; ``size`` is 0 for what has no content of its own."""

    mode: str
    blob: str
    size: int

    @property
    def is_file(self) -> bool:
        return self.mode.startswith("100")


def unit_texts(source: Source, commit: str, services: t.Sequence[Service], checkout: str) -> Texts:
    """Return what a commit holds of the services that shall be linked.

    :param source: the repository, whose version has been asked.
    :param checkout: absolute path of the repository on the node.
    :raises SourceError: the commit lacks a unit, or has something else in its place; all of it in one message.
    """
    linked = [service for service in services if service.is_linked]
    if not linked:
        return Texts({}, {})
    tree = _listed(source.mirror, commit)
    mistakes: list[str] = []
    below = _drop_ins_of(linked, tree)
    for service in linked:
        place = f"{service.src}, declared by {service.asked_by},"
        mistakes += _unit_mistakes(service.src, place, tree, commit)
        mistakes += [one for path in below[service.src] for one in _drop_in_mistakes(service.src, path, tree)]
    _refuse(mistakes)
    units = [path for service in linked for path in (service.src, *below[service.src])]
    _require_short([tree[path].size for path in units])
    texts = Texts(
        _read(source.mirror, tree, units),
        {src: tuple(in_order(paths)) for src, paths in below.items()},
        _neighbours(linked, tree),
    )
    named = _environment(linked, texts, checkout) & tree.keys() - texts.files.keys()
    _refuse([one for path in sorted(named) for one in _too_long(path, tree[path])])
    more = sorted(path for path in named if tree[path].is_file)
    _require_short([tree[path].size for path in (*units, *more)])
    return texts._replace(files={**texts.files, **_read(source.mirror, tree, more)})


def texts_at(source: Source, commit: str, paths: t.Iterable[str]) -> dict[str, bytes]:
    """Return what another commit holds at these paths, to be compared with; nothing where it is not upstream's."""
    asked = list(paths)
    if not asked or not is_commit(commit) or not source.mirror.knows(commit):
        return {}
    tree = _listed(source.mirror, commit)
    found = [path for path in asked if path in tree and tree[path].is_file and tree[path].size <= LONGEST_FILE]
    _require_short([tree[path].size for path in found])
    return _read(source.mirror, tree, found)


def _listed(mirror: Mirror, commit: str) -> dict[str, _Entry]:
    said = mirror.git("ls-tree", "-r", "-z", "-l", "--full-tree", commit, exact=True).out
    tree = {}
    for line in said.split("\0")[:-1]:
        what, _tab, path = line.partition("\t")
        mode, _kind, blob, size = what.split()
        tree[path] = _Entry(mode, blob, int(size) if size.isdecimal() else 0)
    return tree


def _drop_ins_of(linked: t.Sequence[Service], tree: t.Iterable[str]) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {service.src: [] for service in linked}
    for path in tree:
        at = path.find(_DROP_INS)
        while at >= 0:
            if path[:at] in below:
                below[path[:at]].append(path)
            at = path.find(_DROP_INS, at + 1)
    return below


def _unit_mistakes(src: str, place: str, tree: t.Mapping[str, _Entry], commit: str) -> list[str]:
    if src not in tree:
        if any(path.startswith(f"{src}/") for path in tree):
            return [f"{place} is a folder in {commit[:12]}; name the unit's file"]
        return [f"{place} is not in commit {commit[:12]}; commit it, or correct src"]
    return _no_file(place, tree[src]) or _too_long(src, tree[src])


def _drop_in_mistakes(src: str, path: str, tree: t.Mapping[str, _Entry]) -> list[str]:
    reason = why_not_a_drop_in(path.removeprefix(f"{src}{_DROP_INS}"))
    shown = one_line(path, 200)
    if reason:
        return [f"{shown} is no drop-in: {reason}, or take it out of the folder"]
    return _no_file(shown, tree[path]) or _too_long(shown, tree[path])


def _no_file(shown: str, entry: _Entry) -> list[str]:
    what = _KINDS_OF_ENTRIES.get(entry.mode, "no file")
    return [] if entry.is_file else [f"{shown} is {what} in the repository; commit the file itself"]


def _too_long(path: str, entry: _Entry) -> list[str]:
    if entry.size <= LONGEST_FILE:
        return []
    return [f"{one_line(path, 200)} has {entry.size} bytes, {LONGEST_FILE} are the most; commit a shorter one"]


def _neighbours(linked: t.Sequence[Service], tree: t.Iterable[str]) -> frozenset[str]:
    folders = {posixpath.dirname(service.src) for service in linked}
    endings = tuple(f".{kind}" for kind in KINDS)
    return frozenset(path for path in tree if path.endswith(endings) and posixpath.dirname(path) in folders)


def _environment(linked: t.Sequence[Service], texts: Texts, checkout: str) -> set[str]:
    """Return the environment files of the repository that the units name."""
    return {
        posixpath.relpath(path, checkout)
        for service in linked
        for path in environment_files(parse(service.name, texts.of(service, checkout)), checkout)
    }


def _read(mirror: Mirror, tree: t.Mapping[str, _Entry], paths: t.Sequence[str]) -> dict[str, bytes]:
    """Return the content of files that a commit holds."""
    if not paths:
        return {}
    blobs = list(dict.fromkeys(tree[path].blob for path in paths))
    said = mirror.git("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs), exact=True).out
    raw = said.encode("utf-8", "surrogateescape")
    content: dict[str, bytes] = {}
    at = 0
    for blob in blobs:
        end = raw.find(b"\n", at)
        header = raw[at:end].split()
        if end < 0 or len(header) != 3 or header[:2] != [blob.encode(), b"blob"]:
            raise SourceError(
                f"the copy of {mirror.shown} in the cache lacks {blob[:12]}; remove {str(mirror.folder)!r}, which the "
                "next run fetches anew"
            )
        size = int(header[2])
        content[blob] = raw[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return {path: content[tree[path].blob] for path in paths}


def _require_short(sizes: t.Sequence[int]) -> None:
    if sum(sizes) > MOST_BYTES:
        raise SourceError(
            f"the {len(sizes)} files of the declared units have {sum(sizes)} bytes together, {MOST_BYTES} are the "
            "most; commit shorter ones"
        )


def _refuse(mistakes: t.Sequence[str]) -> None:
    if mistakes:
        raise SourceError(joined(mistakes))


__all__ = ("MOST_BYTES", "Texts", "texts_at", "unit_texts")
