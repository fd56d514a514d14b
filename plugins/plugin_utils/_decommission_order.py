# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order to decommission a node, which a person gives and confirms (runbook 5.4). Private to the collection."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_reason import (
    HOW,
    QUOTED,
    ReasonError,
    reason_from,
)

_TRIES = 3


def require_one(variables: t.Mapping[str, t.Any]) -> None:
    """Refuse a run that does not name exactly one node.

    :raises AnsibleActionFail: it has several, or nobody limited it.
    """
    nodes = variables.get("ansible_play_hosts_all") or []
    if len(nodes) != 1 or not variables.get("ansible_limit"):
        meant = f"{len(nodes)} nodes are meant" if len(nodes) != 1 else "no --limit was given"
        raise AnsibleActionFail(
            f"one node at a time is decommissioned, and {meant}; nothing was done, so name the node with --limit"
        )


def reason_of(display: Display, given: str, node: str) -> str:
    """Return the reason that was given, or that somebody types.

    :raises AnsibleActionFail: there is none.
    """
    text = given or _asked(
        display,
        f"\nWhy is {node} to be decommissioned? Type {HOW}: ",
        f"no reason was given, and there is no terminal to ask at; give it: {HOW}; {QUOTED}",
    )
    for left in reversed(range(_TRIES)):
        try:
            return reason_from(text)
        except ReasonError as exc:
            if given or not left:
                raise AnsibleActionFail(f"nothing was done: {exc}") from None
            text = _asked(display, f"{str(exc)[:1].upper()}{str(exc)[1:]}: ", "there is no terminal to ask at")
    return ""


def confirm(display: Display, given: str, node: str, question: str) -> None:
    """Have the node's name typed.

    :param given: what came with -e confirm=.
    :param question: what is about to be done.
    :raises AnsibleActionFail: it was not, or another one was.
    """
    wanted = f"nothing was done: {node} was not confirmed"
    if given:
        if given != node:
            raise AnsibleActionFail(f"{wanted}, since -e confirm= names {one_line(given, 80)!r}")
        return
    text = f"\n{question}\nType the node's name to go on, anything else to leave it: "
    answer = _asked(
        display, text, f"{wanted}, and there is no terminal to type its name in; give it with -e confirm={node}"
    )
    if answer != node:
        raise AnsibleActionFail(f"{wanted}, since {one_line(answer, 80)!r} was typed")


def _asked(display: Display, question: str, without_terminal: str) -> str:
    try:
        answer: t.Any = display.prompt_until(question, complete_input=(b"\r", b"\n"))
    except AnsiblePromptInterrupt as exc:
        raise AnsibleActionFail("nothing was done: the question was not answered") from exc
    except AnsiblePromptNoninteractive:
        raise AnsibleActionFail(without_terminal) from None
    return str(answer, "utf-8", "replace").strip()


__all__ = ("confirm", "reason_of", "require_one")
