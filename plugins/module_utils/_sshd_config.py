# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd must be told (runbook 2.8), and what its files tell it: pure decisions. Private to the collection.

``sshd -T`` says what holds, but neither where it was said nor what holds for everybody: a Match block counts for those
whom it matches alone. So the files are read here too, by sshd's own rules: outside of Match blocks the first value of a
keyword counts, a Match block that applies overrides it, Include stands for the files that it names, and a few keywords
add up.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import typing as t

from ._files import read_text
from ._text import one_line

MAIN = "/etc/ssh/sshd_config"
FOLDER = "/etc/ssh/sshd_config.d"
# Sorts before all others: outside of Match blocks the first value counts.
DROP_IN = f"{FOLDER}/00-ai-systems-runbook.conf"
INCLUDE = f"Include {FOLDER}/*.conf"
ON_TRIAL = "# On trial until the operator's login is proven."
_DEEPEST_INCLUDE = 16
_KEYWORD = re.compile(r"\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*)")
_WORD = re.compile(r'"([^"]*)"|(\S+)')
_ADDING_UP = frozenset(("allowusers",))
_OLD_NAMES = {
    "challengeresponseauthentication": "kbdinteractiveauthentication",
    "skeyauthentication": "kbdinteractiveauthentication",
    "dsaauthentication": "pubkeyauthentication",
}

# Keyword, value, and why. The operator's name stands for itself in AllowUsers.
_SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("AllowUsers", "{operator}", "Nobody else logs in, whatever keys or passwords other accounts may get."),
    ("PermitRootLogin", "no", "Root is reached through the operator's sudo, which leaves a name in the journal."),
    ("AuthenticationMethods", "publickey", "A key and nothing else, even where a package adds another method."),
    ("PubkeyAuthentication", "yes", ""),
    ("PasswordAuthentication", "no", ""),
    ("KbdInteractiveAuthentication", "no", "The other way in which a password is asked for."),
    ("PermitEmptyPasswords", "no", ""),
    ("HostbasedAuthentication", "no", ""),
    ("GSSAPIAuthentication", "no", ""),
    ("KerberosAuthentication", "no", ""),
    (
        "AuthorizedKeysFile",
        ".ssh/authorized_keys",
        "The one file that checklist line 7 declares, no second one beside.",
    ),
    ("AuthorizedKeysCommand", "none", "No keys but the declared ones."),
    ("TrustedUserCAKeys", "none", "No keys but the declared ones: an authority could sign others."),
    ("AuthorizedPrincipalsFile", "none", ""),
    ("AuthorizedPrincipalsCommand", "none", ""),
    ("StrictModes", "yes", "Keys in a home that others can write are theirs as well."),
    ("UsePAM", "yes", "The operator's password is locked: without PAM sshd refuses such an account."),
    ("DisableForwarding", "yes", "A node is no way into the network behind it."),
    ("AllowAgentForwarding", "no", "Whoever is root here could use the operator's agent."),
    ("AllowTcpForwarding", "no", ""),
    ("AllowStreamLocalForwarding", "no", ""),
    ("GatewayPorts", "no", ""),
    ("PermitTunnel", "no", ""),
    ("X11Forwarding", "no", "A node could read the operator's screen and keyboard."),
    ("PermitUserEnvironment", "no", "What is logged in to is the shell as root set it up."),
)


class SshdConfigError(Exception):
    """The configuration cannot be read the way sshd would; the message names file and line."""


class Line(t.NamedTuple):
    """One setting as a file makes it.

    :param match: criteria of the Match block around it; "" outside of any.
    """

    path: str
    number: int
    keyword: str
    words: tuple[str, ...]
    match: str

    @property
    def place(self) -> str:
        return f"{self.path} line {self.number}"


class Source:
    """The files as sshd would find them, with some of them as they are going to be.

    :param overlay: text by path, in place of what is on the disk.
    """

    def __init__(self, overlay: t.Mapping[str, str] | None = None) -> None:
        self._overlay = dict(overlay or {})

    def read(self, path: str) -> str | None:
        return self._overlay[path] if path in self._overlay else read_text(path)

    def expand(self, pattern: str) -> list[str]:
        """Return the paths that a pattern stands for, in the order in which sshd reads them."""
        folder, base = os.path.split(pattern)
        coming = (path for path in self._overlay if os.path.dirname(path) == folder)
        return sorted(
            {*glob.glob(pattern), *(path for path in coming if fnmatch.fnmatchcase(os.path.basename(path), base))}
        )


