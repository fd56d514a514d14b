#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_package
short_description: Install explicitly named packages with apt
description:
  - Carries out clause 2.6 of the runbook, "Install a minimal set of required tools", and later section 3.
  - All packages of a call are installed in one transaction, which removes and downgrades nothing. Packages that are
    installed stay at their version. What a package needs is installed with it, and what it recommends as the node's own
    configuration of apt says, which is what C(apt install) does.
  - A package that was there for another one's sake only is marked as wanted for its own.
  - The package lists are refreshed first when they are older than an hour or than the node's apt sources.
  - In check mode the node's lists and caches stay as they are, and the very actions of the real run are predicted.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
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
  name:
    description:
      - The packages, each by its name or as C(name=version). Globs, regular expressions, tasks, files, URLs and
        trailing signs are errors.
    type: list
    elements: str
    required: true
  clause:
    description: The clause of the runbook that asks for the packages.
    type: str
    default: "3"
  lock_timeout:
    description: How long to wait for another process that holds a lock of dpkg or apt, in seconds.
    type: int
    default: 300
  dry_run:
    description:
      - In check mode, the folder that M(ai_systems.runbook.apt_upgrade) returned as C(dry_run) earlier in the same run,
        so that the prediction starts from the upgraded system. It is removed.
    type: str
    default: ""
  job:
    description: Names the work that a call in slices belongs to. Set by the action part only.
    type: str
    default: ""
  slice:
    description: How long one call of a work in slices waits for its end, in seconds. Set by the action part only.
    type: int
    default: 8
seealso:
  - module: ai_systems.runbook.apt_upgrade
"""

EXAMPLES = r"""
---
- name: 2.6 | Install the essential packages
  ai_systems.runbook.apt_package:
    name: [git, vim, curl]
    clause: "2.6"
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.6"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.6"
      subject: git
      action: install 1:2.47.3-0+deb13u1
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: git, vim, curl are installed.
packages:
  description: Version, archive and SHA256 of each package of the transaction.
  returned: when there was something to install
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt, _dpkg
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_names import Request, requests
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import missing, to_mark_manual
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import OPTIONS, Job, run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError


def answer_from_dpkg(step: Step) -> str | None:
    """Return the sentence for a node that has all it needs, None where there is something to do."""
    wanted = requests(step.params["name"])
    root = _left_by_check(step)
    node = _dpkg.read(root.status, root.extended_states) if root else _dpkg.read()
    # An unsound state may be another process at work; that is judged once its lock is free.
    if _dpkg.why_unsound(node) or missing(wanted, node) or to_mark_manual(wanted, node):
        return None
    if root:
        root.remove()
    return f"{_names(wanted)} installed."


def install(step: Step, job: Job) -> str:
    wanted = requests(step.params["name"])
    with _apt.locked(job, seconds=step.params["lock_timeout"]):
        unsound = _dpkg.why_unsound(_dpkg.read())
        if unsound:
            raise StepError(unsound)
        left = _left_by_check(step)
        fresh = left is not None or _apt.lists_are_fresh()
        root = left or _private_root(fresh=fresh) if step.check_mode else _apt.Root()
        try:
            _install(step, job, wanted, root, fresh=fresh)
        finally:
            root.remove()
    return f"{_names(wanted)} installed." if not step.check_mode else f"{_names(wanted, 'would be')} installed."


def _left_by_check(step: Step) -> _apt.Root | None:
    return _apt.Root.left_by_check(step.params["dry_run"]) if step.check_mode else None


def _private_root(*, fresh: bool) -> _apt.Root:
    return _apt.Root.private(lists=_apt.LISTS if fresh else "")


def _install(step: Step, job: Job, wanted: list[Request], root: _apt.Root, *, fresh: bool) -> None:
    before = _dpkg.read(root.status, root.extended_states)
    lacking = missing(wanted, before)
    if lacking:
        if not fresh:
            _apt.refresh(root, job)
            step.note([Change("apt lists", "refresh")])
        transaction = _apt.plan_install(lacking, root, job)
        step.returns(packages=[detail.as_record() for detail in transaction.details])
        _apt.carry_out(step, transaction, job, clause=step.params["clause"])
    # What was just installed by name is marked already.
    _apt.mark_manual(step, to_mark_manual([one for one in wanted if one not in lacking], before))


def _names(wanted: list[Request], verb: str = "") -> str:
    return f"{', '.join(request.argument for request in wanted)} {verb or ('is' if len(wanted) == 1 else 'are')}"


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "list", "elements": "str", "required": True},
            "clause": {"type": "str", "default": "3"},
            "lock_timeout": {"type": "int", "default": 300},
            "dry_run": {"type": "str", "default": ""},
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    run_in_slices(module, module.params["clause"], answer_from_dpkg, install)


if __name__ == "__main__":
    main()
