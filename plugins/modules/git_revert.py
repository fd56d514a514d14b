# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: revert a commit of the ai-systems repository in the operator's clone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: git_revert
short_description: Revert a commit in the operator's clone, so that what the inventory declares follows it
description:
  - Runs C(git revert) for a commit, a merge or a range in a clone on the controller, with the identity and the signing
    settings that git has there. A commit that is reverted already is left alone.
  - It is made on the side first. A conflict, or a finding of the lint that was not there before, leaves the clone as it
    was; so does a run that is killed.
  - Says whether what the inventory declares leads to the revert, so that no later run brings the commit back.
  - In a run of many nodes the first one's task does all of it, and the others are told.
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
    details: >-
      The revert is made in a passing clone, and the rest of the run takes it for what the inventory declares, so that
      M(ai_systems.runbook.git_checkout) and M(ai_systems.runbook.systemd_unit) say what it would do to the node. The
      operator's clone does not get even an object more.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  commit:
    description: The id of a commit, or two with C(..) between them; not a name, which means something else afterwards.
    type: str
    default: ""
  mainline:
    description: Of a merge the number of the parent whose line stays. Empty where there is none.
    type: str
    default: ""
  push:
    description: Whether the branch is pushed, V(true) or V(false); never by force.
    type: str
    default: ""
  lint:
    description: What a finding of the lint does that was not there before, V(fail) or V(warn).
    type: str
    default: fail
  clone:
    description: The operator's clone. Empty where the inventory's repository is one itself.
    type: str
    default: ""
  repository:
    description: >-
      What the inventory declares, with the keys C(url), C(version), C(require_clean), C(verify_signature) and
      C(fetch_timeout).
    type: dict
    required: true
seealso:
  - module: ai_systems.runbook.git_checkout
"""

EXAMPLES = r"""
---
- name: Revert a commit in the operator's clone
  ai_systems.runbook.git_revert:
    commit: 1a2b3c4
    repository:
      url: /home/anna/ai-systems
      version: main
"""

RETURN = r"""
clause:
  description: The runbook's clause.
  returned: always
  type: str
  sample: "5.3"
actions:
  description: What was done, or in check mode would be.
  returned: always
  type: list
  elements: dict
  contains:
    clause:
      description: The runbook's clause.
      type: str
    subject:
      description: The clone, or the branch of a remote.
      type: str
    action:
      description: What is done to it.
      type: str
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 1a2b3c4d5e6f 'Greet louder' is reverted on main of /home/anna/ai-systems, which is at 9f8e7d6c5b4a now.
commit:
  description: The commit that the clone's branch is at, or in check mode would be.
  returned: success
  type: str
not_followed:
  description: Why a later run would bring the commit back, and what to change; empty where it would not.
  returned: success
  type: str
"""
