#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bootstrap_packages
short_description: Install what modules need, on a node that cannot run a module yet
description:
  - Part of clause 2.2 of the runbook, "Initial Boot". Installs C(python3), C(python3-apt) and C(sudo) where they are
    missing, and nothing else; the node needs no more than a shell and apt for that.
  - Each file must be named, by its SHA-256, in a list of an official Debian 13 archive whose signature verifies.
  - The login must be root, or have sudo.
  - In check mode the result has C(ends_run), since nothing further can be asked of such a node.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    details: All of it runs on the controller, through shell commands on the node.
options:
  archive_keys:
    description: Fingerprints of further archive keys that count beside Debian's own.
    type: list
    elements: str
    default: []
  lock_timeout:
    description: How long to wait for another package manager on the node, in seconds.
    type: int
    default: 300
seealso:
  - module: ai_systems.runbook.connect
"""

EXAMPLES = r"""
---
- name: 2.2 | Install the bootstrap packages
  ai_systems.runbook.bootstrap_packages:
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: success
  type: str
  sample: "2.2"
actions:
  description: What was done, or in check mode would be done.
  returned: success
  type: list
  elements: dict
  sample:
    - clause: "2.2"
      subject: python3
      action: install
summary:
  description: One sentence on the outcome.
  returned: success
  type: str
  sample: Installed python3, python3-apt, sudo.
"""
