# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No agent's keys are lent to a node."""

from __future__ import annotations

import typing as t

from runbook_lint import ssh_options
from runbook_lint.config_files import is_yaml, text_of
from runbook_lint.rule import Breach, RunbookRule

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

    from runbook_lint.ssh_options import Told
    from runbook_lint.tasks import TaskView

_SSH_CONFIG: t.Final = "community.general.ssh_config"
_SOCKET: t.Final = "SSH_AUTH_SOCK"
_WORDS: t.Final = ("forwardagent", "allowagentforwarding", "ssh_auth_sock", "ssh")
_OFF: t.Final = ("", "false", "no", "off", "0", "none")


class RunbookForwardAgentRule(RunbookRule):
    """No agent's keys are lent to a node."""

    id = "runbook-6-3-forward-agent"
    clause = "6.3"
    description = (
        "ForwardAgent in ansible.cfg, inventories, ssh's settings and commands, and SSH_AUTH_SOCK kept for root."
    )
    remedy = "leave ForwardAgent off: the role repository brings the code to the node, which needs no key for that"
    tags = ["runbook", "security"]

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find commands and arguments that forward an agent."""
        if task.module == _SSH_CONFIG:
            yield from _of_ssh_config(task)
        if _SOCKET in str(task.keywords.get("environment", "")):
            yield Breach("the task is handed the socket of an agent", at="environment")
        for told in ssh_options.in_script(task.script) if task.script else ():
            if told.lends_keys:
                yield _breach(told)

    def judge_file(self, lintable: Lintable, data: t.Any) -> t.Iterator[Breach]:
        """Find settings that forward an agent."""
        del data
        text = text_of(lintable)
        folded = text.lower()
        if not any(word in folded for word in _WORDS):
            return
        told = ssh_options.in_yaml(text) if is_yaml(lintable) else ssh_options.in_text(text)
        yield from (_breach(one) for one in told or () if one.lends_keys)
        for number, line in enumerate(text.splitlines(), 1) if _SOCKET in text else ():
            if "env_keep" in line and _SOCKET in line:
                yield Breach("sudo keeps the socket of an agent", at=number)


def _of_ssh_config(task: TaskView) -> t.Iterator[Breach]:
    said = task.value("forward_agent")
    if said.lower() not in _OFF:
        yield Breach("ssh_config forwards the agent", at="forward_agent", is_certain=task.is_decided(said))


def _breach(told: Told) -> Breach:
    if told.is_undecided:
        return Breach(f"whether '{told.shown}' lends the keys of an agent", at=told.line, is_certain=False)
    return Breach(f"'{told.shown}' lends the keys of an agent", at=told.line)
