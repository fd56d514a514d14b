# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a text speaks to systemd's manager, and how, whatever file the text stands in.

``systemctl``, the programs and buses that do the same behind it, and Ansible's modules for services. systemd_seam says
where which of it may stand.
"""

from __future__ import annotations

import re
import typing as t

# A change of state by another way than the runbook's five verbs is forbidden everywhere; what is permitted or only
# reads still goes through the one seam.
Kind = t.Literal["forbidden", "beside"]

SHOWN = frozenset({"start", "stop", "enable", "disable", "status", "show"})
_CHANGING = (
    "add-requires add-wants bind cancel clean condreload condrestart condstop daemon-reexec daemon-reload default edit "
    "emergency exit force-reload freeze halt hibernate hybrid-sleep import-environment isolate kexec kill link "
    "log-level log-target mask mount-image poweroff preset preset-all reboot reenable reload reload-or-restart "
    "reload-or-try-restart rescue reset-failed restart revert service-log-level service-log-target service-watchdogs "
    "set-default set-environment set-property sleep soft-reboot suspend suspend-then-hibernate switch-root thaw "
    "try-reload-or-restart try-restart unmask unset-environment"
)
CHANGING = frozenset(_CHANGING.split())
# Stands for what is filled in when the code runs.
FILLED_IN = "\N{HORIZONTAL ELLIPSIS}"
MODULES = frozenset({"service", "systemd", "systemd_service", "sysvinit"})
_COLLECTIONS = ("", "ansible.builtin.", "ansible.legacy.")
QUALIFIED = frozenset(f"{prefix}{name}" for prefix in _COLLECTIONS for name in MODULES)
# Programs that have systemd, or what is left of its predecessor, change a unit.
_PROGRAMS = (
    "busctl dbus-send gdbus varlinkctl systemd-run systemd-mount run0 portablectl invoke-rc.d update-rc.d "
    "deb-systemd-invoke deb-systemd-helper rc-service chkconfig telinit"
)
PROGRAMS = frozenset(_PROGRAMS.split())
IMPORTS = frozenset({"dasbus", "dbus", "dbus_fast", "dbus_next", "gi", "jeepney", "pydbus", "pystemd", "sdbus"})

# Where a shell, or a unit file, looks for a program's name; what is shown is the program and its words.
_AT = (
    r"(?:^|[;&|({!=\n]|\b(?:sudo|doas|exec|env|nice|nohup|then|do|else|if|while|until)\b|-c ['\"])\s*(?:-\S+\s+)*"
    r"(?:/(?:usr/)?s?bin/)?"
)
_END = r"(?=\s*(?:$|[;&|)'\"\n]))"
_SYSTEMCTL = re.compile(r"(?<![\w.-])systemctl(?:[ \t]+-\S+)*[ \t]+(?P<verb>[a-z][a-z-]*)(?![\w@/-]|\.\w)")
_BARE = re.compile(rf"{_AT}(?P<what>systemctl)(?![\w.-])")
_PROGRAM = re.compile(rf"{_AT}(?P<what>{'|'.join(map(re.escape, sorted(PROGRAMS)))})(?![\w.-])")
_SERVICE = re.compile(
    rf"{_AT}(?P<what>service\s+(?:--status-all|\S+\s+(?:start|stop|status|[a-z-]*restart|[a-z-]*reload))){_END}"
)
_INIT = re.compile(r"(?P<what>/etc/(?:rc\d?|init)\.d/\w+)")
_MANAGER = re.compile(r"(?P<what>org[./]freedesktop[./]systemd1|io\.systemd\.Manager|/run/systemd/private\b)")
# timedated starts and stops the clock's service.
_CLOCK = re.compile(rf"{_AT}(?P<what>timedatectl\s+(?:-\S+\s+)*set-ntp)\b")
_FIRST = re.compile(rf"{_AT}(?P<what>kill(?:\s+-\S+)*\s+1){_END}")
_MODULE = re.compile(
    rf"\bansible\b.*\s(?:-m|--module-name)[ =]?(?P<what>(?:ansible\.builtin\.)?(?:{'|'.join(sorted(MODULES))}))\b"
)
_FORBIDDEN = (_PROGRAM, _SERVICE, _INIT, _MANAGER, _CLOCK, _FIRST, _MODULE)
_REFUSING = re.compile(
    r"\b(?:never|no|not|nor|neither|none|only|without|forbid\w*|forbade|refus\w+|instead)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.:;])\s+(?=[A-Z`*])|\n\s*\n|\n\s*(?=[*|-] )")
_INLINE = re.compile(r"`([^`\n]+)`")


class Finding(t.NamedTuple):
    """A way to systemd in a file.

    :param line: counted from 1.
    :param what: the words that were found.
    """

    line: int
    what: str
    kind: Kind


def in_code(text: str, line: int = 1) -> list[Finding]:
    """Return the ways to systemd in a text that a shell, a unit file or a process may be given."""
    found = [
        Finding(_line_of(match, line), f"systemctl {match['verb']}", "forbidden")
        for match in _SYSTEMCTL.finditer(text)
        if match["verb"] in CHANGING
    ]
    for pattern in _FORBIDDEN:
        found += [Finding(_line_of(match, line), _shown(match), "forbidden") for match in pattern.finditer(text)]
    if not found:
        found = [Finding(_line_of(match, line), _shown(match), "beside") for match in _BARE.finditer(text)]
    return found


def in_example(text: str, line: int = 1) -> list[Finding]:
    """Return what an example must not show: all but the runbook's five verbs, and show."""
    found = [finding for finding in in_code(text, line) if finding.kind == "forbidden"]
    return found + [
        Finding(_line_of(match, line), f"systemctl {match['verb']}", "forbidden")
        for match in _SYSTEMCTL.finditer(text)
        if match["verb"] not in SHOWN | CHANGING
    ]


