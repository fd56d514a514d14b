from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_judge import (
    JudgeError,
    Move,
    Question,
    judge,
    question_from,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Version
from tests.git_rig import Known

NEW, OLD, OWN, ROOT = "a" * 40, "b" * 40, "c" * 40, "d" * 40
VERSION = Version(
    commit=NEW, branch="main", subject="s", digest="", largest=1, size=5 << 20, remote="", warning=""
)  # fmt: skip


def question(**changed: t.Any) -> Question:
    told: dict[str, t.Any] = {
        "standing": f"{OLD}:{OLD}",
        "head": OLD,
        "history": ((OLD, "old"), (ROOT, "root")),
        "roots": (ROOT,),
    }
    return Question(**{**told, **changed})


@pytest.mark.parametrize(
    ("asked", "history", "move"),
    [
        (Question(), Known(), Move(needs_bundle=True)),
        (question(), Known({OLD, ROOT}, {(OLD, NEW)}), Move(needs_bundle=True, base=OLD)),
        (question(has_commit=True), Known({OLD, ROOT}, {(OLD, NEW)}), Move(needs_bundle=False, base=OLD)),
    ],
)
def test_moves_without_a_remark(asked: Question, history: Known, move: Move) -> None:
    assert judge("/p", VERSION, asked, history) == move


def test_back_and_sideways_are_said() -> None:
    assert "went back from the later" in judge("/p", VERSION, question(), Known({OLD, ROOT}, {(NEW, OLD)})).remark
    assert "upstream was rewritten" in judge("/p", VERSION, question(), Known({OLD, ROOT})).remark
    shipped = question(local=())
    assert judge("/p", VERSION, shipped, Known({ROOT})).base == ROOT
    assert "upstream was rewritten" in judge("/p", VERSION, shipped, Known(first={ROOT})).remark


@pytest.mark.parametrize(
    ("asked", "history", "words"),
    [
        (question(), Known({ROOT}), f"{OLD[:12]} 'old'"),
        (question(history=((OWN, "x\x1b[2J"), (OLD, "old")), local=((OWN, "x\x1b[2J"),)), Known({OLD}), OWN[:12]),
        (question(), Known(), "shares no history"),
        (question(local=()), Known(first={OWN}), "shares no history"),
    ],
)
def test_what_would_be_lost_or_is_another_repositorys(asked: Question, history: Known, words: str) -> None:
    with pytest.raises(JudgeError) as error:
        judge("/p", VERSION, asked, history)
    assert words in str(error.value)
    assert "\x1b" not in str(error.value)


def test_room_is_asked_for_before_anything_is_sent() -> None:
    Move(needs_bundle=True).require_room("/p", VERSION, 1 << 20, 7 << 20)
    Move(needs_bundle=True).require_room("/p", VERSION, 1 << 20, -1)
    with pytest.raises(JudgeError, match="has 6 MiB free"):
        Move(needs_bundle=True).require_room("/p", VERSION, 1 << 20, (7 << 20) - 1)


@pytest.mark.parametrize(
    "data",
    [
        None, [], {}, {"standing": "x; rm -rf /"}, {"standing": 1}, {"standing": "absent", "head": "--output=x"},
        {"standing": "absent", "head": OLD, "history": [["--all", "s"]]}, {"standing": "absent", "free": "much"},
        {"standing": "absent", "head": OLD, "history": [[OLD]]}, {"standing": "absent", "roots": ["HEAD"]},
        {"standing": "absent", "local": [7]},
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_refused(data: t.Any) -> None:
    with pytest.raises(JudgeError, match="makes no sense"):
        question_from(data)


def test_an_answer_is_read() -> None:
    told = {
        "standing": f"{OLD}:", "free": 7, "head": OLD, "has_commit": True, "history": [[OLD, "a\x1b[2J"]],
        "local": [], "roots": [ROOT],
    }  # fmt: skip
    found = question_from(told)
    assert (found.free, found.head, found.has_commit, found.local, found.roots) == (7, OLD, True, (), (ROOT,))
    assert "\x1b" not in found.history[0][1]
    assert question_from({"standing": "absent"}) == Question()
