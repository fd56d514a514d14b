#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: npm_project
short_description: Keep the npm packages of projects in their node_modules
description:
  - Carries out clause 3.5 of the runbook, "Global Node.js packages are forbidden. All dependencies must be
    project-local."
  - A project is a folder of the checkout of the C(ai-systems) repository with a C(package.json) and a lock file, either
    C(package-lock.json) or C(npm-shrinkwrap.json), of version 2 or 3. Its packages live in its C(node_modules), which
    belongs to O(user), and which everybody may read and only O(user) may write.
  - What is installed is what the lock file of the repository's commit says, each package with a hash of its archive.
    A file that differs from the commit, a package without a hash, one from a registry that is neither npm's own default
    nor declared, and one from a version control address are errors that name file and package.
  - npm is Debian's. C(npm ci) runs as O(user), without the way to C(sudo), with nothing of the node's settings of npm,
    neither files nor variables; the node's authorities under C(/etc/ssl) and its proxy variables hold.
  - It works in a folder aside. What it made is compared with the lock file, and only then takes the place of the old
    C(node_modules), in one step. Where it fails, the old one stays.
  - No install script runs, neither of a package nor of the project itself, except those of the packages that
    O(projects[].allow_scripts) names.
  - A node whose packages are as the lock says is judged from what lies there, without calling npm. Files that were
    changed since they were installed are installed again.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
  - ai_systems.runbook._projects
  - ai_systems.runbook._sliced
options:
  projects:
    description:
      - The projects that have npm packages.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description:
          - The project's folder, relative to O(checkout) or absolute inside it; V(.) for the checkout itself.
        type: str
        required: true
      dev:
        description:
          - Whether C(devDependencies) are installed too.
        type: bool
        default: false
      allow_scripts:
        description:
          - Names of packages whose install scripts run, as they are called in C(node_modules). All packages of that
            name are meant. Debian's npm runs them by C(npm rebuild), in the folder aside.
        type: list
        elements: str
        default: []
      registries:
        description:
          - Registries that the lock file and the project's C(.npmrc) may name beside npm's own default, by https and
            without a login.
        type: list
        elements: str
        default: []
seealso:
  - module: ai_systems.runbook.git_checkout
  - module: ai_systems.runbook.apt_package
"""

EXAMPLES = r"""
---
- name: 3.5 | Have the packages of a project's lock file
  ai_systems.runbook.npm_project:
    user: operator
    checkout: /home/operator/ai-systems
    projects:
      - path: dashboard
  become: true

- name: 3.5 | Have the packages for development too, one of which has to run its install script
  ai_systems.runbook.npm_project:
    user: operator
    checkout: /home/operator/ai-systems
    projects:
      - path: dashboard
        dev: true
        allow_scripts: [esbuild]
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "3.5"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "3.5"
      subject: /home/operator/ai-systems/dashboard/node_modules
      action: create
    - clause: "3.5"
      subject: /home/operator/ai-systems/dashboard/node_modules ms
      action: install 2.1.3
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: "1 project: the npm packages are as the lock says."
unknown:
  description: What a dry run could not say, one sentence each.
  returned: success
  type: list
  elements: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_npm_project import (
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
