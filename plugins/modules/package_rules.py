#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: package_rules
short_description: Find what was installed on a node by another way than the runbook's
description:
  - Looks whether the rules of section 3 of the runbook hold on a node, whoever installed what, and by which way.
  - Each package of dpkg is compared with the lists that verify as Debian 13's. It is official, superseded (by the
    record of O(records_dir)), unproven, foreign, rebuilt or local.
  - Packages that are there for their own sake and that neither C(context.md) nor the reviewed baseline names.
  - The sources, keys and settings of apt, as M(ai_systems.runbook.apt_sources) judges them.
  - Python packages outside of dpkg and of a project's C(.venv), and global packages of npm, yarn, pnpm and their like,
    in the homes of people and services, C(/usr/local), C(/opt), C(/srv) and the system's own folders.
  - Traces of other package managers there, and programs of nobody in C(/usr/local), C(/opt), the system's folders of
    commands, and C(bin) and C(.local) of the homes.
  - What could not be looked at is a finding of its own, V(unknown). Nothing is changed.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes.reads
  - ai_systems.runbook._attributes.action
  - ai_systems.runbook._archives
  - ai_systems.runbook._documented
attributes:
  action:
    details: The part on the controller reads C(context.md), baseline and record, and shows what was found.
options:
  proven:
    description:
      - What the record on the controller proves to be Debian's, each as C(name=version:architecture). Set by the action
        part only.
    type: list
    elements: str
    default: []
  seconds:
    description: How long file trees are looked at. What is left by then is unknown.
    type: int
    default: 120
  fail:
    description: Whether a violation fails the task, once all is looked at. Used on the controller only.
    type: bool
    default: true
seealso:
  - module: ai_systems.runbook.apt_package
  - module: ai_systems.runbook.apt_sources
  - module: ai_systems.runbook.venv_pip
  - module: ai_systems.runbook.npm_project
"""

EXAMPLES = r"""
---
- name: 3 | Find what was installed by another way
  ai_systems.runbook.package_rules:
    records_dir: "{{ runbook_records_dir }}"
    documentation:
      url: "{{ repository_url }}"
      version: "{{ repository_version }}"
      baselines_dir: "{{ runbook_baselines_dir }}"
  become: true
"""

RETURN = r"""
clause:
  description: The section of the runbook that was looked at.
  returned: always
  type: str
  sample: "3"
actions:
  description: Always empty.
  returned: always
  type: list
  elements: dict
findings:
  description: What does not hold, or could not be decided; violations first, at most 1000.
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
      description: A package, a path.
      type: str
    evidence:
      description: What was seen.
      type: str
    remedy:
      description: What to do about it.
      type: str
  sample:
    - clause: "3.4"
      verdict: violation
      subject: /usr/local/lib/python3.13/dist-packages six
      evidence: the Python package six 1.17.0 lies in /usr/local/lib/python3.13/dist-packages/six-1.17.0.dist-info
      remedy: "'python3 -m pip uninstall --yes --break-system-packages six', or remove what its RECORD lists"
packages:
  description: How many installed packages are of each origin.
  returned: always
  type: dict
  sample:
    official: 211
    superseded: 1
    unproven: 0
    foreign: 0
    rebuilt: 0
    local: 0
undecided:
  description: Whether anything could not be decided. Set by the action part.
  returned: when the node answered
  type: bool
  sample: false
manual:
  description: The packages that are there for their own sake, by name.
  returned: always
  type: list
  elements: str
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 212 packages judged, nothing was found.
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt import OPTIONS_OF_MODULES, Allowed
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_findings import findings as of_sources
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_sources import read_apt_sources
from ansible_collections.ai_systems.runbook.plugins.module_utils._detect_origins import of_packages
from ansible_collections.ai_systems.runbook.plugins.module_utils._detect_packages import count
from ansible_collections.ai_systems.runbook.plugins.module_utils._detect_trees import tree_findings
from ansible_collections.ai_systems.runbook.plugins.module_utils._documented import DOCUMENTED
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import most_pressing, tally
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError, run_step

_MOST_FINDINGS = 1000
# One more than the controller takes, so that it sees that there are too many.
_MOST_MANUAL = 10_001


def look(step: Step) -> str:
    allowed = Allowed.by(step.params)
    if step.params["seconds"] < 1:
        raise StepError(
            f"seconds is {step.params['seconds']}, and nothing can be looked at in that time; give 1 or more"
        )
    node = _dpkg.read()
    packages, judged = of_packages(allowed, frozenset(step.params["proven"]))
    found = [*packages, *of_sources(read_apt_sources(allowed.keys)), *tree_findings(seconds=step.params["seconds"])]
    installed = [name for name in node.packages if node.version_of(name)]
    step.returns(
        findings=[one._asdict() for one in most_pressing(found, at_most=_MOST_FINDINGS, clause="3")],
        packages=count(judged),
        manual=sorted(name for name in installed if name not in node.automatic)[:_MOST_MANUAL],
    )
    return f"{len(judged)} packages judged, {tally(found)}."


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "proven": {"type": "list", "elements": "str", "default": []},
            "seconds": {"type": "int", "default": 120},
            "fail": {"type": "bool", "default": True},
            **OPTIONS_OF_MODULES,
            **DOCUMENTED,
        },
        supports_check_mode=True,
    )
    run_step(module, "3", look)


if __name__ == "__main__":
    main()
