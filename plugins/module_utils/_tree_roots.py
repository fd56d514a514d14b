# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of a node where people put software, as roots of a walk (runbook 3). Private to the collection."""

from __future__ import annotations

import os
import re
import stat
import typing as t

from ._accounts import FIRST_UID, LAST_UID, PASSWD, Account, parse_accounts
from ._files import READ_LIMIT, FileError, read_text
from ._npm_npmrc import read_settings
from ._tree_facts import lies_in
from ._tree_programs import SYSTEM
from ._walk import Missed, Root

MOUNTS = "/proc/self/mountinfo"
NPMRCS = ("/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc")
# Below these a home would be the system itself.
_SYSTEM = ("/", "/bin", "/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sbin", "/sys", "/usr", "/var")
_NO_FILES = ("/proc/", "/sys/", "/dev/", "/run/")
_TREES = ("/usr/local", "/opt", "/srv")
# Only what lies in them by name is of interest: dpkg owns most of it.
_SHALLOW = (
    *((path, 0) for path in SYSTEM),
    ("/usr/lib", 0),
    ("/usr/share/nodejs", 0),
    ("/usr/lib/nodejs", 0),
    ("/snap", 0),
    ("/var/lib/snapd/snaps", 0),
    ("/var/lib/flatpak", 1),
    ("/var/lib/gems", 1),
    ("/nix", 0),
    ("/gnu", 0),
)
_PYTHON = re.compile(r"python3(?:\.\d+)?")
_HOME_PLACES = ("", "/.local", "/.local/bin", "/.local/lib", "/.local/share", "/.config", "/.cache")
_LOCAL_PLACES = ("bin", "sbin", "lib", "libexec", "share", "etc", "games", "src")
_NPMRC_LIMIT = 256 * 1024
# By what their types begin with.
_REMOTE = (
    "nfs",
    "cifs",
    "smb",
    "fuse.sshfs",
    "fuse.rclone",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "fuse.glusterfs",
    "davfs",
)


class Roots(t.NamedTuple):
    """Where a walk goes.

    :param homes: the folders among the roots that are homes.
    :param of_accounts: those that an account names as its own, with its user id.
    :param places: folders where software of any origin is put: none of them is one thing as a whole.
    :param prefixes: (file, prefix) as settings of npm say where it installs globally.
    :param names: names of accounts by user id.
    """

    roots: tuple[Root, ...]
    homes: tuple[str, ...]
    of_accounts: t.Mapping[str, int]
    places: frozenset[str]
    prefixes: tuple[tuple[str, str], ...]
    names: t.Mapping[int, str]
    missed: tuple[Missed, ...]


def homes_of(
    accounts: t.Sequence[Account],
    on_disk: t.Sequence[str],
    *,
    remote: t.Collection[str] = (),
    belongs: t.Callable[[str, int], bool] = lambda _home, _uid: False,
) -> tuple[list[str], list[Missed]]:
    """Return the homes of root, of all people and of services, then the folders of homes that nobody's account names.

    :param remote: folders on other machines, of which nothing may be asked: one that is out of reach never answers.
    :param belongs: whether a folder is there and belongs to that user id. A service's home counts only then: accounts
        of the system itself name folders such as /var/mail.
    """
    found: list[str] = []
    missed: list[Missed] = []
    for account in accounts:
        home = normal(account.home) if account.home.startswith("/") else ""
        person = account.uid == 0 or FIRST_UID <= account.uid <= LAST_UID
        system = home in _SYSTEM or home.startswith(_NO_FILES)
        if not home or (not person and system):
            continue
        if lies_in(home, remote):
            missed.append(Missed(home, f"the home of the account {account.name!r} lies on another machine"))
        elif not person and not belongs(home, account.uid):
            continue
        elif system:
            missed.append(Missed(home, f"it is the home of the account {account.name!r}, and far more than a home"))
        else:
            found.append(home)
    return list(dict.fromkeys([*found, *on_disk])), missed


def normal(path: str) -> str:
    """Return an absolute path without doubled slashes, also at its beginning, where POSIX lets two stand."""
    return "/" + os.path.normpath(path).lstrip("/")


def prefix_of(text: str, home: str) -> str:
    """Return where an npmrc says that npm installs globally, as a normal absolute path; "" where it does not."""
    found = ""
    for setting in read_settings(text):
        if setting.key == "prefix":
            value = setting.value.replace("${HOME}", home).replace("$HOME", home)
            value = f"{home}{value[1:]}" if value == "~" or value.startswith("~/") else value
            found = normal(value) if value.startswith("/") and "\0" not in value else ""
    return found


def parse_mounts(text: str) -> frozenset[str]:
    """Return the folders that /proc/self/mountinfo says something is mounted on."""
    found = set()
    for line in text.split("\n"):
        fields = line.split(" ")
        if len(fields) > 5:
            # Spaces and the like are written as octal numbers there.
            found.add(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4]))
    return frozenset(found)


