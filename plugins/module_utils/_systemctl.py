# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one seam to systemd's manager (runbook 4.2). Private to the collection.

The runbook permits five verbs; the methods are these five, and others that only read. There is no method that takes a
verb. systemctl's other ways to change a unit's state have no place in this collection; a guard looks for them.
"""

from __future__ import annotations

import re
import typing as t

from ._command import Command, CommandError, Completed
from ._systemd_answers import (
    COMMAND_PROPERTIES,
    LOADED_PROPERTIES,
    MANAGER_PROPERTIES,
    SOCKET_PROPERTIES,
    UNIT_PROPERTIES,
    ServiceCommand,
    SocketStatus,
    UnitStatus,
    parse_blocks,
    parse_service_command,
    parse_show,
    parse_sockets,
    unit_status,
)
from ._text import one_line, printable, shell_word
from ._unit_names import why_not_a_unit, why_not_an_instance, why_protected

# What reads the units that start at boot where no Python is there to ask the class: as words for a shell. From the
# files alone: a manager that is still starting, on a slow machine, does not answer in time.
LIST_ENABLED: t.Final = (
    "systemctl", "list-unit-files", "--root=/", "--state=enabled", "--no-legend", "--no-pager", "--plain"
)  # fmt: skip

# A stop waits for TimeoutStopSec= of its unit, 90 s by default.
_SECONDS_TO_CHANGE = 180.0
_SECONDS_TO_READ = 30.0
_STATUS_LIMIT = 8_000
_AT_ONCE = 200
# A unit of systemd's own without [Install]: to enable it changes nothing, and makes systemd read all units anew.
READ_ANEW = "/usr/lib/systemd/system/basic.target"
_REBOOT = "reboot.target"
_MANAGER = "org.freedesktop.systemd1"
_TRIGGERS = (".socket", ".timer", ".path")
_PATH = re.compile(r"/[^\x00-\x1f\x7f]*")

# What answers for many units at once, and for the manager itself: words of a command line.
LOADED_KINDS = ("service", "timer", "socket", "path", "target", "mount", "automount", "swap")
LOADED: t.Final = (
    *("systemctl", "show", "--no-pager", "--all", f"--property={','.join(LOADED_PROPERTIES)}", "--"),
    *(f"*.{kind}" for kind in LOADED_KINDS),
)
MANAGER: t.Final = ("systemctl", "show", "--no-pager", f"--property={','.join(MANAGER_PROPERTIES)}")

_Change = t.Literal["start", "stop", "enable", "disable"]
_Verb = t.Literal[_Change, "status", "show"]


class Runs(t.Protocol):
    """How an audit runs a command that reads: once, and within its time."""

    def __call__(self, program: str, *arguments: str) -> Completed: ...


def show_loaded(run: Runs) -> list[dict[str, str]]:
    """Return the properties of every unit that systemd has loaded, devices and scopes aside."""
    return parse_blocks(run(*LOADED).out, LOADED_PROPERTIES)


def show_manager(run: Runs) -> dict[str, str]:
    """Return the settings of systemd itself."""
    return (parse_blocks(run(*MANAGER).out, MANAGER_PROPERTIES) or [{}])[0]


def as_typed(verb: _Change, *units: str) -> str:
    """Return what an operator types for a verb, "" where a name cannot be typed: for the remedies of findings."""
    words = [shell_word(unit) for unit in units]
    return " ".join(("systemctl", verb, *words)) if all(words) else ""


class Systemctl:
    """systemd on this node, with the runbook's verbs alone."""

    def __init__(self, program: str = "systemctl", *, bus: str = "busctl") -> None:
        self._systemctl = Command(program, environ={"SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", "SYSTEMD_URLIFY": "0"})
        self._bus = Command(bus)

    def start(self, *names: str, timeout: float = _SECONDS_TO_CHANGE) -> None:
        """Start units and wait until each is up or has failed.

        :raises CommandError: a unit did not start, or a name is none.
        """
        self._change("start", names, why_not_an_instance, timeout)

    def start_over(self) -> None:
        """Have systemd take everything down in order and boot the node anew, without waiting for it.

        The target is what a reboot is to systemd; nothing that starts meanwhile may take its place.

        :raises CommandError: systemd did not take it.
        """
        options = ["--no-ask-password", "--no-block", "--job-mode=replace-irreversibly"]
        self._run("start", [_REBOOT], options, check=True, timeout=_SECONDS_TO_READ)

    def stop(self, *names: str, access_is_proven: bool = False, timeout: float = _SECONDS_TO_CHANGE) -> None:
        """Stop units and wait until each is down; sockets, timers and paths first, whatever order they are given in.

        :param access_is_proven: the caller undoes the stop without the operator's proof of a new login, and so may
            also stop what the operator's access hangs on.
        :raises CommandError: a unit did not stop, or a name is none or is protected.
        """
        # systemctl hands them to systemd one by one, and what still waits would start again what was just stopped.
        ordered = sorted(names, key=lambda name: not name.endswith(_TRIGGERS))
        self._change("stop", ordered, why_not_an_instance if access_is_proven else _why_not_stopped, timeout)

    def enable(self, *units: str, timeout: float = _SECONDS_TO_CHANGE) -> None:
        """Link and enable units by the absolute path of their files, or instances of linked templates by their name.

        systemd reads all units anew at the end of it, also where no link changed.

        :raises CommandError: a unit was not enabled; a link may be left behind all the same.
        """
        self._change("enable", units, _why_not_enabled, timeout)

    def disable(self, *names: str, enabled_by_us: bool = False, timeout: float = _SECONDS_TO_CHANGE) -> None:
        """Remove all links of units, also the one that leads to the unit file, and dangling ones.

        :param enabled_by_us: a run of ours enabled them and puts that back, and so may disable what is protected.
        :raises CommandError: a unit was not disabled, or a name is none or is protected.
        """
        self._change("disable", names, why_not_a_unit if enabled_by_us else _why_not_disabled, timeout)

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
            options = ["--no-pager", f"--property={','.join(UNIT_PROPERTIES)}"]
            done = self._run("show", part, options, check=True, timeout=_SECONDS_TO_READ)
            found |= _answers(part, done)
        return found

    def sockets(self) -> list[SocketStatus]:
        """Return every socket that systemd has loaded.

        :raises CommandError: systemd did not answer.
        """
        options = ["--no-pager", f"--property={','.join(SOCKET_PROPERTIES)}"]
        return parse_sockets(self._run("show", ["*.socket"], options, check=True, timeout=_SECONDS_TO_READ).out)

    def command_of(self, service: str) -> ServiceCommand:
        """Return how systemd starts a service.

        ``systemctl show`` joins the words of a command line with spaces and loses where one ends; the bus gives them
        one by one. busctl is asked for properties alone.

        :raises CommandError: systemd did not answer, or the name is none.
        """
        self._refuse("show", [service], lambda name: "" if name.endswith(".service") else "it is no service's name")
        asked = [
            "--json=short",
            "get-property",
            _MANAGER,
            _bus_path(service),
            f"{_MANAGER}.Service",
            *COMMAND_PROPERTIES,
        ]
        done = self._bus.run(asked, timeout=_SECONDS_TO_READ)
        try:
            return parse_service_command(done.out)
        except ValueError as exc:
            raise CommandError(
                f"busctl does not say how {one_line(service, 80)} is started: {exc}; look at 'systemctl status' on the "
                "node",
                argv=done.argv,
                rc=done.rc,
            ) from exc

    def _change(self, verb: _Change, units: t.Sequence[str], why_not: t.Callable[[str], str], timeout: float) -> None:
        if not units:
            return
        self._refuse(verb, units, why_not)
        self._run(verb, units, ["--no-ask-password"], check=True, timeout=timeout)

    def _run(
        self, verb: _Verb, units: t.Sequence[str], options: t.Sequence[str], *, check: bool, timeout: float
    ) -> Completed:
        return self._systemctl.run([verb, *options, "--", *units], check=check, timeout=timeout)

    def _refuse(self, verb: _Verb, units: t.Iterable[str], why_not: t.Callable[[str], str]) -> None:
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


def _bus_path(unit: str) -> str:
    """Return the name of a unit on the bus, where all but ASCII letters and digits is escaped, and a digit in front."""
    plain = unit.encode("utf-8", "surrogateescape")
    escaped = "".join(
        chr(byte) if chr(byte).isascii() and chr(byte).isalnum() and (at or not chr(byte).isdigit()) else f"_{byte:02x}"
        for at, byte in enumerate(plain)
    )
    return f"/org/freedesktop/systemd1/unit/{escaped}"


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
    return {name: unit_status(name, properties) for name, properties in zip(names, shown, strict=True)}


__all__ = (
    "LIST_ENABLED",
    "LOADED",
    "MANAGER",
    "READ_ANEW",
    "ServiceCommand",
    "SocketStatus",
    "Systemctl",
    "UnitStatus",
    "as_typed",
    "parse_show",
    "show_loaded",
    "show_manager",
)
