# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which programs, called with which words, a unit must not run by itself (runbook 4.2, 6.1, 6.2, 6.4).

Tables and the look into them; how commands are found in a unit is _unit_commands. Private to the collection.
"""

from __future__ import annotations

import re
import typing as t


class Reason(t.NamedTuple):
    """Why a command is not for a unit.

    :param rule: updates, downloads, service-state, self-heal.
    :param why: to be read after the command, as "'git pull' in ExecStart= changes code …".
    """

    clause: str
    rule: str
    why: str
    remedy: str


UPDATES = Reason(
    "6.1",
    "updates",
    "changes software on its own",
    "take it out; the operator brings code and packages to the node, by the runbook's playbooks",
)
DOWNLOADS = Reason(
    "6.4",
    "downloads",
    "runs code that is in no commit",
    "put the code into the repository and run it from there",
)
SERVICE_STATE = Reason(
    "4.2",
    "service-state",
    "changes services in a way that the runbook does not permit",
    "take it out; services are changed by services.yml",
)
ACTS = Reason(
    "6.2",
    "self-heal",
    "acts in the operator's place",
    "take it out; the operator starts, stops and reboots",
)

_GIT = "am apply checkout cherry-pick clone fetch lfs merge pull rebase reset restore submodule switch worktree"
_APT = (
    "autopurge autoremove build-dep dist-upgrade dselect-upgrade download full-upgrade install purge reinstall remove "
    "safe-upgrade source update upgrade"
)
_NPM = (
    "add ci cit clean-install create exec i ic in init ins install install-ci-test install-test isntall it link up "
    "update upgrade x"
)
_CONTAINERS = "auto-update build compose create import load pull run up"
_VERBS: dict[str, str] = {
    "git": _GIT,
    "hg": "clone pull update up",
    "svn": "checkout co export switch update up",
    "pip": "download install uninstall wheel",
    "pipx": "ensurepath inject install reinstall run upgrade upgrade-all",
    "uv": "add lock pip python remove run self sync tool",
    "poetry": "add install lock self sync update",
    "pdm": "add install lock sync update",
    "pipenv": "install sync update upgrade",
    "conda": "create env install update upgrade",
    "mamba": "create env install update upgrade",
    "micromamba": "create env install update upgrade",
    "npm": _NPM,
    "yarn": "add dlx global import install up upgrade",
    "pnpm": "add create dlx i import install up update upgrade",
    "bun": "add create i install update upgrade x",
    "deno": "add cache install upgrade",
    "gem": "install update",
    "bundle": "install update",
    "cargo": "add install update",
    "go": "get install run",
    "composer": "create-project install require update",
    "luarocks": "install",
    "apt": _APT,
    "apt-get": _APT,
    "aptitude": _APT,
    "dpkg": "-i --install --unpack --configure -r --remove -P --purge",
    "snap": "install refresh remove",
    "flatpak": "install update",
    "fwupdmgr": "install refresh update upgrade",
    "rpi-eeprom-update": "-a -d -f",
    "docker": _CONTAINERS,
    "podman": _CONTAINERS,
    "nerdctl": _CONTAINERS,
    "docker-compose": "build create pull run up",
    "podman-compose": "build create pull run up",
    "puppet": "agent apply",
    "salt-call": "state.apply state.highstate state.sls",
    "tailscale": "update",
    "pihole": "-up updatePihole",
    "wpa_cli": "reassociate reconfigure reconnect",
    "ifup": "--force",
}
_SYSTEMCTL_FIVE = "start stop enable disable"
_SYSTEMCTL_OTHERS = (
    "add-requires add-wants bind clean condreload condrestart cancel daemon-reexec daemon-reload default edit "
    "emergency exit force-reload freeze halt hibernate hybrid-sleep import-environment isolate kexec kill link "
    "log-level mask mount-image poweroff preset preset-all reboot reenable reload reload-or-restart "
    "reload-or-try-restart rescue reset-failed restart revert service-log-level set-default set-environment "
    "set-property sleep soft-reboot suspend suspend-then-hibernate switch-root thaw try-reload-or-restart "
    "try-restart unmask unset-environment"
)
_HEALING = ("wpa_cli", "ifup")
# Programs that are refused whatever they are told.
_ANY: dict[str, Reason] = {
    **dict.fromkeys(
        (
            *("ansible-pull", "bunx", "corepack", "cpan", "cpanm", "easy_install", "ensurepip", "nvm", "rpi-update"),
            *("unattended-upgrade", "unattended-upgrades", "uvx", "volta", "pkcon"),
            *("apticron", "apt-dater-host", "aptitude-robot", "aptitude-robot-session", "cron-apt", "nightly-pkgsync"),
            *("painintheapt", "pkgsync", "chef-client", "cf-agent", "mender", "mender-update", "swupdate"),
        ),
        UPDATES,
    ),
    **dict.fromkeys(
        (
            "service",
            "invoke-rc.d",
            "systemd-run",
            "update-rc.d",
            "deb-systemd-invoke",
            "deb-systemd-helper",
            "rc-service",
        ),
        SERVICE_STATE,
    ),
    **dict.fromkeys(
        (
            *("reboot", "shutdown", "poweroff", "halt", "telinit", "kexec", "rtcwake", "usbreset"),
            *(
                "autossh",
                "circusd",
                "forever",
                "god",
                "monit",
                "nodemon",
                "pm2",
                "runsvdir",
                "s6-supervise",
                "s6-svscan",
            ),
            *("supervisord", "svscan", "watchdog", "wd_keepalive"),
        ),
        ACTS,
    ),
}
_TABLE = {program: frozenset(verbs.split()) for program, verbs in _VERBS.items()}
_FIVE = frozenset(_SYSTEMCTL_FIVE.split())
_OTHERS = frozenset(_SYSTEMCTL_OTHERS.split())
KNOWN = frozenset((*_TABLE, *_ANY, "systemctl", "npx", "busctl", "dbus-send", "gdbus"))
_VERSION = re.compile(r"(?<=[a-z])-?[0-9]+(?:\.[0-9]+)*$")
# A program of the repository may be called "watchdog"; only where packages put theirs is a name what it seems.
_PACKAGED = re.compile(
    r"(?:/usr(?:/local)?)?/s?bin/[^/]+|(?:.*/)?(?:\.?venv|node_modules/\.)/?bin/[^/]+|[^/]+|/usr/(?:lib|games)/.*"
)


def program_of(word: str) -> str:
    """Return a program's bare name: without its folder and without its version, ``pip`` for ``…/bin/pip3.13``."""
    name = word.rpartition("/")[2]
    return _VERSION.sub("", name) if name not in KNOWN else name


