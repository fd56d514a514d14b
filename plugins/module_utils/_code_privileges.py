# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which programs of Debian 13 run with other rights than the caller's (runbook 6.4): pure. Private to the collection.

dpkg keeps no record of the permissions that its packages give. So they are named here; another one is told.
"""

from __future__ import annotations

import stat
import typing as t

if t.TYPE_CHECKING:
    from ._code_walk import Privileged

_SETUID_NAMES = (
    "/usr/bin/at /usr/bin/bwrap /usr/bin/chfn /usr/bin/chsh /usr/bin/fusermount /usr/bin/fusermount3 /usr/bin/gpasswd "
    "/usr/bin/lppasswd /usr/bin/mount /usr/bin/newgidmap /usr/bin/newgrp /usr/bin/newuidmap /usr/bin/ntfs-3g "
    "/usr/bin/passwd /usr/bin/pkexec /usr/bin/pmount /usr/bin/procmail /usr/bin/pumount /usr/bin/su /usr/bin/sudo "
    "/usr/bin/sudoedit /usr/bin/umount /usr/bin/vmware-user-suid-wrapper /usr/lib/chromium/chrome-sandbox "
    "/usr/lib/dbus-1.0/dbus-daemon-launch-helper /usr/lib/eject/dmcrypt-get-device /usr/lib/openssh/ssh-keysign "
    "/usr/lib/policykit-1/polkit-agent-helper-1 /usr/lib/polkit-1/polkit-agent-helper-1 /usr/lib/snapd/snap-confine "
    "/usr/lib/spice-gtk/spice-client-glib-usb-acl-helper /usr/lib/xorg/Xorg.wrap /usr/libexec/polkit-agent-helper-1 "
    "/usr/libexec/spice-client-glib-usb-acl-helper /usr/sbin/exim4 /usr/sbin/mount.cifs /usr/sbin/mount.davfs "
    "/usr/sbin/mount.ecryptfs_private /usr/sbin/mount.nfs /usr/sbin/pppd /usr/sbin/userhelper"
)
_SETUID: t.Final = frozenset(_SETUID_NAMES.split())
_SETGID_NAMES = (
    "/usr/bin/at /usr/bin/bsd-write /usr/bin/chage /usr/bin/crontab /usr/bin/dotlock.mailutils /usr/bin/dotlockfile "
    "/usr/bin/expiry /usr/bin/lockfile /usr/bin/mlocate /usr/bin/mutt_dotlock /usr/bin/plocate /usr/bin/procmail "
    "/usr/bin/screen /usr/bin/ssh-agent /usr/bin/wall /usr/bin/write /usr/lib/libvte-2.91-0/gnome-pty-helper "
    "/usr/libexec/utempter/utempter /usr/sbin/pam_extrausers_chkpwd /usr/sbin/postdrop /usr/sbin/postqueue "
    "/usr/sbin/unix_chkpwd"
)
_SETGID: t.Final = frozenset(_SETGID_NAMES.split())
_CAPABLE_PATH_NAMES = (
    "/usr/bin/arping /usr/bin/bwrap /usr/bin/clockdiff /usr/bin/dumpcap /usr/bin/fping /usr/bin/mtr-packet "
    "/usr/bin/newgidmap /usr/bin/newuidmap /usr/bin/ping /usr/bin/traceroute6.iputils /usr/sbin/arping "
    "/usr/sbin/mtr-packet"
)
_CAPABLE: t.Final = frozenset(_CAPABLE_PATH_NAMES.split())
# Where libraries lie differs by architecture.
_CAPABLE_NAMES = ("gst-ptp-helper",)


def is_expected(one: Privileged) -> bool:
    """Whether Debian 13's package gives a program just those rights."""
    if one.mode & stat.S_ISUID and one.path not in _SETUID:
        return False
    if one.mode & stat.S_ISGID and one.path not in _SETGID:
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
