# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""First contact: pin the host key that an operator confirmed, and record what the node's image holds."""

from __future__ import annotations

import difflib
import os
import pathlib
import re
import subprocess
import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _baseline as baselines
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _pins as pins
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._baseline_difference import Difference, differences
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._card_keys import read_card_keys, shown_by_node
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import members
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._image_manifest import (
    Manifest,
    ManifestError,
    read_manifest,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import lookup_name
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revoked_keys import revoked_notes
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._silent_node import why_silent
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._silent_node_hints import block, hints

CLAUSE = "2.2"
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_TRIES = 3
_TELL_EVERY = 10
_CONNECT_OPTIONS = ("operator", "operator_private_key_file", "bootstrap", "bootstrap_private_key_file", "known_hosts")
_SHOWN_DIFFERENCES = 20
_TOLD_DIFFERENCES = 5


class ActionModule(ActionBase):
    """Everything here is the controller's: on the node only a shell reads what the image holds."""

    _requires_connection = True
    _supports_check_mode = True
    _VALID_ARGS = frozenset(
        (
            *(*_CONNECT_OPTIONS, "baselines_dir", "fingerprint", "wait", "replace", "replace_baseline"),
            *("image_manifest", "card", "accept_differences", "assignment"),
        )
    )

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        node = str(variables["inventory_hostname"])
        actions: list[dict[str, str]] = []
        diff: list[dict[str, str]] = []
        result.update(clause=CLAUSE, actions=actions, diff=diff, changed=False)
        try:
            summary = self._enroll(node, variables, actions, diff)
        except (AnsibleActionFail, pins.PinError, baselines.BaselineError, ManifestError, OSError) as exc:
            # What was done before the failure stands, and is told with it.
            message = printable(str(exc), 4000)
            result.update(failed=True, msg=message, summary=one_line(message, 1000), changed=bool(actions))
            return result
        result.update(summary=summary, changed=bool(actions))
        return result

    def _enroll(
        self, node: str, variables: dict[str, t.Any], actions: list[dict[str, str]], diff: list[dict[str, str]]
    ) -> str:
        host, port = self._endpoint(node)
        name = lookup_name(host, port)
        self._require_own_address(node, name, variables)
        known_hosts = pathlib.Path(str(self._task.args["known_hosts"])).expanduser().absolute()
        said = []
        manifest = self._manifest()
        card = self._card(node)
        # Each look at a node's keys is a connection that nobody logs in by, of which OpenSSH takes only so many.
        pins.require_fingerprints(self._fingerprints())
        keys = self._scan(node, host, port)
        replace = self._flag("replace")
        # What another node's card carries is an error also where the right key is pinned already.
        carried = shown_by_node(keys, card, node=node, path=self._card_path()) if card else []
        fresh = self._to_pin(node, name, known_hosts, keys, replace=replace)
        if fresh:
            fresh = carried or self._confirmed(node, name, fresh)
            # Read before: afterwards nothing says which keys were pinned so far.
            told = pins.pinning(pins.read(known_hosts), fresh, name=name, replace=replace)
            if not self._task.check_mode:
                self._pin(node, name, known_hosts, fresh, replace=replace)
            actions += [
                {"clause": CLAUSE, "subject": f"host key {kind}", "action": action} for kind, action in told.actions
            ]
            diff.append(_difference(str(known_hosts), told.before, told.after))
            by_card = f", by card {one_line(self._card_path(), 200)}" if carried else ""
            said.append(f"{'Would pin' if self._task.check_mode else 'Pinned'} {told.said}{by_card}")
        else:
            said.append("The pinned host key is the one that the node shows")
        if not (fresh and self._task.check_mode):
            said.append(self._record(node, variables, manifest, actions, diff))
        elif manifest:
            said += [
                self._keep(node, manifest.baseline, actions, diff, image=manifest.image),
                "what the node says of itself is compared once the key is pinned",
            ]
        else:
            said.append("the baseline is read once the key is pinned")
        if actions and not self._task.check_mode:
            said.append(
                f"review and commit what is new, then run ansible-playbook playbooks/provision.yml --limit {node}"
            )
        return f"{'; '.join(said)}."

    def _endpoint(self, node: str) -> tuple[str, int]:
        if self._connection.transport.rpartition(".")[2] != "ssh":
            raise AnsibleActionFail(
                f"{node} is reached through connection {self._connection.transport!r}, and only a node over ssh has a "
                "host key to pin; take ansible_connection out of its inventory"
            )
        host = str(self._connection.get_option("host"))
        if not host or host.startswith("-") or any(char.isspace() for char in host):
            raise AnsibleActionFail(f"ansible_host {host!r} of {node} is no address; correct it")
        if not _FILE_NAME.fullmatch(node):
            raise AnsibleActionFail(
                f"inventory name {node!r} cannot name a file of baselines; use letters, digits, '-', '_' and '.'"
            )
        return host, int(self._connection.get_option("port") or 22)

    def _require_own_address(self, node: str, name: str, variables: t.Mapping[str, t.Any]) -> None:
        others = []
        gone = members(variables)
        for other in variables["groups"]["all"]:
            if other in gone:
                continue
            of_other = variables["hostvars"][other]
            if other != node and name == lookup_name(
                str(of_other.get("ansible_host") or other), of_other.get("ansible_port")
            ):
                others.append(str(other))
        if others:
            raise AnsibleActionFail(
                f"{node} and {', '.join(others)} have one address in the inventory, {name}; correct ansible_host of one"
            )

    def _manifest(self) -> Manifest | None:
        given = str(self._task.args.get("image_manifest") or "")
        return read_manifest(pathlib.Path(given).expanduser().absolute()) if given else None

    def _card_path(self) -> str:
        # Not resolved: the stable id of a card is a link, and is the name that counts.
        given = str(self._task.args.get("card") or "")
        return os.path.abspath(os.path.expanduser(given)) if given else ""  # noqa: PTH100, PTH111

    def _card(self, node: str) -> list[pins.HostKey]:
        """Return the host keys of the card that was named, none where none was."""
        if not (path := self._card_path()):
            return []
        if self._task.args.get("fingerprint"):
            raise AnsibleActionFail(
                f"both card={one_line(path, 200)} and fingerprint= say which host key {node} has; give one of them"
            )
        keys = read_card_keys(path)
        carried = ", ".join(f"{key.label} {key.fingerprint}" for key in keys)
        self._display.display(
            f"{node}: card {one_line(path, 200)} carries {carried}; if it lies in a reader, put it into {node} and boot"
        )
        return keys

    def _fingerprints(self) -> list[str]:
        given = self._task.args.get("fingerprint") or ""
        words = given if isinstance(given, list) else str(given).replace(",", " ").split()
        return [str(word) for word in words]

    def _scan(self, node: str, host: str, port: int) -> list[pins.HostKey]:
        """Fetch the node's host keys, waiting until it answers."""
        limit = float(self._task.args.get("wait", 300))
        start = time.monotonic()
        told = start - _TELL_EVERY
        while True:
            keys = pins.scanned_keys(_keyscan(host, port))
            if keys:
                return keys
            silence = why_silent(host, port)
            waited = time.monotonic() - start
            if waited >= limit:
                assignment = str(self._task.args.get("assignment") or "static")
                steps = hints(silence.kind, host=host, port=port, assignment=assignment)
                self._display.display(f"\n{block(node, silence.said, steps)}\n")
                raise AnsibleActionFail(
                    f"{node} showed no host key at {host} port {port} within {limit:g} s: {silence.said}; what to look "
                    "at, in order, is shown above the table; wait longer with -e enroll_wait=SECONDS"
                )
            if time.monotonic() - told >= _TELL_EVERY:
                told = time.monotonic()
                self._display.display(
                    f"{node}: waiting for SSH at {host} ({waited:.0f} of {limit:g} s): {silence.said}"
                )
            time.sleep(min(2, max(limit - waited, 0.1)))

    def _to_pin(
        self, node: str, name: str, known_hosts: pathlib.Path, keys: list[pins.HostKey], *, replace: bool
    ) -> list[pins.HostKey]:
        """Return the keys to confirm; none where the node's key is pinned already."""
        text = pins.read(known_hosts)
        _refuse_revoked(node, keys, text)
        held = pins.parse(text)
        if replace:
            mine = [pin.key for pin in held if pin.is_for(name)]
            if not (mine and all(key in keys for key in mine)):
                held = [pin for pin in held if not pin.is_for(name)]
        if pins.judge(keys, held, name=name, node=node, known_hosts=str(known_hosts)):
            return []
        return keys

    def _confirmed(self, node: str, name: str, keys: list[pins.HostKey]) -> list[pins.HostKey]:
        if given := self._fingerprints():
            return pins.chosen(keys, given)
        shown = "\n".join(f"    {key.label:<8} {key.fingerprint}" for key in keys)
        question = f"\n{node} ({name}) shows these SSH host keys:\n{shown}\n"
        if self._task.check_mode:
            self._display.display(question)
            return keys
        question += (
            "Compare them on the node's own console; an image of ours shows them above its login prompt, others by\n"
            "    ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n"
            'Type "yes" if all are the same, or one fingerprint that you compared (then only that key is pinned): '
        )
        for dummy in range(_TRIES):
            answer = self._ask(node, question, keys)
            if answer.lower() == "yes":
                return keys
            if answer.lower() in ("no", "n"):
                break
            if answer.startswith("SHA256:"):
                return pins.chosen(keys, [answer])
            question = 'Type "yes", "no" or a fingerprint: '
        raise AnsibleActionFail(
            f"the host key of {node} was not confirmed, so nothing was pinned; run again to be asked anew"
        )

    def _ask(self, node: str, question: str, keys: t.Sequence[pins.HostKey]) -> str:
        try:
            answer = self._display.prompt_until(question, complete_input=(b"\r", b"\n"))
        except AnsiblePromptInterrupt as exc:
            raise AnsibleActionFail(f"the host key of {node} was not confirmed, so nothing was pinned") from exc
        except AnsiblePromptNoninteractive:
            raise AnsibleActionFail(
                f"nobody can confirm the host key of {node} here, since there is no terminal; run this in one, or give "
                f"the fingerprint that you read on the node's console with -e fingerprint=SHA256:… (the node shows "
                f"{', '.join(key.fingerprint for key in keys)})"
            ) from None
        return str(answer, "utf-8", "replace").strip()

    def _pin(self, node: str, name: str, known_hosts: pathlib.Path, keys: list[pins.HostKey], *, replace: bool) -> None:
        with pins.locked(known_hosts) as path:
            # Another node that was confirmed at the same time may have written meanwhile, with the same key even.
            text = pins.read(path)
            held = [pin for pin in pins.parse(text) if not (replace and pin.is_for(name))]
            if not pins.judge(keys, held, name=name, node=node, known_hosts=str(known_hosts)):
                pins.write(path, pins.added(text, keys, name=name, node=node, replace=replace))

    def _record(
        self,
        node: str,
        variables: dict[str, t.Any],
        manifest: Manifest | None,
        actions: list[dict[str, str]],
        diff: list[dict[str, str]],
    ) -> str:
        login = self._log_in(variables)
        said = self._low_level_execute_command(baselines.script(), sudoable=False)
        own = baselines.compose(str(said["stdout"]), str(said["stderr"]))
        if manifest is None:
            return self._keep(node, own, actions, diff)
        compared = self._compared(node, manifest, own, is_fresh=self._is_fresh(node, manifest, login))
        kept = self._keep(node, manifest.baseline, actions, diff, image=manifest.image)
        return f"{compared}; {kept}"

    def _is_fresh(self, node: str, manifest: Manifest, login: t.Mapping[str, t.Any]) -> bool:
        """Return whether nobody can have worked on the node since its card was written."""
        if str(self._task.args["operator"]) != str(self._task.args["bootstrap"]):
            return bool(login.get("is_bootstrap"))
        return _read_baseline(self._baseline_path(node)) != baselines.to_text(manifest.baseline)

    def _compared(self, node: str, manifest: Manifest, own: dict[str, t.Any], *, is_fresh: bool) -> str:
        """Compare what the node says with what its image holds.

        :raises AnsibleActionFail: a fresh node holds what its image does not.
        """
        found = differences(manifest.baseline, own, login=str(self._task.args["bootstrap"]))
        if not found:
            return f"it holds exactly what its image {manifest.image} holds"
        more = len(found) - _SHOWN_DIFFERENCES
        tail = [f"… and {more} more"] if more > 0 else []
        lines = [printable(difference.sentence) for difference in found[:_SHOWN_DIFFERENCES]]
        self._display.display("\n  ".join([f"{node} and its image {manifest.image} differ:", *lines, *tail]))
        suspicious = [difference for difference in found if difference.suspicious]
        if suspicious and is_fresh and not self._flag("accept_differences"):
            raise AnsibleActionFail(
                f"{node} holds what its image {manifest.image} does not: {_told(suspicious)}; nobody has worked on it "
                "yet, so look at it on its own console and flash it anew (2.1), or, if you know why, go on with -e "
                "accept_differences=true"
            )
        return f"it and its image {manifest.image} differ in {len(found)} points, shown above"

    def _baseline_path(self, node: str) -> pathlib.Path:
        return pathlib.Path(str(self._task.args["baselines_dir"])).expanduser().absolute() / f"{node}.json"

    def _keep(
        self,
        node: str,
        baseline: dict[str, t.Any],
        actions: list[dict[str, str]],
        diff: list[dict[str, str]],
        *,
        image: str = "",
    ) -> str:
        """Put a baseline beside the inventory, unless another one is there.

        :param image: the image whose manifest says so, "" where the node does.
        """
        path = self._baseline_path(node)
        text = baselines.to_text(baseline)
        held = _read_baseline(path)
        if held == text:
            return f"its baseline is recorded ({baselines.counts(baseline)})"
        if held and not self._flag("replace_baseline"):
            self._show_difference(node, held, text)
            other = f"image {image} differs" if image else "the node differs by now"
            return (
                f"{path} keeps the recorded baseline, from which {other} as is shown above; record it anew with "
                "-e replace_baseline=true"
            )
        if not self._task.check_mode:
            _write_baseline(path, text)
        actions.append({"clause": CLAUSE, "subject": "baseline", "action": "replace" if held else "record"})
        diff.append(_difference(str(path), held, text))
        would = "would record" if self._task.check_mode else "recorded"
        whose = f"the baseline of {image}," if image else "its baseline of"
        return f"{would} {whose} {baselines.counts(baseline)}"

    def _log_in(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        task = self._task.copy()
        task.args = {key: value for key, value in self._task.args.items() if key in _CONNECT_OPTIONS}
        connect = self._shared_loader_obj.action_loader.get(
            "ai_systems.runbook.connect",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        login: dict[str, t.Any] = connect.run(task_vars=variables)["login"]
        return login

    def _show_difference(self, node: str, held: str, text: str) -> None:
        lines = [
            line
            for line in difflib.unified_diff(held.splitlines(), text.splitlines(), "recorded", "now", lineterm="", n=0)
            if not line.startswith("@@")
        ]
        more = len(lines) - _SHOWN_DIFFERENCES
        tail = [f"… and {more} more lines"] if more > 0 else []
        self._display.display("\n".join([f"{node}:", *(printable(line) for line in lines[:_SHOWN_DIFFERENCES]), *tail]))

    def _flag(self, name: str) -> bool:
        return bool(self._task.args.get(name, False))


def _refuse_revoked(node: str, keys: t.Sequence[pins.HostKey], known_hosts: str) -> None:
    """Refuse a host key of a node that was decommissioned: its card was not wiped, or was copied.

    :raises PinError: the node shows one.
    """
    notes = revoked_notes(known_hosts)
    for key in keys:
        if key.blob in notes:
            raise pins.PinError(
                f"{node} shows the host key {key.fingerprint}, which is revoked ({one_line(notes[key.blob], 200)}): "
                "its card was not wiped, or is a copy; flash it anew (2.1)"
            )


def _keyscan(host: str, port: int) -> str:
    argv = ["ssh-keyscan", "-T", "5", "-p", str(port), "-t", pins.SCANNED_TYPES, "--", host]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    except FileNotFoundError as exc:
        raise AnsibleActionFail("ssh-keyscan is not installed here; run 'apt install openssh-client'") from exc
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout[:100_000].decode("ascii", "replace")


def _told(found: t.Sequence[Difference]) -> str:
    more = len(found) - _TOLD_DIFFERENCES
    tail = f" and {more} more" if more > 0 else ""
    return "; ".join(difference.sentence for difference in found[:_TOLD_DIFFERENCES]) + tail


def _read_baseline(path: pathlib.Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    if baselines.from_text(text) is None:
        raise AnsibleActionFail(
            f"{path} is no baseline; restore it from your repository, or remove it to record one anew"
        )
    return text


def _write_baseline(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    status = path.parent.stat()
    write_atomically(str(path), text.encode(), mode=0o644, uid=status.st_uid, gid=status.st_gid)


def _difference(what: str, before: str, after: str) -> dict[str, str]:
    return {
        "before_header": what,
        "after_header": what,
        "before": printable(before, 1_000_000),
        "after": printable(after, 1_000_000),
    }
