from __future__ import annotations

import ast
import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._survey import MODULES
from ansible_collections.ai_systems.runbook.plugins.modules import node_survey
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import closure
from tests.thin_module import assert_documented


class Left(Exception):  # noqa: N818  (it stands for the end of a module)
    pass


class Module:
    def __init__(self, **given: t.Any) -> None:
        self.given = given
        self.params = {"steps": [{"clause": "9.9", "module": "x", "args": {}}], "code": "packed"}

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        raise Left(result, self.given)


def test_it_asks_the_steps_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_survey, "AnsibleModule", Module)
    sent = types.SimpleNamespace(survey=lambda steps: [f"asked {len(steps)}"])
    monkeypatch.setattr(node_survey, "sent_module", lambda *given: sent if given == ("_survey", "packed") else None)
    with pytest.raises(Left) as left:
        node_survey.main()
    result, given = left.value.args
    assert result == {"changed": False, "answers": ["asked 1"]}
    # The node's journal would have the arguments of every step.
    assert (given["supports_check_mode"], given["no_log"]) == (True, True)


def test_the_documentation_has_every_option() -> None:
    assert_documented(node_survey, node_survey.ARGUMENT_SPEC)


def test_what_is_sent_is_bounded() -> None:
    # Each run packs and sends it, and 100 KB of source cost about 0.05 s: what only an audit needs must stay out.
    files = closure(["_survey", *(f"_step_{name}" for name in MODULES)])
    source = sum(len(text) for text in files.values())
    print(f"{len(files)} files, {source // 1000} KB of source")
    assert len(files) > 100
    assert source < 1_250_000
    assert not [name for name in files if name.startswith(("_audit", "_rulebook"))]


def test_the_module_itself_brings_almost_nothing() -> None:
    assert set(imported_files(pathlib.Path(node_survey.__file__ or ""))) == {"_sent_code"}


def imported_files(module: pathlib.Path) -> list[str]:
    """Return the files of ``module_utils`` that Ansible sends with a module, by what it imports anywhere."""
    prefix = "ansible_collections.ai_systems.runbook.plugins.module_utils."
    tree = ast.walk(ast.parse(module.read_text()))
    names = [node.module or "" for node in tree if isinstance(node, ast.ImportFrom)]
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
