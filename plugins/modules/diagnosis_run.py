#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnosis_run
short_description: Begin the diagnosis of a fleet on the controller, or conclude it with its exit status
description:
  - With O(step=begin) it tells the callback P(ai_systems.runbook.steps#callback) that each node of the play is
    diagnosed. No node is asked.
  - With O(step=conclude) it fails for a node with a problem, and calls a node unreachable that did not answer, so that
    the run ends with status 2 or 4 once all nodes were asked.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes.reads
  - ai_systems.runbook._attributes.controller
options:
  step:
    description: Which end of the diagnosis it is.
    type: str
    choices: [begin, conclude]
    required: true
  reports_dir:
    description: Folder on the controller where the reports are written, with O(step=begin).
    type: path
  lost:
    description: Why the node could not be diagnosed although it answered, with O(step=conclude).
    type: str
    default: ""
  result:
    description: What the diagnosis of the node returned, with O(step=conclude).
    type: dict
    default: {}
seealso:
  - module: ai_systems.runbook.node_diagnostics
"""

EXAMPLES = r"""
---
- name: Begin
  ai_systems.runbook.diagnosis_run:
    step: begin
    reports_dir: "{{ runbook_reports_dir }}"

- name: Conclude
  ai_systems.runbook.diagnosis_run:
    step: conclude
    result: "{{ diagnosis_done | default({}) }}"
"""

RETURN = r"""
diagnosis_of_fleet:
  description: What the callback needs to write the report.
  returned: with O(step=begin)
  type: dict
  contains:
    reports_dir:
      description: Where reports are written.
      type: str
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: No problem was found.
"""
