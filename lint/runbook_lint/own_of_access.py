# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that say who gets into a node and at which address it is (runbook 2.4, 2.7, 6.5)."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.own_example import CHECKOUT, KEYS, OPERATOR, of_command, plain_words

if t.TYPE_CHECKING:
    from runbook_lint.own_example import Own
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_NETWORK: t.Final[t.Mapping[str, frozenset[str]]] = {
    "nmcli": frozenset(("add", "modify", "mod", "up", "down")),
    "ip": frozenset(("add", "del", "delete", "replace", "change", "flush")),
    "netplan": frozenset(("apply", "set", "try")),
}
_ADDRESS: t.Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-f:]+:[0-9a-f:]*/\d{1,3}", re.IGNORECASE)
# passwd --status asks, and useradd -D is about accounts that are yet to come.
_ASKS: t.Final = ("-S", "--status", "-D", "--defaults", "--help")
_ADMINS: t.Final = frozenset(("sudo", "admin", "wheel"))


def of_account(command: Command, _task: TaskView) -> Own | None:
    """Return how the making of an account, or of its rights, is replaced."""
    words, argv = plain_words(command), command.argv
    if any(word in _ASKS for word in argv):
        return None
    if command.program == "ssh-copy-id":
        return of_command(
            command,
            "'ssh-copy-id' lets somebody log in",
            "operator_account",
            name=OPERATOR,
            authorized_keys=KEYS,
        )
    name = words[-1] if words else ""
    if command.program in ("adduser", "useradd") and any(word in ("--system", "-r") for word in argv):
        service = {"accounts": [name], "user": OPERATOR, "checkout": CHECKOUT, "units": "{{ services_list }}"}
        return of_command(command, f"'{command.program}' makes an account for a service", "systemd_unit", **service)
    groups = {group for word in words for group in word.split(",")}
    is_admin = not _ADMINS.isdisjoint(groups)
    if command.program in ("usermod", "gpasswd") and not is_admin:
        return None
    # adduser NAME GROUP
    name = words[0] if command.program == "adduser" and is_admin else name
    what = f"'{command.program}' makes an account or its rights"
    return of_command(command, what, "operator_account", name=name, authorized_keys=KEYS) if name else None


def of_network(command: Command, _task: TaskView) -> Own | None:
    """Return how a change of the node's address is replaced."""
    argv = command.argv
    is_changing = command.program in ("ifup", "ifdown") or not _NETWORK.get(command.program, frozenset()).isdisjoint(
        argv
    )
    if command.program == "ip" and not {"addr", "address", "a", "route", "r"} & set(argv):
        is_changing = False
    if not is_changing:
        return None
    address = next((word for word in argv if _ADDRESS.fullmatch(word)), "{{ network_address }}")
    return of_command(
        command,
        f"'{command.program}' changes the node's network",
        "node_network",
        mode="static",
        address=address,
        gateway="{{ network_gateway }}",
        dns="{{ network_dns }}",
    )


__all__ = ("of_account", "of_network")
