"""A node that a killed run has moved: found where it stays, not where it is about to leave."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _moved_node
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import Answer
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._moved_node import stays_at

LOGINS = (("anna", "/key"), ("debian", ""))
GONE = Answer(255, "", "No route to host")
REFUSED = Answer(255, "", "Permission denied (publickey)")
WAITING = Answer(0, "runbook-moved\nrunbook-under-way\n", "")
# Also after a reboot, or where sudo wants a password.
STAYS = Answer(0, "runbook-moved\n", "")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([STAYS], True),
        ([REFUSED, STAYS], True),
        ([GONE, GONE], False),
        ([WAITING, WAITING, STAYS], True),
        ([WAITING, GONE, GONE], False),
        ([Answer(0, "welcome to another shell", ""), GONE], False),
    ],
)
def test_where_a_node_stays(monkeypatch: pytest.MonkeyPatch, answers: list[Answer], *, expected: bool) -> None:
    left = list(answers)

    class Session:
        def __init__(self, _connection: object, *, host: str, **_login: object) -> None:
            assert host == "10.0.0.9"

        def run(self, _command: str) -> Answer:
            return left.pop(0)

    monkeypatch.setattr(_moved_node, "FreshSession", Session)
    monkeypatch.setattr(_moved_node, "_POLL_SECONDS", 0)
    assert stays_at(None, LOGINS, "10.0.0.9", seconds=60) is expected  # type: ignore[arg-type]
    assert left == []


def test_a_change_that_never_ends_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_moved_node, "_first_answer", lambda *_: WAITING)
    monkeypatch.setattr(_moved_node, "_POLL_SECONDS", 0)
    monkeypatch.setattr(_moved_node, "_ACT_SECONDS", 0)
    assert not stays_at(None, LOGINS, "10.0.0.9", seconds=0.05)  # type: ignore[arg-type]
