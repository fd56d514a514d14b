from __future__ import annotations

import json
import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_root, _survey
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError

Body = t.Callable[[Step], "str | None"]


def answer(monkeypatch: pytest.MonkeyPatch, *, args: dict[str, t.Any] | None = None, **code: t.Any) -> dict[str, t.Any]:
    spec = {"name": {"type": "str", "default": "x"}, "token": {"type": "str", "default": "", "no_log": True}}
    module = types.SimpleNamespace(**{"ARGUMENT_SPEC": spec, **code})
    monkeypatch.setattr(_survey, "_code_of", lambda _name: module)
    [said] = _survey.survey([{"clause": "9.9", "module": "thing", "args": args}])
    # It goes over the wire.
    assert json.loads(json.dumps(said)) == said
    return said


def test_a_step_that_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def body(step: Step) -> str:
        assert step.check_mode
        step.warn("look\nthere")
        return f"It is called {step.params['name']}."

    said = answer(monkeypatch, args={"name": "a"}, body=body)
    assert said["result"]["summary"] == "It is called a."
    assert (said["result"]["clause"], said["result"]["changed"], said["result"]["actions"]) == ("9.9", False, [])
    assert (said["failed"], said["work"], said["warnings"]) == (False, False, ["look there"])


def test_a_step_that_would_change_something_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def body(step: Step) -> str:
        step.carry_out([Change("/etc/x", "write")], lambda _change: pytest.fail("it was written"))
        return "It would be written."

    said = answer(monkeypatch, body=body)
    assert said["result"]["changed"] is True


def test_a_step_in_slices_is_asked_only_whether_there_is_work(monkeypatch: pytest.MonkeyPatch) -> None:
    work: t.Callable[..., str] = lambda *_: pytest.fail("it began")  # noqa: E731
    assert answer(monkeypatch, quick=lambda _: None, work=work)["work"] is True
    assert answer(monkeypatch, quick=lambda _: "Done.", work=work)["work"] is False


def broken(_step: Step) -> str:
    raise StepError("eth0 is gone; plug it in")


def crashing(_step: Step) -> str:
    raise KeyError("x")


@pytest.mark.parametrize(
    ("body", "args", "sentence"),
    [
        (broken, {}, "eth0 is gone; plug it in"),
        (crashing, {}, "thing could not be asked: KeyError('x')"),
        (broken, {"nme": 1}, "thing: nme. Supported parameters include: name, token."),
        (broken, {"name": {"a": []}, "token": "a"}, ""),
    ],
)
def test_one_that_fails_says_why(
    body: Body, args: dict[str, t.Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = answer(monkeypatch, args=args, body=body)
    assert said["failed"] is True
    assert sentence in said["result"]["msg"]


def test_one_that_fails_keeps_no_other_from_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = {"good": types.SimpleNamespace(ARGUMENT_SPEC={}, body=lambda _: "Good.")}
    monkeypatch.setattr(_survey, "_code_of", lambda name: codes[name])
    asked: list[dict[str, t.Any]] = [{"clause": "1", "module": name, "args": {}} for name in ("bad", "good")]
    bad, good = _survey.survey(asked)
    assert (bad["failed"], good["failed"]) == (True, False)
    # They are asked side by side.
    for one in (bad, good):
        assert 0 <= one["seconds"][0] <= one["seconds"][1]


def test_a_secret_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    said = answer(monkeypatch, args={"token": "s3cr3t"}, body=lambda step: f"{step.params['token']} was given.")
    assert "s3cr3t" not in json.dumps(said)


def test_what_a_dry_run_leaves_is_removed(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "dry-run-x"
    folder.mkdir()
    monkeypatch.setattr(_apt_root.Root, "left_by_check", lambda path: _apt_root.Root(path) if path else None)

    def body(step: Step) -> str:
        step.returns(dry_run=str(folder))
        return "Planned."

    assert "dry_run" not in answer(monkeypatch, body=body)["result"]
    assert not folder.exists()


def test_only_steps_of_ours_are_asked() -> None:
    for name in ("os", "../x", "node_survey", ""):
        [said] = _survey.survey([{"clause": "1", "module": name, "args": {}}])
        assert (said["failed"], "is no step that can be surveyed" in said["result"]["msg"]) == (True, True)


def test_every_step_can_be_asked() -> None:
    there = {path.stem for path in pathlib.Path(_survey.__file__ or "").parent.glob("_step_*.py")}
    # A node is cut off or upgraded by an order for one day, a card is written before there is a node: no steps of it.
    others = {"_step_node_isolation", "_step_node_update"}
    others |= {"_step_image_build", "_step_image_report", "_step_image_write"}
    assert there - others == {f"_step_{name}" for name in _survey.MODULES}
    for name in _survey.MODULES:
        code = _survey._code_of(name)
        assert code.ARGUMENT_SPEC
        assert hasattr(code, "quick") != hasattr(code, "body")


def test_the_survey_does_not_wait_for_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    code = types.SimpleNamespace(ARGUMENT_SPEC={"clock_wait": {"type": "int"}}, body=lambda step: str(step.params))
    monkeypatch.setattr(_survey, "_code_of", lambda _name: code)
    [said] = _survey.survey([{"clause": "2.2", "module": "node_preflight", "args": {"clock_wait": 60}}])
    assert said["result"]["summary"] == "{'clock_wait': 0}"
