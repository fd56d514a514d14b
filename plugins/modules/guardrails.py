#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: guardrails
short_description: Keep a node from updating and healing itself
description:
  - Carries out clauses 6.1 and 6.2 of the runbook, "Never Auto-Update" and "Never Self-Heal", on a fresh Debian 13 or
    Raspberry Pi OS, by permitted means only.
  - Stops and disables the timers, services and sockets that update or heal, as those of apt, unattended-upgrades,
    snapd, fwupd, the Raspberry Pi's boot loader, podman, watchdog and monit. Units that are linked from a checkout are
    left alone.
  - Says in C(/etc/apt/apt.conf.d/zz-ai-systems-runbook), read after all other files there, that apt does nothing by
    itself. apt is asked beforehand whether that would hold; what is read later and says otherwise is an error.
  - Switches off systemd's watchdog by a drop-in that is read after the vendor's. It holds at once, since systemd reads
    its own settings anew with its units. Switches off the kernel's reboot after a panic.
  - Keeps cloud-init from running again, once its first boot is over and the network is proven to come back without it.
  - Moves entries of cron and at that update or heal to C(/var/lib/ai-systems-runbook/moved-aside), whose manifest says
    what came from where. Their other lines stay.
  - Has needrestart list only, where it would restart services by itself.
  - Where the journal is kept is the module M(ai_systems.runbook.journal_storage)'s.
  - Nothing is removed, masked or purged. What cannot be switched off, as a service that D-Bus starts, is named in
    RV(left), with what the operator does about it.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment: ai_systems.runbook._attributes
options:
  remove:
    description: Packages that the play removes after this step, which are therefore not named in RV(left).
    type: list
    elements: str
    default: []
  disable_cloud_init:
    description: Whether cloud-init is kept from running again.
    type: bool
    default: true
  keep:
    description:
      - Units, paths and packages that are left as they are, and C(cloud-init) for that.
      - The audit still calls them a violation; a waiver gives the reason.
    type: list
    elements: str
    default: []
seealso:
  - module: ai_systems.runbook.journal_storage
  - module: ai_systems.runbook.apt_package
"""

EXAMPLES = r"""
---
- name: 6.1 | Keep the node from updating and healing itself
  ai_systems.runbook.guardrails:
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "6.1"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "6.1"
      subject: apt-daily.timer
      action: stop
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: Nothing updates or heals the node by itself.
left:
  description: What updates or heals the node and only the operator can settle, a sentence each.
  returned: success
  type: list
  elements: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_guardrails import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
