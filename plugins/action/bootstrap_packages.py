# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install what modules need, on a node that cannot run a module yet."""

from __future__ import annotations

import shlex
import time
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import checked_keys
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _bootstrap_origin as origin
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _bootstrap_packages as packages

CLAUSE = "2.2"


class ActionModule(ActionBase):
    """Runs apt through plain shell commands: the stock raw module is skipped in check mode and always says changed."""

    _requires_connection = True
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("archive_keys", "lock_timeout"))

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        node = str((task_vars or {}).get("inventory_hostname", "the node"))
        result.update(clause=CLAUSE, actions=[], changed=False, diff=[])
        missing = packages.missing(self._run_on_node(packages.PROBE, sudoable=False)[1])
        if not missing:
            result["summary"] = "The node has all that modules need."
            return result
        self._require_root(node, missing)
        if not self._task.check_mode:
            self._install(node, missing)
        names = ", ".join(missing)
        result.update(
            changed=True,
            actions=[{"clause": CLAUSE, "subject": name, "action": "install"} for name in missing],
            diff=[
                {
                    "before_header": f"{name} (install)",
                    "after_header": f"{name} (install)",
                    "before": "",
                    "after": f"{name}\n",
                }
                for name in missing
            ],
            # Without these nothing further can be asked of the node, so that a dry run ends here.
            ends_run=bool(self._task.check_mode),
            summary=(
                f"{names} would be installed; what follows can be foretold only once they are there."
                if self._task.check_mode
                else f"Installed {names}."
            ),
        )
        return result

    def _require_root(self, node: str, missing: t.Sequence[str]) -> None:
        rc, out, err = self._run_on_node("id -u")
        if rc == 0 and out.split()[-1:] == ["0"]:
            return
        if "sudo" in missing:
            reason = "it has no sudo and the login is not root; set runbook_bootstrap_user to root for it"
        else:
            reason = f"sudo refuses the login ({packages.last_line(err or out)}); it needs sudo without a password here"
        raise AnsibleActionFail(f"{', '.join(missing)} cannot be installed on {node}: {reason}")

    def _install(self, node: str, missing: t.Sequence[str]) -> None:
        self._apt(node, "reading the package lists", packages.update_command())
        try:
            self._require_official(node, missing)
            self._apt(node, f"installing {', '.join(missing)}", packages.install_command(missing))
        finally:
            self._run_on_node(packages.clear_command())
        left = packages.missing(self._run_on_node(packages.PROBE, sudoable=False)[1])
        if left:
            raise AnsibleActionFail(
                f"{node}: apt says that {', '.join(left)} is installed, but the programs are not there; "
                "flash the node anew (2.1)"
            )

    def _require_official(self, node: str, missing: t.Sequence[str]) -> None:
        try:
            keys = checked_keys(self._task.args.get("archive_keys") or [])
        except StepError as exc:
            raise AnsibleActionFail(f"{node}: {exc}") from exc
        what = f"planning {', '.join(missing)}"
        wanted = origin.debs(self._apt(node, what, packages.uris_command(missing)))
        planned = len(self._apt(node, what, packages.count_command(missing)).splitlines())
        rc, said, err = self._run_on_node(f"/bin/sh -c {shlex.quote(origin.EVIDENCE)}")
        if rc != 0:
            raise AnsibleActionFail(
                f"{node}: its archives cannot be verified, {packages.last_line(err or said)}; reinstall sqv, which apt "
                "needs itself, or flash an image of Debian 13 (2.1)"
            )
        lists, reasons = origin.official_lists(said, keys)
        found = self._run_on_node(origin.lookup_command(lists, wanted))[1] if lists and wanted else ""
        foreign = origin.unproven(wanted, found)
        if foreign or len(wanted) != planned:
            left = "; ".join(foreign[:5]) or f"{planned - len(wanted)} packages that it does not fetch"
            why = f" ({'; '.join(reasons[:5])})" if reasons else ""
            raise AnsibleActionFail(
                f"{node} would take {left}, which is not in an official archive of Debian 13 (3.1){why}: correct its "
                "apt sources, or flash an image of Debian 13 (2.1)"
            )

    def _apt(self, node: str, what: str, command: str) -> str:
        """Run apt, waiting for whoever else is at work with it; return what it printed."""
        self._display.display(f"{node}: {what}")
        timeout = int(self._task.args.get("lock_timeout", 300))
        met: float | None = None
        while True:
            rc, out, err = self._run_on_node(command)
            if rc == 0:
                return out
            lock = packages.lock_holder(f"{out}\n{err}")
            if lock is None:
                raise AnsibleActionFail(packages.explain(f"{node}: {what} failed", f"{out}\n{err}", rc))
            # Only waiting counts, not what apt itself takes on a slow line.
            met = time.monotonic() if met is None else met
            if time.monotonic() - met >= timeout:
                raise AnsibleActionFail(
                    f"{node}: {what} waited {timeout} s for {lock}; run again once that has ended, or raise "
                    "preflight_lock_timeout"
                )
            self._display.display(f"{node}: waiting for {lock}")
            time.sleep(3)

    def _run_on_node(self, command: str, *, sudoable: bool = True) -> tuple[int, str, str]:
        said = self._low_level_execute_command(command, sudoable=sudoable)
        return int(said["rc"]), str(said["stdout"])[-100_000:], str(said["stderr"])[-100_000:]
