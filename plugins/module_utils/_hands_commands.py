# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commands go past the runbook (runbook 6.5): pure decisions on command lines. Private to the collection.

What the runbook lets an operator type by hand (its checklist, apt install, the five verbs, reading) is none of them.
"""

from __future__ import annotations

import re
import shlex
import typing as t

# The five, and what only reads (ruling 2). A node is restarted or switched off by its operator.
_VERBS = frozenset(("start", "stop", "enable", "disable", "status"))
_READING_WORDS = (
    "show cat list-units list-unit-files list-timers list-sockets list-jobs list-dependencies list-machines list-paths "
    "list-automounts is-active is-enabled is-failed is-system-running get-default show-environment help whoami log "
    "reboot poweroff halt soft-reboot suspend hibernate"
)
_READING = frozenset(_READING_WORDS.split())
_VALUED = (
    *("-t", "--type", "-p", "--property", "-P", "-H", "--host", "-M", "--machine", "-n", "--lines", "-o", "--output"),
    *("-s", "--signal"),
)
_EDITED = re.compile(
    r"/etc/(?:ssh|sudoers|sudoers\.d|apt|systemd|pam\.d|security)(?:/.*)?|/etc/(?:passwd|shadow|group)"
)
_CHANGING = ("tee", "cp", "mv", "rm", "ln", "install", "dd", "truncate", "chmod", "chown", "chattr")
_EDITORS = ("vi", "vim", "nano", "ed", "emacs", "editor", "sensible-editor", "visudo", "vipw", "vigr")
_SHELLS = ("sh", "bash", "dash", "zsh")
_WRAPPERS = ("env", "nice", "ionice", "nohup", "setsid", "stdbuf", "time", "timeout", "sudo", "exec", "command")
_FETCHED = re.compile(r"\b(?:curl|wget)\b[^;&]*\|\s*(?:sudo\s+)?(?:\S*/)?(?:ba|da|z)?sh\b")
_ENDS = re.compile(r"\|\||&&|[;|&\n]")


FIVE: t.Final = "only start, stop, enable, disable and status are permitted (4)"
# What an operator types most, so that whoever wants to be run puts something in its place.
OFTEN_TYPED: t.Final = ("sudo", "su", "ssh", "scp", "systemctl", "apt", "apt-get", "passwd", "git", "journalctl")


class Breach(t.NamedTuple):
    """A command that goes past the runbook.

    :param what: the command without what changes from one time to the next: it makes the finding's subject.
    :param why: what the runbook says instead.
    :param is_certain: whether it did something, or may only have looked.
    """

    what: str
    why: str
    is_certain: bool = True


def past_the_verbs(verb: str, unit: str = "") -> Breach:
    """Return the breach that a verb of systemctl beside the five is."""
    return Breach(f"systemctl {verb} {unit}".rstrip(), FIVE)


def breaches(command: str) -> list[Breach]:
    """Return what of a command line, as sudo logs it, goes past the runbook."""
    words = _words(command)
    if len(words) >= 3 and _name(words[0]) in _SHELLS and re.fullmatch(r"-[a-z]*c", words[1]):
        script = words[2]
        found = [Breach("a script from the network, run as it comes", "code comes from Debian or the repository (6.4)")]
        found = found if _FETCHED.search(script) else []
        return found + [one for part in _ENDS.split(script) for one in breaches_of(_words(part))]
    return breaches_of(words)


def breaches_of(words: t.Sequence[str]) -> list[Breach]:
    """Return what a single command breaks; at most one thing."""
    words = _unwrapped(words)
    if not words:
        return []
    program, arguments = words[0], list(words[1:])
    judge = _JUDGES.get(_name(program))
    if judge is None and re.fullmatch(r"pip[0-9.]*|pipx", _name(program)):
        judge = _of_pip
    if judge is None and re.fullmatch(r"python[0-9.]*", _name(program)):
        judge = _of_python
    breach = judge(program, arguments) if judge is not None else None
    breach = breach or _of_edit(program, arguments)
    return [breach] if breach else []


def _unwrapped(words: t.Sequence[str]) -> list[str]:
    rest = list(words)
    while rest and (_name(rest[0]) in _WRAPPERS or re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*=.*", rest[0])):
        rest.pop(0)
        while rest and (rest[0].startswith("-") or re.fullmatch(r"[0-9.]+[smh]?", rest[0])):
            rest.pop(0)
    return rest


def _of_systemctl(_program: str, arguments: list[str]) -> Breach | None:
    plain = _plain(arguments, _VALUED)
    verb = plain[0] if plain else "list-units"
    if verb in _VERBS or verb in _READING:
        return None
    # As the journal names a unit.
    unit = plain[1] if len(plain) > 1 else ""
    return past_the_verbs(verb, f"{unit}.service" if unit and "." not in unit else unit)


def _of_service(_program: str, arguments: list[str]) -> Breach | None:
    plain = _plain(arguments)
    if len(plain) < 2 or plain[1] == "status":
        return None
    return Breach(f"service {plain[0]} {plain[1]}", "services are managed by systemctl alone (4)")


def _of_dpkg(_program: str, arguments: list[str]) -> Breach | None:
    if any(re.fullmatch(r"-[A-Za-z]*i|--install|--unpack|--force-.*|--set-selections", one) for one in arguments):
        names = [one.rpartition("/")[2] for one in _plain(arguments)]
        return Breach(f"dpkg --install {' '.join(names[:1])}".rstrip(), "packages come from Debian by apt (3.1)")
    return None


def _of_apt(_program: str, arguments: list[str]) -> Breach | None:
    plain = _plain(arguments, ("-o", "--option", "-t", "--target-release", "-c", "--config-file"))
    if any(one in ("--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories") for one in arguments):
        return Breach("apt without its check of signatures", "packages come from the official archives (3.1)")
    files = [one for one in plain[1:] if one.endswith(".deb") and "/" in one]
    if plain[:1] == ["install"] and files:
        return Breach(f"apt install {files[0].rpartition('/')[2]}", "packages come from the official archives (3.1)")
    return None


def _of_apt_mark(_program: str, arguments: list[str]) -> Breach | None:
    plain = _plain(arguments)
    if not plain or plain[0].startswith("show"):
        return None
    return Breach(f"apt-mark {' '.join(plain[:2])}", "what is installed is declared and documented (3.2, 3.3)")


def _of_pip(program: str, arguments: list[str]) -> Breach | None:
    plain = _plain(arguments)
    if "/.venv/" in f"/{program}" or not plain or plain[0] not in ("install", "uninstall", "download", "wheel"):
        return None
    return Breach(f"pip {' '.join(plain[:2])}", "Python packages lie in a project's .venv alone (3.4)")


def _of_python(program: str, arguments: list[str]) -> Breach | None:
    if "-m" in arguments:
        rest = arguments[arguments.index("-m") + 1 :]
        if rest and rest[0] in ("pip", "pipx"):
            return _of_pip(program, rest[1:])
    return None


def _of_npm(program: str, arguments: list[str]) -> Breach | None:
    is_global = any(one in ("-g", "--global", "--location=global", "global") for one in arguments)
    plain = [one for one in _plain(arguments) if one != "global"]
    if not is_global or not plain or plain[0] in ("list", "ls", "root", "prefix", "bin", "config"):
        return None
    return Breach(f"{_name(program)} --global {' '.join(plain[:2])}", "Node.js packages are their project's own (3.5)")


def _of_store(program: str, arguments: list[str]) -> Breach | None:
    plain = _plain(arguments)
    if plain and plain[0] in ("install", "refresh", "update", "remove", "run", "add"):
        return Breach(f"{_name(program)} {' '.join(plain[:2])}", "packages come from Debian by apt (3.1)")
    return None


def _of_always(program: str, arguments: list[str]) -> Breach | None:
    plain = _plain(arguments)
    return Breach(f"{_name(program)} {' '.join(plain[:1])}".rstrip(), "packages and sources are declared (3.1)")


def _of_journal(_program: str, arguments: list[str]) -> Breach | None:
    if any(one.startswith(("--vacuum", "--rotate", "--relinquish-var")) for one in arguments):
        return Breach("journalctl --vacuum", "the journal is kept, so that failures can be found (4, 5)")
    return None


def _of_edit(program: str, arguments: list[str]) -> Breach | None:
    name = _name(program)
    touched = [one for one in arguments if _EDITED.fullmatch(one)]
    is_sed = name == "sed" and any(one.startswith(("-i", "--in-place")) for one in arguments)
    why = "the roles write it from the inventory: change that, and run playbooks/provision.yml"
    if touched and (name in _CHANGING or is_sed):
        return Breach(f"{name} {touched[-1]}", why)
    if name in ("visudo", "vipw", "vigr") and "-c" not in arguments:
        return Breach(name, why, is_certain=False)
    if touched and name in _EDITORS:
        return Breach(f"{name} {touched[-1]}", why, is_certain=False)
    return None


_JUDGES: t.Final[dict[str, t.Callable[[str, list[str]], Breach | None]]] = {
    "systemctl": _of_systemctl,
    "service": _of_service,
    "invoke-rc.d": _of_service,
    "dpkg": _of_dpkg,
    "apt": _of_apt,
    "apt-get": _of_apt,
    "apt-mark": _of_apt_mark,
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), _of_npm),
    **dict.fromkeys(("snap", "flatpak", "brew", "nix-env", "gem", "cargo"), _of_store),
    **dict.fromkeys(("apt-key", "add-apt-repository", "gdebi", "tasksel", "unattended-upgrade", "alien"), _of_always),
    "journalctl": _of_journal,
}


def is_shell(command: str) -> bool:
    """Whether a command opened a shell, of which sudo then logs nothing more."""
    words = _unwrapped(_words(command))
    if not words:
        return False
    if _name(words[0]) == "su":
        return "-c" not in words and not any(one.startswith("--command") for one in words)
    return _name(words[0]) in _SHELLS and not any(re.fullmatch(r"-[a-z]*c", one) for one in words[1:])


def _plain(arguments: t.Sequence[str], valued: t.Container[str] = ()) -> list[str]:
    """Return the words that are neither options nor the values of options."""
    found = []
    words = iter(arguments)
    for word in words:
        if word in valued:
            next(words, "")
        elif not word.startswith("-"):
            found.append(word)
    return found


def _name(program: str) -> str:
    return program.rpartition("/")[2]


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


__all__ = ("FIVE", "OFTEN_TYPED", "Breach", "breaches", "breaches_of", "is_shell", "past_the_verbs")
