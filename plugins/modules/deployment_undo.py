#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_undo
short_description: Bring the checkout and the services back to before a deployment that failed
description:
  - Part of section 4 of the runbook. M(ai_systems.runbook.git_checkout) stops services before it moves the checkout,
    and M(ai_systems.runbook.systemd_unit) starts them again. Where a step between them fails, this module brings the
    checkout back to the commit that they ran from, and starts those that ran.
  - What C(.venv) and C(node_modules) hold stays as the failed deployment has left it.
  - Where no deployment is under way, it changes nothing.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
options:
  user:
    description: The account that owns the checkout.
    type: str
    required: true
  checkout:
    description: Absolute path of the checkout on the node.
    type: str
    required: true
seealso:
  - module: ai_systems.runbook.git_checkout
  - module: ai_systems.runbook.systemd_unit
"""

EXAMPLES = r"""
---
- name: 4 | Put back what the failed deployment has stopped and moved
  ai_systems.runbook.deployment_undo:
    user: operator
    checkout: /home/operator/ai-systems
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "4"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "4"
      subject: greeter.service
      action: start
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: /home/operator/ai-systems is at 4f2c1ab09d1f again; greeter.service started again.
"""

import os
import pwd
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils import _deployment
from ansible_collections.ai_systems.runbook.plugins.module_utils._checkout_lock import alone
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import FOLDER, make_folder
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_commit import head_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError, run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW, Systemctl
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_forgotten import forget_failed
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import (
    place_of,
    read_links,
    running_instances,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import parts_of

CLAUSE = "4"


def undo(step: Step) -> str:
    make_folder()
    with alone(FOLDER):
        deployment = _deployment.read(step.params["checkout"].rstrip("/"))
        if deployment is None:
            return "No deployment is under way, so nothing had to be put back."
        stopped = _stop_new(step, deployment)
        before = _linked(deployment)
        sentences = [*_checkout(step, deployment), *_services(step, deployment, stopped)]
        if not step.check_mode:
            _remove_dangling(step, before)
            _deployment.end()
    return "; ".join(sentences) + "."


def _stop_new(step: Step, deployment: _deployment.Deployment) -> list[str]:
    """Stop what was started again already from the commit that failed, as by a run that was killed on the node."""
    if head_of(deployment.checkout) == deployment.commit:
        return []
    systemctl = Systemctl()
    names = [name for name, status in systemctl.show(deployment.stopped).items() if status.is_running]
    if not step.check_mode:
        systemctl.stop(*names)
    step.note(Change(name, "stop", "running\n", "stopped\n") for name in names)
    return names


def _linked(deployment: _deployment.Deployment) -> dict[str, str]:
    """Return the units that are linked from the checkout, with their files, as far as those are there."""
    inside = f"{deployment.checkout}/"
    units = read_links().units
    return {name: to for name, to in units.items() if to.startswith(inside) and os.path.exists(to)}


def _running_names(name: str) -> list[str]:
    stem, _instance, kind = parts_of(name)
    is_template = parts_of(name).is_template
    return [f"{stem}@{one}.{kind}" for one in running_instances(name)] if is_template else [name]


def _remove_dangling(step: Step, before: t.Mapping[str, str]) -> None:
    """Remove what the commit that failed had brought: its file has gone with it."""
    names = [name for name, to in before.items() if not os.path.exists(to)]
    systemctl = Systemctl()
    states = systemctl.show([each for name in names for each in _running_names(name)])
    running = [name for name, status in states.items() if status.is_running]
    systemctl.stop(*running)
    systemctl.disable(*names)
    forget_failed(systemctl, states)
    step.note(Change(name, "stop", "running\n", "stopped\n") for name in running)
    step.note(Change(name, "disable") for name in names)


def _checkout(step: Step, deployment: _deployment.Deployment) -> list[str]:
    head, short = head_of(deployment.checkout), deployment.commit[:12]
    changes = []
    if head != deployment.commit:
        before, after = f"commit {head}\n", f"commit {deployment.commit}\n"
        changes.append(Change(deployment.checkout, f"go back to {short}", before, after))

    def back(_change: Change) -> None:
        try:
            account = pwd.getpwnam(step.params["user"])
        except KeyError:
            raise StepError(f"there is no account {step.params['user']!r} to own {deployment.checkout}") from None
        _deployment.checkout_back(deployment, account)

    step.carry_out(changes, back)
    return [f"{deployment.checkout} {'would be' if step.check_mode and changes else 'is'} at {short} again"]


def _services(step: Step, deployment: _deployment.Deployment, stopped: t.Collection[str]) -> list[str]:
    systemctl = Systemctl()
    states = systemctl.show(deployment.stopped)
    down = [
        name
        for name, status in states.items()
        # In a dry run what would have been stopped runs on.
        if (name in stopped or not status.is_running) and status.load_state == "loaded"
    ]
    enabled = [name for name in down if states[name].unit_file_state == "enabled"]
    if not step.check_mode:
        # By the path of their files, so that systemd reads the old ones again.
        again = [name if "@" in name else place_of(states[name].fragment_path).target for name in enabled]
        systemctl.enable(*(again or [READ_ANEW] if down else []))
        systemctl.start(*down)
    step.note(Change(name, "start", "stopped\n", "running\n") for name in down)
    return [f"{', '.join(down)} {'would be started' if step.check_mode else 'started'} again"] if down else []


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "user": {"type": "str", "required": True},
            "checkout": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    run_step(module, CLAUSE, undo)


if __name__ == "__main__":
    main()
