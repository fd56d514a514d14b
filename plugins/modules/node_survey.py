#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_survey
short_description: Ask a node which steps of the runbook would change anything
description:
  - Says for each clause that the roles of a play carry out whether its role would change anything on the node, in one
    call. C(provision.yml) then enters only the roles whose clause does not hold.
  - The answers come from the code of the roles' own modules, run in check mode with the very arguments that the roles
    would send. What such a module then finds good, the role would leave alone.
  - Whatever is not plainly good, for whatever reason, is to be entered. That a clause cannot be decided, or that a
    module's action plugin needs more than one call, counts so too. The role then decides, or says what is wrong.
  - Looks only. What a dry run leaves in C(/run) for the steps after it is removed in the same call.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  diff_mode:
    support: none
options:
  full:
    description: Have every role entered; nothing is asked but what waivers make necessary.
    type: bool
    default: false
  login:
    description:
      - What M(ai_systems.runbook.connect) returned as RV(ai_systems.runbook.connect#module:login). On first contact
        nothing is asked but what waivers make necessary, since everything is to be entered.
    type: dict
    default: {}
  waivers_file:
    description:
      - The file with waivers, on the controller. None there is no mistake. What a waiver allows is not touched, also
        with O(full=true) and on first contact. Where waivers speak of what a role with something to do mends, its
        clauses are audited in a second call, and its actions are compared with what the audit finds.
      - Where a role could not leave out what is waived without leaving out more, the task fails and says what stands
        against what, before anything is touched.
    type: path
  steps:
    description: What the roles would call, in their order. Set by the action plugin, never by hand.
    type: list
    elements: dict
    default: []
    suboptions:
      clause:
        description: The clause that the role carries out.
        type: str
        required: true
      module:
        description: The role's module, without the collection's name.
        type: str
        required: true
      args:
        description: What the role would hand to it.
        type: dict
        required: true
  code:
    description: The code of those modules, packed. Set by the action plugin, never by hand.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: 1 | Ask which steps would change anything
  ai_systems.runbook.node_survey:
    login: "{{ __runbook_login.login }}"
  become: true
  register: __runbook_survey
"""

RETURN = r"""
enter:
  description: The clauses whose roles are to be entered, in the order of the play.
  returned: always
  type: list
  elements: str
  sample: ["2.3"]
clauses:
  description: What was found of each clause that the play would carry out.
  returned: always
  type: dict
  sample:
    "2.3": {"verdict": "enter", "sentence": "The node would be called greenhouse-1."}
    "2.7": {"verdict": "waived", "sentence": "waived: /home/ops (others read it, until 2027-06-30)"}
    "2.4": {"verdict": "ok", "sentence": "192.0.2.10/24 on eth0, gateway 192.0.2.1, DNS 192.0.2.1."}
keep:
  description: What the role guardrails must leave as it is, since it is waived.
  returned: always
  type: list
  elements: str
  sample: ["apt-daily.timer"]
rows:
  description: For each clause that is not entered, what its row in the final table says.
  returned: always
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._sent_code import sent_module

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "full": {"type": "bool", "default": False},
    "login": {"type": "dict", "default": {}},
    "waivers_file": {"type": "path"},
    "steps": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "clause": {"type": "str", "required": True},
            "module": {"type": "str", "required": True},
            "args": {"type": "dict", "required": True},
        },
    },
    "code": {"type": "str", "default": ""},
}


def main() -> t.NoReturn:
    # Among the arguments of the steps are secrets, which the node's journal must not hold.
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, no_log=True)
    survey = sent_module("_survey", module.params["code"]).survey
    module.exit_json(changed=False, answers=survey(module.params["steps"]))


if __name__ == "__main__":
    main()
