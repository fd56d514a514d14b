# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have packages come from the official archives (runbook 3.1). Private to the collection."""

from __future__ import annotations

import os
import stat
import typing as t

from ._apt_root import Root
from ._apt_source_entries import without_login
from ._apt_source_findings import findings
from ._apt_sources import read_apt_sources
from ._apt_sources_plan import (
    Wanted,
    check_wanted,
    plan,
    require_this_release,
    sources_after,
    summary,
    to_disable,
)
from ._debian_archive import checked_keys
from ._files import write_atomically
from ._step import Step
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_source_verdicts import Source
    from ._findings import Finding

CLAUSE = "3.1"
_MOST_REPORTED = 200
_MOST_WARNINGS = 20
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "components": {"type": "list", "elements": "str", "default": ["main"]},
    "mirror": {"type": "str", "default": ""},
    "security_mirror": {"type": "str", "default": ""},
    "exclusive": {"type": "bool", "default": False},
    "dry_run": {"type": "str", "default": ""},
    "archive_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
}


def write(path: str, content: bytes) -> None:
    """Replace a file of sources; who may read an existing one stays as it was, since it may hold a login."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        write_atomically(path, content, mode=0o644)
    else:
        write_atomically(path, content, mode=stat.S_IMODE(status.st_mode), uid=status.st_uid, gid=status.st_gid)


def row(source: Source) -> dict[str, t.Any]:
    return {
        "file": one_line(source.entry.file, 300),
        "line": source.entry.line,
        "uri": one_line(without_login(source.uri), 300),
        "suite": one_line(source.suite, 100),
        "components": [one_line(name, 60) for name in source.entry.components[:20]],
        "kind": source.kind,
        "reason": one_line(source.reason),
    }


def warn(step: Step, found: t.Sequence[Finding]) -> None:
    for finding in found[:_MOST_WARNINGS]:
        step.warn(f"{finding.subject}: {finding.evidence}; {finding.remedy}.")
    if len(found) > _MOST_WARNINGS:
        step.warn(
            f"{len(found) - _MOST_WARNINGS} more of apt's sources and settings are not as the runbook wants them."
        )


def leave_for_later_steps(step: Step, main: bytes | None, parts: t.Mapping[str, bytes]) -> None:
    """Have the later steps of a dry run plan with the sources as they would be."""
    root = Root.left_by_check(step.params["dry_run"]) or Root.private()
    try:
        root.take_own_sources(main, parts)
    except BaseException:
        root.remove()
        raise
    step.returns(dry_run=root.folder)


def body(step: Step) -> str:
    wanted = Wanted(
        components=tuple(step.params["components"]),
        mirror=step.params["mirror"].strip(),
        security_mirror=step.params["security_mirror"].strip(),
        exclusive=step.params["exclusive"],
    )
    check_wanted(wanted)
    state = read_apt_sources(checked_keys(step.params["archive_keys"]))
    found = findings(state)
    step.returns(
        sources=[row(source) for source in state.sources[:_MOST_REPORTED]],
        findings=[finding._asdict() for finding in found[:_MOST_REPORTED]],
    )
    require_this_release(state.sources)
    edits = {edit.path: edit for edit in plan(state, wanted)}
    gone = to_disable(state.sources) if wanted.exclusive else []
    places = {(entry.file, entry.line) for entry in gone}
    left = [source for source in state.sources if (source.entry.file, source.entry.line) not in places]
    warn(step, [finding for finding in findings(state._replace(sources=left)) if finding.verdict == "violation"])
    step.carry_out(
        [edit.change for edit in edits.values()], lambda change: write(change.subject, edits[change.subject].content)
    )
    if step.check_mode and edits:
        leave_for_later_steps(step, *sources_after(state, edits.values()))
    return summary(state.sources, list(edits.values()), check_mode=step.check_mode)


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
