from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg, _step_apt_package
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_root import Root
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError


class Host:
    def __init__(self, *names: str, check_mode: bool = False, dry_run: str = "") -> None:
        self.params: dict[str, t.Any] = {
            "name": list(names), "dry_run": dry_run, "lock_timeout": 5, "clause": "2.6",
            "state": "present", "archive_keys": [], "backports": [], "asked_by": {},
        }  # fmt: skip
        self.check_mode = check_mode

    def warn(self, warning: str) -> None:
        pytest.fail(warning)


def node(**states: str) -> _dpkg.Node:
    packages = {name: _dpkg.Installed(name, "1.0", state, "ok", hold=False) for name, state in states.items()}
    return _dpkg.Node(packages, frozenset({"curl"}), interrupted=False)


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        _dpkg, "read", lambda *_: node(git="installed", vim="installed", curl="installed", nano="unpacked")
    )


def answer(*names: str) -> str | None:
    return _step_apt_package.quick(Step(Host(*names), "2.6"))


def test_what_is_installed_needs_no_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = node(git="installed", vim="installed")
    monkeypatch.setattr(_dpkg, "read", lambda *_: sound)
    assert answer("git", "vim") == "git, vim are installed."
    assert answer("git=1.0") == "git=1.0 is installed."


@pytest.mark.parametrize("names", [["wget"], ["git=2.0"], ["curl"]])
def test_missing_other_version_or_automatic_is_work(names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    sound = node(git="installed", curl="installed")
    monkeypatch.setattr(_dpkg, "read", lambda *_: sound)
    assert answer(*names) is None


def test_an_unfinished_dpkg_is_judged_under_the_lock_only() -> None:
    # It may be another process that is just at work.
    assert answer("git") is None


def test_bad_names_are_refused_before_the_node_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dpkg, "read", lambda *_: pytest.fail("read"))
    with pytest.raises(StepError, match="no explicit package name"):
        answer("git", "vim*")


@pytest.mark.parametrize(
    "folder",
    [
        "/etc",
        "/run/ai-systems-runbook",
        "/run/ai-systems-runbook/dry-run-x/../../../etc",
        "/run/ai-systems-runbook/job-1",
        "x",
    ],
)
def test_only_a_dry_runs_own_folder_is_used_and_removed(folder: str) -> None:
    with pytest.raises(StepError, match="not a folder that a dry run makes"):
        Root.left_by_check(folder)


def test_a_dry_runs_folder_that_is_gone_is_done_without() -> None:
    assert Root.left_by_check("/run/ai-systems-runbook/dry-run-that_is_gone") is None
    assert Root.left_by_check("") is None


def test_a_real_run_never_starts_from_a_prediction() -> None:
    step = Step(Host("git", dry_run="/etc"), "2.6")
    assert _step_apt_package.quick(step) is None


def test_what_is_not_there_needs_no_removal(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = node(git="installed")
    monkeypatch.setattr(_dpkg, "read", lambda *_: sound)
    host = Host("htop")
    host.params["state"] = "absent"
    assert _step_apt_package.quick(Step(host, "3.3")) == "htop is not installed."
    host.params["name"] = ["git"]
    assert _step_apt_package.quick(Step(host, "3.3")) is None


def test_a_key_that_is_none_is_refused_before_the_node_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dpkg, "read", lambda *_: pytest.fail("read"))
    host = Host("git")
    host.params["archive_keys"] = ["DEADBEEF"]
    with pytest.raises(StepError, match="'DEADBEEF' is no fingerprint of a key"):
        _step_apt_package.quick(Step(host, "2.6"))


class LeftByCheck:
    """What an earlier step of a dry run left on the node."""

    folder = "/run/ai-systems-runbook/dry-run-x"
    status = extended_states = ""

    def __init__(self) -> None:
        self.removed = False

    def remove(self) -> None:
        self.removed = True


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> LeftByCheck:
    root = LeftByCheck()
    monkeypatch.setattr(Root, "left_by_check", lambda _folder: root)
    monkeypatch.setattr(_dpkg, "read", lambda *_: node(git="installed"))
    return root


def test_a_dry_runs_last_step_clears_away_what_the_others_left(left: LeftByCheck) -> None:
    step = Step(Host(check_mode=True, dry_run=left.folder), "3")
    assert _step_apt_package.quick(step) == "No packages are asked for."
    assert left.removed
    assert "dry_run" not in step.result("")


def test_a_step_with_nothing_to_do_hands_the_prediction_on(left: LeftByCheck) -> None:
    step = Step(Host("git", check_mode=True, dry_run=left.folder), "3.3")
    assert _step_apt_package.quick(step) == "git is installed."
    assert not left.removed
    assert step.result("")["dry_run"] == left.folder
