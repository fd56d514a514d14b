# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository as a task declares it (runbook 2.9). Private to the collection."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source, Wanted


def source_from(given: t.Mapping[str, t.Any], *, what: str = "repository") -> Source:
    """Return the repository that an option declares with url, version, require_clean, verify_signature, fetch_timeout.

    :param what: the option's name, for messages.
    :raises SourceError: url or version is not set, or a value is none.
    """
    url, version = (str(given.get(name) or "") for name in ("url", "version"))
    if not url or not version:
        raise SourceError("repository_url or repository_version is not set; declare the ai-systems repository (2.9)")
    return Source(
        Wanted(
            url=url,
            version=version,
            require_clean=_flag(given, "require_clean", what, default=True),
            verify_signature=_flag(given, "verify_signature", what, default=False),
            seconds=_seconds(given, what),
        )
    )


def _flag(given: t.Mapping[str, t.Any], name: str, what: str, *, default: bool) -> bool:
    # Of an action's own arguments nobody makes a bool: with -e each is a string.
    value = given.get(name, default)
    try:
        return bool(boolean(value))
    except TypeError as exc:
        raise SourceError(f"{name} of {what} is {one_line(repr(value), 80)}; write true or false") from exc


def _seconds(given: t.Mapping[str, t.Any], what: str) -> int:
    value = given.get("fetch_timeout") or 300
    if not str(value).isdecimal() or not int(value):
        raise SourceError(f"fetch_timeout of {what} is {one_line(repr(value), 80)}; write seconds, as 300")
    return int(value)


__all__ = ("source_from",)