def judge(words: t.Sequence[str]) -> tuple[str, Reason] | None:
    """Return what of a simple command is refused, as it may be shown, with the reason; None where it may run.

    Only the program and its verb are shown: what stands behind them may hold a secret.
    """
    program = program_of(words[0])
    if program == "systemctl":
        return _systemctl(words)
    if program in ("busctl", "dbus-send", "gdbus"):
        return (program, SERVICE_STATE) if any("freedesktop.systemd1" in word for word in words) else None
    if words[0].startswith("/etc/init.d/"):
        return "/etc/init.d", SERVICE_STATE
    if program == "npx":
        return None if "--no-install" in words or "--no" in words else (program, UPDATES)
    if program in _ANY:
        return (program, _ANY[program]) if _PACKAGED.fullmatch(words[0]) else None
    return _verb(program, words)


def _verb(program: str, words: t.Sequence[str]) -> tuple[str, Reason] | None:
    verbs = _TABLE.get(program)
    if verbs is None:
        return None
    if program in ("yarn", "bundle") and all(word.startswith("-") for word in words[1:]):
        return (program, UPDATES) if not {"--version", "-v", "--help"} & set(words) else None
    if program == "uv" and "--no-sync" in words:
        return None
    verb = first_verb(words, verbs)
    return (f"{program} {verb}", ACTS if program in _HEALING else UPDATES) if verb else None


def _systemctl(words: t.Sequence[str]) -> tuple[str, Reason] | None:
    verb = first_verb(words, _FIVE | _OTHERS)
    if not verb:
        return None
    return f"systemctl {verb}", ACTS if verb in _FIVE else SERVICE_STATE


def first_verb(words: t.Sequence[str], verbs: frozenset[str]) -> str:
    """Return the verb of a command if it is one of ``verbs``, "" if it is another.

    An option may take the next word as its value, so that word is looked at but ends nothing.
    """
    after_option = False
    for word in words[1:]:
        if word in verbs:
            return word
        is_option = word.startswith("-")
        if not is_option and not after_option:
            return ""
        after_option = is_option and "=" not in word
    return ""


__all__ = (
    "ACTS",
    "DOWNLOADS",
    "KNOWN",
    "SERVICE_STATE",
    "UPDATES",
    "Reason",
    "first_verb",
    "judge",
    "program_of",
)
