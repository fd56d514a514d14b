from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._service_action import (
    VERBS,
    State,
    Target,
    decide,
    why_not_enabled,
    why_not_ended_well,
    why_refused,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import Place

FILE = "/home/op/ai-systems/web/web.service"
WEB = Target("web.service", FILE)
JOB = Target("job@one.service", "/home/op/ai-systems/job@.service")
LINKED = Place("link", FILE)


def state(place: Place = LINKED, **status: t.Any) -> State:
    return State(UnitStatus("web.service", **status), place)


def test_a_unit_has_its_link_and_what_enables_it() -> None:
    assert (WEB.link, WEB.enabled_by) == ("/etc/systemd/system/web.service", FILE)
    assert (JOB.link, JOB.enabled_by) == ("/etc/systemd/system/job@.service", "job@one.service")


@pytest.mark.parametrize(
    ("verb", "active", "file", "expected"),
    [
        ("start", "inactive", "", [Change("web.service", "start", "inactive\n", "active\n")]),
        ("start", "failed", "", [Change("web.service", "start", "failed\n", "active\n")]),
        ("start", "deactivating", "", [Change("web.service", "start", "deactivating\n", "active\n")]),
        ("start", "active", "", []),
        ("start", "activating", "", []),
        ("stop", "active", "", [Change("web.service", "stop", "active\n", "inactive\n")]),
        ("stop", "activating", "", [Change("web.service", "stop", "activating\n", "inactive\n")]),
        ("stop", "inactive", "", []),
        ("stop", "failed", "", []),
        ("enable", "", "linked", [Change("web.service", "enable", "linked\n", "enabled\n")]),
        ("enable", "", "", [Change("web.service", "enable", "not linked\n", "enabled\n")]),
        ("enable", "", "enabled", []),
        ("disable", "", "enabled", [Change("web.service", "disable", "enabled\n", "disabled\n")]),
        ("disable", "", "linked", []),
        ("disable", "", "static", []),
        ("status", "failed", "linked", []),
    ],
)
def test_a_verb_changes_what_is_not_so_already(verb: str, active: str, file: str, expected: list[Change]) -> None:
    assert decide(verb, state(active_state=active, unit_file_state=file)) == expected


@pytest.mark.parametrize(
    ("place", "refused"),
    [
        (LINKED, ""),
        (Place("absent"), "start enable"),
        (Place("link", "/home/op/ai-systems/old/web.service"), "start stop enable disable"),
        (Place("file"), "start stop enable disable"),
    ],
)
def test_only_what_is_linked_from_the_checkout_is_touched(place: Place, refused: str) -> None:
    assert [verb for verb in VERBS if why_refused(verb, WEB, state(place))] == refused.split()


def test_a_refusal_says_what_is_there_and_what_to_do() -> None:
    assert why_refused("start", WEB, state(Place("link", "/etc/\x1bx"))) == (
        "/etc/systemd/system/web.service is a link to /etc/\\x1bx and no link to /home/op/ai-systems/web/web.service; "
        "look at what it is, then deploy the service with adopt: true, which moves it aside"
    )
    assert "is a file and no link to" in why_refused("stop", WEB, state(Place("file")))
    assert why_refused("enable", JOB, state(Place("absent"))) == (
        "/etc/systemd/system/job@.service is not there, so that systemd has no job@one.service; deploy it first "
        "(playbooks/services.yml without service_action)"
    )


def test_what_does_not_say_when_it_starts_cannot_be_enabled() -> None:
    bare = parse("web.service", [Text(FILE, b"[Service]\nExecStart=/bin/a\n")])
    assert why_not_enabled(bare) == (
        "web.service has no [Install] section that says when it starts; add WantedBy= to it, and ship it (2.9)"
    )
    drop_in = Text("/x.conf", b"[Install]\nWantedBy=multi-user.target\n")
    assert not why_not_enabled(parse("web.service", [Text(FILE, b"[Service]\n"), drop_in]))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"active_state": "inactive", "result": "success"}, ""),
        (
            {"active_state": "failed", "result": "exit-code", "exit_status": 3},
            "failed (result exit-code, exit status 3)",
        ),
        ({"active_state": "inactive", "condition_failed": True}, "was kept from starting by a condition of its own"),
    ],
)
def test_what_ends_by_itself_ends_well(status: dict[str, t.Any], said: str) -> None:
    assert why_not_ended_well(UnitStatus("web.service", **status)) == said
