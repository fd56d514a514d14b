# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registries of npm packages: what may be declared as one, and whether a URL belongs to it: pure decisions.

Private to the collection. npm's own default is nowhere written here: npm is asked for it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def why_not_a_registry(url: str) -> str:
    """Return why a registry cannot be at ``url``, "" when it can. The reason never repeats it: it may hold a secret."""
    if _CONTROL.search(url):
        return "it holds a space or a control character"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme != "https" or not host:
        return "it must be an https URL, since what comes by anything else may be anybody's"
    if "@" in parts.netloc:
        return "it holds a user name or password, which would be stored on the node; use a registry that asks for none"
    if parts.query or parts.fragment:
        return "it holds a query or fragment, in which a token may hide; leave it out"
    return ""


def normal(url: str) -> str:
    """Return a registry's URL in one form, to be compared; "" where it cannot be one."""
    if why_not_a_registry(url):
        return ""
    return f"{origin(url)}{urlsplit(url).path.rstrip('/')}/"


def origin(url: str) -> str:
    """Return scheme and host of an https URL that holds no login, "" for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or _CONTROL.search(url):
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"


__all__ = ("normal", "origin", "why_not_a_registry")
