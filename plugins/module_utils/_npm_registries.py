# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registries of npm packages, and whether a URL belongs to one: pure decisions.

Private to the collection. npm's own default is nowhere written here: npm is asked for it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ._project_sources import why_not_a_source

_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def normal(url: str) -> str:
    """Return a registry's URL in one form, to be compared; "" where it cannot be one."""
    if why_not_a_source(url):
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


__all__ = ("normal", "origin")
