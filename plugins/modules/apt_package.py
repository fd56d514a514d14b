#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_package
short_description: Install or remove explicitly named packages with apt, from official Debian archives only
description:
  - Carries out clause 2.6 of the runbook, "Install a minimal set of required tools", and section 3 on packages.
  - Whatever the transaction installs or upgrades, also as a dependency, must come from an archive whose lists verify
    against Debian's archive keys and that is trixie, trixie-updates or trixie-security; else nothing is installed.
  - A package outside the runbook's checklist must be justified in C(context.md) of the C(ai-systems) repository.
  - All packages of a call are installed in one transaction, which removes and downgrades nothing. Packages that are
    installed stay at their version. What a package needs is installed with it, and what it recommends as the node's own
    configuration of apt says, which is what C(apt install) does.
  - A package that was there for another one's sake only is marked as wanted for its own.
  - The package lists are refreshed first when they are older than an hour or than the node's apt sources.
  - In check mode the node's lists and caches stay as they are, and the very actions of the real run are predicted.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
  - ai_systems.runbook._archives
  - ai_systems.runbook._sliced
  - ai_systems.runbook._documented
attributes:
  action:
    details: The part on the controller shows how far the work is.
options:
  state:
    description:
      - Whether the packages shall be there. Removing takes away exactly the named ones and leaves configuration files;
        where other packages would go along it is an error that names them. What brings the operator to the node stays,
        such as its SSH server, the network's manager in use, and the running kernel.
    type: str
    choices: [present, absent]
    default: present
  asked_by:
    description: Who asks for each package, shown in the diff. Set by the action part from the inventory.
    type: dict
    default: {}
  merge:
    description:
      - The variable of the inventory that O(name) comes from. Its values are merged over all groups of the node.
      - Used on the controller only.
    type: str
    default: ""
  name:
    description:
      - The packages, each by its name or as C(name=version). Globs, regular expressions, tasks, files, URLs and
        trailing signs are errors.
    type: list
    elements: str
    required: true
  clause:
    description: The clause of the runbook that asks for the packages.
    type: str
    default: "3"
  lock_timeout:
    description: How long to wait for another process that holds a lock of dpkg or apt, in seconds.
    type: int
    default: 300
  dry_run:
    description:
      - In check mode, the folder on the node that an earlier step of the same run returned as C(dry_run), so that the
        prediction starts from what that one predicted. Set by the action part only.
    type: str
    default: ""
  ends_dry_run:
    description:
      - With an empty O(name) in check mode, clears away what the steps before left on the node for their predictions.
    type: bool
    default: false
seealso:
  - module: ai_systems.runbook.apt_upgrade
"""

EXAMPLES = r"""
---
- name: 2.6 | Install the essential packages
  ai_systems.runbook.apt_package:
    name: [git, vim, curl]
    clause: "2.6"
  become: true

- name: 3.3 | Remove a package that is not wanted any more
  ai_systems.runbook.apt_package:
    name: [htop]
    state: absent
    clause: "3.3"
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.6"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.6"
      subject: git
      action: install 1:2.47.3-0+deb13u1
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: git, vim, curl are installed.
packages:
  description: Version, archive and SHA256 of each package of the transaction.
  returned: when there was something to install
  type: list
  elements: dict
dry_run:
  description: In check mode, a folder on the node from which a later step of the same run goes on.
  returned: in check mode, when there was something to do
  type: str
removed:
  description: What the transaction removes.
  returned: when there was something to remove
  type: list
  elements: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_apt_package import ARGUMENT_SPEC, quick, work


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_in_slices(module, module.params["clause"], quick, work)


if __name__ == "__main__":
    main()
