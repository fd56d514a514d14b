"""The order of the module: values, root, what overrides, then the plan, then proof."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_journal_storage
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import Metadata
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_config import (
    DROP_IN,
    Configuration,
    JournaldConfigError,
    Setting,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_plan import JOURNALD, JournalState
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError
from tests.step_host import Host

FRESH = JournalState(
    text=None,
    drop_in=None,
    folder=Metadata("folder", 0o2755, 0, 999),
    group=999,
    runs=True,
    writes_to=("/run/log/journal/1/system.journal",),
    is_persistent=False,
    has_read=True,
)
PI = Setting("Storage", "volatile", "/usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf", 2)
BOUNDS: dict[str, t.Any] = {"system_max_use": "500M", "system_keep_free": "1G", "max_retention": "0"}


def module(*, check: bool = False, **options: t.Any) -> Host:
    return Host(check_mode=check, **(BOUNDS | options))


class Node:
    """A node whose journald takes up what it is told."""

    def __init__(self) -> None:
        self.configuration = Configuration((PI,), (), 0)
        self.state = FRESH
        self.acts: list[tuple[str, str]] = []

    def act(self, change: Change, **_options: object) -> None:
        self.acts.append((change.subject, change.action))
        if change.subject == JOURNALD:
            self.state = self.state._replace(is_persistent=True)


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    node = Node()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(_step_journal_storage, "read_configuration", lambda: node.configuration)
    monkeypatch.setattr(_step_journal_storage, "read_state", lambda *_given: node.state)
    monkeypatch.setattr(_step_journal_storage, "act", node.act)
    return node


def test_a_dry_run_tells_and_a_real_one_acts(node: Node) -> None:
    dry, real = (Step(module(check=check), "4.4") for check in (True, False))
    assert _step_journal_storage.body(dry) == (
        "The journal would be kept in /var/log/journal, at most 500M of it, with 1G of the disk left free; this "
        "overrides Storage=volatile in /usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf."
    )
    assert node.acts == []
    assert _step_journal_storage.body(real).startswith("The journal is kept in /var/log/journal")
    assert node.acts == [(DROP_IN, "write"), (JOURNALD, "stop and start")]
    assert dry.result("")["actions"] == real.result("")["actions"]
    assert real.result("")["overridden"] == [str(PI)]


def test_what_is_read_after_ours_stops_before_anything_is_done(node: Node) -> None:
    node.configuration = Configuration((), (Setting("Storage", "volatile", "/etc/zz.conf", 2),), 0)
    with pytest.raises(StepError, match=f"^Storage=volatile in /etc/zz.conf is read after {DROP_IN} and overrides it"):
        _step_journal_storage.body(Step(module(), "4.4"))
    assert node.acts == []


def test_a_file_that_journald_stumbles_over_stops_too(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> Configuration:
        raise JournaldConfigError("/f keeps journald from reading")

    monkeypatch.setattr(_step_journal_storage, "read_configuration", read)
    with pytest.raises(StepError, match=r"^/f keeps journald from reading"):
        _step_journal_storage.body(Step(module(), "4.4"))
    assert node.acts == []


def test_a_bad_value_and_a_missing_right_are_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StepError, match="journal_system_max_use 'much' is no size"):
        _step_journal_storage.body(Step(module(system_max_use="much"), "4.4"))
    with pytest.raises(StepError, match="become: true"):
        _step_journal_storage.body(Step(module(), "4.4"))


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert {name: option["default"] for name, option in _step_journal_storage.ARGUMENT_SPEC.items()} == BOUNDS
