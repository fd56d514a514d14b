# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs that a project's packages may be declared to come from, be it an index or a registry (runbook 3.4 and 3.5).

Pure decisions. Private to the collection.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ._git_names import without_credentials
from ._step import StepError

_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def why_not_a_source(url: str) -> str:
    """Return why nothing can come from ``url``, "" when it can. The reason never repeats it: it may hold a secret."""
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
        return "it holds a user name or password, which would be stored on the node; use one that asks for none"
    if parts.query or parts.fragment:
        return "it holds a query or fragment, in which a token may hide; leave it out"
    return ""


def require_source(url: str, option: str, project: str) -> None:
    """Require that packages can come from what an option of a project names.

    :raises StepError: they cannot; it shows the URL without what may be secret.
    """
    reason = why_not_a_source(url)
    if reason:
        shown = without_credentials(url).partition("?")[0][:200]
        raise StepError(f"{option} {shown!r} of the project {project!r} cannot be used: {reason}")


__all__ = ("require_source", "why_not_a_source")
