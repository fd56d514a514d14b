# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages a node's image held, where the operator has reviewed and committed that (ruling 9). Private.

Enrolment writes down what the node says of itself, and a node's own word is no proof of what it should hold. The
operator's commit is: so what counts is what git has, and the file beside it must say the same.
"""

from __future__ import annotations

import pathlib
import re
import shlex
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_names import why_not_a_package
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_text
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import without_credentials
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._baseline import from_text
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError

State = t.Literal["committed", "not committed", "absent", "damaged"]
_NODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


class ReviewedBaseline(t.NamedTuple):
    """The baseline of one node.

    :param names: packages that need no justification; none unless ``state`` is ``committed``.
    :param sentence: why it exempts nothing, with the remedy; "" where it is committed.
    """

    names: frozenset[str]
    state: State
    sentence: str


def reviewed_baseline(baselines_dir: pathlib.Path, node: str, git: Git | None = None) -> ReviewedBaseline:
    """Return what the committed baseline of ``node`` exempts; it takes one call of git."""
    if not _NODE.fullmatch(node):
        return _none(
            "absent", f"inventory name {one_line(node, 80)!r} cannot name a file of baselines; rename the node"
        )
    path = baselines_dir.expanduser().absolute() / f"{node}.json"
    try:
        text = read_text(str(path))
    except (FileError, OSError) as exc:
        return _damaged(path, node, f"cannot be read ({one_line(str(exc), 200)})")
    if text is None:
        return _none(
            "absent",
            f"there is no baseline {path}; record it with ansible-playbook playbooks/enroll.yml --limit {node}",
        )
    held = _packages(text)
    if held is None:
        return _damaged(path, node, "is no baseline")
    try:
        said = (git or Git()).run("-C", str(path.parent), "cat-file", "blob", f"HEAD:./{path.name}", check=False)
    except SourceError as exc:
        return _none("not committed", f"whether {path} is committed cannot be told: {exc}")
    if said.rc != 0:
        return _none("not committed", _not_committed(path, said.err))
    if from_text(said.out) != from_text(text):
        return _none("not committed", f"{path} is not as it was committed; {_commit(path)}")
    return ReviewedBaseline(held, "committed", "")


def _packages(text: str) -> frozenset[str] | None:
    try:
        baseline = from_text(text)
    except RecursionError:
        return None
    packages = baseline["packages"] if baseline else None
    if not isinstance(packages, dict):
        return None
    names = frozenset(str(name).partition(":")[0] for name in packages)
    return None if any("=" in name or why_not_a_package(name) for name in names) else names


def _not_committed(path: pathlib.Path, said: str) -> str:
    if "not a git repository" in said:
        return (
            f"{path} lies in no git repository, so nobody can have committed it; keep the inventory in one (git init), "
            f"then {_commit(path)}"
        )
    if any(usual in said for usual in ("does not exist", "exists on disk", "invalid object name 'HEAD'")):
        return f"{path} is not committed; {_commit(path)}"
    reason = one_line(without_credentials(said), 300) or "it does not say why"
    return f"whether {path} is committed cannot be told, since git refuses: {reason}"


def _commit(path: pathlib.Path) -> str:
    folder, name = shlex.quote(str(path.parent)), shlex.quote(path.name)
    return f"review it, then run git -C {folder} add {name} && git -C {folder} commit -m 'Baseline' {name}"


def _damaged(path: pathlib.Path, node: str, why: str) -> ReviewedBaseline:
    return _none(
        "damaged",
        f"{path} {why}; restore it from your repository, or remove it and record it anew with ansible-playbook "
        f"playbooks/enroll.yml --limit {node}",
    )


def _none(state: State, sentence: str) -> ReviewedBaseline:
    return ReviewedBaseline(frozenset(), state, sentence)


__all__ = ("ReviewedBaseline", "State", "reviewed_baseline")
