# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask before a card is overwritten, and show how far the writing is (runbook 2.1)."""

from __future__ import annotations

import os
import pathlib
import typing as t

from ansible.errors import AnsibleActionFail, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._step_image_write import ARGUMENT_SPEC
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._progress_pipe import progress_pipe

_MODULE = "ai_systems.runbook.image_write"
_TRIES = 3
_MOST_NODES = 5
_LONGEST_KEY_FILE = 16 * 1024
_INTERNAL = ("call", "workspace", "seen", "pipe")
Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """Looks, asks, and has written what was looked at."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Carry out clause 2.1."""
        super().run(tmp, task_vars)
        self._vars = task_vars or {}
        _checked, args = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        given = {name: value for name, value in args.items() if name not in _INTERNAL}
        node = str(given["node"]["name"])
        self._require_one_node()
        if not self._task.check_mode and (wrong := given["confirm"]) and wrong != node:
            raise AnsibleActionFail(
                f"confirm={one_line(wrong, 80)} is not the node that this run is for, {node}; nothing was written"
            )
        given["node"] = self._with_keys(given)
        if self._is_local():
            # Relative to where the operator stands, not to where a module of Ansible's happens to run.
            given.update({name: _absolute(given[name]) for name in ("target", "image", "keyring") if given[name]})
        looked = self._call(node, {**given, "call": "look"})
        if looked.get("failed") or self._task.check_mode or "workspace" not in looked:
            return self._told(node, looked)
        return self._confirmed_write(node, given, looked)

    def _confirmed_write(self, node: str, given: Result, looked: Result) -> Result:
        workspace, seen, is_new = str(looked.pop("workspace")), str(looked.pop("seen")), looked.pop("is_new")
        try:
            self._confirm(node, given, looked, is_new=bool(is_new))
            result = self._call(node, {**given, "call": "write", "workspace": workspace, "seen": seen})
        finally:
            self._module({**given, "call": "clear", "workspace": workspace})
        if not result.get("failed"):
            result["summary"] = (
                f"{result['summary']} Put the card into {node}, boot it, then run ansible-playbook "
                f"playbooks/enroll.yml --limit {node}."
            )
        return result

    def _told(self, node: str, looked: Result) -> Result:
        """Show what was looked at, where nobody is asked."""
        if found := looked.get("found"):
            self._display.display(f"{node}:\n{_shown(found)}")
        return looked

    def _confirm(self, node: str, given: Result, looked: Result, *, is_new: bool) -> None:
        """Have the operator type the node's name.

        :raises AnsibleActionFail: nobody did.
        """
        loss = "It is a new file." if is_new else "Everything on it is lost."
        shown = f"\nThe card of {node} is to be written. {loss}\n{_shown(looked.get('found', []))}\n"
        if given["confirm"]:
            self._display.display(shown)
            return
        question = f"{shown}Type the node's name to go on: "
        for dummy in range(_TRIES):
            answer = self._ask(node, question)
            if answer == node:
                return
            if answer.lower() in ("", "no", "n"):
                break
            question = f"That is not {node}. Type the node's name to go on, or no: "
        raise AnsibleActionFail(f"the card of {node} was not confirmed, so nothing was written; run again to be asked")

    def _ask(self, node: str, question: str) -> str:
        try:
            answer = self._display.prompt_until(question, complete_input=(b"\r", b"\n"))
        except AnsiblePromptInterrupt as exc:
            raise AnsibleActionFail(f"the card of {node} was not confirmed, so nothing was written") from exc
        except AnsiblePromptNoninteractive:
            raise AnsibleActionFail(
                f"nobody can confirm the card of {node} here, since there is no terminal, and nothing was written; run "
                f"this in one, or look at it with --check and give -e confirm={node}"
            ) from None
        return str(answer, "utf-8", "replace").strip()

    def _require_one_node(self) -> None:
        nodes = [one_line(str(node), 80) for node in self._vars.get("ansible_play_hosts_all") or []]
        if len(nodes) != 1:
            more = len(nodes) - _MOST_NODES
            named = ", ".join(nodes[:_MOST_NODES]) + (f" and {more} more" if more > 0 else "")
            raise AnsibleActionFail(
                f"{len(nodes)} nodes are meant{f' ({named})' if named else ''}, and a card is for one; name it with "
                "--limit, nothing was written"
            )

    def _with_keys(self, given: Result) -> Result:
        node: Result = dict(given["node"])
        name = str(given["public_key_file"])
        if node["authorized_keys"] or given["seed"] == "none" or not name:
            return node
        path = pathlib.Path(name).expanduser()
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(_LONGEST_KEY_FILE)
        except OSError as exc:
            raise AnsibleActionFail(
                f"the public key {path} cannot be read: {exc.strerror}; make it with ssh-keygen -y, or set "
                "flash_bootstrap_keys"
            ) from exc
        node["authorized_keys"] = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        return node

    def _call(self, node: str, args: Result) -> Result:
        """Run the module, and show meanwhile how far it is where it runs on this machine."""
        if not self._is_local():
            return self._module(args)
        with progress_pipe(lambda line: self._display.display(f"{node}: {line}")) as pipe:
            return self._module({**args, "pipe": pipe})

    def _is_local(self) -> bool:
        return self._connection.transport.rpartition(".")[2] == "local"

    def _module(self, args: Result) -> Result:
        answer: Result = self._execute_module(module_name=_MODULE, module_args=args, task_vars=self._vars)
        return answer


def _absolute(path: str) -> str:
    # Not resolved: the stable id of a card is a link, and is the name that counts.
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111


def _shown(lines: t.Iterable[t.Any]) -> str:
    return "\n".join(f"    {printable(str(line), 500)}" for line in lines)
