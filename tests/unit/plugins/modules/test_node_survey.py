from __future__ import annotations

import ast
import pathlib
import typing as t
import zlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.modules import node_survey
from tests.thin_module import assert_documented


class Left(Exception):  # noqa: N818  (it stands for the end of a module)
    pass


class Module:
    def __init__(self, **given: t.Any) -> None:
        self.given = given
        self.params = {"steps": [{"clause": "9.9", "module": "x", "args": {}}]}

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        raise Left(result, self.given)


def test_it_asks_the_steps_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_survey, "AnsibleModule", Module)
    monkeypatch.setattr(node_survey, "survey", lambda steps: [f"asked {len(steps)}"])
    with pytest.raises(Left) as left:
        node_survey.main()
    result, given = left.value.args
    assert result == {"changed": False, "answers": ["asked 1"]}
    # The node's journal would have the arguments of every step.
    assert (given["supports_check_mode"], given["no_log"]) == (True, True)


def test_the_documentation_has_every_option() -> None:
    assert_documented(node_survey, node_survey.ARGUMENT_SPEC)


def sent_with(module: pathlib.Path) -> set[pathlib.Path]:
    """Return the files of ours that Ansible sends with a module: what is imported anywhere in the source, and so on."""
    folder = module.parents[1] / "module_utils"
    found: set[pathlib.Path] = set()
    todo = [module]
    while todo:
        for node in ast.walk(ast.parse(todo.pop().read_text())):
            if isinstance(node, ast.ImportFrom):
                names = [(node.module or "").rpartition(".")[2], *(alias.name for alias in node.names)]
                new = {path for name in names if (path := folder / f"{name}.py").is_file()} - found
                found |= new
                todo += new
    return found


def test_the_payload_is_bounded() -> None:
    # Each run builds it and sends it, and 100 KB of source cost about 0.1 s: what only an audit needs must stay out.
    files = sent_with(pathlib.Path(node_survey.__file__ or ""))
    assert len(files) > 100
    source = sum(path.stat().st_size for path in files)
    sent = sum(len(zlib.compress(path.read_bytes())) for path in files)
    print(f"{len(files)} files, {source // 1000} KB of source, {sent // 1000} KB compressed")
    assert source < 1_250_000
    assert sent < 500_000
    assert not [path.name for path in files if path.name.startswith(("_audit", "_rulebook"))]