def parse_remote(text: str) -> frozenset[str]:
    """Return those of the folders that file systems of other machines are mounted on."""
    lines = [line for line in text.split("\n") if line.partition(" - ")[2].partition(" ")[0].startswith(_REMOTE)]
    return parse_mounts("\n".join(lines))


def arranged(roots: t.Sequence[Root]) -> tuple[Root, ...]:
    """Return the roots without those that another one reaches anyway."""
    kept: list[Root] = []
    whole = {root.path for root in roots if root.whole}
    for root in roots:
        above = root.path.rpartition("/")[0]
        while above and above not in whole:
            above = above.rpartition("/")[0]
        if not above and not any(other.path == root.path for other in kept):
            kept.append(root)
    return tuple(kept)


def read_roots(*, base: str = "", remote: t.Collection[str] = ()) -> Roots:
    """Read where people's software may lie on this node; ``base`` is put before every path, for tests.

    :param remote: folders on other machines, see :func:`homes_of`.
    """
    accounts = parse_accounts(_text(f"{base}{PASSWD}", READ_LIMIT), "", "").accounts
    on_disk = [] if lies_in("/home", remote) else _folders(f"{base}/home")
    named, missed = homes_of(
        accounts,
        [home for home in (f"/home/{name}" for name in on_disk) if not lies_in(home, remote)],
        remote=remote,
        belongs=lambda home, uid: _belongs(f"{base}{home}", uid),
    )
    missed += [Missed(path, "it lies on another machine") for path in ("/home", *_TREES) if lies_in(path, remote)]
    # A home may be a link to another disk; where it leads to the system itself it is none.
    real = [os.path.realpath(f"{base}{home}") for home in named]
    homes = [home for home in dict.fromkeys(real) if home.removeprefix(base) not in _SYSTEM]
    of_accounts = {
        home: account.uid
        for home, name in zip(real, named, strict=True)
        # The first of several that share a home, as a look-up by its name finds it.
        for account in reversed(accounts)
        if account.home.startswith("/") and normal(account.home) == name
    }
    prefixes = [(path, prefix_of(_text(f"{base}{path}"), "/root")) for path in NPMRCS]
    prefixes += [(f"{home}/.npmrc", prefix_of(_text(f"{home}/.npmrc"), home)) for home in homes]
    missed += [
        Missed(prefix, f"{path} names it, and it lies on another machine")
        for path, prefix in prefixes
        if lies_in(prefix, remote)
    ]
    prefixes = [(path, prefix) for path, prefix in prefixes if prefix and not lies_in(prefix, remote)]
    shallow = [Root(f"{base}{path}", depth, whole=False) for path, depth in _SHALLOW]
    for name in _folders(f"{base}/usr/lib"):
        if _PYTHON.fullmatch(name):
            shallow += [
                Root(f"{base}/usr/lib/{name}/{site}", 0, whole=False) for site in ("dist-packages", "site-packages")
            ]
    for dummy, prefix in prefixes:
        shallow.append(
            Root(f"{base}{prefix}/lib" if not prefix.startswith(f"{base}/") else f"{prefix}/lib", 0, whole=False)
        )
    trees = [Root(os.path.realpath(f"{base}{path}")) for path in _TREES if not lies_in(path, remote)]
    places = {f"{home}{place}" for home in homes for place in _HOME_PLACES}
    places |= {f"{base}/usr/local/{place}" for place in _LOCAL_PLACES}
    return Roots(
        arranged([*shallow, *trees, *(Root(home) for home in homes)]),
        tuple(homes),
        {home: uid for home, uid in of_accounts.items() if home in homes},
        frozenset(places),
        tuple(prefixes),
        {account.uid: account.name for account in reversed(accounts)},
        tuple(missed),
    )


def _belongs(home: str, uid: int) -> bool:
    try:
        status = os.lstat(home)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == uid


def read_remote() -> frozenset[str]:
    """Read where file systems of other machines are mounted on this node."""
    return parse_remote(_text(MOUNTS, READ_LIMIT))


def read_mounts() -> frozenset[str]:
    """Read where other file systems are mounted on this node."""
    return parse_mounts(_text(MOUNTS, READ_LIMIT))


def _text(path: str, limit: int = _NPMRC_LIMIT) -> str:
    try:
        return read_text(path, limit=limit) or ""
    except (FileError, OSError):
        return ""


def _folders(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []


__all__ = (
    "NPMRCS",
    "Roots",
    "arranged",
    "homes_of",
    "normal",
    "parse_mounts",
    "parse_remote",
    "prefix_of",
    "read_mounts",
    "read_remote",
    "read_roots",
)
