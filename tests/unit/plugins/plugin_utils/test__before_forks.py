# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pathlib
import sys

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._survey import MODULES
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _before_forks, _code_to_send
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._before_forks import load_before_forks, role_file

ROOT = pathlib.Path(__file__).resolve().parents[4]


def test_once_it_is_loaded_no_file_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    load_before_forks(MODULES)
    before = set(sys.modules)

    def refuse(*given: object, **more: object) -> str:
        raise AssertionError(f"read again: {given} {more}")

    monkeypatch.setattr(_before_forks, "DataLoader", refuse)
    monkeypatch.setattr(pathlib.Path, "read_text", refuse)
    load_before_forks(MODULES)
    assert _code_to_send.code_to_send(["_survey", *(f"_step_{name}" for name in MODULES)])
    assert set(sys.modules) == before


def test_every_step_s_plugin_is_loaded() -> None:
    load_before_forks(MODULES)
    names = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")} & {*MODULES}
    package = "ansible_collections.ai_systems.runbook.plugins.action"
    assert len(names) > 5
    assert {f"{package}.{name}" for name in names} <= set(sys.modules)


def test_a_role_s_templates_count(tmp_path: pathlib.Path) -> None:
    from ansible.template import is_trusted_as_template  # noqa: PLC0415  (its place differs between versions)

    path = tmp_path / "main.yml"
    path.write_text("name: '{{ 1 + 1 }}'\n", encoding="utf-8")
    content = role_file(path)
    assert is_trusted_as_template(content["name"])
    path.write_text("name: other\n", encoding="utf-8")
    assert role_file(path) is content
