# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of modules that work in slices: call again until the work is done, and show how far it is.

Private to the collection.
"""

from __future__ import annotations

import secrets
import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bounded_wait import TooLongError, bounded_wait

FIRST_SLICE_SECONDS = 8
SLICE_SECONDS = 10
# A line that differs from the last one in its figures only is shown this often.
_REPEAT_SECONDS = 10
# The very same line again only says that the work goes on.
_SAME_SECONDS = 60
# Within which a node answers that is merely busy, where runbook_login_timeout says nothing.
_ANSWER_SECONDS = 60
# Far more than any honest work takes: a node that is for ever busy must not hold the run.
LONGEST_SECONDS = 3 * 3600


class FollowedAction(ActionBase):
    """Runs the module of the same name until it returns anything else than ``running``."""

    _supports_check_mode = True
    MODULE: t.ClassVar[str]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        return self.follow(dict(self._task.args), task_vars)

    def follow(self, module_args: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """Run the module with these arguments until it is done, and return its result.

        :raises AnsibleConnectionFailure: the node does not answer any more.
        """
        arguments = {
            **module_args,
            "job": secrets.token_hex(16),
            "slice": FIRST_SLICE_SECONDS,
        }
        node = one_line(str((task_vars or {}).get("inventory_hostname", "")), 80)
        shown, shown_at = "", 0.0
        deadline = time.monotonic() + LONGEST_SECONDS
        while True:
            result = self._answered(arguments, task_vars, node=node, doing=shown)
            if "running" not in result:
                return result
            if time.monotonic() > deadline:
                raise AnsibleActionFail(
                    f"{node} says since {LONGEST_SECONDS // 3600} hours that it is still at work; look at it there, "
                    "then run again"
                )
            arguments["slice"] = SLICE_SECONDS
            # What a node says is shown, never believed: one line, printable, bounded.
            text = one_line(str(result["running"]), 200)
            pause = _SAME_SECONDS if text == shown else _REPEAT_SECONDS
            if _without_figures(text) != _without_figures(shown) or time.monotonic() - shown_at >= pause:
                self._display.display(f"{node}: {text}")
                shown, shown_at = text, time.monotonic()

    def _answered(
        self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None, *, node: str, doing: str
    ) -> dict[str, t.Any]:
        """Call the module once, so that a node which hangs keeps the others waiting for a bounded time."""
        # Twice: a login, and the module that it begins.
        seconds = int(arguments["slice"]) + 2 * _answer_seconds((task_vars or {}).get("runbook_login_timeout"))
        at = f" while it was at: {doing}" if doing else ""
        after = "What had been begun there may go on by itself: look at its console, then run the same command again"
        silent = f"{node} said nothing for {seconds} s{at}, as one whose disk hangs. {after}; wait longer with "
        silent += "-e runbook_login_timeout=SECONDS"
        try:
            with bounded_wait(seconds, silent):
                result: dict[str, t.Any] = self._execute_module(
                    module_name=self.MODULE, module_args=arguments, task_vars=task_vars
                )
        except TooLongError as exc:
            raise AnsibleConnectionFailure(str(exc)) from exc
        except AnsibleConnectionFailure as exc:
            why = one_line(str(exc), 400).rstrip(". ")
            raise AnsibleConnectionFailure(f"{node} does not answer any more{at}: {why}. {after}") from exc
        return result


def _answer_seconds(said: t.Any) -> int:
    try:
        return max(1, int(str(said)))
    except ValueError:
        return _ANSWER_SECONDS


def nothing_asked(clause: str, sentence: str) -> dict[str, t.Any]:
    """Return the result of a step that the inventory asks nothing of, so that no node is called for it."""
    return {"clause": clause, "changed": False, "actions": [], "diff": [], "summary": sentence}


def _without_figures(text: str) -> str:
    return "".join(char for char in text if not char.isdigit())


__all__ = ("FollowedAction", "nothing_asked")
