#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_sources
short_description: Give a node the official archives of Debian 13, and judge the others
description:
  - Carries out clause 3.1 of the runbook, "All packages must be installed from the official Debian 13 repositories".
  - Reads every entry of apt's sources, in both formats, and verifies each archive whose lists were fetched against the
    fingerprints of Debian's keys that this collection brings. What an archive, or a key on the node, says of itself
    counts for nothing.
  - Where no enabled entry covers trixie, trixie-updates or trixie-security, one is written into
    C(/etc/apt/sources.list.d/ai-systems-runbook.sources), at the mirror that the node already uses.
  - What is not Debian's is warned about, or with O(exclusive) disabled where it stands; nothing is ever deleted.
  - An archive whose lists were not fetched yet is unknown, never official. The lists are not refreshed here.
  - A source of another release of Debian is an error.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
    details: The part on the controller hands the sources of a dry run on to its later steps.
  check_mode:
    support: full
  diff_mode:
    support: full
    details: What stands before the host of an address, which may be a password, is left out.
  idempotent:
    support: full
options:
  components:
    description: The components of Debian that the node needs.
    type: list
    elements: str
    default: [main]
  mirror:
    description:
      - The address of the mirror for trixie and trixie-updates.
      - Empty for the one that the node's entries name, or Debian's own where there is none.
    type: str
    default: ""
  security_mirror:
    description:
      - The same for trixie-security.
    type: str
    default: ""
  exclusive:
    description:
      - "Disable each entry that is not Debian's, by C(Enabled: no) or as a comment."
      - An entry that switches the check of signatures off is disabled too, whatever archive it names.
    type: bool
    default: false
  archive_keys:
    description: Fingerprints of archive keys that count as Debian's own, such as that of a mirror which you sign.
    type: list
    elements: str
    default: []
  dry_run:
    description:
      - In check mode, the folder on the node where an earlier step of the same run left its prediction. Set by the
        action part only.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.apt_package
"""

EXAMPLES = r"""
---
- name: 3.1 | Have the official archives
  ai_systems.runbook.apt_sources:
    components: [main, non-free-firmware]
  become: true

- name: 3.1 | Have no others
  ai_systems.runbook.apt_sources:
    components: [main, non-free-firmware]
    exclusive: true
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "3.1"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "3.1"
      subject: /etc/apt/sources.list.d/ai-systems-runbook.sources
      action: write
sources:
  description: What the enabled entries named before anything was changed, at most 200.
  returned: when the sources could be read
  type: list
  elements: dict
  contains:
    file:
      description: The file that holds the entry.
      type: str
    line:
      description: The entry's first line there.
      type: int
    uri:
      description: The archive's address.
      type: str
    suite:
      description: What the entry calls the suite.
      type: str
    components:
      description: The components.
      type: list
      elements: str
    kind:
      description: V(official), V(backports), V(foreign), or V(unknown) until the lists are refreshed.
      type: str
    reason:
      description: Why it is foreign or unknown.
      type: str
dry_run:
  description:
    - In check mode, a folder on the node with the sources as they would be, from which
      M(ai_systems.runbook.apt_upgrade) and M(ai_systems.runbook.apt_package) go on later in the same run.
  returned: in check mode, when there is something to write
  type: str
findings:
  description: What is not as the runbook wants it, or could not be decided, at most 200.
  returned: when the sources could be read
  type: list
  elements: dict
  contains:
    clause:
      description: The clause of the runbook.
      type: str
    verdict:
      description: V(violation), V(unknown) or V(info).
      type: str
    subject:
      description: What it is about.
      type: str
    evidence:
      description: What was seen.
      type: str
    remedy:
      description: What to do about it.
      type: str
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: "The node has 3 archives in its sources: 3 official."
"""

import os
import stat
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_root import Root
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_entries import without_login
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_findings import findings
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_sources import read_apt_sources
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_sources_plan import (
    Wanted,
    check_wanted,
    plan,
    require_this_release,
    sources_after,
    summary,
    to_disable,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import checked_keys
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

if t.TYPE_CHECKING:
    from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_verdicts import Source
    from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding

_MOST_REPORTED = 200
_MOST_WARNINGS = 20


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


def have_official_archives(step: Step) -> str:
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


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "components": {"type": "list", "elements": "str", "default": ["main"]},
            "mirror": {"type": "str", "default": ""},
            "security_mirror": {"type": "str", "default": ""},
            "exclusive": {"type": "bool", "default": False},
            "dry_run": {"type": "str", "default": ""},
            "archive_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
        },
        supports_check_mode=True,
    )
    run_step(module, "3.1", have_official_archives)


if __name__ == "__main__":
    main()
