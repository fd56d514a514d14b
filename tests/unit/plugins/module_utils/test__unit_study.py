from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import (
    _service_accounts,
    _unit_credentials,
    _unit_plan,
    _unit_study,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import (
    Place,
    drop_ins_at,
    read_links,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order, UnitOrder
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_plan import Found, Plan
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_study import PHASES, Study, changes_of, study
from tests.unit.plugins.module_utils.test__unit_order import GOOD, RUN, encoded, entry, ordered
from tests.unit_node import Manager

WANTS = "multi-user.target.wants"


class Ground:
    """A node's links on the disk, and what the parts that are tested elsewhere were asked and say."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.system = folder / "system"
        self.repo = folder / "repo"
        self.system.mkdir()
        self.manager = Manager(self.system)
        self.instances: list[str] = []
        self.sentences: list[str] = []
        self.lines: list[str] = []
        self.found: dict[str, Found] = {}
        self.verified: list[str] = []
        self.commits: list[str] = []

    def link(self, src: str, text: str = GOOD, at: str = "") -> None:
        path = self.repo / src
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        place = self.system / (at or path.name)
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(path)

    def order(self, files: t.Mapping[str, str], *units: dict[str, t.Any], **more: t.Any) -> Order:
        return ordered(files, *units, checkout=str(self.repo), **more)

    def refused(self, _order: Order, found: t.Mapping[str, Found]) -> list[str]:
        self.found = dict(found)
        return self.sentences

    def verify(self, _order: Order, units: t.Sequence[UnitOrder]) -> list[str]:
        self.verified = [one.name for one in units]
        return self.lines


@pytest.fixture
def ground(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    ground = Ground(tmp_path)
    system = str(ground.system)
    for module in (_unit_study, _unit_plan):
        monkeypatch.setattr(module, "SYSTEM", system)
    monkeypatch.setattr(_unit_study, "Systemctl", lambda: ground.manager)
    monkeypatch.setattr(_unit_study, "read_links", lambda: read_links(system))
    monkeypatch.setattr(_unit_study, "drop_ins_at", lambda name: drop_ins_at(name, system))
    monkeypatch.setattr(_unit_study, "running_instances", lambda _template: ground.instances)
    monkeypatch.setattr(_unit_study, "require_commit", lambda order: ground.commits.append(order.commit))
    monkeypatch.setattr(_unit_study, "refused", ground.refused)
    monkeypatch.setattr(_unit_study, "verify", ground.verify)
    monkeypatch.setattr(_service_accounts, "missing", lambda names: names[1:])
    monkeypatch.setattr(_unit_credentials, "missing", lambda _unit, wanted: tuple(wanted))
    monkeypatch.setattr(_unit_credentials, "has_any", lambda unit: unit == "gone.service")
    return ground


def told(found: Study) -> list[tuple[str, str]]:
    return [
        (change.subject.rpartition("/")[2], change.action.split(" /")[0])
        for phase in PHASES
        for change in found.changes[phase]
    ]


def test_a_node_is_read_decided_on_and_told(ground: Ground) -> None:
    ground.link("old/gone.service", at="gone.service")
    order = ground.order(
        {"web/web.service": GOOD},
        entry("web/web.service"),
        entry("old/gone.service", state="absent"),
        accounts=["probe", "web"],
    )
    order = order._replace(credentials={"web.service": {"token": "geheim"}, "gone.service": {"token": "geheim"}})
    found = study(order)
    assert told(found) == [
        ("web", "create account"),
        ("web.service", "push credential token"),
        ("gone.service", "disable"),
        ("web.service", "enable"),
        ("web.service", "start"),
        ("gone.service", "remove credentials"),
    ]
    assert ground.found["gone.service"].place == Place("link", f"{ground.repo}/old/gone.service")
    assert ground.verified == ["web.service"]
    assert ground.commits == [order.commit]
    assert found.strays == ()


def test_a_unit_that_is_as_declared_is_verified_no_more(ground: Ground) -> None:
    ground.link("web.service")
    ground.link("web.service", at=f"{WANTS}/web.service")
    ground.manager.start("web.service")
    found = study(ground.order({"web.service": GOOD, "job@.service": GOOD}, entry("web.service")))
    assert found.plan == Plan()
    assert ground.verified == []
    study(ground.order({"web.service": GOOD, "job@.service": GOOD}, entry("job@.service", instances=["x"])))
    assert ground.verified == ["job@.service"]


def test_where_the_checkout_would_move_first_its_commit_is_not_asked(ground: Ground) -> None:
    study(ground.order({"web.service": GOOD}, pending=True))
    study(ground.order({}, entry("web.service", state="absent")))
    assert ground.commits == []


def test_what_nobody_declares_is_told_or_taken_away(ground: Ground) -> None:
    ground.link("x/stray.service")
    ground.link("x/job@.service", at=f"{WANTS}/job@a.service")
    ground.link("x/web.service", at="web.service")
    # Not ours to touch, whoever has linked it.
    ground.link("x/ssh.service")
    ground.link("x/README")
    (ground.system / "other.service").symlink_to("/opt/other.service")
    units = entry("x/web.service", enabled=False, started=False)
    found = study(ground.order({"x/web.service": GOOD}, units))
    assert (found.strays, found.plan) == (("job@.service", "stray.service"), Plan())
    found = study(ground.order({"x/web.service": GOOD}, units, exclusive=True))
    assert found.strays == ()
    assert found.plan.disable == ("job@.service", "stray.service")
    assert [one.name for one in found.order.units] == ["web.service", "job@.service", "stray.service"]


@pytest.mark.parametrize(
    ("state", "strays"),
    [("linked", ("job@b.service", "job@c.service")), ("absent", tuple(f"job@{one}.service" for one in "abc"))],
)
def test_instances_that_nobody_declares_are_strays(ground: Ground, state: str, strays: tuple[str, ...]) -> None:
    ground.link("job@.service")
    ground.link("job@.service", at=f"{WANTS}/job@b.service")
    ground.instances = ["a", "c"]
    more = {"instances": ["a"]} if state == "linked" else {}
    study(ground.order({"job@.service": GOOD}, entry("job@.service", state=state, **more)))
    assert ground.found["job@.service"].strays == strays
    assert set(ground.found["job@.service"].statuses) == {"job@a.service", *strays}


def test_every_refusal_is_told_once_and_systemd_is_not_asked_then(ground: Ground) -> None:
    ground.sentences = ["a is wrong", "b is wrong", "a is wrong"]
    with pytest.raises(StepError, match=r"^a is wrong\nb is wrong$"):
        study(ground.order({"web.service": GOOD}))
    assert ground.verified == []
    ground.sentences = [f"{number} is wrong" for number in range(25)]
    with pytest.raises(StepError, match=r"^0 is wrong\n(.+\n){19}and 5 more$"):
        study(ground.order({"web.service": GOOD}))


def test_what_systemd_says_is_a_refusal(ground: Ground) -> None:
    ground.lines = ["web.service:3: Unknown key"]
    with pytest.raises(StepError, match=r"^systemd-analyze verify: web\.service:3: Unknown key$"):
        study(ground.order({"web.service": GOOD}))


def shown(order: Order, plan: Plan) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (one.subject, one.action): (one.before, one.after) for part in changes_of(order, plan).values() for one in part
    }


def test_the_text_of_a_unit_is_shown_once_as_it_changes(ground: Ground) -> None:
    src = f"{ground.repo}/web.service"
    order = ground.order({"web.service": GOOD}, before=encoded({"web.service": RUN}))
    at = f"{ground.system}/web.service"
    enable = Plan(enable=(("web.service", src),))
    # Nothing of it is on the node yet.
    assert shown(order, enable) == {("web.service", "enable"): ("", GOOD)}
    assert shown(order, Plan(link=((at, src),), enable=enable.enable)) == {
        (at, f"link to {src}"): ("", GOOD),
        ("web.service", "enable"): ("", ""),
    }
    ground.link("web.service")
    assert shown(order, enable) == {("web.service", "enable"): (RUN, GOOD)}
    assert shown(order, Plan(read_anew=enable.enable)) == {("web.service", "read anew"): (RUN, GOOD)}
    assert shown(order._replace(before={}), enable) == {("web.service", "enable"): ("", "")}


def test_a_drop_in_that_changes_is_shown_with_its_unit(ground: Ground) -> None:
    ground.link("web.service")
    before = encoded({"web.service": GOOD, "web.service.d/a.conf": "[Service]\nNice=1\n"})
    files = {"web.service": GOOD, "web.service.d/a.conf": "[Service]\nNice=2\n", "web.service.d/b.conf": "# new\n"}
    plan = Plan(enable=(("web.service", f"{ground.repo}/web.service"),))
    assert shown(ground.order(files, entry("web.service"), before=before), plan) == {
        ("web.service", "enable"): (f"{GOOD}[Service]\nNice=1\n", f"{GOOD}[Service]\nNice=2\n")
    }


def test_an_instance_is_told_by_its_own_name(ground: Ground) -> None:
    order = ground.order({"job@.service": GOOD}, entry("job@.service", instances=["x", "y"]))
    plan = Plan(enable=(("job@.service", "job@x.service"), ("job@.service", "job@y.service")))
    assert shown(order, plan) == {("job@x.service", "enable"): ("", GOOD), ("job@y.service", "enable"): ("", "")}


def test_a_drop_in_is_shown_and_what_is_no_text_is_no_trouble(ground: Ground) -> None:
    order = ground.order({"web.service": GOOD, "web.service.d/a.conf": "[Service]\nNice=1\n"})
    order = order._replace(files={**order.files, "web.service": b"\xff"})
    at, src = f"{ground.system}/web.service.d/a.conf", f"{ground.repo}/web.service.d/a.conf"
    plan = Plan(link=((at, src),), enable=(("web.service", "/x"),))
    assert shown(order, plan) == {
        (at, f"link to {src}"): ("", "[Service]\nNice=1\n"),
        ("web.service", "enable"): ("", "\ufffd"),
    }


def test_each_item_of_a_plan_is_told_in_its_phase() -> None:
    plan = Plan(
        accounts=("probe",),
        credentials=(("web.service", "token"),),
        stop=("a.service",),
        adopt=("/x",),
        disable=("b.service",),
        unlink=("/y",),
        start=("c.service",),
        forget=("b.service",),
    )
    changes = changes_of(ordered({}), plan)
    assert tuple(changes) == PHASES
    assert [change for phase in PHASES for change in changes[phase]] == [
        Change("probe", "create account"),
        Change("web.service", "push credential token"),
        Change("a.service", "stop", "running\n", "stopped\n"),
        Change("/x", "move aside"),
        Change("b.service", "disable"),
        Change("/y", "remove link"),
        Change("c.service", "start", "stopped\n", "running\n"),
        Change("b.service", "remove credentials"),
    ]
