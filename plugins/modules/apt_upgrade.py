#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_upgrade
short_description: Carry out a node's initial system update, once
description:
  - Carries out clause 2.5 of the runbook, "Perform an initial system update", as C(apt update && apt upgrade) does.
    Packages are upgraded and what they newly need is installed; nothing is ever removed.
  - All of it must come from an official Debian 13 archive, see M(ai_systems.runbook.apt_package); else nothing is done.
  - The update is done once, at initial provisioning, and recorded on the node. With the record there, apt is not
    called at all, since a system must never update itself (runbook 6); later upgrades are the operator's own decision.
  - The record is written after complete success only, so a run that was killed is simply repeated.
  - The operator's version of a configuration file stays. Nothing is restarted beyond what maintainer scripts do, and
    the node is never rebooted; the result says whether it should be.
  - A held lock of dpkg or apt is waited for. An interrupted dpkg is reported and not repaired.
  - In check mode the package lists are fetched into a private folder under C(/run), so that the node's own stay as
    they are, and the very actions of the real run are predicted.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
  - ai_systems.runbook._archives
  - ai_systems.runbook._sliced
attributes:
  action:
    details: The part on the controller shows how far the work is.
options:
  records_dir:
    description: Folder on the controller where transactions are recorded, none where empty.
    type: str
    default: ""
  dry_run:
    description:
      - In check mode, the folder on the node that M(ai_systems.runbook.apt_sources) returned as C(dry_run) earlier in
        the same run, so that the prediction starts from the sources that it would write. Set by the action part only.
    type: str
    default: ""
  lock_timeout:
    description: How long to wait for another process that holds a lock of dpkg or apt, in seconds.
    type: int
    default: 300
seealso:
  - module: ai_systems.runbook.apt_package
"""

EXAMPLES = r"""
---
- name: 2.5 | Update the system
  ai_systems.runbook.apt_upgrade:
    lock_timeout: 300
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.5"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.5"
      subject: apt lists
      action: refresh
    - clause: "2.5"
      subject: tzdata
      action: upgrade 2026c-0+deb13u1 -> 2026f-0+deb13u1
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: The initial update was done at 2026-11-23T06:30:00Z.
packages:
  description: Version, archive and SHA256 of each package of the transaction.
  returned: when there was an update to do
  type: list
  elements: dict
kept_back:
  description: Packages that have a newer version which an upgrade without removals does not install, or which are held.
  returned: when there was an update to do
  type: list
  elements: str
reboot_needed:
  description: Whether the node needs a restart for what is installed to take effect.
  returned: always
  type: bool
reboot_reasons:
  description: Why it needs one.
  returned: always
  type: list
  elements: str
dry_run:
  description:
    - In check mode, a folder on the node with the lists fetched and the state after the update, from which
      M(ai_systems.runbook.apt_package) goes on later in the same run.
  returned: in check mode, when there was an update to do
  type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_apt_upgrade import (
    ARGUMENT_SPEC,
    CLAUSE,
    quick,
    work,
)


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_in_slices(module, CLAUSE, quick, work)


if __name__ == "__main__":
    main()
