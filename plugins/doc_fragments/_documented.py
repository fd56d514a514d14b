# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the operator has written down why packages are there, and what was installed (runbook 3). Private."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  documentation:
    description:
      - Where C(context.md) is read from, and where the node's reviewed baseline lies. Used on the controller only.
    type: dict
    suboptions:
      url:
        description: The C(ai-systems) repository, as M(ai_systems.runbook.git_checkout) takes it.
        type: str
        default: ""
      version:
        description: Branch, tag or full commit.
        type: str
        default: ""
      require_clean:
        description: Whether a clone on the controller must have no changes that no commit holds.
        type: bool
        default: true
      verify_signature:
        description: Whether git on the controller must verify the signature of the commit or tag.
        type: bool
        default: false
      fetch_timeout:
        description: Seconds after which a fetch on the controller is given up.
        type: int
        default: 300
      baselines_dir:
        description: Folder of the baselines that enrolling recorded.
        type: str
        default: ""
  records_dir:
    description: Folder of the transactions' records on the controller, none where empty. Used on the controller only.
    type: str
    default: ""
"""
