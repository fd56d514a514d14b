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
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
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

import functools
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_config import (
    DROP_IN,
    Configuration,
    JournaldConfigError,
    Setting,
    read_configuration,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_plan import (
    JOURNAL,
    JournalState,
    Wanted,
    decide,
    overridden,
    overriding,
    why_not_bounds,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_state import JournaldStateError, read_state
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_take_up import act, require_persistent
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError, run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import Systemctl

SPEC: dict[str, dict[str, t.Any]] = {
    "system_max_use": {"type": "str", "default": "500M"},
    "system_keep_free": {"type": "str", "default": "1G"},
    "max_retention": {"type": "str", "default": "0"},
}
CLAUSE = "4.4"


def keep_journal(step: Step) -> str:
    wanted = Wanted(step.params["system_max_use"], step.params["system_keep_free"], step.params["max_retention"])
    reason = why_not_bounds(wanted)
    if reason:
        raise StepError(reason)
    if os.geteuid() != 0:
        raise StepError("journal_storage needs root's rights; run the task with become: true")
    systemctl = Systemctl()
    configuration, state = read_node(systemctl)
    require_last_word(overriding(wanted, configuration))
    changes = decide(wanted, state)
    step.carry_out(changes, functools.partial(act, systemctl=systemctl, group=state.group))
    if changes and not step.check_mode:
        require_persistent(lambda: read_node(systemctl)[1])
    lost = [str(one) for one in overridden(wanted, configuration)]
    step.returns(overridden=lost)
    return summary(wanted, lost, would=step.check_mode and bool(changes))


def read_node(systemctl: Systemctl) -> tuple[Configuration, JournalState]:
    """Read journald's configuration and what journald does.

    :raises StepError: either cannot be told.
    """
    try:
        configuration = read_configuration()
        return configuration, read_state(configuration.changed, systemctl)
    except (JournaldConfigError, JournaldStateError) as exc:
        raise StepError(str(exc)) from exc


def require_last_word(settings: t.Sequence[Setting]) -> None:
    if settings:
        raise StepError(
            f"{', '.join(str(one) for one in settings[:3])} is read after {DROP_IN} and overrides it. Nothing was "
            "changed: take that out on the node, then run again"
        )


def summary(wanted: Wanted, lost: t.Sequence[str], *, would: bool) -> str:
    bounds = f"at most {wanted.max_use} of it, with {wanted.keep_free} of the disk left free"
    over = f"; this overrides {', '.join(lost)}" if lost else ""
    return f"The journal {'would be' if would else 'is'} kept in {JOURNAL}, {bounds}{over}."


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, keep_journal)


if __name__ == "__main__":
    main()
