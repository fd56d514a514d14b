# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs services beside systemd: modules, commands and files (runbook 4.1). Pure decisions."""

from __future__ import annotations

import re
import typing as t

from runbook_lint import containers
from runbook_lint.decisions._schedule_cron import ANACRONTAB, CRON_D, CRONTAB, CRONTABS, PERIODS
from runbook_lint.decisions._schedule_units import INIT_D, RC_LOCAL
from runbook_lint.decisions._supervisors import supervisor_of
from runbook_lint.decisions._unit_commands import refused
from runbook_lint.decisions._unit_programs import SERVICE_STATE
from runbook_lint.jinja import UNKNOWN

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command, Script

_TABLES: t.Final = (CRONTAB, ANACRONTAB, "/etc/inittab", RC_LOCAL, "/etc/rc.d/rc.local")
_FOLDERS: t.Final = {
    **dict.fromkeys((CRON_D, *(f"/etc/cron.{period}" for period in PERIODS)), "cron"),
    **dict.fromkeys((CRONTABS, "/var/spool/cron", "/var/spool/cron/atjobs"), "cron or at"),
    **dict.fromkeys((INIT_D, "/etc/rc.d/init.d"), "an init script"),
    "/etc/init": "upstart",
    "/etc/sv": "runit",
    "/etc/s6": "s6",
    "/etc/xdg/autostart": "a desktop session",
}
_ONLY_ASKS: t.Final = frozenset(
    ("status", "list", "-l", "--list", "-h", "--help", "--version", "-V", "avail", "pid", "tail")
)
# Each is told to start something or keep it running; asking it how things are is no breach.
_MANAGERS: t.Final = {
    "supervisorctl": "supervisord",
    "supervisord": "supervisord",
    **dict.fromkeys(("sv", "runsv", "runsvdir", "chpst"), "runit"),
    **dict.fromkeys(("svc", "svscan", "supervise"), "daemontools"),
    **dict.fromkeys(("s6-svc", "s6-rc", "s6-svscan", "s6-supervise"), "s6"),
    **dict.fromkeys(("pm2", "forever"), "a process manager of Node.js"),
    "circusd": "circus",
    "circusctl": "circus",
    **dict.fromkeys(("rc-update", "rc-service"), "OpenRC"),
    **dict.fromkeys(("chkconfig", "insserv", "initctl"), "an init system that is not systemd"),
    **dict.fromkeys(("start-stop-daemon", "daemonize", "daemon"), "a starter of daemons"),
    **dict.fromkeys(("at", "batch"), "at"),
    "anacron": "anacron",
}
_OLD: t.Final = ("service", "invoke-rc.d", "update-rc.d", "rc-service", "/etc/init.d")
_DETACHING: t.Final = ("nohup", "setsid")
_PASSING: t.Final = frozenset(("", "wait", "sleep", "true", "echo", "shutdown", "reboot", "poweroff", "halt"))


def reader_of(path: str) -> str:
    """Return what beside systemd starts things by a file of that path, "" where nothing does."""
    if path in _TABLES:
        return "cron" if "cron" in path else "init"
    by = next((by for folder, by in _FOLDERS.items() if path.startswith(f"{folder}/")), "")
    return by or supervisor_of(path)


def starts(command: Command, script: Script) -> str:
    """Return what of a command starts or keeps something beside systemd, in words; "" where nothing does."""
    return (
        _by_old_tools(command)
        or _by_manager(command)
        or _by_terminal(command)
        or containers.kept_up_by(command.argv)
        or _in_background(command, script)
    )


def _by_old_tools(command: Command) -> str:
    if command.argv[2:3] == ["status"] or "--status-all" in command.argv:
        return ""
    for shown, reason in refused(command.argv):
        if reason is SERVICE_STATE and shown in _OLD:
            program = command.argv[0] if shown == "/etc/init.d" else ""
            return f"'{' '.join([program, *command.argv[1:2]]) if program else command.shown}' goes past systemctl"
    return ""


def _by_manager(command: Command) -> str:
    words = command.argv
    if command.program == "crontab":
        asks = any(re.fullmatch(r"-[a-z]*[lr]|--help", word) for word in words[1:])
        return "" if asks else "'crontab' has cron start it"
    by = _MANAGERS.get(command.program)
    if not by or UNKNOWN in words[0] or (len(words) > 1 and words[1] in _ONLY_ASKS):
        return ""
    return f"'{command.program}' has {by} start it"


def _by_terminal(command: Command) -> str:
    words = command.argv[1:]
    if command.program == "screen" and any(re.fullmatch(r"-[A-Za-z]*d[A-Za-z]*", word) for word in words):
        return "'screen' keeps it in a session that nobody looks at"
    if command.program == "tmux" and words[:1] in (["new"], ["new-session"]) and _is_detached(words):
        return "'tmux' keeps it in a session that nobody looks at"
    return "'dtach' keeps it in a session that nobody looks at" if command.program in ("dtach", "abduco") else ""


def _is_detached(words: t.Sequence[str]) -> bool:
    return any(re.fullmatch(r"-[A-Za-z]*d[A-Za-z]*", word) for word in words)


def is_left_behind(command: Command, script: Script) -> bool:
    """Whether a command goes on where the text that starts it has ended.

    A reboot that a task has wait until it has ended itself is the operator's own, and no service.
    """
    if command.program in _PASSING or any(one.program == "wait" for one in script.commands):
        return False
    return command.is_background or any(one in _DETACHING for one in command.wrappers)


def _in_background(command: Command, script: Script) -> str:
    if not is_left_behind(command, script):
        return ""
    detaching = next((one for one in command.wrappers if one in _DETACHING), "")
    shown = f"{detaching} {command.shown}" if detaching else f"{command.shown} &"
    return f"'{shown}' leaves a process behind that no unit has"


__all__ = ("is_left_behind", "reader_of", "starts")
