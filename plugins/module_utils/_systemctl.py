# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one seam to systemctl (runbook 4.2). Private to the collection.

The runbook permits five verbs; the methods are these five and ``show``, which only reads. There is no method that
takes a verb. systemctl's other ways to change a unit's state have no place in this collection.
"""

from __future__ import annotations

import re
import typing as t

from ._command import Command, CommandError, Completed
from ._text import one_line, printable
from ._unit_names import why_not_a_unit, why_not_an_instance, why_protected

# A stop waits for TimeoutStopSec= of its unit, 90 s by default.
_SECONDS_TO_CHANGE = 180.0
_SECONDS_TO_READ = 30.0
_STATUS_LIMIT = 8_000
_FIELD_LIMIT = 4_096
_AT_ONCE = 200
_PATH = re.compile(r"/[^\x00-\x1f\x7f]*")
_BLANK = re.compile(r"\s+")

_PROPERTIES = (
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
)


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

    @property
    def is_running(self) -> bool:
        """Whether the unit is there in any way that a stop would end."""
        return self.active_state in ("active", "activating", "reloading", "deactivating", "refreshing")


class Systemctl:
    """systemctl on this node, with the runbook's verbs alone."""

    def __init__(self, program: str = "systemctl") -> None:
        self._systemctl = Command(program, environ={"SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", "SYSTEMD_URLIFY": "0"})

    def start(self, *names: str, timeout: float = _SECONDS_TO_CHANGE) -> None:
        """Start units and wait until each is up or has failed.

        :raises CommandError: a unit did not start, or a name is none.
        """
        self._change("start", names, why_not_an_instance, timeout)

    def stop(self, *names: str, access_is_proven: bool = False, timeout: float = _SECONDS_TO_CHANGE) -> None:
        """Stop units and wait until each is down.

        :param access_is_proven: the caller undoes the stop without the operator's proof of a new login, and so may
            also stop what the operator's access hangs on.
        :raises CommandError: a unit did not stop, or a name is none or is protected.
        """
        self._change("stop", names, why_not_an_instance if access_is_proven else _why_not_stopped, timeout)

    def enable(self, *units: str, timeout: float = _SECONDS_TO_CHANGE) -> None:
        """Link and enable units by the absolute path of their files, or instances of linked templates by their name.

        systemd reads all units anew at the end of it, also where no link changed.

        :raises CommandError: a unit was not enabled; a link may be left behind all the same.
        """
        self._change("enable", units, _why_not_enabled, timeout)

    def disable(self, *names: str, timeout: float = _SECONDS_TO_CHANGE) -> None:
        """Remove all links of units, also the one that leads to the unit file, and dangling ones.

        :raises CommandError: a unit was not disabled, or a name is none or is protected.
        """
        self._change("disable", names, _why_not_disabled, timeout)

    def status(self, name: str, *, lines: int = 20) -> str:
        """Return what ``systemctl status`` shows of a unit and its last journal lines: bounded, cleaned, to be shown.

        A unit that is down or unknown is no error, its exit status says nothing more.
        """
        self._refuse("status", [name], why_not_a_unit)
        options = ["--no-pager", "--full", f"--lines={max(0, min(lines, 200))}"]
        done = self._run("status", [name], options, check=False, timeout=_SECONDS_TO_READ)
        return printable(done.out or done.err, _STATUS_LIMIT)

    def show(self, names: t.Sequence[str]) -> dict[str, UnitStatus]:
        """Return what systemd says of many units, by the name that was asked for; one call for 200 units.

        :raises CommandError: a name is none, or systemd did not answer for each of them.
        """
        found: dict[str, UnitStatus] = {}
        asked = list(dict.fromkeys(names))
        self._refuse("show", asked, why_not_an_instance)
        for begin in range(0, len(asked), _AT_ONCE):
            part = asked[begin : begin + _AT_ONCE]
            options = ["--no-pager", f"--property={','.join(_PROPERTIES)}"]
            done = self._run("show", part, options, check=True, timeout=_SECONDS_TO_READ)
            found |= _answers(part, done)
        return found

    def _change(self, verb: str, units: t.Sequence[str], why_not: t.Callable[[str], str], timeout: float) -> None:
        if not units:
            return
        self._refuse(verb, units, why_not)
        self._run(verb, units, ["--no-ask-password"], check=True, timeout=timeout)

    def _run(
        self, verb: str, units: t.Sequence[str], options: t.Sequence[str], *, check: bool, timeout: float
    ) -> Completed:
        return self._systemctl.run([verb, *options, "--", *units], check=check, timeout=timeout)

    def _refuse(self, verb: str, units: t.Iterable[str], why_not: t.Callable[[str], str]) -> None:
        for unit in units:
            reason = why_not(unit)
            if reason:
                raise CommandError(
                    f"'{one_line(unit, 80)}' was not given to systemctl {verb}: {reason}",
                    argv=[self._systemctl.program, verb],
                )


def _why_not_stopped(name: str) -> str:
    return why_not_an_instance(name) or _why_not_touched(name)


def _why_not_disabled(name: str) -> str:
    return why_not_a_unit(name) or _why_not_touched(name)


def _why_not_touched(name: str) -> str:
    reason = why_protected(name)
    return f"{reason}; leave this unit as it is" if reason else ""


def _why_not_enabled(unit: str) -> str:
    if not unit.startswith("/"):
        if "@" in unit:
            return why_not_an_instance(unit)
        return "units are enabled by the absolute path of their file, only instances of a template by name"
    if not _PATH.fullmatch(unit) or any(part in ("", ".", "..") for part in unit[1:].split("/")):
        return "a unit file's path has no '.', '..', doubled or trailing slashes, and no control characters"
    return why_not_a_unit(unit.rpartition("/")[2])


def parse_show(text: str) -> list[dict[str, str]]:
    """Return the properties of each unit that ``systemctl show`` printed, in its order.

    systemctl separates units by an empty line and puts each of our properties on one line; what does not look like
    one is left out, and the first word on a property counts.
    """
    shown: list[dict[str, str]] = []
    for block in text.split("\n\n"):
        properties: dict[str, str] = {}
        for line in block.split("\n"):
            key, equals, value = line.partition("=")
            if equals and key in _PROPERTIES:
                properties.setdefault(key, value[:_FIELD_LIMIT])
        if properties:
            shown.append(properties)
    return shown


def _answers(names: t.Sequence[str], done: Completed) -> dict[str, UnitStatus]:
    shown = parse_show(done.out)
    if len(shown) != len(names):
        raise CommandError(
            f"systemctl show answered for {len(shown)} of {len(names)} units; look at 'systemctl status' on the node",
            argv=done.argv,
            rc=done.rc,
            out=done.out,
            err=done.err,
        )
    for name, properties in zip(names, shown, strict=True):
        if name not in (properties.get("Id", ""), *properties.get("Names", "").split()):
            raise CommandError(
                f"systemctl show answered for {one_line(properties.get('Id', 'nobody'), 80)} in place of {name}; "
                "look at 'systemctl status' on the node",
                argv=done.argv,
                rc=done.rc,
            )
    return {name: _status(name, properties) for name, properties in zip(names, shown, strict=True)}


def _status(name: str, properties: t.Mapping[str, str]) -> UnitStatus:
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
    )


__all__ = ("Systemctl", "UnitStatus", "parse_show")
