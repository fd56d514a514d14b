# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code from memory, as a node meets it: in a process that finds none of it on its disk."""

from __future__ import annotations

import base64
import json
import pathlib
import subprocess
import sys
import zlib

from ansible_collections.ai_systems.runbook.plugins.module_utils import _hostname
from ansible_collections.ai_systems.runbook.plugins.module_utils._sent_code import sent_module

PACKAGE = "ansible_collections/ai_systems/runbook/plugins/module_utils"
PROGRAM = f"""
import sys
from {PACKAGE.replace("/", ".")}._sent_code import sent_module
print(sent_module("_first", sys.stdin.read()).answer())
"""


def on_a_node(folder: pathlib.Path, **sources: str) -> subprocess.CompletedProcess[str]:
    """Lay down what the module brings, and hand it the rest as the controller does."""
    there = folder / PACKAGE
    there.mkdir(parents=True)
    path = sys.modules[sent_module.__module__].__file__
    assert path
    (there / "_sent_code.py").write_text(pathlib.Path(path).read_text())
    (there / "_disk.py").write_text("WHERE = 'on the disk'\n")
    code = base64.b64encode(zlib.compress(json.dumps(sources).encode())).decode()
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], input=code, capture_output=True, text=True, check=False, cwd=folder,
        env={"PYTHONPATH": str(folder)},
    )  # fmt: skip


def test_what_was_sent_imports_what_was_sent_and_what_is_there(tmp_path: pathlib.Path) -> None:
    said = on_a_node(
        tmp_path,
        _first="from . import _second\nfrom ._disk import WHERE\n\ndef answer():\n    return _second.word(), WHERE\n",
        _second="def word():\n    from ._third import WORD\n    return WORD\n",
        _third="WORD = 'gr\u00fcn'\n",
    )
    assert (said.stdout.strip(), said.stderr) == ("('gr\u00fcn', 'on the disk')", "")


def test_what_was_sent_wins_over_what_is_there(tmp_path: pathlib.Path) -> None:
    said = on_a_node(
        tmp_path, _first="from ._disk import WHERE\ndef answer(): return WHERE\n", _disk="WHERE = 'sent'\n"
    )
    assert said.stdout.strip() == "sent"


def test_an_error_shows_the_line_that_it_comes_from(tmp_path: pathlib.Path) -> None:
    said = on_a_node(tmp_path, _first="def answer():\n    return {}['nothing there']\n")
    assert said.returncode != 0
    assert "in answer" in said.stderr
    assert "return {}['nothing there']" in said.stderr


def test_what_was_not_sent_is_an_import_error(tmp_path: pathlib.Path) -> None:
    said = on_a_node(tmp_path, _first="from . import _nowhere\n")
    assert "ImportError" in said.stderr


def test_where_everything_is_there_nothing_needs_to_be_sent() -> None:
    before = list(sys.meta_path)
    assert sent_module("_hostname", "") is _hostname
    assert sys.meta_path == before
