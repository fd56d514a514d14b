#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: journal_storage
short_description: Keep a node's journal on its disk, within bounds
description:
  - Carries out clause 4.4 of the runbook, "Service logs must be accessible via journalctl", also after a reboot.
  - Writes one drop-in, C(/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf), makes C(/var/log/journal), and has
    journald take both up now, by stopping and starting it and by C(journalctl --flush). No message is lost meanwhile.
  - Whether journald writes to the disk is read from the files that it has open, never from its configuration.
  - What the drop-in overrides is said, as the volatile storage that Raspberry Pi OS ships. A file that is read after
    it and says otherwise, and one that keeps journald from reading its configuration, is an error that names it.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment: ai_systems.runbook._attributes
options:
  system_max_use:
    description:
      - The most that the journal takes on the disk, as a whole number and V(K), V(M), V(G) or V(T); at least V(64M).
    type: str
    default: 500M
  system_keep_free:
    description:
      - What the journal leaves free on the disk, in the same form, or V(0).
    type: str
    default: 1G
  max_retention:
    description:
      - The age at which entries are removed, as a whole number and V(h), V(day), V(week), V(month) or V(year).
      - V(0) for no limit, so that the bounds in size alone decide.
    type: str
    default: "0"
"""

EXAMPLES = r"""
---
- name: 4.4 | Keep the journal on the disk
  ai_systems.runbook.journal_storage:
    system_max_use: 500M
    system_keep_free: 1G
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "4.4"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "4.4"
      subject: systemd-journald.service
      action: stop and start
summary:
  description: One sentence on the outcome, which names what is overridden.
  returned: always
  type: str
  sample: The journal is kept in /var/log/journal, at most 500M of it, with 1G of the disk left free.
overridden:
  description: Each setting that the drop-in overrides, with its file.
  returned: success
  type: list
  elements: str
  sample:
    - Storage=volatile in /usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_journal_storage import (
    ARGUMENT_SPEC,
    CLAUSE,
    body,
)


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
