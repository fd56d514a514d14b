from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError, run_step


class Ended(Exception):  # noqa: N818
    def __init__(self, *, failed: bool, result: dict[str, t.Any]) -> None:
        super().__init__(result.get("msg"))
        self.failed = failed
        self.result = result


class Module:
    """What a step needs of AnsibleModule."""

    def __init__(self, *, check_mode: bool = False) -> None:
        self.params: dict[str, t.Any] = {}
        self.check_mode = check_mode
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        raise Ended(failed=False, result=result)

    def fail_json(self, **result: t.Any) -> t.NoReturn:
        raise Ended(failed=True, result=result)


def ended(body: t.Callable[[Step], str], *, check_mode: bool = False) -> Ended:
    with pytest.raises(Ended) as caught:
        run_step(Module(check_mode=check_mode), "2.3", body)  # type: ignore[arg-type]
    return caught.value


CHANGES = [Change("/etc/hosts", "write", "old\n", "new\n"), Change("hostname", "set", "a\n", "b\n")]


@pytest.mark.parametrize("check_mode", [False, True])
def test_check_mode_reports_what_a_real_run_does(check_mode: bool) -> None:  # noqa: FBT001
    acted: list[Change] = []

    def body(step: Step) -> str:
        step.carry_out(CHANGES, acted.append)
        return "Done."

    result = ended(body, check_mode=check_mode).result
    assert acted == ([] if check_mode else CHANGES)
    assert result["changed"] is True
    assert result["actions"] == [
        {"clause": "2.3", "subject": "/etc/hosts", "action": "write"},
        {"clause": "2.3", "subject": "hostname", "action": "set"},
    ]
    assert [diff["after"] for diff in result["diff"]] == ["new\n", "b\n"]


def test_without_changes_nothing_is_changed() -> None:
    result = ended(lambda _step: "Fine.").result
    assert (result["changed"], result["actions"], result["diff"]) == (False, [], [])
    assert result["summary"] == "Fine."


def test_a_failure_half_way_reports_what_was_done() -> None:
    def act(change: Change) -> None:
        if change.subject == "hostname":
            raise StepError("the name is taken: choose another", name="b")

    def body(step: Step) -> str:
        step.carry_out(CHANGES, act)
        return "never"

    end = ended(body)
    assert end.failed
    assert [action["subject"] for action in end.result["actions"]] == ["/etc/hosts"]
    assert (end.result["changed"], end.result["name"]) == (True, "b")
    assert end.result["msg"] == "the name is taken: choose another"


@pytest.mark.parametrize(
    "error",
    [CommandError("hostnamectl failed", argv=["hostnamectl"]), OSError(28, "No space left on device"), StepError("no")],
)
def test_errors_of_a_step_become_a_failed_module(error: Exception) -> None:
    def body(_step: Step) -> str:
        raise error

    end = ended(body)
    assert end.failed
    assert str(error) in end.result["msg"]


def test_a_bug_is_not_dressed_up_as_a_finding() -> None:
    def body(_step: Step) -> str:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        run_step(Module(), "2.3", body)  # type: ignore[arg-type]


def test_secrets_stay_out_of_the_diff() -> None:
    def body(step: Step) -> str:
        step.carry_out([Change("password", "set", "old$hash", "new$hash", sensitive=True)], lambda _change: None)
        return "Done."

    assert "hash" not in str(ended(body).result)


def test_what_a_node_says_cannot_drive_the_terminal() -> None:
    def body(step: Step) -> str:
        step.carry_out([Change("/etc/\x1b[2J", "remove", "\x1b]0;x\x07", "")], lambda _change: None)
        raise StepError("bad \x1b[31mname")

    assert "\x1b" not in str(ended(body).result).replace("\\x1b", "")
    assert "\x1b" not in "".join(str(value) for value in ended(body).result.values())
