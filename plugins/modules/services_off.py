#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: services_off
short_description: Stop and disable for good all that a node runs from its checkout
description:
  - Stops and disables the declared units, and every other one that is linked from the checkout, by C(systemctl stop)
    and C(systemctl disable) alone. What starts others, as timers and sockets, goes first.
  - Takes their credentials out of the node's memory.
  - A unit that does not stop keeps no other from being stopped; it is named, and the task fails at its end.
  - Units that the operator's login hangs on are left alone and named, also where one is linked from the checkout.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
    details: The part on the controller works out what is declared.
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  units:
    description: The declared units, as M(ai_systems.runbook.systemd_unit) takes them.
    type: list
    elements: dict
    default: []
  merge:
    description:
      - The variable of the inventory that O(units) comes from. Its values are merged over all groups of the node.
      - Used on the controller only.
    type: str
    default: ""
  names:
    description: Names of the declared units and templates. Set by the action plugin, never by hand.
    type: list
    elements: str
    default: []
  checkout:
    description: Absolute path of the checkout on the node.
    type: str
    required: true
seealso:
  - module: ai_systems.runbook.systemd_unit
  - module: ai_systems.runbook.service_action
"""

EXAMPLES = r"""
---
- name: 5.4 | Stop and disable what runs here
  ai_systems.runbook.services_off:
    units: "{{ services_list }}"
    merge: services_list
    checkout: /home/operator/ai-systems
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "5.4"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "5.4"
      subject: greeter.service
      action: stop
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: greeter.service was stopped; greeter.service was disabled.
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_credentials
from ansible_collections.ai_systems.runbook.plugins.module_utils._checkout_lock import alone
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import FOLDER, make_folder
from ansible_collections.ai_systems.runbook.plugins.module_utils._services_off import (
    DISABLE,
    FORGET,
    STOP,
    Found,
    decide,
    read,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError, run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import Systemctl
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_forgotten import forget_failed
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import parts_of


def do_off(step: Step) -> str:
    systemctl = Systemctl()
    checkout: str = step.params["checkout"]
    if not os.path.isabs(checkout) or checkout.strip("/") == "":
        raise StepError(f"checkout {one_line(checkout, 200)!r} is no folder of its own; give its absolute path")
    make_folder()
    with alone(FOLDER):
        found = read(systemctl, step.params["names"], checkout)
        for sentence in found.left:
            step.warn(sentence)
        changes = decide(found)
        failures = []
        for change in changes:
            try:
                step.carry_out([change], lambda one: _act(systemctl, one))
            except CommandError as exc:
                failures.append(f"{change.subject} was not {_DONE[change.action]} ({one_line(str(exc), 200)})")
        if not step.check_mode and changes:
            failures += _still_there(systemctl, found)
    if failures:
        raise StepError(f"{'; '.join(failures[:20])}: look at 'systemctl status' on the node, or pull its power")
    return _summary(changes, check_mode=step.check_mode)


ARGUMENT_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "units": {"type": "list", "elements": "dict", "default": []},
    "merge": {"type": "str", "default": ""},
    "names": {"type": "list", "elements": "str", "default": []},
    "checkout": {"type": "str", "required": True},
}
_DONE: t.Final = {STOP: "stopped", DISABLE: "disabled"}
_SHOWN = 10


def _act(systemctl: Systemctl, change: Change) -> None:
    if change.action == STOP:
        systemctl.stop(change.subject)
    elif change.action == DISABLE:
        systemctl.disable(change.subject)
    else:
        _unit_credentials.forget(change.subject)


def _still_there(systemctl: Systemctl, found: Found) -> list[str]:
    """Return a sentence for each unit that somebody started again; forget those that failed and are gone."""
    forget_failed(systemctl, [name for name in found.linked if not parts_of(name).is_template])
    states = systemctl.show(list(found.statuses))
    return [f"{one.name} runs again" for one in states.values() if one.is_running]


def _summary(changes: t.Sequence[Change], *, check_mode: bool) -> str:
    if not changes:
        return "Nothing runs from the checkout, and nothing is linked."
    be = "would be" if check_mode else ""
    said = []
    for action, done in _DONE.items():
        names = [change.subject for change in changes if change.action == action]
        if names:
            said.append(f"{_some(names)} {be or ('was' if len(names) == 1 else 'were')} {done}")
    held = [change.subject for change in changes if change.action == FORGET]
    if held:
        said.append(f"the credentials of {_some(held)} {be or 'were'} removed from memory")
    sentence = "; ".join(said)
    return f"{sentence[:1].upper() if sentence.startswith('the') else sentence[:1]}{sentence[1:]}."


def _some(names: t.Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
    )
    run_step(module, "5.4", do_off)


if __name__ == "__main__":
    main()