class File(t.NamedTuple):
    """One file with those that it includes: lines of text, and for a line with Include the files that stand there."""

    path: str
    text: tuple[str, ...]
    lines: tuple[Line, ...]
    included: t.Mapping[int, tuple[File, ...]]
    folders: tuple[str, ...]

    def all_files(self) -> list[File]:
        return [self, *(inner for files in self.included.values() for file in files for inner in file.all_files())]

    def in_order(self) -> list[Line]:
        """Return all settings in the order in which sshd reads them."""
        found: list[Line] = []
        own = {line.number: line for line in self.lines}
        for number in range(1, len(self.text) + 1):
            if number in own:
                found.append(own[number])
            for file in self.included.get(number, ()):
                found += file.in_order()
        return found


def load(path: str, source: Source, *, match: str = "", depth: int = 0) -> File:
    """Read a configuration file and all that it includes.

    :param match: criteria of the Match block in which the file is included.
    :raises SshdConfigError: a file is missing, or files include each other without end.
    """
    if depth > _DEEPEST_INCLUDE:
        raise SshdConfigError(f"{path} is included {depth} files deep; sshd stops at {_DEEPEST_INCLUDE}")
    content = source.read(path)
    if content is None:
        raise SshdConfigError(f"{path} is not there, and sshd does not start without it; put it back")
    text = tuple(content.splitlines())
    lines: list[Line] = []
    included: dict[int, tuple[File, ...]] = {}
    folders: list[str] = []
    # What an included file opens ends with it; what this one opens holds until its own end.
    block = match
    for number, raw in enumerate(text, 1):
        keyword, words = split(raw)
        if keyword == "match":
            block = f"{match}, {' '.join(words)}" if match else " ".join(words)
        elif keyword == "include":
            paths = []
            for word in words:
                pattern = word if word.startswith("/") else f"/etc/ssh/{word}"
                folders.append(os.path.dirname(pattern))
                paths += source.expand(pattern)
            included[number] = tuple(load(inner, source, match=block, depth=depth + 1) for inner in paths)
        elif keyword:
            lines.append(Line(path, number, keyword, words, block))
    return File(path, text, tuple(lines), included, tuple(folders))


def split(raw: str) -> tuple[str, tuple[str, ...]]:
    """Return the keyword in lower case and the words of a line; both empty for a comment or an empty line."""
    found = _KEYWORD.match(raw)
    if not found:
        return "", ()
    words = []
    for quoted, plain in _WORD.findall(found.group(2)):
        if plain.startswith("#"):
            break
        words.append(plain or quoted)
    keyword = found.group(1).lower()
    return _OLD_NAMES.get(keyword, keyword), tuple(words)


def wanted(operator: str) -> dict[str, str]:
    """Return what must hold, by keyword in lower case, as ``sshd -T`` would say it."""
    return {keyword.lower(): value.format(operator=operator) for keyword, value, dummy in _SETTINGS}


def render(operator: str) -> str:
    """Return the text of our file."""
    lines = [
        "# Runbook 2.8: the operator logs in by key, and nobody else does. Written by ai_systems.runbook; its next run",
        "# undoes other edits. Neither a file that sorts before this one nor any Match block may say otherwise.",
    ]
    for keyword, value, why in _SETTINGS:
        lines += [f"# {why}"] if why else []
        lines.append(f"{keyword} {value.format(operator=operator)}")
    return "".join(f"{line}\n" for line in lines)


def on_trial(pattern: str, before: str) -> str:
    """Return what stands in our file's place until the proof: it includes the files that ``pattern`` names.

    A power cut takes those away. What the file that is there now closes for good reason stays closed then; the names
    that it lets in do not stay, since sshd would add the coming ones to them.

    :param before: text of the file that is there now; "" for none.
    """
    # No line with AllowUsers says what this does: nobody's name.
    must = wanted("")
    kept = []
    for raw in before.splitlines():
        keyword, words = split(raw)
        if keyword == "match":
            break
        if keyword in must and _says(keyword, words, must[keyword]):
            kept.append(f"{raw.strip()}\n")
    return f"{ON_TRIAL}\nInclude {pattern}\n{''.join(kept)}"


