#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_upgrade
short_description: Carry out a node's initial system update, once
description:
  - Carries out clause 2.5 of the runbook, "Perform an initial system update", as C(apt update && apt upgrade) does.
    Packages are upgraded and what they newly need is installed; nothing is ever removed.
  - All of it must come from an official Debian 13 archive, see M(ai_systems.runbook.apt_package); else nothing is done.
  - The update is done once, at initial provisioning, and recorded on the node. With the record there, apt is not
    called at all, since a system must never update itself (runbook 6); later upgrades are the operator's own decision.
  - The record is written after complete success only, so a run that was killed is simply repeated.
  - The operator's version of a configuration file stays. Nothing is restarted beyond what maintainer scripts do, and
    the node is never rebooted; the result says whether it should be.
  - A held lock of dpkg or apt is waited for. An interrupted dpkg is reported and not repaired.
  - In check mode the package lists are fetched into a private folder under C(/run), so that the node's own stay as
    they are, and the very actions of the real run are predicted.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
  - ai_systems.runbook._archives
  - ai_systems.runbook._sliced
attributes:
  action:
    support: full
    details: The part on the controller shows how far the work is.
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  records_dir:
    description: Folder on the controller where transactions are recorded, none where empty.
    type: str
    default: ""
  dry_run:
    description:
      - In check mode, the folder on the node that M(ai_systems.runbook.apt_sources) returned as C(dry_run) earlier in
        the same run, so that the prediction starts from the sources that it would write. Set by the action part only.
    type: str
    default: ""
  lock_timeout:
    description: How long to wait for another process that holds a lock of dpkg or apt, in seconds.
    type: int
    default: 300
seealso:
  - module: ai_systems.runbook.apt_package
"""

EXAMPLES = r"""
---
- name: 2.5 | Update the system
  ai_systems.runbook.apt_upgrade:
    lock_timeout: 300
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.5"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.5"
      subject: apt lists
      action: refresh
    - clause: "2.5"
      subject: tzdata
      action: upgrade 2026c-0+deb13u1 -> 2026f-0+deb13u1
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: The initial update was done at 2026-11-23T06:30:00Z.
packages:
  description: Version, archive and SHA256 of each package of the transaction.
  returned: when there was an update to do
  type: list
  elements: dict
kept_back:
  description: Packages that have a newer version which an upgrade without removals does not install, or which are held.
  returned: when there was an update to do
  type: list
  elements: str
reboot_needed:
  description: Whether the node needs a restart for what is installed to take effect.
  returned: always
  type: bool
reboot_reasons:
  description: Why it needs one.
  returned: always
  type: list
  elements: str
dry_run:
  description:
    - In check mode, a folder on the node with the lists fetched and the state after the update, from which
      M(ai_systems.runbook.apt_package) goes on later in the same run.
  returned: in check mode, when there was an update to do
  type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt, _dpkg, _initial_update
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_lock import locked
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_records import utc_now
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_root import Root
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import OPTIONS, Job, run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError

CLAUSE = "2.5"


def answer_from_record(step: Step) -> str | None:
    """Return the sentence for a node whose initial update is done, None where it is still to be done."""
    record = _initial_update.read_record()
    if record is None:
        return None
    reasons = _initial_update.reboot_reasons(record.upgraded_since_boot(_initial_update.boot_id()))
    step.returns(reboot_needed=bool(reasons), reboot_reasons=reasons)
    return f"The initial update was done at {record.completed}.{_initial_update.reboot_sentence(reasons)}"


def update(step: Step, job: Job) -> str:
    with locked(job, seconds=step.params["lock_timeout"]):
        # Another run may have done it while this one waited.
        sentence = answer_from_record(step)
        return sentence if sentence is not None else _update(step, job)


def _update(step: Step, job: Job) -> str:
    allowed = _apt.Allowed.by(step.params)
    unsound = _dpkg.why_unsound(_dpkg.read())
    if unsound:
        raise StepError(unsound)
    root = (Root.left_by_check(step.params["dry_run"]) or Root.private()) if step.check_mode else Root()
    try:
        _apt.refresh(root, job)
        step.note([Change("apt lists", "refresh")])
        transaction = _apt.plan_upgrade(root, job, allowed)
        step.returns(
            packages=[detail.as_record() for detail in transaction.details],
            kept_back=transaction.kept_back,
            reboot_needed=False,
            reboot_reasons=[],
        )
        _apt.carry_out(step, transaction, job, clause=CLAUSE)
        if step.check_mode:
            root.advance(transaction.plan, transaction.details)
    except BaseException:
        root.remove()
        raise
    upgraded = [item.name for item in transaction.plan if item.before]
    if step.check_mode:
        step.returns(dry_run=root.folder)
        reasons: list[str] = []
    else:
        _initial_update.write_record(_initial_update.Record(utc_now(), _initial_update.boot_id(), upgraded))
        reasons = _initial_update.reboot_reasons(upgraded)
        step.returns(reboot_needed=bool(reasons), reboot_reasons=reasons)
    kept = f" Kept back: {', '.join(transaction.kept_back[:10])}." if transaction.kept_back else ""
    verb = "would be" if step.check_mode else "were"
    return (
        f"{len(upgraded)} packages {verb} upgraded, {len(transaction.plan) - len(upgraded)} newly installed."
        f"{kept}{_initial_update.reboot_sentence(reasons)}"
    )


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "lock_timeout": {"type": "int", "default": 300},
            "records_dir": {"type": "str", "default": ""},
            "dry_run": {"type": "str", "default": ""},
            **_apt.OPTIONS_OF_MODULES,
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    run_in_slices(module, CLAUSE, answer_from_record, update)


if __name__ == "__main__":
    main()
