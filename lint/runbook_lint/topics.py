# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of runbook-lint look at, in words: for docs/lint.md and for programs that read a report."""

from __future__ import annotations

import typing as t


class Topic(t.NamedTuple):
    """A rule of the checks of unit files, context.md or an inventory.

    :param clause: which it is on; a rule on two is two topics.
    :param name: its own name within the clause.
    :param finds: what it finds, as the end of a sentence.
    """

    clause: str
    name: str
    finds: str

    @property
    def rule(self) -> str:
        """Its id."""
        return "runbook-waiver" if self.name == "waiver" else f"runbook-{self.clause.replace('.', '-')}-{self.name}"


TOPICS: t.Final = (
    Topic("3.2", "package-name", "an entry of a list of packages that names none, or several"),
    Topic("3.3", "context", "a line of context.md that documents nothing: no package, no reason, twice the same"),
    Topic("3.3", "undecided", "packages that only Ansible could work out, or an inventory that cannot be read"),
    Topic("3.3", "undocumented", "a package that the inventory asks for and context.md does not justify"),
    Topic("3.3", "unused", "for information: an entry of context.md that the inventory asks for on no node"),
    Topic("4.2", "kill-mode", "`KillMode=` that leaves processes behind when the unit is stopped"),
    Topic("4.2", "protected", "a unit that stops what the operator's access hangs on"),
    Topic("4.2", "refuses", "`RefuseManualStart=`, `RefuseManualStop=`"),
    Topic("4.2", "service-state", "a command in a unit that changes another unit"),
    Topic("4.3", "file", "a unit that is a link, a pipe or a folder in the repository, or too large"),
    Topic("4.3", "name", "a name that is none for a unit or drop-in"),
    Topic("4.3", "protected", "a name or alias that hides a unit of Debian's which the operator's access hangs on"),
    Topic("4.3", "syntax", "a line that systemd ignores or reads otherwise than an editor shows it"),
    Topic("4.3", "unread", "more units than are looked at"),
    Topic("4.4", "journal", "output that goes past the journal, or is dropped by its level"),
    Topic("6.1", "updates", "a unit or command that updates packages or code"),
    Topic("6.2", "action", "what reboots, powers off or ends the node on success, failure or a timeout"),
    Topic("6.2", "activation", "for information: a socket or path starts its service again"),
    Topic("6.2", "on-failure", "`OnFailure=`"),
    Topic("6.2", "on-success", "units that start each other, or themselves, for ever"),
    Topic("6.2", "restart", "`Restart=` and what belongs to it"),
    Topic("6.2", "self-heal", "a command in a unit that mends the node, or looks whether something is down"),
    Topic("6.2", "upholds", "`Upholds=`, `UpheldBy=`"),
    Topic("6.2", "watchdog", "`WatchdogSec=`"),
    Topic("6.3", "environment-file", "an environment file that is neither in the repository nor in `/run`"),
    Topic("6.3", "secret", "a secret in a unit, in its environment file, or loaded from the node's disk"),
    Topic("6.4", "downloads", "a command in a unit that fetches and runs code"),
    Topic("6.4", "runs-as-operator", "a unit that runs as the operator, or in the operator's group"),
    Topic("6.4", "runs-as-root", "a unit that runs as root, or with as much power"),
    Topic("6.5", "rules-off", "a configuration of ansible-lint under which rules of the runbook are not loaded"),
    Topic("6.5", "waiver", "a waiver without a reason, of no rule, of one that cannot be waived, or idle"),
)

__all__ = ("TOPICS", "Topic")