def reads_drop_in(main: File) -> bool:
    """Whether the configuration includes our file outside of Match blocks."""
    return any(line.path == DROP_IN and not line.match for line in main.in_order())


def with_include(text: str) -> str:
    """Return the main file's text with Debian's own Include line first."""
    return f"{INCLUDE}\n{text}"


def contradictions(main: File, options: t.Sequence[tuple[str, str]], operator: str) -> list[str]:
    """Return a sentence for each thing that says otherwise than our file, and would be heard.

    :param options: keyword and value of each ``-o`` that sshd is started with; they come before all files.
    """
    must = wanted(operator)
    found = []
    for keyword, value in options:
        if keyword in must and not _says(keyword, tuple(value.split()), must[keyword]):
            found.append(
                f"sshd is started with the option {keyword}={one_line(value, 100)}, in its unit or in SSHD_OPTS"
            )
    ours_seen = False
    for line in main.in_order():
        if line.path == DROP_IN:
            ours_seen = True
            continue
        heard = line.match or not ours_seen or line.keyword in _ADDING_UP
        if line.keyword in must and heard and not _says(line.keyword, line.words, must[line.keyword]):
            said = one_line(f"{line.keyword} {' '.join(line.words)}", 200)
            who = f" for those that Match {one_line(line.match, 200)} names" if line.match else ""
            found.append(f"{line.place} says {said!r}{who}, where the runbook needs {must[line.keyword]!r}")
    return found


def _says(keyword: str, words: tuple[str, ...], value: str) -> bool:
    said = " ".join(words)
    if keyword in {"allowusers", "authorizedkeysfile"}:
        return said == value
    return said.lower() == value


def parse_effective(text: str) -> dict[str, list[str]]:
    """Parse the output of ``sshd -T``: every value of each keyword, in order."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        keyword, dummy, value = line.partition(" ")
        found.setdefault(keyword.lower(), []).append(value)
    return found


def not_in_force(effective: t.Mapping[str, t.Sequence[str]], operator: str) -> list[str]:
    """Return a phrase for each wanted setting that does not hold. What this sshd cannot do at all, it does not say."""
    found = []
    for keyword, value in wanted(operator).items():
        said = list(effective.get(keyword, [value]))
        if said != [value] and not (value == "yes" and said == ["true"]):
            found.append(f"{keyword} is {one_line(' and '.join(said), 200)!r} instead of {value!r}")
    return found


def mirror(file: File, folder: str) -> str:
    """Write copies of a configuration and all that it includes into ``folder``, and return the main copy's path.

    So sshd itself judges a configuration that is not in place yet. Line numbers stay what they were.
    """
    written = 0

    def copy(one: File) -> str:
        nonlocal written
        written += 1
        path = f"{folder}/{written:04}-{os.path.basename(one.path)}"
        lines = list(one.text)
        for number, inner in one.included.items():
            paths = " ".join(f'"{copy(file)}"' for file in inner)
            lines[number - 1] = f"Include {paths}" if paths else ""
        with open(path, "w", encoding="utf-8", opener=_private) as handle:
            handle.write("".join(f"{line}\n" for line in lines))
        return path

    return copy(file)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL, 0o600)


def original_names(said: str, file: File) -> str:
    """Return what sshd said of a mirrored configuration with the names of the real files."""
    for one in file.all_files():
        said = re.sub(rf"/\S*/\d{{4}}-{re.escape(os.path.basename(one.path))}", one.path, said)
    return said


__all__ = (
    "DROP_IN",
    "FOLDER",
    "INCLUDE",
    "MAIN",
    "ON_TRIAL",
    "File",
    "Line",
    "Source",
    "SshdConfigError",
    "contradictions",
    "load",
    "mirror",
    "not_in_force",
    "on_trial",
    "original_names",
    "parse_effective",
    "reads_drop_in",
    "render",
    "split",
    "wanted",
    "with_include",
)
