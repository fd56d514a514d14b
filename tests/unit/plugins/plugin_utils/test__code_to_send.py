# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent is what is imported, as a parser sees it."""

from __future__ import annotations

import ast
import base64
import json
import pathlib
import zlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _hostname
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import closure, code_to_send, imported

FILES = sorted(pathlib.Path(_hostname.__file__).parent.glob("_*.py"))


def parsed(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found += [node.module] if node.module else [alias.name for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_ours_is_read_as_a_parser_reads_it(path: pathlib.Path) -> None:
    source = path.read_text()
    assert sorted(imported(source)) == sorted(parsed(source))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from ._a import x, y\nfrom ._b import (\n    z,\n)\n", ["_a", "_b"]),
        ("from . import _a, _b as other\n", ["_a", "_b"]),
        ("from . import (\n    _a,  # a reason, with a comma\n    _b,\n)\n", ["_a", "_b"]),
        ("def f():\n    from ._a import x\n", ["_a"]),
        ("import os\nfrom os import path\nfrom ansible.module_utils.basic import AnsibleModule\n", []),
    ],
)
def test_each_form_of_an_import(source: str, names: list[str]) -> None:
    assert imported(source) == names == parsed(source)


def test_all_that_is_imported_is_sent_once(tmp_path: pathlib.Path) -> None:
    for name, source in {"a": "from ._b import x\n", "_b": "from . import _c, a\n", "_c": "", "_d": ""}.items():
        (tmp_path / f"{name}.py").write_text(source)
    assert list(closure(["a"], folder=tmp_path)) == ["_b", "_c", "a"]
    with pytest.raises(FileNotFoundError):
        closure(["_e"], folder=tmp_path)


def test_it_is_packed_as_the_node_unpacks_it() -> None:
    sent = json.loads(zlib.decompress(base64.b64decode(code_to_send(["_hostname"]))))
    assert sent["_hostname"] == pathlib.Path(_hostname.__file__).read_text()
    assert set(sent) == set(closure(["_hostname"]))
