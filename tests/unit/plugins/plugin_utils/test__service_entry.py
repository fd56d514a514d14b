from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import (
    Service,
    read_service,
    why_not_in_the_repository,
)


def read(entry: t.Any) -> tuple[Service | None, str]:
    mistakes: list[str] = []
    service = read_service("services_list", "group workers", 2, entry, mistakes)
    assert (service is None) == bool(mistakes)
    return service, "; ".join(mistakes)


def good(**entry: t.Any) -> Service:
    service, said = read({"src": "probe/probe.service", **entry})
    assert service, said
    return service


def test_little_is_enough() -> None:
    service = good()
    assert service == Service(
        name="probe.service",
        src="probe/probe.service",
        state="linked",
        enabled=True,
        started=True,
        instances=(),
        paths=(),
        adopt=False,
        waive={},
        asked_by="group workers",
    )
    assert service.units == ("probe.service",)
    assert service.is_linked


def test_everything_is_read() -> None:
    service = good(
        src="backup@.timer",
        enabled="no",
        started="yes",
        instances=["photos", "mail", "photos"],
        paths=["lib/", "backup", "./backup"],
        adopt=1,
        waive={"runs-as-root": " mounts disks "},
    )
    assert service.name == "backup@.timer"
    assert (service.enabled, service.started, service.adopt) == (False, True, True)
    assert service.instances == ("mail", "photos")
    assert service.units == ("backup@mail.timer", "backup@photos.timer")
    assert service.paths == ("backup", "lib")
    assert service.waive == {"runs-as-root": "mounts disks"}


def test_what_is_absent_neither_runs_nor_starts_at_boot() -> None:
    service = good(state="absent")
    assert (service.enabled, service.started, service.is_linked) == (False, False, False)
    assert good(state="absent", enabled=False, started="no") == service
    assert good(src="x@.service", state="absent").units == ()


def test_a_template_may_just_be_linked() -> None:
    assert good(src="x@.service", enabled=False, started=False).units == ()


