# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd answers about its units, made typed values (runbook 4.2). Private to the collection.

Pure: who asks is _systemctl, the one seam.
"""

from __future__ import annotations

import json
import re
import typing as t

from ._text import one_line

_FIELD_LIMIT = 4_096
_BLANK = re.compile(r"\s+")

UNIT_PROPERTIES = (
    "Id",
    "Names",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "FragmentPath",
    "DropInPaths",
    "MainPID",
    "NeedDaemonReload",
    "Result",
    "ExecMainStatus",
    "ActiveEnterTimestampMonotonic",
    "InvocationID",
    "TriggeredBy",
    "ConditionResult",
    "ConditionTimestamp",
)
SOCKET_PROPERTIES = ("Id", "Listen", "Accept", "Triggers", "ActiveState")
# What systemd holds of a unit's own text may span lines, so the audit asks for names, states and lists of names alone.
LOADED_PROPERTIES = (
    *("Id", "Names", "LoadState", "ActiveState", "SubState", "Result", "UnitFileState", "FragmentPath", "SourcePath"),
    *("DropInPaths", "NeedDaemonReload", "Transient", "Restart", "RestartMode", "WatchdogUSec", "StartLimitAction"),
    *("FailureAction", "SuccessAction", "JobTimeoutAction", "OnFailure", "OnSuccess", "Upholds", "UpheldBy"),
    *("Triggers", "TriggeredBy", "User", "InvocationID", "MainPID", "ActiveEnterTimestampMonotonic"),
)
MANAGER_PROPERTIES = (
    *("RuntimeWatchdogUSec", "RuntimeWatchdogPreUSec", "RebootWatchdogUSec", "KExecWatchdogUSec", "WatchdogDevice"),
    *("ServiceWatchdogs", "CtrlAltDelBurstAction", "DefaultOOMPolicy", "Version", "NFailedUnits"),
)
COMMAND_PROPERTIES = ("ExecStart", "Environment", "EnvironmentFiles")


class UnitStatus(t.NamedTuple):
    """What systemd says of a unit. Fields that a kind of unit lacks are "", 0 or empty.

    :param name: as it was asked for.
    :param id: the name under which systemd has it; another one where ``name`` is an alias.
    :param load_state: ``loaded``, ``not-found``, ``bad-setting``, ``error``, ``masked``.
    :param active_state: ``active``, ``inactive``, ``failed``, ``activating`` …
    :param unit_file_state: ``enabled``, ``linked``, ``disabled``, ``static`` …; "" where there is no file.
    :param fragment_path: the unit file that is loaded, as systemd found it: the link, not what it leads to.
    :param need_daemon_reload: whether files changed since systemd read them.
    :param result: ``success``, ``exit-code``, ``signal``, ``timeout`` … of the last run.
    :param exit_status: of the main process of the last run.
    :param active_since: microseconds of the monotonic clock at which it became active, 0 where it never did.
    :param invocation: changes each time the unit is started.
    :param triggered_by: timers, sockets and paths that start it.
    :param condition_failed: whether it was to start and a condition of its own kept it from that.
    """

    name: str
    id: str = ""
    load_state: str = ""
    active_state: str = ""
    sub_state: str = ""
    unit_file_state: str = ""
    fragment_path: str = ""
    drop_in_paths: tuple[str, ...] = ()
    main_pid: int = 0
    need_daemon_reload: bool = False
    result: str = ""
    exit_status: int = 0
    active_since: int = 0
    invocation: str = ""
    triggered_by: tuple[str, ...] = ()
    condition_failed: bool = False

    @property
    def is_running(self) -> bool:
        """Whether the unit is there in any way that a stop would end."""
        return self.active_state in ("active", "activating", "reloading", "deactivating", "refreshing")


class SocketStatus(t.NamedTuple):
    """A socket on which systemd waits in a service's place.

    :param listen: what it listens on, each as systemd writes it: ``[::]:22 (Stream)``.
    :param accept: whether each connection gets an instance of its own.
    :param triggers: the service that a connection starts; "" with ``accept``.
    """

    id: str
    active_state: str = ""
    listen: tuple[str, ...] = ()
    accept: bool = False
    triggers: str = ""


class ServiceCommand(t.NamedTuple):
    """How a service is started, as systemd has loaded it: variables are not expanded yet.

    :param argv: word by word; empty where the service has no ExecStart=.
    :param environment: ``NAME=value`` of each Environment=.
    :param environment_files: paths, in the order in which they are read.
    """

    argv: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    environment_files: tuple[str, ...] = ()


def parse_show(text: str) -> list[dict[str, str]]:
    """Return the properties of each unit that ``systemctl show`` printed, in its order.

    systemctl separates units by an empty line and puts each of our properties on one line; what does not look like
    one is left out, and the first word on a property counts.
    """
    return parse_blocks(text, UNIT_PROPERTIES)


def parse_blocks(text: str, wanted: t.Collection[str]) -> list[dict[str, str]]:
    """Like :func:`parse_show`, for the properties ``wanted``."""
    shown: list[dict[str, str]] = []
    for block in text.split("\n\n"):
        properties: dict[str, str] = {}
        for line in block.split("\n"):
            key, equals, value = line.partition("=")
            if equals and key in wanted:
                properties.setdefault(key, value[:_FIELD_LIMIT])
        if properties:
            shown.append(properties)
    return shown


def unit_status(name: str, properties: t.Mapping[str, str]) -> UnitStatus:
    """Return the properties of a unit, that of the name ``name``, typed."""

    def word(key: str) -> str:
        return one_line(properties.get(key, ""), 200)

    def number(key: str) -> int:
        digits = properties.get(key, "")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 20 else 0

    return UnitStatus(
        name=name,
        id=word("Id"),
        load_state=word("LoadState"),
        active_state=word("ActiveState"),
        sub_state=word("SubState"),
        unit_file_state=word("UnitFileState"),
        fragment_path=properties.get("FragmentPath", ""),
        drop_in_paths=tuple(path for path in _BLANK.split(properties.get("DropInPaths", "")) if path.startswith("/")),
        main_pid=number("MainPID"),
        need_daemon_reload=properties.get("NeedDaemonReload", "") == "yes",
        result=word("Result"),
        exit_status=number("ExecMainStatus"),
        active_since=number("ActiveEnterTimestampMonotonic"),
        invocation=word("InvocationID"),
        triggered_by=tuple(properties.get("TriggeredBy", "").split()),
        # A unit that was never to start has no result to speak of: systemd then answers "no" without a time.
        condition_failed=properties.get("ConditionResult") == "no" and bool(properties.get("ConditionTimestamp")),
    )


def parse_sockets(text: str) -> list[SocketStatus]:
    """Return the sockets that ``systemctl show`` printed, in its order; Listen= comes once for each address."""
    found = []
    for block in text.split("\n\n"):
        pairs = [line.partition("=")[::2] for line in block.splitlines()]
        values = dict(pairs)
        if values.get("Id"):
            found.append(
                SocketStatus(
                    id=values["Id"],
                    active_state=values.get("ActiveState", ""),
                    listen=tuple(value for name, value in pairs if name == "Listen"),
                    accept=values.get("Accept") == "yes",
                    triggers=values.get("Triggers", ""),
                )
            )
    return found


def parse_service_command(text: str) -> ServiceCommand:
    """Return what the bus said of COMMAND_PROPERTIES, one JSON object a line.

    :raises ValueError: it is something else.
    """
    try:
        commands, environment, files = (json.loads(line)["data"] for line in text.splitlines())
        argv = tuple(str(word) for word in commands[0][1]) if commands else ()
        return ServiceCommand(
            argv, tuple(str(setting) for setting in environment), tuple(str(path) for path, _optional in files)
        )
    except (LookupError, TypeError, ValueError) as exc:
        raise ValueError(one_line(text, 200)) from exc


__all__ = (
    "COMMAND_PROPERTIES",
    "LOADED_PROPERTIES",
    "MANAGER_PROPERTIES",
    "SOCKET_PROPERTIES",
    "UNIT_PROPERTIES",
    "ServiceCommand",
    "SocketStatus",
    "UnitStatus",
    "parse_blocks",
    "parse_service_command",
    "parse_show",
    "parse_sockets",
    "unit_status",
)
