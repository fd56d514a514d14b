"""Declared units against the node."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Service
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._services_declared import as_declared, failed, names_of
from tests.units_view import CHECKOUT, SERVICE, SYSTEM, command, matters, units_view

PATH = f"{CHECKOUT}/web/web.service"
LINK = {f"{SYSTEM}/web.service": PATH}
WAY = {f"{SYSTEM}/multi-user.target.wants/web.service": PATH}


def service(src: str = "web/web.service", **more: t.Any) -> Service:
    given: dict[str, t.Any] = {"instances": (), "enabled": True, "started": True, "waived": frozenset(), **more}
    return Service(src=src, **given)


def found(
    folder: pathlib.Path,
    one: Service,
    *,
    links: dict[str, str],
    loaded: dict[str, dict[str, str]] | None = None,
    text: str = SERVICE,
) -> list[Finding]:
    files = {f"{CHECKOUT}/{one.src}": text} if text else {}
    return list(as_declared(units_view(folder, files=files, links=links, loaded=loaded, declared={"services": (one,)})))


def test_as_declared_is_silent(tmp_path: pathlib.Path) -> None:
    assert found(tmp_path, service(), links={**LINK, **WAY}, loaded={"web.service": {"UnitFileState": "enabled"}}) == []


def test_names() -> None:
    assert names_of(service()) == ["web.service"]
    assert names_of(service("a/job@.timer", instances=("x", "y"))) == ["job@x.timer", "job@y.timer"]


@pytest.mark.parametrize(
    ("one", "links", "state", "expected"),
    [
        (service(), {}, None, ("web.service not linked", f"systemctl enable {PATH} && systemctl start web.service")),
        (
            service(enabled=False, started=False),
            {},
            None,
            ("web.service not linked", f"ln -sfn {PATH} {SYSTEM}/web.serv"),
        ),
        (service(), LINK, {}, ("web.service not enabled", f"systemctl enable {PATH}")),
        (
            service(enabled=False),
            {**LINK, **WAY},
            {},
            ("web.service enabled", "systemctl disable web.service && ln -sfn"),
        ),
        (
            service(),
            {**LINK, **WAY},
            {"ActiveState": "inactive"},
            ("web.service not started", "systemctl start web.serv"),
        ),
        (
            service(),
            {**LINK, **WAY},
            {"ActiveState": "failed"},
            ("web.service not started", "systemctl start web.servi"),
        ),
        (service(started=False), {**LINK, **WAY}, {}, ("web.service started", "systemctl stop web.service")),
    ],
)
def test_what_differs(
    tmp_path: pathlib.Path, one: Service, links: dict[str, str], state: dict[str, str] | None, expected: tuple[str, str]
) -> None:
    subject, typed = expected
    loaded = {} if state is None else {"web.service": state}
    (said,) = found(tmp_path, one, links=links, loaded=loaded)
    assert (said.verdict, said.subject) == ("violation", subject)
    assert command(said).startswith(typed)


def test_what_a_timer_started_or_what_ends_by_itself_is_no_difference(tmp_path: pathlib.Path) -> None:
    loaded = {"web.service": {"TriggeredBy": "web.timer"}}
    assert found(tmp_path, service(started=False), links={**LINK, **WAY}, loaded=loaded) == []
    oneshot = SERVICE.replace("[Service]", "[Service]\nType=oneshot")
    ended = {"web.service": {"ActiveState": "inactive"}}
    assert found(tmp_path / "2", service(), links={**LINK, **WAY}, loaded=ended, text=oneshot) == []


def test_a_unit_without_install_is_linked_and_no_more(tmp_path: pathlib.Path) -> None:
    text = "[Service]\nExecStart=/bin/true\n"
    assert found(tmp_path, service(), links=LINK, loaded={"web.service": {}}, text=text) == []


def test_another_file_in_its_place_and_a_file_that_is_gone(tmp_path: pathlib.Path) -> None:
    files = {f"{SYSTEM}/web.service": SERVICE, PATH: SERVICE}
    (one,) = as_declared(units_view(tmp_path, files=files, declared={"services": (service(),)}))
    assert f"systemd has {SYSTEM}/web.service" in one.evidence
    assert "'" not in one.remedy
    (gone,) = found(tmp_path / "2", service(), links={}, text="")
    assert "'" not in gone.remedy


def test_instances(tmp_path: pathlib.Path) -> None:
    template = service("job/job@.service", instances=("a",))
    links = {f"{SYSTEM}/job@.service": f"{CHECKOUT}/job/job@.service"}
    both = {f"{SYSTEM}/multi-user.target.wants/job@{name}.service": f"{SYSTEM}/job@.service" for name in "ab"}
    loaded: dict[str, dict[str, str]] = {"job@a.service": {}}
    said = found(tmp_path, template, links={**links, **both}, loaded=loaded)
    assert [one.subject for one in said] == ["job@b.service undeclared"]
    assert command(said[0]) == "systemctl stop job@b.service; systemctl disable job@b.service"
    missing = found(tmp_path / "2", template, links={})
    assert command(missing[0]).endswith("&& systemctl enable job@a.service && systemctl start job@a.service")


def test_a_unit_of_the_repository_that_nobody_declares_is_for_information(tmp_path: pathlib.Path) -> None:
    node = units_view(tmp_path, files={PATH: SERVICE}, links=LINK)
    assert matters(as_declared(node)) == [("4.3", "info", "web.service undeclared")]


def test_failed_units_are_for_information(tmp_path: pathlib.Path) -> None:
    node = units_view(tmp_path, loaded={"a.service": {"ActiveState": "failed", "Result": "exit-code"}, "b.timer": {}})
    (one,) = failed(node)
    assert (one.clause, one.verdict, one.subject) == ("5.1", "info", "a.service failed")
    assert "exit-code" in one.evidence
