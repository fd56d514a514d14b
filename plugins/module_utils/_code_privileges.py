# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which programs of Debian 13 run with other rights than the caller's (runbook 6.4): pure. Private to the collection.

dpkg keeps no record on a node of the permissions that its packages give. So they are named here, by what the packages
of trixie hold themselves: `dpkg-deb --contents` of each, and for those marked so what its postinst does (chmod,
dpkg-statoverride or setcap). Any other program is told.
"""

from __future__ import annotations

import re
import stat
import typing as t

if t.TYPE_CHECKING:
    from ._code_walk import Privileged

_SETUID_NAMES = (
    "/usr/bin/at /usr/bin/chfn /usr/bin/chsh /usr/bin/gpasswd /usr/bin/mount /usr/bin/newgidmap /usr/bin/newgrp "
    "/usr/bin/newuidmap /usr/bin/ntfs-3g /usr/bin/passwd /usr/bin/procmail /usr/bin/su /usr/bin/sudo /usr/bin/umount "
    "/usr/bin/vmware-user-suid-wrapper /usr/lib/chromium/chrome-sandbox /usr/lib/openssh/ssh-keysign "
    "/usr/lib/snapd/snap-confine /usr/lib/xorg/Xorg.wrap /usr/libexec/spice-client-glib-usb-acl-helper "
    "/usr/sbin/exim4 /usr/sbin/mount.cifs /usr/sbin/mount.ecryptfs_private /usr/sbin/mount.nfs /usr/sbin/pppd "
    "/usr/sbin/userhelper "
    # By the postinst of fuse3, pkexec, pmount, dbus, polkitd, davfs2.
    "/usr/bin/fusermount3 /usr/bin/pkexec /usr/bin/pmount /usr/bin/pumount "
    "/usr/lib/dbus-1.0/dbus-daemon-launch-helper /usr/lib/polkit-1/polkit-agent-helper-1 /usr/sbin/mount.davfs"
)
_SETUID: t.Final = frozenset(_SETUID_NAMES.split())
_SETGID_NAMES = (
    "/usr/bin/at /usr/bin/chage /usr/bin/dotlock.mailutils /usr/bin/dotlockfile /usr/bin/expiry /usr/bin/lockfile "
    "/usr/bin/mail-lock /usr/bin/mail-touchlock /usr/bin/mail-unlock /usr/bin/mutt_dotlock /usr/bin/procmail "
    "/usr/lib/xorg/Xorg.wrap /usr/sbin/unix_chkpwd "
    # By the postinst of cron, openssh-client, plocate, postfix, sendmail-bin, systemd-cron.
    "/usr/bin/crontab /usr/bin/ssh-agent /usr/bin/plocate /usr/sbin/postdrop /usr/sbin/postqueue "
    "/usr/libexec/sendmail/mailstats /usr/libexec/sendmail/sendmail /usr/libexec/systemd-cron/crontab_setgid"
)
_SETGID: t.Final = frozenset(_SETGID_NAMES.split())
# Where libraries lie differs by architecture.
_UTEMPTER: t.Final = re.compile(r"/usr/lib/[a-z0-9_-]+/utempter/utempter")
# By the postinst of iputils-arping, iputils-clockdiff, wireshark-common, fping, mtr-tiny; ping as older images have it.
_CAPABLE_PATH_NAMES = (
    "/usr/bin/arping /usr/bin/clockdiff /usr/bin/dumpcap /usr/bin/fping /usr/bin/mtr-packet /usr/bin/ping"
)
_CAPABLE: t.Final = frozenset(_CAPABLE_PATH_NAMES.split())
_CAPABLE_NAMES = ("gst-ptp-helper",)


def is_expected(one: Privileged) -> bool:
    """Whether Debian 13's package gives a program just those rights."""
    if one.mode & stat.S_ISUID and one.path not in _SETUID:
        return False
    if one.mode & stat.S_ISGID and one.path not in _SETGID and not _UTEMPTER.fullmatch(one.path):
        return False
    return not one.capability or one.path in _CAPABLE or one.path.rpartition("/")[2] in _CAPABLE_NAMES


def may_override(path: str, mode: int) -> bool:
    """Whether a permission that dpkg is told to keep gives no rights beyond those that Debian's package gives."""
    if mode & 0o002:
        return False
    setuid, setgid = bool(mode & stat.S_ISUID), bool(mode & stat.S_ISGID)
    return (not setuid or path in _SETUID) and (not setgid or path in _SETGID or (not setuid and _is_folder_mode(path)))


def _is_folder_mode(path: str) -> bool:
    # A folder's setgid bit hands its group on, and gives nobody rights.
    return path.startswith(("/var/", "/run/"))


__all__ = ("is_expected", "may_override")
