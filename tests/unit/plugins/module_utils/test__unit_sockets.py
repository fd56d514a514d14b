from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_plan import Found, Plan
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_sockets import freed, service_of
from tests.unit.plugins.module_utils.test__unit_order import GOOD, entry, ordered

SOCKET = "[Socket]\nListenStream=/run/x\n"


@pytest.mark.parametrize(
    ("src", "text", "name", "service"),
    [
        ("w/web.socket", SOCKET, "web.socket", "web.service"),
        ("w/web.socket", f"{SOCKET}Service=other.service\n", "web.socket", "other.service"),
        ("w/web.socket", f"{SOCKET}Service=other.service\nService=\n", "web.socket", "web.service"),
        ("w/web@.socket", SOCKET, "web@one.socket", "web@one.service"),
        ("w/web@.socket", f"{SOCKET}Service=other@%i.service\n", "web@one.socket", "other@one.service"),
        ("w/web.socket", f"{SOCKET}Accept=yes\n", "web.socket", ""),
        ("w/web.service", GOOD, "web.service", ""),
    ],
)
def test_the_service_behind_a_socket(src: str, text: str, name: str, service: str) -> None:
    assert service_of(ordered({src: text}, entry(src)).units[0], name) == service


def both(*, started: bool, stopped: tuple[str, ...] = ()) -> Order:
    files = {"w/web.socket": SOCKET, "w/web.service": GOOD}
    entries = entry("w/web.socket"), entry("w/web.service", started=started)
    return ordered(files, *entries, stopped=stopped)


def found(state: str) -> dict[str, Found]:
    statuses = {"web.service": UnitStatus("web.service", active_state=state)}
    return {"web.service": Found(statuses=statuses), "web.socket": Found()}


STARTS = Plan(start=("web.socket",))


def test_a_service_goes_down_before_its_socket_is_started() -> None:
    stops = Plan(stop=("web.service",), start=("web.socket",))
    assert freed(both(started=False), STARTS, found("active")) == stops
    assert freed(both(started=True), STARTS, found("active")) == stops._replace(start=("web.socket", "web.service"))


def test_what_is_down_or_has_no_socket_to_start_is_left_alone() -> None:
    assert freed(both(started=False), STARTS, found("inactive")) == STARTS
    assert freed(both(started=False, stopped=("web.service",)), STARTS, found("active")) == STARTS
    assert freed(both(started=False), Plan(), found("active")) == Plan()
