#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sshd_access
short_description: Let only the operator log in, by key
description:
  - Carries out clause 2.8 of the runbook, "Configure SSH for remote access, preferably with key-based authentication.
    Disable password authentication".
  - Before anything is written, the controller proves from a new connection that the operator logs in by key and
    becomes root.
  - The node then judges the new configuration with C(sshd -t) and C(sshd -T), asks a rehearsal of it what it offers,
    and stops and starts what listens, all in one bounded process that puts the old files back unless the controller
    proves the login again within O(proof_timeout).
  - A Match block, an earlier file or an option of the unit that says otherwise is an error that names file and line.
  - Last the keys and sudo rights of O(bootstrap_user), and root's keys, are moved to
    C(/var/lib/ai-systems-runbook/moved-aside) and its password is locked, under the same guard.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  operator:
    description:
      - The account that may log in.
    type: str
    required: true
  private_key_file:
    description:
      - The operator's private key, a path on the controller. Empty for the agent or ssh's own default identities.
      - Used by the part on the controller alone.
    type: str
    default: ""
  bootstrap_user:
    description:
      - The login that the image brought, to be retired. Nothing is retired where it is the operator.
    type: str
    required: true
  proof_timeout:
    description:
      - Seconds that the node waits for the proof of a login before it puts back what was before.
    type: float
    default: 60
  stage:
    description:
      - Which part of the work this call does. The part on the controller chooses it; leave it alone.
    type: str
    choices: [plan, switch, retire]
    default: plan
  token:
    description:
      - What the proof must contain. The part on the controller makes it anew for each change; leave it alone.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.operator_account
"""

EXAMPLES = r"""
---
- name: 2.8 | Let only the operator log in, by key
  ai_systems.runbook.sshd_access:
    operator: anna
    private_key_file: ~/.ssh/id_ed25519
    bootstrap_user: debian
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.8"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.8"
      subject: /etc/ssh/sshd_config.d/00-ai-systems-runbook.conf
      action: write
summary:
  description: One sentence on the outcome, which says whether a password still opens the console.
  returned: always
  type: str
  sample: Only anna logs in, by key alone; no account has a password for the console.
console_login:
  description: Accounts that have a usable password and a shell, and so could log in at the console.
  returned: success
  type: list
  elements: str
  sample: []
