# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Further clones of the repository on a node (runbook 6.5): what runs from one is at no declared commit. Private."""

from __future__ import annotations

import re
import typing as t

from ._git_names import is_commit
from ._hands_events import CLAUSE
from ._tree_facts import finding, removal, shown

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView

_URL = re.compile(r"^\s*url\s*=\s*(\S+)", re.MULTILINE)


def repository_name(url: str) -> str:
    """Return what a repository is called by its address or path, "" where it says nothing."""
    return url.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git")


def why_a_clone(path: str, configuration: str, heads: t.Collection[str], names: t.Container[str], commit: str) -> str:
    """Return why a checkout is one of the repository, "" where nothing says so.

    :param heads: the commits that it is at.
    :param names: what the repository is called.
    """
    for url in _URL.findall(configuration):
        if repository_name(url) in names:
            return f"its remote is {shown(url.rpartition('@')[2])}"
    if commit and commit in heads:
        return f"it is at the repository's commit {commit[:12]}"
    return "it has the repository's name" if path.rpartition("/")[2] in names else ""


def judge(view: NodeView, checkouts: t.Iterable[str]) -> t.Iterator[Finding]:
    """Yield a finding for each clone beside the declared one."""
    declared = view.declared.checkout
    if not declared:
        return
    names = {repository_name(declared), repository_name(view.declared.remote)} - {""}
    commit = view.declared.commit or _head(view, declared)
    for path in checkouts:
        if path == declared or path.startswith(f"{declared}/"):
            continue
        configuration = view.text(f"{path}/.git/config") or ""
        why = why_a_clone(path, configuration, (_head(view, path),), names, commit)
        if why:
            evidence = f"{why}, and the repository's checkout on this node is {shown(declared)}"
            remedy = f"look whether something runs from it, then {removal(path)}"
            yield finding(CLAUSE, "violation", path, evidence, remedy)


def _head(view: NodeView, path: str) -> str:
    text = (view.text(f"{path}/.git/HEAD") or "").strip()
    name = text.removeprefix("ref: ")
    if name.startswith("refs/heads/") and ".." not in name:
        text = (view.text(f"{path}/.git/{name}") or "").strip()
    return text if is_commit(text) else ""


__all__ = ("judge", "repository_name", "why_a_clone")
