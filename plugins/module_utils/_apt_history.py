# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What apt and dpkg wrote into their logs (runbook 6.4 and 6.5): pure, but for reading them. Private to the collection.

Both write the node's local time. Whoever is root can write into them as well.
"""

from __future__ import annotations

import re
import time
import typing as t
import zlib

from ._node_view import ViewError

if t.TYPE_CHECKING:
    from ._node_view import NodeView

HISTORY = "/var/log/apt/history.log"
DPKG_LOG = "/var/log/dpkg.log"
LIMIT = 32 * 1024 * 1024
_PACKAGE = re.compile(r"([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))? \(([^)]*)\)")
_ACTIONS = {"install", "upgrade", "remove", "purge"}


class Done(t.NamedTuple):
    """What a transaction of apt did with a package.

    :param how: Install, Reinstall, Upgrade, Downgrade, Remove or Purge, in apt's words.
    :param automatic: whether it came for another package's sake.
    """

    how: str
    package: str
    version: str
    automatic: bool


class Transaction(t.NamedTuple):
    """One transaction of apt.

    :param begun: seconds since 1970; ``ended`` is the same where apt did not write its end.
    :param command: its command line, "" where something used apt's library.
    :param by: the account that asked for it through sudo, as ``ops (1000)``; "" where none is said.
    """

    begun: float
    ended: float
    command: str
    by: str
    done: tuple[Done, ...]


class Logged(t.NamedTuple):
    """A line of dpkg's log on an action.

    :param before: the version that was installed, "" for none.
    """

    when: float
    action: str
    package: str
    before: str
    after: str


def seconds_of(text: str) -> float:
    """Return a local time as ``2026-11-26 05:33:09`` in seconds since 1970, 0 where it is none."""
    try:
        return time.mktime(time.strptime(" ".join(text.split()[:2]), "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return 0.0


def parse_history(text: str) -> list[Transaction]:
    """Return the transactions of a history.log, in its order."""
    found = []
    for paragraph in text.split("\n\n"):
        parts = (line.partition(": ") for line in paragraph.split("\n"))
        fields = {name: value for name, colon, value in parts if colon}
        begun = seconds_of(fields.get("Start-Date", ""))
        if begun:
            found.append(
                Transaction(
                    begun,
                    seconds_of(fields.get("End-Date", "")) or begun,
                    fields.get("Commandline", ""),
                    fields.get("Requested-By", ""),
                    tuple(_done(fields)),
                )
            )
    return found


def _done(fields: t.Mapping[str, str]) -> t.Iterator[Done]:
    for how in ("Install", "Reinstall", "Upgrade", "Downgrade", "Remove", "Purge"):
        for name, _architecture, versions in _PACKAGE.findall(fields.get(how, "")):
            words = [word.strip() for word in versions.split(",")]
            automatic = "automatic" in words
            version = [word for word in words if word != "automatic"][-1:] or [""]
            yield Done(how, name, version[0], automatic)


def parse_dpkg_log(text: str) -> list[Logged]:
    """Return the actions of a dpkg.log, in its order."""
    found = []
    for line in text.split("\n"):
        words = line.split(" ")
        if len(words) == 6 and words[2] in _ACTIONS:
            before, after = ("" if word == "<none>" else word for word in words[4:6])
            found.append(Logged(seconds_of(line), words[2], words[3].partition(":")[0], before, after))
    return found


def read_history(view: NodeView) -> list[Transaction]:
    """Read apt's history of this month and the one before, oldest first."""
    return [one for text in _texts(view, HISTORY) for one in parse_history(text)]


def read_dpkg_log(view: NodeView) -> list[Logged]:
    """Read dpkg's log of this month and the one before, oldest first."""
    return [one for text in _texts(view, DPKG_LOG) for one in parse_dpkg_log(text)]


def _texts(view: NodeView, path: str) -> t.Iterator[str]:
    """Yield a log of the month before and the one of this month.

    On the first of a month logrotate packs apt's at once, dpkg's a month later.
    """
    packed = f"{path}.1.gz"
    yield view.text(f"{path}.1", limit=LIMIT) or _unpacked(packed, view.content(packed, limit=LIMIT) or b"")
    yield view.text(path, limit=LIMIT) or ""


def _unpacked(path: str, content: bytes) -> str:
    # 31: with gzip's head. What is left out of the result stays packed.
    unpacker = zlib.decompressobj(31)
    try:
        text = unpacker.decompress(content, LIMIT)
    except zlib.error as exc:
        raise ViewError(f"{path} is not what gzip packs ({exc})") from exc
    if content and not unpacker.eof:
        raise ViewError(f"{path} is cut short, or unpacks to more than {LIMIT} bytes")
    return text.decode("utf-8", "replace")


__all__ = (
    "DPKG_LOG",
    "HISTORY",
    "Done",
    "Logged",
    "Transaction",
    "parse_dpkg_log",
    "parse_history",
    "read_dpkg_log",
    "read_history",
    "seconds_of",
)
