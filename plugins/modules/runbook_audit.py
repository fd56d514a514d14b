#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: runbook_audit
short_description: Look whether a node is what the runbook says, clause by clause
description:
  - Asks every rule of the audit, or those of some clauses, in one call. Nothing is changed.
  - Each finding is a V(violation), V(unknown) (it could not be decided) or V(info) (worth knowing, and allowed).
  - It works on a node that was never provisioned. What is not declared for it is then unknown.
  - It yields to whatever else the node does, and ends when its time is over. What was not looked at by then is unknown.
  - The value of a credential that is found never leaves the node.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes.reads
  - ai_systems.runbook._attributes.action
attributes:
  action:
    details: The part on the controller works out what the inventory declares, and judges what is documented.
options:
  clauses:
    description:
      - Only rules of these clauses are asked, as C(6.3), or C(6) for a whole section.
    type: list
    elements: str
    default: []
  strict:
    description: Whether each of O(clauses) must have a rule. Used on the controller only.
    type: bool
    default: true
  waivers_file:
    description: The file with waivers, on the controller, for RV(verdicts). Used on the controller only.
    type: path
  seconds:
    description: How long all rules together may take.
    type: int
    default: 300
  declared:
    description:
      - What the inventory declares of the node. On the controller it is given by the variables of the roles; the
        action part resolves it into what the node is compared with.
    type: dict
    default: {}
  code:
    description: The code of the rules, packed. Set by the action part, never by hand.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.package_rules
"""

EXAMPLES = r"""
---
- name: 6 | Look whether the nevers hold
  ai_systems.runbook.runbook_audit:
    clauses: ["6"]
  become: true
"""

RETURN = r"""
clause:
  description: The step that the audit is in a table of steps.
  returned: always
  type: str
  sample: "6"
actions:
  description: Always empty.
  returned: always
  type: list
  elements: dict
findings:
  description: What does not hold, could not be decided, or is worth knowing; violations first, at most 1000.
  returned: always
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
      description: What it is about, a path or a name on the node.
      type: str
    evidence:
      description: What was seen.
      type: str
    remedy:
      description: What to do about it.
      type: str
  sample:
    - clause: "6.1"
      verdict: violation
      subject: apt-daily.timer
      evidence: it is enabled, and fetches package lists by itself
      remedy: "'systemctl stop apt-daily.timer && systemctl disable apt-daily.timer'"
rules:
  description: The rules that were asked, each with its clause and how many seconds it took.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The rule.
      type: str
    clause:
      description: The clause of the runbook that it belongs to.
      type: str
    seconds:
      description: How long it took.
      type: float
  sample:
    - name: apt-periodic
      clause: "6.1"
      seconds: 0.012
facts:
  description: What the node says that it is.
  returned: always
  type: dict
  sample:
    model: Raspberry Pi 5 Model B Rev 1.0
    kernel: 6.12.117+deb13-arm64
    architecture: aarch64
    debian: "13.7"
    emulated: false
    container: false
manual:
  description: The packages that are there for their own sake, by name.
  returned: always
  type: list
  elements: str
verdicts:
  description: What becomes of each clause, waivers included. Set by the action part.
  returned: when the node answered
  type: dict
  sample: {"6.1": violation, "6.2": ok}
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 61 rules asked, 1 violation, 2 for information.
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._sent_code import sent_module
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, run_step

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "clauses": {"type": "list", "elements": "str", "default": []},
    "strict": {"type": "bool", "default": True},
    "waivers_file": {"type": "path"},
    "seconds": {"type": "int", "default": 300},
    "declared": {"type": "dict", "default": {}},
    # No secret: the node's journal, which has the arguments of each module, is no place for it.
    "code": {"type": "str", "default": "", "no_log": True},
}


def body(step: Step) -> str:
    said: str = sent_module("_audit_call", step.params["code"]).look(step)
    return said


def main() -> t.NoReturn:
    run_step(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True), "6", body)


if __name__ == "__main__":
    main()