"""

import os
import tempfile
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils import _bootstrap_login as bootstrap
from ansible_collections.ai_systems.runbook.plugins.module_utils import _guarded as guarded
from ansible_collections.ai_systems.runbook.plugins.module_utils import _sshd_config as config
from ansible_collections.ai_systems.runbook.plugins.module_utils import _sshd_service as service
from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import read_accounts
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import metadata, read_text
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_switch import (
    GUARD,
    ONLY_KEYS,
    SshdSwitch,
    drop_in_is,
    require_in_force,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError, run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._sudoers import sudo_lines
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

RETIRE_GUARD = "bootstrap-login"
SPEC: dict[str, dict[str, t.Any]] = {
    "operator": {"type": "str", "required": True},
    "private_key_file": {"type": "str", "default": "", "no_log": False},
    "bootstrap_user": {"type": "str", "required": True},
    "proof_timeout": {"type": "float", "default": 60},
    "stage": {"type": "str", "choices": ["plan", "switch", "retire"], "default": "plan"},
    "token": {"type": "str", "default": "", "no_log": True},
}


class Listeners(t.NamedTuple):
    """What sshd needs: the changes, and what the guarded process is given to make them."""

    changes: list[Change]
    daemons: list[service.Daemon]
    text: str | None
    mains: dict[str, str]
    connection: service.Connection | None


def plan_listeners(operator: str) -> Listeners:
    """Return what must change so that every sshd of this node takes the operator's key alone.

    :raises StepError: it cannot be, or something else says otherwise.
    """
    connection = service.own_connection()
    daemons = service.find_daemons(connection)
    _require_units(daemons)
    text = config.render(operator)
    changes = []
    if not drop_in_is(text):
        held = metadata(config.DROP_IN)
        if held and held.kind not in {"file", "link"}:
            raise StepError(f"{config.DROP_IN} is a {held.kind}, no file; look at it on the node, and remove it")
        changes.append(Change(config.DROP_IN, "write", read_text(config.DROP_IN) or "", text))
    mains: dict[str, str] = {}
    for daemon in daemons:
        main = daemon.options.main
        files = config.load(main, config.Source({config.DROP_IN: text, **mains}))
        if not config.reads_drop_in(files):
            before = read_text(main) or ""
            mains[main] = config.with_include(before)
            changes.append(Change(main, "include drop-ins", before, mains[main]))
    overlay = {config.DROP_IN: text, **mains} if changes else {}
    files_changed = bool(changes)
    for daemon in daemons:
        files = config.load(daemon.options.main, config.Source(overlay))
        _require_no_contradiction(daemon, files, operator)
        said = _judge(daemon, files, operator=operator, connection=connection, in_place=not files_changed)
        _require_same_endpoint(daemon, service.parse_endpoints(said.get("listenaddress", [])), connection)
        if _must_restart(daemon, files, operator, files_changed=files_changed):
            changes.append(Change(daemon.unit, "stop and start"))
    return Listeners(changes, daemons, text if changes and not drop_in_is(text) else None, mains, connection)


def _require_units(daemons: t.Sequence[service.Daemon]) -> None:
    if not daemons:
        raise StepError("no sshd listens on this node, so there is nothing to configure; start ssh.service on it")
    for daemon in daemons:
        if not daemon.unit:
            raise StepError(
                f"process {daemon.pid} is an sshd that listens at {daemon.endpoints[0]} and belongs to no unit; "
                "start ssh.service on the node, log in through that, and end the process"
            )


def _require_no_contradiction(daemon: service.Daemon, files: config.File, operator: str) -> None:
    wrong = config.contradictions(files, daemon.options.settings, operator)
    if wrong:
        raise StepError(
            f"{'; '.join(wrong)} ({daemon.name}). Nothing was changed: take that out on the node, then run again"
        )


def _judge(
    daemon: service.Daemon,
    files: config.File,
    *,
    operator: str,
    connection: service.Connection | None,
    in_place: bool,
) -> dict[str, list[str]]:
    """Have sshd judge the configuration, as it is or as it is going to be, and return what holds for the operator."""
    if in_place:
        return require_in_force(daemon, files.path, operator=operator, connection=connection)
    with tempfile.TemporaryDirectory(prefix="ai-systems-runbook-", dir="/run") as folder:
        main = config.mirror(files, folder)
        try:
            service.test_config(daemon, main)
            return require_in_force(daemon, main, operator=operator, connection=connection)
        except (CommandError, service.SshdServiceError) as exc:
            said = config.original_names(getattr(exc, "err", "") or str(exc), files)
            raise StepError(
                f"sshd would not take the new configuration: {one_line(said)}. Nothing was changed: mend that on the "
                "node, then run again"
            ) from exc


def _require_same_endpoint(
    daemon: service.Daemon, coming: t.Sequence[service.Endpoint], connection: service.Connection | None
) -> None:
    """Refuse to stop a listener that would not come back where it is reached now."""
    if not daemon.pid or daemon.from_socket:
        return
    here = [endpoint for endpoint in coming if not service.cannot_bind(endpoint.address)]
    for endpoint in daemon.endpoints:
        if connection and endpoint.port != connection.port:
            continue
        if not any(_covers(other, endpoint, connection) for other in here):
            raise StepError(
                f"{daemon.unit} listens at {endpoint}, but its configuration now says "
                f"{', '.join(str(other) for other in coming) or 'nothing'}: a new start would lose it. "
                "Nothing was changed: mend Port and ListenAddress on the node, then run again"
            )


def _covers(other: service.Endpoint, endpoint: service.Endpoint, connection: service.Connection | None) -> bool:
    mine = connection.address if connection else endpoint.address
    wild = {"0.0.0.0", "::"}  # noqa: S104 -- compared, not bound
    return other.port == endpoint.port and (other.address in wild or other.address in {endpoint.address, mine})


def _must_restart(daemon: service.Daemon, files: config.File, operator: str, *, files_changed: bool) -> bool:
    if not daemon.pid:
        return False
    everything = files.all_files()
    folders = [folder for one in everything for folder in one.folders]
    read = [*(one.path for one in everything), *folders, *daemon.environment_files]
    return (
        files_changed or service.is_older_than(daemon, read) or service.offered_methods(daemon, operator) != ONLY_KEYS
    )


def plan_retirement(operator: str, name: str) -> tuple[list[Change], list[str]]:
    """Return what must be done to the bootstrap login, and who could still log in at the console then."""
    accounts = read_accounts()
    keys = bootstrap.read_key_files(name, accounts)
    changes = bootstrap.decide(name, operator, accounts, sudo_lines(), keys)
    locked = name if name != operator else ""
    return changes, bootstrap.console_logins(accounts, locked=locked)


def summary(operator: str, console: t.Sequence[str], *, would: bool) -> str:
    who = "no account has" if not console else f"{', '.join(console)} {'has' if len(console) == 1 else 'have'}"
    verb = "would log in" if would else "logs in"
    return f"Only {operator} {verb}, by key alone; {who} a password for the console."


def let_in_only_the_operator(step: Step) -> str:
    operator, name, stage = step.params["operator"], step.params["bootstrap_user"], step.params["stage"]
    if os.geteuid() != 0:
        raise StepError("sshd_access needs root's rights; run the task with become: true")
    try:
        if stage == "plan":
            listeners = plan_listeners(operator)
            retirement, console = plan_retirement(operator, name)
            step.note([*listeners.changes, *retirement])
            step.returns(console_login=console, switches=len(listeners.changes), retires=len(retirement))
            return summary(operator, console, would=step.check_mode and bool(listeners.changes))
        if step.check_mode:
            raise StepError(f"stage {stage} acts, so it cannot run in check mode; leave the option away")
        change: guarded.Guarded
        if stage == "switch":
            listeners = plan_listeners(operator)
            change = SshdSwitch(
                listeners.daemons,
                text=listeners.text,
                mains=listeners.mains,
                operator=operator,
                connection=listeners.connection,
            )
        else:
            change = bootstrap.Retirement(name, plan_retirement(operator, name)[0])
        guard = GUARD if stage == "switch" else RETIRE_GUARD
        guarded.start(guard, change, token=step.params["token"], seconds=step.params["proof_timeout"])
    except (guarded.GuardError, config.SshdConfigError, service.SshdServiceError) as exc:
        raise StepError(str(exc)) from exc
    return "The change waits for its proof."


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    run_step(module, bootstrap.CLAUSE, let_in_only_the_operator)


if __name__ == "__main__":
    main()
