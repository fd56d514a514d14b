#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_run
short_description: Begin an audit of a fleet on the controller, or conclude it with its exit status
description:
  - With O(step=begin) it checks what the audit itself is given, and tells the callback
    P(ai_systems.runbook.steps#callback) that each node of the play is part of an audit. No node is asked.
  - With O(step=conclude) it fails for a node with a violation that nobody has waived, and calls a node unreachable that
    did not answer, so that the run ends with status 2 or 4 once all nodes were looked at.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes.reads
  - ai_systems.runbook._attributes.controller
options:
  step:
    description: Which end of the audit it is.
    type: str
    choices: [begin, conclude]
    required: true
  reports_dir:
    description: Folder on the controller where the reports are written, with O(step=begin).
    type: path
  waivers_file:
    description: The file with waivers, on the controller. None there is no mistake.
    type: path
  clauses:
    description: Clauses that are looked at; all where there are none, with O(step=begin).
    type: list
    elements: str
    default: []
  begun:
    description: What O(step=begin) returned for the node, with O(step=conclude).
    type: dict
    default: {}
  lost:
    description: Why the node could not be audited although it answered, with O(step=conclude).
    type: str
    default: ""
  result:
    description: What the audit of the node returned, with O(step=conclude).
    type: dict
    default: {}
seealso:
  - module: ai_systems.runbook.runbook_audit
"""

EXAMPLES = r"""
---
- name: Begin
  ai_systems.runbook.audit_run:
    step: begin
    reports_dir: "{{ runbook_reports_dir }}"
    waivers_file: "{{ runbook_waivers_file }}"
    clauses: ["6"]
  register: audit_begun

- name: Conclude
  ai_systems.runbook.audit_run:
    step: conclude
    begun: "{{ audit_begun }}"
    result: "{{ audit_done | default({}) }}"
"""

RETURN = r"""
audit:
  description: What the callback needs to write the report.
  returned: with O(step=begin)
  type: dict
  contains:
    reports_dir:
      description: Where reports are written.
      type: str
    waivers_file:
      description: Where waivers are read.
      type: str
    clauses:
      description: The clauses that are looked at.
      type: list
      elements: str
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: No violation remains.
"""
