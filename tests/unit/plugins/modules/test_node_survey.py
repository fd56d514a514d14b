from __future__ import annotations

import typing as t

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
