# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the operator's account is as declared (runbook 2.7), by the role's decision. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._access_words import by, commented_out, removal, unknown, violation
from ._command import CommandError
from ._files import FileError
from ._node_view import ViewError
from ._operator_account import State, Wanted, decide, input_errors, obstacles, wanted_from
from ._provisioned_node import as_violation, run_role
from ._step_operator_account import read_node
from ._text import one_line

if t.TYPE_CHECKING:
    from ._declared import Declared
    from ._findings import Finding
    from ._node_view import NodeView

CLAUSE: t.Final = "2.7"
_PATH = re.compile(r"/[^\s,;()]+")
# Of the right form and of no password: where the node's own hash has no such form, another one must be set.
_ANOTHER_HASH = f"$6$none${'.' * 86}"


def wanted_of(declared: Declared, hash_now: str) -> Wanted | list[str]:
    """Return the declared account, or why it cannot be one.

    :param hash_now: the hash that the node has. The audit is not told the declared one: any that is one will do.
    """
    given: dict[str, t.Any] = {
        "name": declared.operator,
        "bootstrap_user": declared.bootstrap_user,
        "authorized_keys": list(declared.operator_keys),
        "sudo": "password" if declared.operator_has_password else "nopasswd",
    }
    chosen = hash_now if declared.operator_has_password else ""
    if declared.operator_has_password and input_errors(**given, password_hash=hash_now):
        chosen = _ANOTHER_HASH
    errors = input_errors(**given, password_hash=chosen)
    return errors or wanted_from(declared.operator, declared.operator_keys, chosen)


def judge(wanted: Wanted, state: State) -> t.Iterator[Finding]:
    """Yield each point in which a node's account of the operator is not the declared one."""
    for rule in state.later_rules:
        evidence = f"line {rule.line} overrules the declared sudo rights of {wanted.name}: {one_line(rule.text, 200)}"
        yield violation(CLAUSE, rule.path, evidence, by(commented_out(rule.path, rule.line), what="take it out"))
    for path in state.foreign_key_files:
        evidence = f"sshd lets in keys for {wanted.name} from there too"
        yield violation(
            CLAUSE, path, evidence, by(removal(path), otherwise="declare them in operator_user_authorized_keys")
        )
    others = obstacles(wanted, state._replace(later_rules=(), foreign_key_files=()))
    for sentence in others:
        named = _PATH.search(sentence)
        subject = one_line(named[0], 200) if named else f"account {wanted.name}"
        yield as_violation(CLAUSE, subject, sentence)
    if not others:
        plan = decide(wanted, state)
        for change in (*plan.account, *plan.guarded):
            evidence = f"it is not as declared: {one_line(change.action, 80)} is due"
            yield violation(CLAUSE, change.subject, evidence, run_role(CLAUSE))


def look_at_operator(view: NodeView) -> t.Iterator[Finding]:
    """Judge the operator's account, home, keys, sudo rights and password."""
    declared = view.declared
    if not declared.operator:
        remedy = "declare operator_user_name and operator_user_authorized_keys in the inventory, then audit again"
        yield unknown(CLAUSE, "operator", "nobody declared who the operator is", remedy)
        return
    password = view.accounts.passwords.get(declared.operator)
    wanted = wanted_of(declared, password.hash if password else "")
    if isinstance(wanted, list):
        for error in wanted:
            yield unknown(CLAUSE, "operator", error, "correct it in the inventory, then audit again")
        return
    try:
        state = read_node(wanted, view.accounts)
    except FileError as exc:
        named = _PATH.search(str(exc))
        yield as_violation(CLAUSE, one_line(named[0], 200) if named else wanted.home, str(exc))
        return
    except CommandError as exc:
        raise ViewError(str(exc)) from exc
    yield from judge(wanted, state)


__all__ = ("CLAUSE", "judge", "look_at_operator", "wanted_of")
