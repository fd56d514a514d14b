#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: git_checkout
short_description: Keep a checkout of a git repository at a declared version, shipped through the controller
description:
  - Carries out clause 2.9 of the runbook, "Clone the ai-systems repository into the user's home directory".
  - The controller fetches the repository with the operator's own git and credentials, resolves and verifies the
    version, and ships what a node lacks as a git bundle over the SSH connection. The node needs no credential, no
    access to the repository's server, and gets none.
  - On the node git runs as the checkout's owner and reads neither the configuration nor the hooks nor the attributes of
    the checkout. Whether files are those of the commit is judged by hashing them, not by the index.
  - Local commits and local changes are never discarded; they are an error that lists them.
  - A checkout of a branch is on that branch; one of a tag or a commit has a detached HEAD.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
options:
  url:
    description:
      - The repository, as a URL, as C(host:path), or as the absolute path of a clone on the controller.
      - A user name or token in an https URL is refused; git's credential helper on the controller supplies it.
      - The node's C(origin) gets the URL without a user name; for a path on the controller it gets no C(origin).
    type: str
    required: true
  version:
    description:
      - A branch, a tag or a full commit id.
      - Where a branch and a tag share a name, C(refs/heads/NAME) or C(refs/tags/NAME).
    type: str
    required: true
  path:
    description:
      - Where the checkout lies on the node, inside the home of O(user).
    type: str
    required: true
  user:
    description:
      - The account that owns the checkout.
    type: str
    required: true
  require_clean:
    description:
      - Whether a clone on the controller must have no changes that no commit holds.
    type: bool
    default: true
  verify_signature:
    description:
      - Whether git on the controller must verify the commit's signature, or that of the declared tag.
    type: bool
    default: false
  fetch_timeout:
    description:
      - Seconds after which a fetch on the controller is given up.
    type: int
    default: 300
  services:
    description:
      - The services that run from the checkout, as M(ai_systems.runbook.systemd_unit) takes them.
      - Those that a new commit affects are stopped before the checkout moves, and M(ai_systems.runbook.systemd_unit)
        starts them again. A commit whose units may not be deployed is refused before anything is stopped.
    type: list
    elements: dict
    default: []
  merge:
    description:
      - Name of the variable from which the services come, V(services_list); then each group's value counts.
    type: str
    default: ""
  order:
    description:
      - What the controller has resolved. Set by the action plugin, never by hand.
    type: dict
seealso:
  - module: ai_systems.runbook.systemd_unit
"""

EXAMPLES = r"""
---
- name: 2.9 | Ship the repository
  ai_systems.runbook.git_checkout:
    url: git@git.example.org:ops/ai-systems.git
    version: main
    path: /home/operator/ai-systems
    user: operator
  become: true

- name: 2.9 | Ship one signed commit of a local clone
  ai_systems.runbook.git_checkout:
    url: ~/src/ai-systems
    version: 4f2c1ab09d1f7f0c9a83c6a29f1c2f0a3f7b5f1e
    path: /home/operator/ai-systems
    user: operator
    verify_signature: true
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.9"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.9"
      subject: /home/operator/ai-systems
      action: clone at 4f2c1ab09d1f
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: /home/operator/ai-systems is at 4f2c1ab09d1f (main).
commit:
  description: The commit that the checkout is at, or in check mode would be at.
  returned: success
  type: str
  sample: 4f2c1ab09d1f7f0c9a83c6a29f1c2f0a3f7b5f1e
services:
  description:
    - What M(ai_systems.runbook.systemd_unit) has to know of the move, with C(from), the commit before it, and
      C(stopped), the units that were stopped for it.
  returned: when the checkout moved, or in check mode would move
  type: dict
shipped:
  description: Bytes of the bundle that was sent to the node.
  returned: success
  type: int
  sample: 0
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_git_checkout import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
