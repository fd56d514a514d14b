#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: venv_pip
short_description: Keep the Python packages of projects in their virtual environments
description:
  - Carries out clause 3.4 of the runbook, "Python packages must only be installed within a virtual environment
    (C(.venv))".
  - A project is a folder of the checkout of the C(ai-systems) repository. Its packages live in its C(.venv), which
    Debian's C(/usr/bin/python3 -m venv) makes, which belongs to O(user), and which everybody may read and only O(user)
    may write.
  - What is installed is what the repository's commit asks for, with the hashes that it holds. Requirements files, and
    wheels and source trees of the checkout, must be as the commit has them. Everything else is an error that names file
    and line.
  - pip is the one of Debian's package C(python3-venv). It runs as O(user) with nothing of the node's settings of pip,
    neither files nor variables; the node's authorities under C(/etc/ssl) and its proxy variables hold. It takes wheels
    only, since building a package runs its code before anybody has proven it.
  - A node whose packages are as declared is judged from what is installed there, without calling pip.
  - The C(.venv) that this module makes holds no pip of its own. A pip that is there stays.
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
      - The projects that have Python packages.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description:
          - The project's folder, relative to O(checkout) or absolute inside it; V(.) for the checkout itself.
        type: str
        required: true
      requirements:
        description:
          - The requirements file, relative to the project. Files that it includes must lie in the checkout too.
          - V(requirements.txt) where neither this nor O(projects[].packages) is set.
        type: str
      packages:
        description:
          - Requirements in place of a file, one each, as C(name==1.2 --hash=sha256:...).
        type: list
        elements: str
        default: []
      require_hashes:
        description:
          - Whether each package from an index needs a hash. Without hashes nobody can tell what was installed, so to
            switch this off is the inventory's explicit word.
        type: bool
        default: true
      allow_unpinned:
        description:
          - Whether a package may be asked for without C(==). What is installed stays as long as it does.
        type: bool
        default: false
      allow_source:
        description:
          - Names of packages that are built from source, since there is no wheel of them. They need hashes, and what
            builds them must be in the requirements too.
        type: list
        elements: str
        default: []
      exact:
        description:
          - Whether packages that nobody asked for are removed; otherwise they are warned of.
        type: bool
        default: false
      recreate:
        description:
          - Whether a broken C(.venv) is emptied and made anew, as after an upgrade of Python. One that is whole is not.
        type: bool
        default: false
      index_url:
        description:
          - The index in place of pip's own, by https and without a login.
        type: str
        default: ""
      extra_index_urls:
        description:
          - Further indexes, by https and without a login.
        type: list
        elements: str
        default: []
      find_links:
        description:
          - Folders of the checkout with wheels, relative to the project.
        type: list
        elements: str
        default: []
      no_index:
        description:
          - Whether no index is asked at all.
        type: bool
        default: false
seealso:
  - module: ai_systems.runbook.git_checkout
  - module: ai_systems.runbook.apt_package
"""

EXAMPLES = r"""
---
- name: 3.4 | Have the packages of a project's requirements.txt, with their hashes
  ai_systems.runbook.venv_pip:
    user: operator
    checkout: /home/operator/ai-systems
    projects:
      - path: greenhouse
        exact: true
  become: true

- name: 3.4 | Have a few packages whose hashes nobody has written down
  ai_systems.runbook.venv_pip:
    user: operator
    checkout: /home/operator/ai-systems
    projects:
      - path: tools/report
        packages: [idna==3.10]
        require_hashes: false
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "3.4"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "3.4"
      subject: /home/operator/ai-systems/greenhouse/.venv
      action: create
    - clause: "3.4"
      subject: /home/operator/ai-systems/greenhouse/.venv idna
      action: install 3.10
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 1 project has its Python packages.
unknown:
  description: What a dry run could not say, one sentence each.
  returned: success
  type: list
  elements: str
strays:
  description: Packages that nobody asked for and that stay, as path and name.
  returned: success
  type: list
  elements: str
findings:
  description: What the node holds that leads pip past virtual environments, at most 200.
  returned: always
  type: list
  elements: dict
  contains:
    clause:
      description: The clause of the runbook.
      type: str
    verdict:
      description: V(violation), V(unknown) or V(info).
      type: str
    subject:
      description: What it is about.
      type: str
    evidence:
      description: What was seen.
      type: str
    remedy:
      description: What to do about it.
      type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_venv_pip import (
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
