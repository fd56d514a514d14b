# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every value that a YAML file writes out, with its line and the names that lead to it.

Only the file's own notation is read, and nothing is constructed: tags such as ``!vault`` stay what they are.
"""

from __future__ import annotations

import functools
import typing as t

import yaml

_LONGEST: t.Final = 4 * 1024 * 1024
_DEEPEST: t.Final = 60
_LOADER: t.Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NAMES: t.Final = ("name", "key", "option", "variable", "var", "question", "property", "env")
_VALUES: t.Final = ("value", "val", "default")
# Keys under which a program or a shell's text stands: the rules on commands read those.
COMMANDS: t.Final = frozenset(
    f"{prefix}{name}"
    for name in (
        "shell",
        "command",
        "raw",
        "script",
        "expect",
        "cmd",
        "argv",
        "_raw_params",
        "win_shell",
        "win_command",
    )
    for prefix in ("", "ansible.builtin.", "ansible.legacy.")
)
# What people and reports read, and nothing carries out.
PROSE: t.Final = frozenset(
    (
        *("name", "msg", "fail_msg", "success_msg", "description", "short_description", "title", "prompt", "notes"),
        *("details", "details_md", "summary", "version_added", "comment"),
    )
)


class Scalar(t.NamedTuple):
    """A value.

    :param keys: the names that lead to it, outermost first; a list adds none.
    :param line: 1-based; where a block of text begins with its second line, that one.
    :param tag: as ``!vault`` or ``tag:yaml.org,2002:int``.
    :param of: the name that another entry of the same mapping gives to this value: ``{name: TOKEN, value: x}``.
    """

    keys: tuple[str, ...]
    value: str
    line: int
    tag: str
    of: str = ""

    @property
    def key(self) -> str:
        """The name that it is given to."""
        return self.keys[-1] if self.keys else ""

    @property
    def is_text(self) -> bool:
        """Whether it is neither encrypted nor a number, a date, a switch or nothing."""
        return self.tag in ("tag:yaml.org,2002:str", "!", "!unsafe")

    @property
    def is_command(self) -> bool:
        """Whether a rule on commands reads it."""
        return any(key in COMMANDS for key in self.keys[-2:])


@functools.lru_cache(maxsize=8)
def scalars_of(text: str) -> tuple[Scalar, ...] | None:
    """Return the values of all documents of a file in their order, None where it is no YAML that can be read."""
    if len(text) > _LONGEST or text.startswith("$ANSIBLE_VAULT"):
        return None
    found: list[Scalar] = []
    try:
        for document in yaml.compose_all(text, Loader=_LOADER):
            _walk(document, (), found, set())
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return tuple(found)


def _walk(node: yaml.Node | None, keys: tuple[str, ...], found: list[Scalar], open_nodes: set[int]) -> None:
    if node is None or id(node) in open_nodes or len(open_nodes) > _DEEPEST:
        return
    if isinstance(node, yaml.ScalarNode):
        found.append(_scalar(node, keys, ""))
        return
    # An alias may lead back to what holds it.
    inside = open_nodes | {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _walk(item, keys, found, inside)
        return
    named = _named(node)
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if isinstance(value, yaml.ScalarNode):
            of = named if name in _VALUES else ""
            if not of and name in _VALUES and keys:
                of = keys[-1]
            found.append(_scalar(value, (*keys, name), of))
        else:
            _walk(value, (*keys, name), found, inside)


def _named(node: yaml.Node) -> str:
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode) and key.value in _NAMES:
            return str(value.value)
    return ""


def _scalar(node: yaml.ScalarNode, keys: tuple[str, ...], of: str) -> Scalar:
    line = node.start_mark.line + (2 if node.style in ("|", ">") else 1)
    return Scalar(keys, str(node.value), line, str(node.tag), of)


__all__ = ("COMMANDS", "PROSE", "Scalar", "scalars_of")
