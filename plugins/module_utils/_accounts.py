# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a node, read from its own files (runbook 2.7 and 2.8). Private to the collection.

The files are read rather than asked for through the name service: they show what the name service hides, such as two
accounts with one user id, or a password hash.
"""

from __future__ import annotations

import re
import typing as t

from ._files import read_text

PASSWD, GROUP, SHADOW = "/etc/passwd", "/etc/group", "/etc/shadow"
# Debian's adduser gives people 1000 to 59999; below are system accounts, above are nobody and systemd's dynamic ones.
FIRST_UID, LAST_UID = 1000, 59999
LONGEST_NAME = 32
# NAME_REGEX of Debian's adduser, without the "$" of Samba's machine accounts.
_NAME = re.compile(r"[a-z][-a-z0-9_]*")
# Accounts and groups that Debian 13 itself brings, or that its usual packages make.
_TAKEN_NAMES = (
    "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody nogroup "
    "messagebus sshd polkitd avahi uuidd tcpdump dnsmasq ntpsec chrony postfix "
    "adm tty disk dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video sasl plugdev staff "
    "users input sgx clock kvm render netdev crontab bluetooth lpadmin scanner docker "
    "systemd-journal systemd-network systemd-resolve systemd-timesync systemd-coredump"
)
_TAKEN = frozenset(_TAKEN_NAMES.split())


class Account(t.NamedTuple):
    """A line of /etc/passwd."""

    name: str
    uid: int
    gid: int
    gecos: str
    home: str
    shell: str


class Group(t.NamedTuple):
    """A line of /etc/group; ``members`` are those who have it as a further group."""

    name: str
    gid: int
    members: tuple[str, ...]


class Password(t.NamedTuple):
    """What /etc/shadow holds for an account: the crypt hash or its lock, and the day since 1970 on which it expires."""

    hash: str
    expires: str

    @property
    def is_locked(self) -> bool:
        """Whether no password opens the account: crypt never makes a hash that begins so."""
        return self.hash.startswith(("!", "*"))


class Accounts(t.NamedTuple):
    """All local accounts of a node, in the order of its files. Names may repeat: a node may hold anything."""

    accounts: tuple[Account, ...]
    groups: tuple[Group, ...]
    passwords: t.Mapping[str, Password]

    def named(self, name: str) -> Account | None:
        """Return the account that a look-up of ``name`` finds: the first line of that name."""
        return next((account for account in self.accounts if account.name == name), None)

    def group(self, name: str) -> Group | None:
        return next((group for group in self.groups if group.name == name), None)

    def groups_of(self, name: str) -> list[str]:
        """Return the names of the groups that ``name`` belongs to, its primary one first."""
        account = self.named(name)
        primary = [group.name for group in self.groups if account and group.gid == account.gid]
        return primary + [group.name for group in self.groups if name in group.members and group.name not in primary]


def parse_accounts(passwd: str, group: str, shadow: str) -> Accounts:
    """Parse the three files; a line that is no entry is left out, as the name service leaves it out."""
    accounts = tuple(
        Account(name, int(uid), int(gid), gecos, home, shell)
        for name, dummy, uid, gid, gecos, home, shell in _entries(passwd, 7)
        if uid.isdecimal() and gid.isdecimal()
    )
    groups = tuple(
        Group(name, int(gid), tuple(word for word in members.split(",") if word))
        for name, dummy, gid, members in _entries(group, 4)
        if gid.isdecimal()
    )
    passwords: dict[str, Password] = {}
    for name, crypt, dummy, dummy, dummy, dummy, dummy, expires, dummy in _entries(shadow, 9):
        passwords.setdefault(name, Password(crypt, expires))
    return Accounts(accounts, groups, passwords)


def _entries(text: str, width: int) -> t.Iterator[list[str]]:
    for line in text.split("\n"):
        fields = line.split(":")
        if len(fields) == width and fields[0]:
            yield fields


def read_accounts() -> Accounts:
    """Read all local accounts of this node; root's rights are needed for the password hashes."""
    return parse_accounts(read_text(PASSWD) or "", read_text(GROUP) or "", read_text(SHADOW) or "")


def why_not_an_account_name(name: str) -> str:
    """Return why Debian would not take ``name`` for a person's account, "" when it does."""
    if not name:
        return "it is empty"
    if len(name) > LONGEST_NAME:
        return f"it has {len(name)} characters, Linux takes at most {LONGEST_NAME}"
    if not _NAME.fullmatch(name):
        return "it must begin with a-z and go on with a-z, 0-9, '-' or '_' (Debian's NAME_REGEX)"
    if name in _TAKEN or name.startswith("systemd-"):
        return "Debian itself has a system account or group of that name"
    return ""


__all__ = (
    "FIRST_UID",
    "LAST_UID",
    "Account",
    "Accounts",
    "Group",
    "Password",
    "parse_accounts",
    "read_accounts",
    "why_not_an_account_name",
)