@pytest.mark.parametrize("paths", [[], ["."], ["probe", "./"]])
def test_the_whole_repository_is_one_word(paths: list[str]) -> None:
    assert good(paths=paths).paths == ()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("a.service", "services_list of group workers: entry 2 is 'a.service' and no dictionary; write it as {src: "),
        ({}, "services_list of group workers: entry 2 has no src; name the unit's file"),
        ({"src": 5}, "entry 2 has src: 5; it is no text; put it in quotes"),
        ({"src": ""}, "entry 2 has src: ''; it is empty"),
        ({"src": "/etc/a.service"}, "/etc/a.service has src: '/etc/a.service'; it is absolute; write the path from"),
        ({"src": "../a.service"}, "has src: '../a.service'; it holds '..'"),
        ({"src": "a/../b/a.service"}, "it holds '..'"),
        ({"src": "a//a.service"}, "it has an empty part or '.'; write it as git ls-files prints it"),
        ({"src": "./a.service"}, "it has an empty part or '.'"),
        ({"src": "a/a.service/"}, "it has an empty part or '.'"),
        ({"src": ".git/a.service"}, "it is git's own folder"),
        ({"src": "a\nb.service"}, "it holds a control character; rename the file"),
        ({"src": "a\u2028b.service"}, "it holds a control character"),
        ({"src": "x" * 2000 + ".service"}, "it has 2008 characters, 1000 are the most"),
        ({"src": "a/greeter"}, "a/greeter cannot be a unit by its name 'greeter'; 'greeter' is no kind of unit"),
        ({"src": "a/a.mount"}, "'mount' is no kind of unit that we deploy"),
        ({"src": "a/ü.service"}, "systemd allows no '\\xfc' in a unit's name"),
        ({"src": "a/x@one.service"}, "is a file for one instance of a template; keep the template x@.service in the"),
        ({"src": "a/ssh.service"}, "would take the place of ssh.service, and the operator's login depends on it; give"),
        ({"src": "a/systemd-journald.service"}, "systemd itself works through it"),
        ({"state": "present"}, "probe/probe.service has state: 'present'; write linked or absent"),
        ({"state": ["linked"]}, "has state: ['linked']; write linked or absent"),
        ({"enabled": "maybe"}, "has enabled: 'maybe'; write true or false"),
        ({"started": None}, "has started: None; write true or false"),
        ({"adopt": []}, "has adopt: []; write true or false"),
        ({"enable": True}, "has the unknown key 'enable'; did you mean enabled?"),
        ({7: True}, "has the unknown key 7; the keys are src, state, enabled"),
        ({"instances": ["one"]}, "has instances and is no template; leave them out, or name the file as x@.service"),
        ({"instances": "one"}, "has instances: 'one', which is no list; write it as instances: [one, two]"),
        ({"src": "x@.service"}, "x@.service is a template and has no instances; name them, as instances: [one], or"),
        ({"src": "x@.service", "enabled": False}, "is a template and has no instances"),
        ({"src": "x@.service", "instances": [1]}, "has the instance 1, which is no text; put it in quotes"),
        ({"src": "x@.service", "instances": [""]}, "has the instance ''; it is empty"),
        ({"src": "x@.service", "instances": ["a b"]}, "has the instance 'a b'; systemd allows no ' ' in a unit's name"),
        ({"src": "x@.service", "instances": ["%i"]}, "systemd allows no '%'"),
        ({"src": "x@.service", "instances": ["a/b"]}, "systemd allows no '/'"),
        ({"paths": "lib"}, "has paths: 'lib', which is no list; write it as paths: [greeter]"),
        ({"paths": ["/srv"]}, "has '/srv' in paths; it is absolute"),
        ({"paths": ["lib/.."]}, "has 'lib/..' in paths; it holds '..'"),
        ({"paths": [3]}, "has 3 in paths; it is no text"),
        ({"waive": ["runs-as-root"]}, "has waive: ['runs-as-root']; write it as waive: {runs-as-root:"),
        ({"waive": {"restart": "it dies"}}, "waives 'restart'; only runs-as-operator and runs-as-root can be waived"),
        ({"waive": {"runs-as-root": " "}}, "waives runs-as-root and gives '' for a reason; say why"),
        ({"waive": {"runs-as-root": None}}, "waives runs-as-root and gives None for a reason"),
        ({"state": "absent", "enabled": True}, "is to be absent and yet has enabled; leave it out"),
        (
            {"src": "x@.service", "state": "absent", "started": "yes", "instances": ["a"]},
            "is to be absent and yet has started and instances; leave it out, or set state: linked",
        ),
    ],
)
def test_a_mistake_is_told_with_place_value_and_remedy(entry: t.Any, said: str) -> None:
    if isinstance(entry, dict) and entry and "src" not in entry:
        entry = {"src": "probe/probe.service", **entry}
    sentence = read(entry)[1]
    assert sentence.startswith("services_list of group workers: ")
    assert said in sentence
    assert sentence.isprintable()
    assert len(sentence) < 600


def test_all_mistakes_of_an_entry_are_told() -> None:
    said = read({"src": "/x", "enabled": "maybe", "waive": 1, "path": []})[1]
    for part in ("absolute", "'maybe'", "has waive: 1", "did you mean paths?"):
        assert part in said


def test_a_path_that_is_in_the_repository_is_good() -> None:
    assert not why_not_in_the_repository("probe/a b/ü")


def test_what_a_service_keeps_is_said_or_not() -> None:
    assert good().service_state is None
    assert good(service_state="none").service_state == ()
    assert good(service_state=["/var/lib/b", "/srv/a"]).service_state == ("/srv/a", "/var/lib/b")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "/var/lib/x",
            "has service_state: '/var/lib/x'; write the paths that it keeps, as [/var/lib/greeter], or none",
        ),
        (["var/lib/x"], "has 'var/lib/x' in service_state; write an absolute path"),
        (["/var"], "has '/var' in service_state; write an absolute path below a folder of the system"),
        (["/var/lib/../x"], "without '..'"),
        (["/var/lib/x/"], "write an absolute path"),
        (["/var/lib/x\x1b"], "or holds a control character"),
        ([7], "has 7 in service_state; it is no text"),
    ],
)
def test_a_place_where_nothing_can_be_kept_is_refused(value: t.Any, said: str) -> None:
    assert said in read({"src": "probe/probe.service", "service_state": value})[1]
