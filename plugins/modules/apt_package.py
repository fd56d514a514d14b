#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_package
short_description: Install or remove explicitly named packages with apt, from official Debian archives only
description:
  - Carries out clause 2.6 of the runbook, "Install a minimal set of required tools", and section 3 on packages.
  - Whatever the transaction installs or upgrades, also as a dependency, must come from an archive whose lists verify
    against Debian's archive keys and that is trixie, trixie-updates or trixie-security; else nothing is installed.
  - A package outside the runbook's checklist must be justified in C(context.md) of the C(ai-systems) repository.
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
  - ai_systems.runbook._archives
  - ai_systems.runbook._sliced
  - ai_systems.runbook._documented
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
  state:
    description:
      - Whether the packages shall be there. Removing takes away exactly the named ones and leaves configuration files;
        where other packages would go along it is an error that names them. What brings the operator to the node stays,
        such as its SSH server, the network's manager in use, and the running kernel.
    type: str
    choices: [present, absent]
    default: present
  asked_by:
    description: Who asks for each package, shown in the diff. Set by the action part from the inventory.
    type: dict
    default: {}
  merge:
    description:
      - The variable of the inventory that O(name) comes from. Its values are merged over all groups of the node.
      - Used on the controller only.
    type: str
    default: ""
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
      - In check mode, the folder on the node that an earlier step of the same run returned as C(dry_run), so that the
        prediction starts from what that one predicted. Set by the action part only.
    type: str
    default: ""
  ends_dry_run:
    description:
      - With an empty O(name) in check mode, clears away what the steps before left on the node for their predictions.
    type: bool
    default: false
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

- name: 3.3 | Remove a package that is not wanted any more
  ai_systems.runbook.apt_package:
    name: [htop]
    state: absent
    clause: "3.3"
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
dry_run:
  description: In check mode, a folder on the node from which a later step of the same run goes on.
  returned: in check mode, when there was something to do
  type: str
removed:
  description: What the transaction removes.
  returned: when there was something to remove
  type: list
  elements: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt, _dpkg
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_lock import locked
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_names import Request, requests
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import installed, missing, to_mark_manual
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_root import Root
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import OPTIONS, Job, run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._documented import DOCUMENTED
from ansible_collections.ai_systems.runbook.plugins.module_utils._indispensable import read_in_use, why_kept
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError


def answer_from_dpkg(step: Step) -> str | None:
    """Return the sentence for a node that is as it shall be, None where there is something to do."""
    wanted = requests(step.params["name"])
    _apt.Allowed.by(step.params)
    root = _left_by_check(step)
    node = _dpkg.read(root.status, root.extended_states) if root else _dpkg.read()
    # An unsound state may be another process at work; that is judged once its lock is free.
    if wanted and (_dpkg.why_unsound(node) or _is_work(step, wanted, node)):
        return None
    if root and not wanted:
        root.remove()
    elif root:
        step.returns(dry_run=root.folder)
    return _sentence(step, wanted) if wanted else "No packages are asked for."


def _is_work(step: Step, wanted: list[Request], node: _dpkg.Node) -> bool:
    if _is_removal(step):
        return bool(installed(wanted, node))
    return bool(missing(wanted, node) or to_mark_manual(wanted, node))


def work(step: Step, job: Job) -> str:
    wanted = requests(step.params["name"])
    with locked(job, seconds=step.params["lock_timeout"]):
        unsound = _dpkg.why_unsound(_dpkg.read())
        if unsound:
            raise StepError(unsound)
        root = (_left_by_check(step) or Root.private()) if step.check_mode else Root()
        try:
            if _is_removal(step):
                _remove(step, job, wanted, root)
            else:
                _install(step, job, wanted, root)
        except BaseException:
            root.remove()
            raise
    if step.check_mode:
        step.returns(dry_run=root.folder)
    return _sentence(step, wanted, would=step.check_mode)


def _left_by_check(step: Step) -> Root | None:
    return Root.left_by_check(step.params["dry_run"]) if step.check_mode else None


def _is_removal(step: Step) -> bool:
    return bool(step.params["state"] == "absent")


def _install(step: Step, job: Job, wanted: list[Request], root: Root) -> None:
    before = _dpkg.read(root.status, root.extended_states)
    lacking = missing(wanted, before)
    if lacking:
        if not root.has_fresh_lists:
            _apt.refresh(root, job)
            step.note([Change("apt lists", "refresh")])
        transaction = _apt.plan_install(lacking, root, job, _apt.Allowed.by(step.params))
        step.returns(packages=[detail.as_record() for detail in transaction.details])
        _apt.carry_out(step, transaction, job, clause=step.params["clause"], asked_by=step.params["asked_by"])
        if step.check_mode:
            root.advance(transaction.plan, transaction.details, [request.name for request in wanted])
    # What was just installed by name is marked already.
    _apt.mark_manual(step, to_mark_manual([one for one in wanted if one not in lacking], before))


def _remove(step: Step, job: Job, wanted: list[Request], root: Root) -> None:
    node = _dpkg.read(root.status, root.extended_states)
    there = installed(wanted, node)
    if there:
        kept = why_kept(
            [request.name for request in there], list(filter(node.version_of, node.packages)), read_in_use()
        )
        if kept:
            raise StepError(kept)
        transaction = _apt.plan_remove(there, root, job, _apt.Allowed.by(step.params))
        step.returns(removed=[item.name for item in transaction.plan])
        _apt.carry_out(step, transaction, job, clause=step.params["clause"])
        if step.check_mode:
            root.advance(transaction.plan, ())


def _sentence(step: Step, wanted: list[Request], *, would: bool = False) -> str:
    verb = "would be" if would else "is" if len(wanted) == 1 else "are"
    what = "removed" if would else "not installed"
    names = ", ".join(request.argument for request in wanted)
    return f"{names} {verb} {what if _is_removal(step) else 'installed'}."


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "clause": {"type": "str", "default": "3"},
            "lock_timeout": {"type": "int", "default": 300},
            "dry_run": {"type": "str", "default": ""},
            "ends_dry_run": {"type": "bool", "default": False},
            "asked_by": {"type": "dict", "default": {}},
            "merge": {"type": "str", "default": ""},
            **DOCUMENTED,
            **_apt.OPTIONS_OF_MODULES,
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    run_in_slices(module, module.params["clause"], answer_from_dpkg, work)


if __name__ == "__main__":
    main()
