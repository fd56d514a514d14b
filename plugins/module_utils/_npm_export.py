# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checkout's commit holds, written where npm works (runbook 3.5). Private to the collection.

npm works on copies of git's own blobs, so that what it reads is what was judged, whatever happens to the checkout
meanwhile.
"""

from __future__ import annotations

import os
import posixpath
import typing as t

from ._git_shadow import Shadow
from ._project_commit import head_of
from ._step import StepError

_FILES = ("100644", "100755")


def export(checkout: str, paths: t.Sequence[str], base: str, target: str, folder: str) -> None:
    """Write files, and folders with all files in them, as the commit has them.

    :param paths: relative to the checkout, all below ``base``.
    :param base: folder of the checkout whose place ``target`` takes, "" for the checkout itself.
    :param folder: an empty folder of this account's own.
    :raises StepError: the commit has none of one of them.
    """
    shadow = Shadow(folder, checkout)
    commit = head_of(checkout)
    listing = shadow.git("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths).out
    files = []
    for line in listing.split("\0")[:-1]:
        what, _tab, path = line.partition("\t")
        mode, _kind, blob = what.split(" ")
        # git itself writes no such path, but a repository made by hand may hold one.
        if mode in _FILES and ".." not in path.split("/"):
            files.append((mode, blob, path))
    for path in paths:
        if not any(found == path or found.startswith(f"{path}/") for _mode, _blob, found in files):
            raise StepError(f"{path} went out of the checkout's commit meanwhile; run the same command again")
    said = shadow.git("cat-file", "--batch", stdin="".join(f"{blob}\n" for _mode, blob, _path in files)).out
    content = said.encode("utf-8", "surrogateescape")
    at = 0
    for mode, _blob, path in files:
        header, _newline, _rest = content[at : at + 200].partition(b"\n")
        size = int(header.split(b" ")[2])
        begin = at + len(header) + 1
        _write(posixpath.join(target, posixpath.relpath(path, base or ".")), content[begin : begin + size], mode)
        at = begin + size + 1


def _write(path: str, content: bytes, mode: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "xb") as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o755 if mode == _FILES[1] else 0o644)


__all__ = ("export",)
