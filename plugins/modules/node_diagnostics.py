#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_diagnostics
short_description: Ask a node what fails on it, and say whether that is hardware, OS or application
description:
  - Asks all sources in one call. Nothing is changed, and nothing is written on the node.
  - Each source is asked by a process of its own, so that a disk that never answers keeps no other source from it.
  - A source is V(ok), V(problem), or V(unknown) where it is not there or could not be asked; that is never V(ok).
  - It works on a node that was never provisioned. Where sudo does not work it asks as the login itself, and says so.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes.reads
  - ai_systems.runbook._attributes.action
attributes:
  action:
    details: The part on the controller gives the last audit and its own clock, and decides on the verdict.
options:
  seconds:
    description: How long all sources together may take; what was not asked by then is unknown.
    type: int
    default: 120
  seconds_each:
    description: How long one source may take.
    type: int
    default: 20
  reports_dir:
    description: Folder on the controller with the reports of audits. Used on the controller only.
    type: path
  now:
    description: The controller's clock in seconds since 1970. Set by the action part, never by hand.
    type: float
    default: 0
  audited:
    description: When the node was audited last, likewise. Set by the action part, never by hand.
    type: float
    default: 0
  code:
    description: The code of the sources, packed. Set by the action part, never by hand.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.diagnosis_run
  - module: ai_systems.runbook.runbook_audit
"""

EXAMPLES = r"""
---
- name: 5.1 | Ask the node what fails
  ai_systems.runbook.node_diagnostics:
    reports_dir: "{{ runbook_reports_dir }}"
  become: true
"""

RETURN = r"""
clause:
  description: The runbook's clause.
  returned: always
  type: str
  sample: "5.1"
actions:
  description: Always empty.
  returned: always
  type: list
  elements: dict
diagnosis:
  description: The verdict, and what each source said. Set by the action part.
  returned: when the node answered
  type: dict
  contains:
    verdict:
      description: The component, the reason in one sentence, and the runbook's next step.
      type: dict
    sources:
      description: Each source with its state and what it said.
      type: list
      elements: dict
    facts:
      description: What the node says that it is.
      type: dict
    is_root:
      description: Whether it was asked as root.
      type: bool
  sample:
    verdict:
      component: hardware
      cause: storage
      sentence: "hardware: the card or disk: card mmc0: the kernel says it 3 times since the node was started"
      clause: "5.3"
      step: new card, re-image
summary:
  description: The verdict in one sentence.
  returned: always
  type: str
  sample: "none found: 21 of 21 sources were asked and are well"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._sent_code import sent_module
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, run_step

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "seconds": {"type": "int", "default": 120},
    "seconds_each": {"type": "int", "default": 20},
    "reports_dir": {"type": "path"},
    "now": {"type": "float", "default": 0},
    "audited": {"type": "float", "default": 0},
    # No secret: the node's journal, which has the arguments of each module, is no place for it.
    "code": {"type": "str", "default": "", "no_log": True},
}


def body(step: Step) -> str:
    said: str = sent_module("_diagnose_call", step.params["code"]).look(step)
    return said


def main() -> t.NoReturn:
    run_step(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True), "5.1", body)


if __name__ == "__main__":
    main()
