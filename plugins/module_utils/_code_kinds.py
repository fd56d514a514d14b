# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are code, by name, permission and first bytes (runbook 6.4): pure decisions. Private."""

from __future__ import annotations

import re
import typing as t

Kind = t.Literal["program", "library", "script", "kernel module", "bytecode"]

MAGIC = 4
_ELF = b"\x7fELF"
# What an interpreter is given by its name, without any permission to execute.
_SCRIPTS = (
    *(".py", ".pyw", ".sh", ".bash", ".pl", ".pm", ".rb", ".js", ".mjs", ".cjs", ".php", ".lua", ".tcl"),
    *(".jar", ".class", ".wasm"),
)
_BYTECODE = (".pyc", ".pyo")
_LIBRARY = re.compile(r"\.so(\.[0-9][0-9.]*)?$")
_KERNEL = re.compile(r"\.ko(\.(xz|gz|zst))?$")
# Folders whose programs are run without anybody naming them: there an executable file is code, whatever it begins with.
_HOOKS = re.compile(
    r"/etc/(?:cron\.[a-z]+|init\.d|rc\.local|kernel/[^/]+\.d|initramfs-tools/(?:hooks|scripts(?:/[^/]+)?)"
    r"|network/if-[a-z-]+\.d|NetworkManager/dispatcher\.d(?:/[^/]+)?|networkd-dispatcher/[^/]+|update-motd\.d"
    r"|ppp/ip-(?:up|down)\.d|dhcp/dhclient-[a-z]+-hooks\.d|apt/apt\.conf\.d|X11/Xsession\.d"
    r"|systemd/(?:system-generators|user-generators|system-environment-generators|user-environment-generators"
    r"|system-shutdown|system-sleep))"
    r"|/usr(?:/local)?/lib/systemd/(?:system|user)-(?:generators|environment-generators|shutdown|sleep)"
    r"|/usr/share/initramfs-tools/(?:hooks|scripts(?:/[^/]+)?)"
    r"|(?:/usr)?(?:/local)?/s?bin"
)
# Where packages put what is read by people alone, or by programs as data.
_NO_CODE = re.compile(
    r"/usr/share/(?:doc|man|info|locale|zoneinfo|i18n|icons|lintian|licenses|common-licenses|keyrings|perl/[^/]+/unicore"
    r"|ca-certificates|mime|pixmaps|fonts|terminfo|misc|bug|doc-base|man-db|help|gtk-doc)/"
)


def suspected(name: str, *, runs: bool) -> bool:
    """Whether a file may be code: what its first bytes say is asked only then."""
    return runs or by_name(name) is not None


def by_name(name: str) -> Kind | None:
    """Return what a file's name alone says that it is."""
    if name.endswith(_BYTECODE):
        return "bytecode"
    if _LIBRARY.search(name):
        return "library"
    if _KERNEL.search(name):
        return "kernel module"
    return "script" if name.endswith(_SCRIPTS) else None


def kind_of(folder: str, name: str, magic: bytes | None, *, runs: bool) -> Kind | None:
    """Return what code a file is, None where it is none.

    :param magic: its first bytes, None where they were not read: then an executable file counts as a program.
    """
    named = by_name(name)
    if named is not None:
        return named
    if not runs:
        return None
    if magic is None or magic == _ELF:
        return "program"
    return "script" if magic.startswith(b"#!") or is_hook_folder(folder) else None


def is_hook_folder(folder: str) -> bool:
    """Whether what lies in a folder is run without being named, or by its bare name."""
    return _HOOKS.fullmatch(folder) is not None


def may_be_code(path: str) -> bool:
    """Whether a package's file is more than something to read."""
    return _NO_CODE.match(path) is None


__all__ = ("MAGIC", "Kind", "by_name", "is_hook_folder", "kind_of", "may_be_code", "suspected")
