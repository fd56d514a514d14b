# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of a run as it may be written down: without the value of any secret (runbook 6.3). Private."""

from __future__ import annotations

import shlex
import typing as t

import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_words import is_secret_name
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

HIDDEN: t.Final = "(not shown)"
_FLAGS: t.Final = (("check", "--check"), ("diff", "--diff"))
_VALUED: t.Final = (("limit", "subset", "--limit"), ("tags", "tags", "--tags"), ("skip", "skip_tags", "--skip-tags"))


def arguments_of(options: t.Mapping[str, t.Any]) -> list[str]:
    """Return what the operator asked for, as words of a command line, from ansible-playbook's parsed options."""
    words: list[str] = []
    for _name, key, option in _VALUED:
        value = options.get(key) or ()
        values = [value] if isinstance(value, str) else list(value)
        if values and values != ["all"]:
            words += [option, one_line(",".join(map(str, values)), 500)]
    words += [option for key, option in _FLAGS if options.get(key)]
    for extra in options.get("extra_vars") or ():
        words += ["-e", masked(str(extra))]
    return words


def masked(extra: str) -> str:
    """Return one argument of ``-e`` without the values of secrets; what cannot be taken apart is left out whole."""
    text = extra.strip()
    if text.startswith("@"):
        return one_line(text, 500)
    if text[:1] in ("{", "["):
        return one_line(_of_structure(text), 500)
    try:
        words = shlex.split(text)
    except ValueError:
        return HIDDEN
    return one_line(" ".join(_setting(word) for word in words), 500)


def _setting(word: str) -> str:
    name, equals, value = word.partition("=")
    if not equals:
        return HIDDEN
    if value[:1] in ("{", "["):
        return f"{name}={_of_structure(value, name)}"
    return f"{name}={HIDDEN if _is_secret(name, value) else value}"


def _of_structure(text: str, name: str = "") -> str:
    try:
        return str(_without_secrets(yaml.safe_load(text), name))
    except (yaml.YAMLError, RecursionError):
        return HIDDEN


def _without_secrets(value: t.Any, name: str = "") -> t.Any:
    if isinstance(value, dict):
        # What stands below a secret's name is one, whatever its own name is.
        return HIDDEN if _names_one(name) else {key: _without_secrets(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(inner, name) for inner in value]
    return HIDDEN if _is_secret(name, str(value)) else value


def _is_secret(name: str, value: str) -> bool:
    # The patterns of secrets take long to load, and most runs have no value to look at.
    from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_settings import (  # noqa: PLC0415
        is_secret_setting,
    )

    # A password may be a poor one: here its name is enough.
    return _names_one(name) or is_secret_setting(name, value)


def _names_one(name: str) -> bool:
    return is_secret_name(name) or is_secret_name(name.removesuffix("s"))


__all__ = ("HIDDEN", "arguments_of", "masked")
