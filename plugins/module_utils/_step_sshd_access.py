# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let only the operator log in, by key (runbook 2.8). Private to the collection."""

from __future__ import annotations

import os
import tempfile
import typing as t

from . import _bootstrap_login as bootstrap
from . import _guarded as guarded
from . import _sshd_config as config
from . import _sshd_service as service
from ._accounts import read_accounts
from ._command import CommandError
from ._files import metadata, read_text
from ._sshd_switch import (
    GUARD,
    ONLY_KEYS,
    SshdSwitch,
    drop_in_is,
    require_in_force,
)
from ._step import Change, Step, StepError
from ._sudoers import sudo_lines
from ._text import one_line

CLAUSE = bootstrap.CLAUSE


RETIRE_GUARD = "bootstrap-login"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
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


def body(step: Step) -> str:
    stage = step.params["stage"]
    if os.geteuid() != 0:
        raise StepError("sshd_access needs root's rights; run the task with become: true")
    if stage != "plan" and step.check_mode:
        raise StepError(f"stage {stage} acts, so it cannot run in check mode; leave the option away")
    seconds = step.params["proof_timeout"]
    try:
        if stage == "plan":
            # Whatever another run has begun is over before anything is read that it may still take back.
            with (
                guarded.turn(GUARD, seconds=seconds, look=step.check_mode),
                guarded.turn(RETIRE_GUARD, seconds=seconds, look=step.check_mode),
            ):
                return _plan(step)
        with guarded.turn(GUARD if stage == "switch" else RETIRE_GUARD, seconds=seconds) as mine:
            changes, change = _switch(step) if stage == "switch" else _retire(step)
            if not changes:
                return "Another run has done that meanwhile."
            mine.start(change, token=step.params["token"], seconds=seconds)
            step.note(changes)
    except (guarded.GuardError, config.SshdConfigError, service.SshdServiceError) as exc:
        raise StepError(str(exc)) from exc
    return "The change waits for its proof."


def _plan(step: Step) -> str:
    operator = step.params["operator"]
    listeners = plan_listeners(operator)
    retirement, console = plan_retirement(operator, step.params["bootstrap_user"])
    step.note([*listeners.changes, *retirement])
    step.returns(console_login=console, switches=len(listeners.changes), retires=len(retirement))
    return summary(operator, console, would=step.check_mode and bool(listeners.changes))


def _switch(step: Step) -> tuple[list[Change], guarded.Guarded]:
    operator = step.params["operator"]
    listeners = plan_listeners(operator)
    return listeners.changes, SshdSwitch(
        listeners.daemons,
        text=listeners.text,
        mains=listeners.mains,
        operator=operator,
        connection=listeners.connection,
    )


def _retire(step: Step) -> tuple[list[Change], guarded.Guarded]:
    name = step.params["bootstrap_user"]
    changes, _console = plan_retirement(step.params["operator"], name)
    return changes, bootstrap.Retirement(name, changes)


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
