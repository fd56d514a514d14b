# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: say whether a node is well after a rollback."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollback_verdict
short_description: Say whether a node is well after a rollback, and stop before the next ones where it is not
description:
  - Compares what the audit of the commit and of the services found before a deployment with what it found after it.
  - Fails where the deployment failed, where nobody could look at the node then, or where a violation is new. Older
    ones, and what is waived, stop nothing.
  - Nothing is asked of the node.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
    details: Runs on the controller only.
  check_mode:
    support: full
    details: Nothing is ever changed.
  diff_mode:
    support: N/A
    details: Nothing is ever changed.
  idempotent:
    support: full
options:
  reverted:
    description: What M(ai_systems.runbook.git_revert) returned.
    type: dict
    required: true
  lost:
    description: Why the deployment failed; empty where it did not.
    type: str
    default: ""
  before:
    description: What M(ai_systems.runbook.runbook_audit) returned before the deployment.
    type: dict
    default: {}
  after:
    description: What it returned after the deployment.
    type: dict
    default: {}
  waivers_file:
    description: Where a node may differ from the runbook. Empty for nowhere.
    type: path
    default: ""
seealso:
  - module: ai_systems.runbook.git_revert
  - module: ai_systems.runbook.runbook_audit
"""

EXAMPLES = r"""
---
- name: Say whether the node is well
  ai_systems.runbook.rollback_verdict:
    reverted: "{{ reverted }}"
    after: "{{ audit_done }}"
"""

RETURN = r"""
clause:
  description: The runbook's clause.
  returned: always
  type: str
  sample: "5.3"
concludes:
  description: That its sentence is the one for the step, whatever was said before.
  returned: always
  type: bool
summary:
  description: What was done, whether the node is well, and what comes next where it is not.
  returned: always
  type: str
"""
