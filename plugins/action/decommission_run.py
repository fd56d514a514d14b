# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decommission a node, the controller's side (runbook 5.4): the order, what is done here, and the exit status."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _decommission_record as record
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_act import CLAUSE, Acts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_checklist import Facts, page, steps
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_node import NodePart, node_part
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_order import (
    confirm,
    reason_of,
    require_one,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import ON, REASON, members
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import lookup_name

Result = dict[str, t.Any]
_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "step": {"type": "str", "choices": ["order", "carry_out", "conclude"], "required": True},
    "reason": {"type": "str", "default": ""},
    "confirm": {"type": "str", "default": ""},
    "without_node": {"type": "bool", "default": False},
    "records_dir": {"type": "path"},
    "reports_dir": {"type": "path"},
    "known_hosts": {"type": "path"},
    "order": {"type": "dict", "default": {}},
    "login": {"type": "dict", "default": {}},
    "diagnosis": {"type": "dict", "default": {}},
    "services": {"type": "dict", "default": {}},
    "isolation": {"type": "dict", "default": {}},
    "outcome": {"type": "dict", "default": {}},
}
_QUESTION: t.Final = """{node} ({address}) is to be decommissioned: {reason}.
  On the node: a last diagnosis, its services stopped and disabled, all but your SSH filtered.
  Here: its host keys revoked, its entry in the group decommissioned; no playbook touches it again."""


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        self._args: Result = args
        self._vars = task_vars or {}
        self._node = str(self._vars["inventory_hostname"])
        self._check_mode = bool(self._task.check_mode)
        result.update(clause=CLAUSE, changed=False, actions=[], diff=[])
        try:
            said = {"order": self._order, "carry_out": self._carry_out, "conclude": self._conclude}[args["step"]]()
        except (AnsibleActionFail, record.DecommissionRecordError) as exc:
            return {**result, **_failed(printable(str(exc), 4000))}
        return {**result, **said}

    def _order(self) -> Result:
        require_one(self._vars)
        is_member = self._node in members(self._vars)
        held = record.read(self._records).get(self._node) or (self._moved() if is_member else None)
        if held and held.is_done and is_member:
            said = f"The order of {held.since}, by {held.by}, was carried out."
            return {"asks_node": False, "entry": held._asdict(), "summary": said}
        if held and held.is_done:
            # It serves again since, under the same name.
            held = None
        given = str(self._args["reason"]) or (held.reason if held else "")
        reason = reason_of(self._display, given, one_line(self._node, 80))
        if not self._check_mode:
            question = _QUESTION.format(node=one_line(self._node, 80), address=self._address, reason=reason)
            confirm(self._display, str(self._args["confirm"]), self._node, question)
        entry = held._replace(reason=reason) if held else record.new_entry(reason)
        if not self._check_mode:
            record.write(self._records, self._node, entry)
        said = f"Ordered by {entry.by}: {reason}."
        return {"asks_node": not entry.is_node_over, "entry": entry._asdict(), "summary": said}

    def _moved(self) -> record.Entry | None:
        """Return what the inventory says of a node whose record lies where its groups had it, None where nothing."""
        on, reason = (one_line(str(self._of(name)), 300) for name in (ON, REASON))
        return (
            record.Entry(f"{on}T00:00:00Z", "nobody on record here", reason, is_node_over=True, is_done=True)
            if on
            else None
        )

    def _carry_out(self) -> Result:
        entry = self._entry_of(self._args["order"].get("entry") or {})
        if entry.is_done:
            return self._is_done(entry)
        part = NodePart("done", entry.left) if entry.is_node_over else self._node_part()
        entry = entry._replace(is_node_over=True, left=part.left)
        acts = Acts(self._node, entry, check_mode=self._check_mode)
        reports = str(self._args["reports_dir"])
        stops = part.fate == "failed" and not self._args["without_node"]
        diagnosis = self._args["diagnosis"].get("diagnosis") or {}
        if diagnosis or not stops:
            acts.save_diagnosis(reports, diagnosis, "; ".join(part.left))
        if stops:
            raise AnsibleActionFail(self._stopped(part))
        lines = steps(entry, self._facts())
        kept = acts.save_checklist(reports, page(self._node, entry, lines))
        # From here on nobody logs in there again, so what it did not do stays undone.
        self._keep(entry)
        acts.revoke_keys(str(self._args["known_hosts"]), self._names())
        acts.end_isolation(self._records)
        # The last of all: what its groups said of it, the place of these records too, holds no more.
        for name in acts.move(self._sources(), self._groups()):
            self._display.warning(f"{self._node} stays in the group {name} too, which no YAML file gives it")
        if not acts.by_hand:
            self._keep(entry._replace(is_done=True))
        return {
            "changed": bool(acts.actions),
            "actions": acts.actions,
            "diff": acts.diff,
            "fate": part.fate,
            "left": list(part.left),
            "by_hand": acts.by_hand,
            "undecided": part.fate == "unknown",
            "summary": self._summary(entry, part, acts),
            "closing": self._closing(entry, lines, str(kept), by_hand=acts.by_hand),
        }

    def _conclude(self) -> Result:
        outcome = self._args["outcome"]
        verb = "is decommissioned here" if not self._check_mode else "would be decommissioned here"
        by_hand = [str(one) for one in outcome.get("by_hand") or ()]
        left = "; ".join(str(one) for one in outcome.get("left") or ())
        if by_hand:
            also = f" On the node: {left}." if left else ""
            return _failed(
                f"{self._node} {verb} except for what is left to you; do it, then run this again.{also}\n"
                + "\n".join(by_hand)
            )
        if left and outcome.get("fate") in ("unreachable", "failed"):
            said = f"{self._node} {verb}, but not on the node itself: {left}. Pull its cable"
            return {"unreachable": True, "msg": said} if outcome["fate"] == "unreachable" else _failed(said)
        # What was carried out has said it.
        return {}

    def _is_done(self, entry: record.Entry) -> Result:
        never = f" Never done on the node: {'; '.join(entry.left)}." if entry.left else ""
        path = Acts(self._node, entry, check_mode=True).checklist(str(self._args["reports_dir"]))
        return {
            "undecided": bool(entry.left),
            "summary": f"Decommissioned since {entry.day}, by {entry.by}: {entry.reason}.{never}",
            "closing": [
                f"DECOMMISSIONED: {self._node}, since {entry.day} ({entry.reason}). Nothing was changed.",
                f"NEXT: what is left for you is in {path}" if path.exists() else "NEXT: nothing, but by hand",
            ],
        }

    def _node_part(self) -> NodePart:
        return node_part(*(self._args[name] for name in ("login", "diagnosis", "services", "isolation")))

    def _stopped(self, part: NodePart) -> str:
        return (
            f"{self._node} answers, and not all was done on it: {'; '.join(part.left)}. Nothing was changed on this "
            "machine: mend that and run the same command again, or pull its cable and go on without it by "
            "-e without_node=true"
        )

    def _summary(self, entry: record.Entry, part: NodePart, acts: Acts) -> str:
        verb = "Would be decommissioned" if self._check_mode else "Decommissioned"
        never = f" On the node: {'; '.join(part.left)}." if part.left else ""
        hand = " Not finished: something is left to you, see below." if acts.by_hand else ""
        said = one_line(str(self._args["services"].get("summary") or ""), 400)
        services = f" {said}" if said and not part.left else ""
        return f"{verb} ({entry.reason}).{services}{never}{hand}"

    def _closing(
        self, entry: record.Entry, lines: t.Sequence[str], kept: str, *, by_hand: t.Sequence[str]
    ) -> list[str]:
        is_whole = "NOT FINISHED" if by_hand else "WOULD BE DECOMMISSIONED" if self._check_mode else "DECOMMISSIONED"
        said = [f"{is_whole}: {self._node}, {entry.day} ({entry.reason})"]
        for text in by_hand:
            said += ["BY HAND, then run this again:", *(f"  {line}" for line in text.splitlines())]
        said += ["Left for you:", *(f"  [ ] {line}" for line in lines)]
        return [*said, f"NEXT: {'the same list would be kept in' if self._check_mode else 'work through'} {kept}"]

    def _keep(self, entry: record.Entry) -> None:
        if not self._check_mode:
            record.write(self._records, self._node, entry)

    def _entry_of(self, said: t.Mapping[str, t.Any]) -> record.Entry:
        since, by, reason = (str(said.get(name) or "") for name in ("since", "by", "reason"))
        left = tuple(str(one) for one in said.get("left") or ())
        return record.Entry(since, by, reason, bool(said.get("is_node_over")), left, bool(said.get("is_done")))

    @property
    def _records(self) -> str:
        return str(self._args["records_dir"])

    @property
    def _address(self) -> str:
        return one_line(str(self._of("ansible_host") or self._node), 80)

    def _of(self, name: str) -> t.Any:
        """Return one of the node's variables, "" where it has none or it cannot be worked out."""
        try:
            return self._templar.template(self._vars.get(name, ""))
        except Exception:  # noqa: BLE001  (whatever is wrong with a variable, the node must go)
            return ""

    def _names(self) -> list[str]:
        port = self._of("ansible_port")
        hosts = [self._node, str(self._of("ansible_host")), str(self._of("network_address")).partition("/")[0]]
        return list(dict.fromkeys(lookup_name(host, port) for host in hosts if host))

    def _sources(self) -> list[str]:
        given = self._vars.get("ansible_inventory_sources") or []
        return [str(one) for one in (given if isinstance(given, (list, tuple)) else [given])]

    def _groups(self) -> dict[str, list[str]]:
        """Return the hosts of each group that the node is in, but for those that everybody is in."""
        groups = self._vars.get("groups") or {}
        mine = [str(name) for name in self._vars.get("group_names") or ()]
        return {name: [str(host) for host in groups.get(name, ())] for name in mine if name not in ("all", "ungrouped")}

    def _facts(self) -> Facts:
        given = self._vars.get("services_credentials")
        held = given if isinstance(given, dict) else self._of("services_credentials")
        units = held.items() if isinstance(held, dict) else ()
        named = [(str(unit), str(name)) for unit, each in units if isinstance(each, dict) for name in each]
        keys = self._of("operator_user_authorized_keys")
        words = [str(key).split() for key in (keys if isinstance(keys, list) else ())]
        return Facts(
            address=self._address,
            assignment=str(self._of("network_assignment")),
            hostname=one_line(str(self._of("hostname_name") or self._node), 80),
            credentials=tuple(sorted(named)),
            operator=one_line(str(self._of("operator_user_name") or "the operator"), 80),
            keys=tuple(_key_shown(key) for key in words if key),
            has_password=bool(self._of("operator_user_password_hash")),
            files=(str(self._args["known_hosts"]), str(self._args["records_dir"]), "the inventory"),
        )


def _key_shown(words: t.Sequence[str]) -> str:
    """Return a public key's comment, its kind where it has none."""
    at = next((number for number, word in enumerate(words) if word.startswith("AAAA")), 1)
    return one_line(" ".join(words[at + 1 :]) or words[at - 1], 80)


def _failed(sentence: str) -> Result:
    return {"failed": True, "msg": sentence, "summary": one_line(sentence, 1000)}
