# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of settings that bring code into what root runs (runbook 6.4): pure decisions. Private to the collection."""

from __future__ import annotations

import re
import shlex
import typing as t

from ._hands_commands import OFTEN_TYPED

Audited = t.Callable[[str], bool]

# Variables that have a program load code which it does not name itself.
LOADING: t.Final = (
    *("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PERL5LIB", "PERL5OPT"),
    *("PERLLIB", "RUBYOPT", "RUBYLIB", "NODE_OPTIONS", "NODE_PATH", "BASH_ENV", "PROMPT_COMMAND", "GCONV_PATH"),
)
_VARIABLE = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(LOADING)})\s*\+?=\s*[\"']?([^\s\"';]*)")
_SOURCE = re.compile(r"(?:^|[;&|({]|\bthen|\bdo|\belse)\s*(?:\.|source)\s+[\"']?([^\s\"';&|)]+)")
_ALIAS = re.compile(rf"\balias\s+(?:-\S+\s+)*({'|'.join(OFTEN_TYPED)})=")
_FUNCTION = re.compile(rf"^\s*(?:function\s+)?({'|'.join(OFTEN_TYPED)})\s*\(\s*\)")
_PIPED = re.compile(r"\b(?:curl|wget)\b[^|#]*\|\s*(?:sudo\s+)?(?:ba|da|z)?sh\b|\beval\b[^#]*\b(?:curl|wget|base64)\b")
_PAM_PROGRAMS = re.compile(r"pam_(?:exec|python|script)\.so")
_MODPROBE = re.compile(r"\s*(?:install|remove)\s+(\S+)\s+(.+)")
_HARMLESS = re.compile(r"(?:/usr)?/bin/(?:true|false)|:|/sbin/modprobe\b.*|modprobe\b.*")
# What shells read by themselves; each is looked at itself.
STARTUP: t.Final = (
    *(".bashrc", ".profile", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".zshrc", ".zshenv"),
    *(".zprofile", ".xprofile", ".xsessionrc"),
)


class Line(t.NamedTuple):
    """A line that brings code in: its number from 1, and what it does."""

    number: int
    what: str


def of_shell(text: str, home: str, audited: Audited, exists: Audited) -> list[Line]:
    """Return the lines of a shell's startup file that load code which is nobody's."""
    found = []
    for number, line in _lines(text):
        what = _variable(line) or _shell_line(line, home, audited, exists)
        if what:
            found.append(Line(number, what))
    return found


def _shell_line(line: str, home: str, audited: Audited, exists: Audited) -> str:
    if _PIPED.search(line):
        return "it runs what it fetches"
    hidden = _ALIAS.search(line) or _FUNCTION.search(line)
    if hidden:
        return f"it puts something else in the place of {hidden[1]}"
    for path in _SOURCE.findall(line):
        full = expanded(path, home)
        is_startup = full.rpartition("/")[2] in STARTUP and full.rpartition("/")[0] == home
        if full and not is_startup and exists(full) and not audited(full):
            return f"it reads {full}"
    return ""


def expanded(path: str, home: str) -> str:
    """Return an absolute path of a shell's line, "" where it cannot be told."""
    for start in ("~/", "$HOME/", "${HOME}/"):
        if path.startswith(start):
            return f"{home}/{path[len(start) :]}"
    return path if path.startswith("/") and "$" not in path else ""


def of_environment(text: str) -> list[Line]:
    """Return the lines of a file of variables that have programs load code."""
    return [Line(number, what) for number, line in _lines(text) if (what := _variable(line))]


def _variable(line: str) -> str:
    match = _VARIABLE.search(line)
    return f"it sets {match[1]}" if match and match[2] else ""


def of_pam(text: str, audited: Audited, exists: Audited, folders: t.Sequence[str]) -> list[Line]:
    """Return the lines of a file of PAM whose module, or whose program, is nobody's.

    :param folders: where modules are looked for.
    """
    found = []
    for number, line in _lines(text):
        words = re.sub(r"\[[^]]*\]", "x", line).split()
        module = next((word for word in words if word.endswith(".so")), "")
        if not module:
            continue
        paths = [module] if module.startswith("/") else [f"{folder}/{module}" for folder in folders]
        if _PAM_PROGRAMS.search(module):
            paths += [word for word in words[words.index(module) + 1 :] if word.startswith("/")][:1]
        strange = [path for path in paths if exists(path) and not audited(path)]
        if strange:
            found.append(Line(number, f"it runs {strange[0]} at each login"))
    return found


def of_loader(text: str, usual: t.Container[str]) -> list[Line]:
    """Return the lines of the dynamic loader's configuration that name folders beyond the usual ones."""
    return [
        Line(number, f"libraries are taken from {line.strip()}")
        for number, line in _lines(text)
        if line.split()[0] != "include" and line.strip().rstrip("/") not in usual
    ]


def of_preload(text: str) -> list[Line]:
    """Return the lines of /etc/ld.so.preload: each is loaded into every program."""
    return [Line(number, f"{line.strip()} is loaded into every program") for number, line in _lines(text)]


def of_modprobe(text: str, audited: Audited) -> list[Line]:
    """Return the lines of modprobe's configuration that run a program that is nobody's."""
    found = []
    for number, line in _lines(text):
        match = _MODPROBE.match(line)
        if match and not _HARMLESS.fullmatch(match[2].strip()):
            words = _words(match[2])
            if not (words and audited(words[0])):
                found.append(Line(number, f"loading the module {match[1]} runs {match[2].strip()}"))
    return found


def of_binfmt(text: str, audited: Audited) -> list[Line]:
    """Return the lines of binfmt.d whose interpreter is nobody's."""
    found = []
    for number, line in _lines(text):
        fields = line.strip().split(line.strip()[0])
        interpreter = fields[6] if len(fields) > 6 else ""
        if interpreter and not audited(interpreter):
            found.append(Line(number, f"files of a kind of their own are run by {interpreter}"))
    return found


def of_pth(text: str) -> list[Line]:
    """Return the lines of a .pth file: each runs code, or lets modules in, in every Python."""
    return [Line(number, f"every Python takes in {line.strip()}") for number, line in _lines(text)]


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _lines(text: str) -> t.Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line


__all__ = (
    "LOADING",
    "STARTUP",
    "Line",
    "expanded",
    "of_binfmt",
    "of_environment",
    "of_loader",
    "of_modprobe",
    "of_pam",
    "of_preload",
    "of_pth",
    "of_shell",
)
