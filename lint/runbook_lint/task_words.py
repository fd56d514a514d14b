# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of plays and tasks: which keys are keywords, and how an action is written."""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible.errors import AnsibleError
from ansible.parsing.splitter import parse_kv

from runbook_lint import jinja, lines

SECTIONS: t.Final = ("pre_tasks", "tasks", "post_tasks", "handlers")
BLOCKS: t.Final = ("block", "rescue", "always")
# What a task has from the play and the blocks around it.
INHERITED: t.Final = frozenset(
    (
        *("any_errors_fatal", "become", "become_exe", "become_flags", "become_method", "become_user", "check_mode"),
        *("connection", "delegate_to", "diff", "environment", "ignore_errors", "ignore_unreachable", "no_log"),
        *("remote_user", "tags", "throttle", "vars", "when", "module_defaults"),
    )
)
_KEYWORDS: t.Final = INHERITED | frozenset(
    (
        *("action", "args", "async", "async_val", "changed_when", "collections", "debugger", "delay", "delegate_facts"),
        *(
            "failed_when",
            "listen",
            "local_action",
            "loop",
            "loop_control",
            "loop_with",
            "name",
            "notify",
            "poll",
            "port",
        ),
        *("register", "retries", "run_once", "timeout", "until", *BLOCKS),
    )
)
FREE: t.Final = frozenset(f"ansible.builtin.{name}" for name in ("command", "shell", "raw", "script", "expect"))
# Their own options may stand before or behind the command, in the same text.
_OPTION: t.Final = re.compile(r"(?:^|\s)(?:chdir|creates|executable|removes|stdin|warn|argv)=")
_LOCALHOST: t.Final = ("localhost", "127.0.0.1", "::1")


def is_keyword(key: str) -> bool:
    """Whether a key of a task is no module."""
    return key in _KEYWORDS or key.startswith("with_")


def action_key(raw: t.Mapping[str, object]) -> str:
    """Return the key under which a task's module is written, "" where it has none."""
    keys = [key for key in raw if key in ("action", "local_action")]
    keys += [key for key in lines.plain(raw) if not is_keyword(key)]
    return next(iter(keys), "")


def of_action(value: object) -> tuple[str, object]:
    """Return the module and its arguments of what stands behind action: or local_action:."""
    if isinstance(value, t.Mapping):
        # "module: apt name=x" holds both, and the arguments in the mapping beside it.
        name, _blank, rest = str(value.get("module", "")).partition(" ")
        others = {key: one for key, one in value.items() if key != "module"}
        return name, {**from_text(rest, is_free=False), **others} if rest else others
    name, _blank, rest = str(value or "").partition(" ")
    return name, rest


def from_text(text: str, *, is_free: bool) -> dict[str, object]:
    """Return the arguments that are written as one text.

    :param is_free: whether the text is a command, with the module's own options perhaps in it.
    """
    if is_free and not _OPTION.search(text):
        return {"_raw_params": text} if text else {}
    try:
        return dict(parse_kv(text, check_raw=is_free))
    except AnsibleError:
        # Ansible will refuse it, and says so in its own syntax check.
        return {"_raw_params": text} if is_free else {}


def texts_of(value: object) -> list[str]:
    """Return a value as a flat list of strings: lists in lists are taken apart, mappings are left out."""
    if value is None or isinstance(value, t.Mapping):
        return []
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in texts_of(one)]
    # Not str(): that would lose where the text stands.
    return [value if isinstance(value, str) else str(value)]


_MERGED: t.Final = ("vars", "environment", "module_defaults")


def merged(outer: t.Mapping[str, t.Any], inner: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the keywords of something within something else."""
    found = {
        key: lines.plain(value) if key in _MERGED and isinstance(value, t.Mapping) else value
        for key, value in outer.items()
        if key in INHERITED
    }
    for key, value in inner.items():
        before = found.get(key)
        if key in _MERGED and isinstance(value, t.Mapping):
            found[key] = {**(before if isinstance(before, t.Mapping) else {}), **lines.plain(value)}
        elif key in ("when", "tags") and before is not None:
            found[key] = [*_as_list(before), *_as_list(value)]
        else:
            found[key] = value
    return found


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def is_localhost(host: object) -> bool:
    """Whether a host's name is that of the controller itself."""
    return str(host) in _LOCALHOST


def is_local(keywords: t.Mapping[str, t.Any]) -> bool:
    """Whether keywords say that there is no connection to a node."""
    variables = keywords.get("vars")
    named = variables.get("ansible_connection") if isinstance(variables, t.Mapping) else None
    return any(str(one).removeprefix("ansible.builtin.") == "local" for one in (keywords.get("connection"), named))


def command_line(arguments: t.Mapping[str, object]) -> str:
    """Return what a command, shell, raw, script or expect is to run, as one text."""
    for key in ("_raw_params", "cmd", "command"):
        if isinstance(arguments.get(key), str):
            return str(arguments[key])
    argv = arguments.get("argv")
    words = [str(word) for word in argv] if isinstance(argv, (list, tuple)) else []
    return " ".join(word if jinja.is_template(word) else shlex.quote(word) for word in words)


__all__ = (
    "BLOCKS",
    "FREE",
    "INHERITED",
    "SECTIONS",
    "action_key",
    "command_line",
    "from_text",
    "is_keyword",
    "is_local",
    "is_localhost",
    "merged",
    "of_action",
    "texts_of",
)
