# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""journald's configuration as systemd 257 merges it, see journald.conf(5). Private to the collection.

systemd gives up all of a configuration where it cannot read one file of it: journald then runs with its defaults, and
on a fifo it hangs while it starts. So a file that it would stumble over is an error here, which names it.
"""

from __future__ import annotations

import os
import re
import typing as t

from ._files import FileError, read_bounded
from ._text import one_line

NAME = "systemd/journald.conf"
FOLDERS = tuple(f"{folder}/{NAME}.d" for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib"))
MAINS = tuple(folder.removesuffix(".d") for folder in FOLDERS)
DROP_IN = f"{FOLDERS[0]}/99-ai-systems-runbook.conf"
# systemd itself refuses a longer line; a file of a person comes nowhere near.
LONGEST_FILE = 1024 * 1024
MOST_FILES = 200
_REMEDY = "mend or remove it on the node, then run again"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class JournaldConfigError(Exception):
    """journald would not read its configuration as a whole; one sentence with the file and the remedy."""


class Setting(t.NamedTuple):
    """One assignment of the [Journal] section, and where it stands."""

    key: str
    value: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{one_line(f'{self.key}={self.value}', 80)} in {one_line(self.file, 200)}"


class Configuration(t.NamedTuple):
    """What journald reads beside our own drop-in.

    :param before: what ours overrides, in the order in which it is read.
    :param after: what is read after ours, and so overrides it.
    :param changed: when the newest of the files, ours too, was changed; seconds since 1970.
    """

    before: tuple[Setting, ...]
    after: tuple[Setting, ...]
    changed: float


def in_order(listings: t.Sequence[tuple[str, t.Sequence[str]]]) -> list[str]:
    """Return the drop-ins that systemd reads, in its order: by the bytes of their names, whatever their folder.

    :param listings: folders, the most important first, each with the names of what lies in it; of several that have
        one name only the first is read.
    """
    found: dict[str, str] = {}
    for folder, names in listings:
        for name in names:
            if name.endswith(".conf") and not name.startswith("."):
                found.setdefault(name, f"{folder}/{name}")
    return [found[name] for name in sorted(found, key=os.fsencode)]


def parse(path: str, content: bytes) -> list[Setting]:
    """Return the assignments of the [Journal] section of one file.

    :raises JournaldConfigError: systemd would read on differently than a person, or not at all.
    """
    try:
        text = content.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        number = content[: exc.start].count(b"\n") + 1
        raise _error(path, f"its line {number} is not UTF-8") from exc
    found: list[Setting] = []
    section = ""
    for number, line in _statements(path, text):
        if line.startswith("["):
            if not line.endswith("]"):
                raise _error(path, f"its line {number} is no whole section header")
            section = line[1:-1]
        elif section == "Journal":
            key, equals, value = line.partition("=")
            if equals:
                found.append(Setting(key.rstrip(), value.lstrip(), path, number))
    return found


def _statements(path: str, text: str) -> t.Iterator[tuple[int, str]]:
    """Yield each statement with the number of the line on which it begins; a backslash at its end joins lines."""
    begun = ""
    begin = 0
    for number, line in enumerate(text.split("\n"), 1):
        if _CONTROL.search(line):
            raise _error(path, f"its line {number} has a control character")
        if line.lstrip()[:1] in ("#", ";"):
            continue
        begin = begin if begun else number
        if (len(line) - len(line.rstrip("\\"))) % 2:
            begun += f"{line[:-1]} "
            continue
        statement = (begun + line).strip()
        begun = ""
        if statement:
            yield begin, statement
    if begun.strip():
        yield begin, begun.strip()


def read_configuration(root: str = "") -> Configuration:
    """Read what journald reads.

    :param root: stands before each path; for tests.
    :raises JournaldConfigError: journald would not get through, or the files cannot be looked at.
    """
    listings = [(folder, _names(root, folder)) for folder in FOLDERS]
    chosen = in_order(listings)
    if len(chosen) > MOST_FILES:
        raise JournaldConfigError(
            f"{len(chosen)} drop-ins of journald are more than the {MOST_FILES} that are looked at; remove those that "
            f"nobody needs from {', '.join(FOLDERS)} on the node, then run again"
        )
    main = next((path for path in MAINS if _is_there(root + path)), "")
    ours = os.fsencode(os.path.basename(DROP_IN))
    before = _settings(root, main) if main else []
    after: list[Setting] = []
    for path in chosen:
        if path != DROP_IN:
            place = before if os.fsencode(os.path.basename(path)) < ours else after
            place += _settings(root, path)
    paths = [main, *chosen, *FOLDERS]
    return Configuration(tuple(before), tuple(after), max(_changed(root + path) for path in paths if path))


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except FileNotFoundError:
        return False
    except OSError:
        # systemd stumbles over it, and so does what reads it next.
        return True
    return True


def _names(root: str, folder: str) -> list[str]:
    try:
        return os.listdir(root + folder)
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise _error(folder, f"it cannot be listed ({exc.strerror})") from exc


def _settings(root: str, path: str) -> list[Setting]:
    if os.path.realpath(root + path) == "/dev/null":
        # A link there switches off what has the same name in another folder.
        return []
    try:
        content = read_bounded(root + path, limit=LONGEST_FILE)
    except FileError as exc:
        raise _error(path, str(exc).removeprefix(f"{root}{path} ")) from exc
    except OSError as exc:
        raise _error(path, f"it cannot be read ({exc.strerror})") from exc
    # A link that leads nowhere is passed over by systemd too.
    return parse(path, content or b"")


def _changed(path: str) -> float:
    try:
        status = os.stat(path)
    except OSError:
        return 0.0
    # A package gives its files the time of its build; when they came is the other one. Of a folder that would also be
    # a change of its mode.
    return status.st_mtime if os.path.isdir(path) else status.st_ctime


def _error(path: str, why: str) -> JournaldConfigError:
    return JournaldConfigError(
        f"{one_line(path, 300)} keeps journald from reading its configuration: {one_line(why, 200)}; {_REMEDY}"
    )


__all__ = (
    "DROP_IN",
    "FOLDERS",
    "LONGEST_FILE",
    "MAINS",
    "MOST_FILES",
    "Configuration",
    "JournaldConfigError",
    "Setting",
    "in_order",
    "parse",
    "read_configuration",
)
