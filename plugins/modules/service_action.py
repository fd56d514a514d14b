#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_action
short_description: Start, stop, enable or disable one declared service, or show how it is
description:
  - Carries out clause 4.2 of the runbook, by C(systemctl start), C(stop), C(enable), C(disable) and C(status) alone.
  - The service must be one that the inventory declares for the node, so that nothing else is ever stopped or started.
  - A unit is started or enabled only where systemd reads it through a link to its file in the checkout, and where that
    file is as the checkout's commit has it.
  - A service that was started must still run a moment later; else it is an error, with its last journal lines.
  - A unit that is disabled stays linked, so that it can be started.
  - What C(systemctl status) and the journal say afterwards is shown on the terminal.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    details: The part on the controller knows what is declared, and shows the status.
  idempotent:
    support: partial
    details: A service that ends by itself (C(Type=oneshot)) is started each time that it does not run.
options:
  action:
    description: The verb.
    type: str
    choices: [start, stop, enable, disable, status]
    required: true
  name:
    description: The unit's whole name. Of a template it is an instance, as C(backup@photos.service).
    type: str
    required: true
  units:
    description: The declared units, as M(ai_systems.runbook.systemd_unit) takes them.
    type: list
    elements: dict
    required: true
  merge:
    description:
      - The variable of the inventory that O(units) comes from. Its values are merged over all groups of the node.
      - Used on the controller only.
    type: str
    default: ""
  user:
    description: The account that owns the checkout.
    type: str
    required: true
  checkout:
    description: Absolute path of the checkout on the node.
    type: str
    required: true
  lines:
    description: How many of the unit's last journal lines are shown, at most 200.
    type: int
    default: 20
seealso:
  - module: ai_systems.runbook.systemd_unit
"""

EXAMPLES = r"""
---
- name: 4.2 | Stop a service
  ai_systems.runbook.service_action:
    action: stop
    name: greeter.service
    user: operator
    checkout: /home/operator/ai-systems
    units:
      - src: greeter/greeter.service
  become: true

- name: 4.2 | Show how an instance is, of a template that the groups of the node declare
  ai_systems.runbook.service_action:
    action: status
    name: backup@photos.service
    user: operator
    checkout: /home/operator/ai-systems
    units: "{{ services_list }}"
    merge: services_list
    lines: 50
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "4.2"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "4.2"
      subject: greeter.service
      action: stop
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: greeter.service is inactive (dead) and enabled.
status:
  description: What C(systemctl status) says of the unit, cleaned and cut.
  returned: when the node was asked
  type: str
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._checkout_lock import alone
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import FOLDER, make_folder
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import read_bounded
from ansible_collections.ai_systems.runbook.plugins.module_utils._service_action import (
    VERBS,
    State,
    Target,
    decide,
    why_not_enabled,
    why_not_ended_well,
    why_refused,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError, run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW, Systemctl
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_committed import require_committed
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import LONGEST_FILE, Text, Unit, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_lasting import ends_by_itself
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import Place, drop_ins_at, place_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import parts_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_settled import ended, tell, watch

_SETTLE_SECONDS = 2.0


class Actor:
    """Does a verb for one service."""

    def __init__(self, step: Step, target: Target) -> None:
        self._step = step
        self._target = target
        self._systemctl = Systemctl()

    def act(self, verb: str) -> str:
        """Return the sentence for the table."""
        state = self._state()
        try:
            changes = decide(verb, state)
            if changes:
                self._require(verb, state)
            self._step.carry_out(changes, lambda change: self._do(change, state))
        finally:
            self._step.returns(status=self._systemctl.status(self._target.name, lines=self._step.params["lines"]))
        if changes and self._step.check_mode:
            return f"{self._target.name} would be {changes[0].after.strip()}."
        status = self._state().status
        how = status.unit_file_state or "not linked"
        return f"{status.name} is {status.active_state} ({status.sub_state}) and {how}."

    def _state(self) -> State:
        return State(self._systemctl.show([self._target.name])[self._target.name], place_of(self._target.link))

    def _require(self, verb: str, state: State) -> None:
        reason = why_refused(verb, self._target, state)
        if reason:
            raise StepError(reason)
        if verb not in ("start", "enable"):
            return
        checkout: str = self._step.params["checkout"].rstrip("/")
        paths = [path.removeprefix(f"{checkout}/") for path in self._files() if path.startswith(f"{checkout}/")]
        require_committed(checkout, paths, self._step.params["user"])
        reason = why_not_enabled(self._unit()) if verb == "enable" else ""
        if reason:
            raise StepError(reason)

    def _files(self) -> list[str]:
        """Return the unit's file and those that its drop-ins are links to."""
        places = drop_ins_at(parts_of(self._target.name).template).values()
        return [self._target.file, *(place.target for place in places if place.kind == "link")]

    def _unit(self) -> Unit:
        texts = [Text(path, read_bounded(path, limit=LONGEST_FILE) or b"") for path in self._files()]
        return parse(parts_of(self._target.name).template, texts)

    def _do(self, change: Change, state: State) -> None:
        name = self._target.name
        if change.action == "start":
            self._start()
        elif change.action == "stop":
            self._systemctl.stop(name)
        elif change.action == "enable":
            self._systemctl.enable(self._target.enabled_by)
        else:
            self._systemctl.disable(name)
            self._link_again(state)

    def _link_again(self, before: State) -> None:
        """Put back the link that the runbook demands (4.3): systemctl disable takes away every one."""
        if before.place != Place("link", self._target.file) or place_of(self._target.link).kind != "absent":
            return
        os.symlink(self._target.file, self._target.link)
        if before.status.is_running:
            # systemd found no file when it read its units, and has lost what the file says of how to stop the unit.
            self._systemctl.enable(READ_ANEW)

    def _start(self) -> None:
        name = self._target.name
        try:
            self._systemctl.start(name)
        except CommandError as exc:
            status = self._state().status
            why = f"did not start: it is {status.active_state}{ended(status)}"
            raise StepError(tell(status, why).sentence) from exc
        if not ends_by_itself(self._unit()):
            fallen = watch(self._systemctl, [name], seconds=_SETTLE_SECONDS)
            if fallen:
                raise StepError(fallen[0].sentence)
            return
        status = self._state().status
        why = why_not_ended_well(status)
        if why:
            raise StepError(tell(status, why).sentence)


def do_verb(step: Step) -> str:
    name: str = step.params["name"]
    checkout: str = step.params["checkout"].rstrip("/")
    template = parts_of(name).template
    sources = [str(one.get("src", "")) for one in step.params["units"]]
    src = next((one for one in sources if one.rpartition("/")[2] == template), "")
    if not src:
        raise StepError(f"{name} is none of the declared units; declare it in services_list")
    make_folder()
    with alone(FOLDER):
        return Actor(step, Target(name, f"{checkout}/{src}")).act(step.params["action"])


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "action": {"type": "str", "choices": list(VERBS), "required": True},
            "name": {"type": "str", "required": True},
            "units": {"type": "list", "elements": "dict", "required": True},
            "merge": {"type": "str", "default": ""},
            "user": {"type": "str", "required": True},
            "checkout": {"type": "str", "required": True},
            "lines": {"type": "int", "default": 20},
        },
        supports_check_mode=True,
    )
    run_step(module, "4.2", do_verb)


if __name__ == "__main__":
    main()