def in_prose(text: str, line: int = 1) -> list[Finding]:
    """Return what a text for people tells them to do; a sentence that says what must not be done is none of it."""
    found = []
    begin = 0
    for end in [*(match.start() for match in _SENTENCE.finditer(text)), len(text)]:
        sentence = text[begin:end]
        if not _REFUSING.search(sentence):
            at = line + text.count("\n", 0, begin)
            found += [finding for finding in in_code(sentence, at) if finding.what.startswith("systemctl ")]
            for match in _INLINE.finditer(sentence):
                found += in_example(match.group(1), at + sentence.count("\n", 0, match.start()))
        begin = end
    return [finding for finding in dict.fromkeys(found) if finding.kind == "forbidden"]


def calls_service(words: t.Sequence[str]) -> bool:
    """Whether a list of words calls the command ``service``; by itself that word is also a kind of unit."""
    return words[:1] in (["service"], ["/usr/sbin/service"]) and any(
        word in CHANGING | SHOWN or FILLED_IN in word or "{{" in word for word in words[1:]
    )


def is_program(word: str) -> str:
    """Return the name of systemctl, or of a program in its place, where ``word`` is its name or path; else ""."""
    folder, _slash, name = word.rpartition("/")
    known = name == "systemctl" or name in PROGRAMS
    return name if known and folder in ("", "/bin", "/sbin", "/usr/bin", "/usr/sbin") else ""


def _line_of(match: re.Match[str], first: int) -> int:
    return first + match.string.count("\n", 0, match.end())


def _shown(match: re.Match[str]) -> str:
    return " ".join(match["what"].split())[:80]


__all__ = (
    "CHANGING",
    "FILLED_IN",
    "IMPORTS",
    "MODULES",
    "PROGRAMS",
    "QUALIFIED",
    "Finding",
    "calls_service",
    "in_code",
    "in_example",
    "in_prose",
    "is_program",
)
