"""Our code on the controller comes from Python's own cache, and is never older than its source."""

from __future__ import annotations

import importlib
import importlib.machinery
import pathlib
import py_compile
import subprocess
import sys

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _bytecode
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bytecode import (
    BytecodeFinder,
    bytecode_kept,
    keep_bytecode,
)
from tests.nodes.harness import environment, tool

PACKAGE = "ansible_collections.ai_systems.runbook.plugins"


@pytest.mark.parametrize("name", [f"{PACKAGE}.plugin_utils._steps", f"{PACKAGE}.module_utils._text"])
def test_our_modules_are_found_where_they_lie(name: str) -> None:
    spec = BytecodeFinder().find_spec(name)
    assert spec is not None
    assert isinstance(spec.loader, importlib.machinery.SourceFileLoader)
    *_above, folder, last = name.split(".")
    assert pathlib.Path(str(spec.origin)).parts[-2:] == (folder, f"{last}.py")
    assert spec.cached


@pytest.mark.parametrize("name", [
    "json", PACKAGE, f"{PACKAGE}.plugin_utils", f"{PACKAGE}.plugin_utils._no_such_module", f"{PACKAGE}.action.connect",
    f"{PACKAGE}.module_utils._text.more", "ansible_collections.other.collection.plugins.plugin_utils._steps",
])  # fmt: skip
def test_what_is_not_ours_is_left_to_the_next_finder(name: str) -> None:
    assert BytecodeFinder().find_spec(name) is None


def test_it_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [finder for finder in sys.meta_path if not isinstance(finder, BytecodeFinder)]
    monkeypatch.setattr(sys, "meta_path", list(others))
    keep_bytecode()
    keep_bytecode()
    assert [type(finder).__name__ for finder in sys.meta_path if finder not in others] == ["BytecodeFinder"]
    assert isinstance(sys.meta_path[0], BytecodeFinder)


def test_for_a_while_it_is_there_and_then_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(sys.meta_path)
    monkeypatch.setattr(sys, "meta_path", list(before))
    with bytecode_kept():
        assert isinstance(sys.meta_path[0], BytecodeFinder)
    assert sys.meta_path == before


def test_a_source_that_was_changed_is_compiled_anew(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plugin_utils"
    folder.mkdir()
    source = folder / "_changing.py"
    source.write_text("WORD = 'old'\n")
    py_compile.compile(str(source))
    source.write_text("WORD = 'newer'\n")
    monkeypatch.setattr(_bytecode, "_PLUGINS", tmp_path)
    name = f"{PACKAGE}.plugin_utils._changing"
    monkeypatch.setattr(sys, "meta_path", [BytecodeFinder(), *sys.meta_path])
    try:
        assert importlib.import_module(name).WORD == "newer"
    finally:
        sys.modules.pop(name, None)


def test_a_run_imports_by_way_of_the_cache(tmp_path: pathlib.Path) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text("- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.meta: noop}]\n")
    kept = {name: value for name, value in environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [tool("ansible-playbook"), "-i", "node,", str(playbook)], check=True, capture_output=True,
        env={**kept, "PYTHONPYCACHEPREFIX": str(tmp_path / "cache")},
    )  # fmt: skip
    assert list((tmp_path / "cache").rglob("_steps.*.pyc"))
