# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each kind of file is read for ways to systemd's manager: what may run there, and what only people read."""

from __future__ import annotations

import ast
import re
import typing as t

import yaml

from tools.systemd_texts import (
    FILLED_IN,
    IMPORTS,
    MODULES,
    QUALIFIED,
    Finding,
    calls_service,
    in_code,
    in_example,
    in_prose,
    is_program,
)

_PEOPLE_READ = frozenset(
    {"name", "description", "short_description", "msg", "fail_msg", "success_msg", "notes", "requirements", "prompt"}
)
_TASK_LISTS = frozenset({"tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"})
_DOCUMENTS = frozenset({"DOCUMENTATION", "RETURN"})
_FENCE = re.compile(r"^\s*(?:```|~~~)\s*(\S*)")
_LIST = re.compile(r"^\s*(?:[*+-]|\d+\.)\s")
_COMMENT = re.compile(r"^[ \t]*[#;].*$", re.MULTILINE)


def in_python(text: str) -> list[Finding]:
    """Return the ways to systemd in Python code: in its strings, its imports and its calls."""
    found = []
    tree = ast.parse(text)
    for node, role in _strings(tree):
        said = _text_of(node)
        if role == "examples":
            found += in_yaml(said, node.lineno)
        elif role == "prose":
            found += in_prose(said, node.lineno)
        elif said in QUALIFIED - MODULES:
            found.append(Finding(node.lineno, said, "forbidden"))
        elif program := is_program(said):
            found.append(Finding(node.lineno, program, "beside" if program == "systemctl" else "forbidden"))
        else:
            found += in_code(said, node.lineno)
    for any_node in ast.walk(tree):
        found += _in_node(any_node)
    return found


def _in_node(node: ast.AST) -> list[Finding]:
    modules = []
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        modules = [node.module or ""]
    line = getattr(node, "lineno", 0)
    found = [Finding(line, f"import {name}", "forbidden") for name in modules if name.partition(".")[0] in IMPORTS]
    if isinstance(node, ast.keyword) and node.arg == "module_name" and _constant(node.value) in QUALIFIED:
        found.append(Finding(line, f"module_name={_constant(node.value)}", "forbidden"))
    if isinstance(node, ast.List) and calls_service([_constant(word) for word in node.elts]):
        found.append(Finding(line, "service", "forbidden"))
    if isinstance(node, ast.Call) and node.args:
        call = (_name_of(node.func), _constant(node.args[0]))
        if call == ("Command", "service"):
            found.append(Finding(line, "service", "forbidden"))
        if call == ("kill", "1"):
            found.append(Finding(line, "a signal to process 1", "forbidden"))
    return found


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constant(node: ast.expr) -> str:
    # What is filled in stands as one word that could be any.
    return str(node.value) if isinstance(node, ast.Constant) else FILLED_IN


_Text = ast.Constant | ast.JoinedStr


def _strings(tree: ast.Module) -> t.Iterator[tuple[_Text, str]]:
    """Give every string of a file once, with its role: documents, examples, prose or code."""
    roles: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            roles |= {
                id(part): "part" for part in ast.walk(node) if part is not node and isinstance(part, ast.Constant)
            }
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                roles[id(statement.value)] = "prose"
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if name in _DOCUMENTS or name == "EXAMPLES":
                    roles[id(statement.value)] = "examples" if name == "EXAMPLES" else "prose"
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        if is_text and roles.get(id(node)) != "part":
            yield t.cast("_Text", node), roles.get(id(node), "code")


def _text_of(node: _Text) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else FILLED_IN for part in node.values)


def in_yaml(text: str, line: int = 1) -> list[Finding]:
    """Return the ways to systemd in YAML: modules of tasks, and values that a shell or a process may be given."""
    documents: list[yaml.Node | None]
    try:
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return in_code(without_comments(text), line)
    nodes = [document for document in documents if document is not None]
    return [finding for node in nodes for finding in _in_node_of_yaml(node, "", line, tasks=True)]


def _in_node_of_yaml(node: yaml.Node, key: str, line: int, *, tasks: bool) -> list[Finding]:
    at = line + node.start_mark.line
    if isinstance(node, yaml.ScalarNode):
        text = str(node.value)
        # A block's text begins on the line after its mark.
        at += node.style in ("|", ">")
        return in_prose(text, at) if key in _PEOPLE_READ else in_code(without_comments(text), at)
    found = []
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            found += _in_node_of_yaml(item, key, line, tasks=tasks)
        if calls_service([str(word.value) for word in node.value]):
            found.append(Finding(at, "service", "forbidden"))
        return found
    for name, value in node.value:
        word = str(name.value)
        is_module = word in QUALIFIED - MODULES or (tasks and word in MODULES)
        in_action = word in ("action", "local_action") and str(_first_word(value)) in QUALIFIED
        if is_module or in_action:
            found.append(Finding(line + name.start_mark.line, word if is_module else _first_word(value), "forbidden"))
        found += _in_node_of_yaml(value, word, line, tasks=word in _TASK_LISTS)
    return found


def _first_word(value: yaml.Node) -> str:
    if isinstance(value, yaml.MappingNode):
        return next((str(item.value) for name, item in value.value if name.value == "module"), "")
    return str(value.value).split(maxsplit=1)[0] if isinstance(value, yaml.ScalarNode) and value.value.strip() else ""


def in_markdown(text: str) -> list[Finding]:
    """Return what documentation shows or advises beside the five verbs and show."""
    found = []
    prose: list[str] = []
    code: list[str] = []
    fence, begin, before = "", 0, ""
    for number, line in enumerate([*text.splitlines(), "```"], 1):
        match = _FENCE.match(line)
        if match and fence:
            found += _in_block(fence, "\n".join(code), begin + 1)
            fence, code = "", []
        elif match:
            fence, begin = match.group(1) or "sh", number
        elif fence:
            code.append(line)
        indented = line.startswith("    ") and not _LIST.match(before) and not fence and not match
        if indented:
            found += in_example(without_comments(line.strip()), number)
        # What is no prose stands as an empty line, so that lines keep their number.
        prose.append("" if fence or match or indented else line)
        before = line if line.strip() and not line.startswith("    ") else before
    return [*found, *in_prose("\n".join(prose))]


def _in_block(language: str, text: str, line: int) -> list[Finding]:
    if language in ("yaml", "yml"):
        return [finding for finding in in_yaml(text, line) if finding.kind == "forbidden"]
    return in_example(without_comments(text), line)


def without_comments(text: str) -> str:
    """Return a text without its lines that are comments; the lines keep their numbers."""
    return _COMMENT.sub("", text)


__all__ = ("in_markdown", "in_python", "in_yaml", "without_comments")
