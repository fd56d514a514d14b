# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What apt calls its lists on disk: pure, the names that libapt makes. Private to the collection."""

from __future__ import annotations

import re

# As apt_pkg.uri_to_filename of 3.0 quotes them.
_QUOTED = frozenset('\\|{}[]<>"^~_=!@#$%&*')
_URI = re.compile(r"[A-Za-z0-9+.-]+:(?P<slashes>//)?(?P<rest>.*)", re.DOTALL)


def release_address(uri: str, suite: str) -> str:
    """Return the address of the folder that holds an archive's Release, with a slash at its end."""
    base = uri if uri.endswith("/") else f"{uri}/"
    if suite == "/":
        return base
    return f"{base}{suite}" if suite.endswith("/") else f"{base}dists/{suite}/"


def list_name(address: str) -> str:
    """Return the name of the file in which apt keeps what it fetched from an address."""
    match = _URI.fullmatch(address)
    rest = match["rest"] if match else address
    if match and match["slashes"]:
        host, slash, path = rest.partition("/")
        host = host.rpartition("@")[2].replace("[", "").replace("]", "")
        rest = host + slash + path
    return escaped(rest)


def escaped(path: str) -> str:
    """Return a path below an address as it stands in the name of a list."""
    octets = path.encode("utf-8", "surrogateescape")
    return "".join(_escaped(octet) for octet in octets).replace("/", "_")


def _escaped(octet: int) -> str:
    plain = 0x20 < octet < 0x7F and chr(octet) not in _QUOTED
    return chr(octet) if plain else f"%{octet:02x}"


__all__ = ("escaped", "list_name", "release_address")
