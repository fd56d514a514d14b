"""Plans carried out and put back, on real links and a stand-in for systemd; tests/nodes meet the real one."""

from __future__ import annotations

import functools
import os
import pathlib
import pwd
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import (
    _deployment,
    _moved_aside,
    _service_accounts,
    _unit_credentials,
    _unit_deploy,
    _unit_plan,
    _unit_settled,
    _unit_study,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._deployment import Deployment
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_deploy import Deployer
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import drop_ins_at, place_of, read_links
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_plan import Found, Plan, decide, plan_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_study import PHASES, changes_of
from tests.unit.plugins.module_utils.test__unit_order import INSTALL, RUN, entry, ordered
from tests.unit_node import Manager, everything

ME = pwd.getpwuid(os.geteuid()).pw_name
OLD = {
    "web.service": f"# old\n{RUN}{INSTALL}WantedBy=old.target\n",
    "plain.service": f"# old\n{RUN}",
    "job@.service": f"# old\n{RUN}{INSTALL}",
    "gone.service": f"{RUN}{INSTALL}",
    "gone.service.d/a.conf": "[Service]\nNice=1\n",
}
NEW = {
    "web.service": f"{RUN}Nice=3\n{INSTALL}",
    "plain.service": f"{RUN}Nice=3\n",
    "job@.service": f"{RUN}Nice=3\n{INSTALL}",
    "fresh.service": f"{RUN}{INSTALL}",
    "fresh.service.d/a.conf": "[Service]\nNice=2\n",
    "theirs.service": f"{RUN}{INSTALL}",
    "masked.service": f"{RUN}{INSTALL}",
}
UNITS = [
    entry("web.service", adopt=True),
    entry("plain.service", enabled=False),
    entry("job@.service", instances=["x", "y"]),
    entry("fresh.service"),
    entry("theirs.service", adopt=True),
    entry("masked.service", adopt=True),
    entry("gone.service", state="absent"),
]
RAN = {"web.service", "plain.service", "job@x.service", "theirs.service", "gone.service"}
RUNS = {"web.service", "plain.service", "job@x.service", "job@y.service", "fresh.service", "theirs.service"}
RUNS |= {"masked.service"}
STOPPED = ("web.service", "plain.service", "job@x.service")


class Node:
    """A node on which much must change at once: each phase has something to do."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.system = folder / "system"
        self.repo = folder / "repo"
        self.system.mkdir()
        self.manager = Manager(self.system)
        self.said: list[str] = []
        self.noted: list[Change] = []
        self.accounts: list[str] = []
        self.credentials: dict[tuple[str, str], bytes] = {("fresh.service", "token"): b"old"}
        self.kept = {"gone.service"}
        self.deployment: Deployment | None = None

    def begin(self) -> None:
        """Bring the node to how it was before the run."""
        self.checkout(OLD)
        (self.system / "theirs.service").write_text(f"# old\n{RUN}{INSTALL}")
        (self.system / "masked.service").symlink_to("/dev/null")
        (self.system / "web.service.d").mkdir()
        (self.system / "web.service.d" / "theirs.conf").write_text("[Service]\nNice=9\n")
        (self.system / "gone.service.d").mkdir()
        (self.system / "gone.service.d" / "a.conf").symlink_to(self.repo / "gone.service.d" / "a.conf")
        for name in ("plain.service", "job@.service"):
            (self.system / name).symlink_to(self.repo / name)
        paths = [f"{self.repo}/web.service", f"{self.repo}/gone.service", f"{self.system}/theirs.service"]
        self.manager.enable(*paths, "job@x.service")
        self.manager.start(*sorted(RAN))
        self.manager.calls.clear()

    def checkout(self, files: t.Mapping[str, str]) -> None:
        for path in sorted(self.repo.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        for name, text in files.items():
            path = self.repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def move(self) -> None:
        """Do what git_checkout does before the units are deployed."""
        self.manager.stop(*STOPPED)
        self.checkout(NEW)
        self.deployment = Deployment(str(self.repo), "1" * 40, "main", STOPPED)
        self.manager.calls.clear()

    def order(self, *units: dict[str, t.Any], files: t.Mapping[str, str] = NEW, **more: t.Any) -> Order:
        options = {"stopped": STOPPED, "changed": ["web.service", "plain.service", "job@.service"], **more}
        order = ordered(files, *(units or UNITS), checkout=str(self.repo), user=ME, **options)
        return order._replace(credentials={"fresh.service": {"token": "new"}})

    def plan(self, order: Order, accounts: tuple[str, ...] = ()) -> Plan:
        links = read_links(str(self.system))
        parts = []
        for one in order.units:
            names = one.running_names if one.unit is not None else (one.name,)
            held = self.credentials.get((one.name, "token"))
            wanted = order.credentials.get(one.name, {}).get("token", "").encode()
            found = Found(
                place=place_of(f"{self.system}/{one.name}"),
                drop_ins=drop_ins_at(one.name, str(self.system)),
                statuses=self.manager.show(names),
                credentials=("token",) if wanted and held != wanted else (),
                has_credentials=one.name in self.kept,
            )
            parts.append(decide(order, one, found, links))
        return plan_of(parts, accounts=accounts)

    def deployer(self, order: Order, plan: Plan) -> Deployer:
        return Deployer(order, plan, say=self.said.append, note=self.noted.extend, settle=0)

    def deploy(self) -> Plan:
        order = self.order()
        plan = self.plan(order, ("probe",))
        self.deployer(order, plan).carry_out(changes_of(order, plan))
        return plan

    def state(self) -> tuple[t.Any, ...]:
        """All that a failed run must leave as it was."""
        links = {path: what for path, what in everything(self.system).items() if what != "(folder)"}
        drop_ins = [path.name for path in self.system.glob("*.d")]
        return (
            links,
            sorted(drop_ins),
            everything(self.repo),
            set(self.manager.running),
            {name: text for name, text in self.manager.loaded.items() if name in self.manager.running},
            dict(self.credentials),
            set(self.kept),
        )


@pytest.fixture
def node(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    node = Node(tmp_path)
    system, aside = str(node.system), str(tmp_path / "aside")

    def as_ourselves(path: str, content: bytes, *, mode: int, **_: int) -> None:
        write_atomically(path, content, mode=mode, uid=os.getuid(), gid=os.getgid())

    def push(unit: str, name: str, value: str) -> bytes | None:
        before = node.credentials.get((unit, name))
        node.credentials[unit, name] = value.encode()
        return before

    def put_back(unit: str, name: str, before: bytes | None) -> None:
        del node.credentials[unit, name]
        if before is not None:
            node.credentials[unit, name] = before

    def ended() -> None:
        node.deployment = None

    for module in (_unit_deploy, _unit_plan, _unit_study, _unit_settled):
        monkeypatch.setattr(module, "SYSTEM", system)
    monkeypatch.setattr(_unit_deploy, "Systemctl", lambda: node.manager)
    monkeypatch.setattr(_unit_deploy, "read_links", lambda: read_links(system))
    monkeypatch.setattr(_unit_deploy, "drop_ins_at", lambda name: drop_ins_at(name, system))
    for name in ("move_aside", "move_link_aside", "put_back"):
        monkeypatch.setattr(_unit_deploy, name, functools.partial(getattr(_moved_aside, name), folder=aside))
    monkeypatch.setattr(_moved_aside, "write_atomically", as_ourselves)
    monkeypatch.setattr(_unit_settled, "last_lines", lambda name, **_: [f"{name} says why"])
    monkeypatch.setattr(_service_accounts, "make", node.accounts.append)
    monkeypatch.setattr(_unit_credentials, "push", push)
    monkeypatch.setattr(_unit_credentials, "put_back", put_back)
    monkeypatch.setattr(_unit_credentials, "forget", node.kept.discard)
    monkeypatch.setattr(_deployment, "read", lambda _checkout: node.deployment)
    monkeypatch.setattr(_deployment, "checkout_back", lambda _deployment, _account: node.checkout(OLD))
    monkeypatch.setattr(_deployment, "end", ended)
    node.begin()
    return node


def test_all_of_it_is_done_and_then_nothing_is_left_to_do(node: Node) -> None:
    node.move()
    plan = node.deploy()
    assert all(getattr(plan, phase) for phase in PHASES)
    assert plan.read_anew
    assert node.manager.running == RUNS
    assert {path: to for path, to in everything(node.system).items() if to != "(folder)"} == {
        **{name: f"-> {node.repo}/{name}" for name in NEW},
        **{f"job@{one}.service": f"-> {node.repo}/job@.service" for one in "xy"},
        **{
            f"multi-user.target.wants/{name}": f"-> {node.repo}/{name.replace('x.', '.').replace('y.', '.')}"
            for name in RUNS - {"plain.service"}
        },
    }
    # What runs is what the files say.
    assert all("Nice=3" in node.manager.loaded[name] for name in STOPPED)
    assert "Nice=9" not in node.manager.loaded["web.service"]
    assert "Nice=2" in node.manager.loaded["fresh.service"]
    assert node.plan(node.order(stopped=(), changed=[])) == Plan()
    assert not (node.system / "gone.service.d").exists()


def test_stops_come_first_and_starts_last(node: Node) -> None:
    node.move()
    node.deploy()
    assert [call.split()[0] for call in node.manager.calls] == ["stop", "disable", "enable", "start"]
    assert [line.partition(":")[0] for line in node.said] == [
        *PHASES[:-1],
        "watching for 0 s whether they stay up",
        "forget",
    ]
    assert node.accounts == ["probe"]
    assert node.credentials == {("fresh.service", "token"): b"new"}
    told = list(dict.fromkeys(change.action.split()[0] for change in node.noted))
    assert told == ["create", "push", "stop", "move", "disable", "remove", "link", "enable", "read", "start"]


def failed(node: Node) -> StepError:
    with pytest.raises(StepError) as caught:
        node.deploy()
    return caught.value


# The last one forgets credentials, and cannot fail.
@pytest.mark.parametrize("phase", PHASES[:-1])
def test_where_a_phase_fails_all_is_as_before(node: Node, monkeypatch: pytest.MonkeyPatch, phase: str) -> None:
    before = node.state()
    node.move()
    said = f"systemctl {phase} failed"
    if phase in ("stop", "disable", "enable", "start"):
        node.manager.fails.append(phase)
    else:
        name = {"accounts": "_make_accounts", "credentials": "_push"}.get(phase, f"_{phase}")
        real: t.Callable[[Deployer], None] = getattr(Deployer, name)
        said = "disk\x1b full"

        def failing(deployer: Deployer) -> None:
            real(deployer)
            raise OSError(said)

        monkeypatch.setattr(Deployer, name, failing)
    error = failed(node)
    assert node.state() == before
    assert str(error).startswith(said)
    assert "could not be undone" not in str(error)
    assert f"Put back as before: links and enablement; {node.repo} is at commit 111111111111 again; " in str(error)
    assert error.context["short"].isprintable()
    assert node.deployment is None
    # What was not done to its end is not told as done.
    assert len({change.action.split()[0] for change in node.noted}) == [*PHASES, "", ""].index(phase) + (
        phase == "start"
    )


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("name", ["fresh.service", "web.service", "plain.service", "job@y.service", "theirs.service"])
def test_where_one_does_not_stay_up_all_is_as_before(node: Node, name: str, *, late: bool) -> None:
    before = node.state()
    node.move()
    node.manager.fall.add(name)
    node.manager.late = late
    error = failed(node)
    assert node.state() == before
    how = f"did not {'stay up' if late else 'start'}: it is inactive (result exit-code, exit status 0)"
    assert str(error).startswith(f"{name} {how}; its last journal lines:\n    {name} says why\n")
    assert error.context["short"].startswith(f"{name} {how}. Put back as before: links and enablement; ")


def test_without_a_move_nothing_is_said_of_the_checkout(node: Node) -> None:
    before = node.state()
    order = node.order(entry("plain.service", enabled=False, started=False), files=OLD, stopped=(), changed=[])
    node.manager.fails.append("stop")
    plan = node.plan(order)
    assert plan == Plan(stop=("plain.service",))
    with pytest.raises(StepError, match=r"Put back as before: links and enablement; plain\.service started again\.$"):
        node.deployer(order, plan).carry_out(changes_of(order, plan))
    assert node.state() == before


def test_a_linked_unit_that_nothing_enables_is_read_again_as_it_was(node: Node) -> None:
    before = node.state()
    node.move()
    order = node.order(entry("plain.service", enabled=False))
    node.manager.fall.add("plain.service")
    plan = node.plan(order)
    assert plan == Plan(read_anew=(("plain.service", READ_ANEW),), start=("plain.service",))
    with pytest.raises(StepError, match="did not start"):
        node.deployer(order, plan).carry_out(changes_of(order, plan))
    assert node.manager.calls.count("enable basic.target") == 2
    assert "# old" in node.manager.loaded["plain.service"]
    assert node.state() == before


def test_a_unit_that_was_to_go_is_read_again_once_its_links_are_back(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_deployer: Deployer) -> None:
        raise OSError("disk full")

    before = node.state()
    monkeypatch.setattr(Deployer, "_unlink", full)
    order = node.order(entry("gone.service", state="absent"), files=OLD, stopped=(), changed=[])
    plan = node.plan(order)
    with pytest.raises(StepError, match="disk full"):
        node.deployer(order, plan).carry_out(changes_of(order, plan))
    assert node.manager.calls == [f"{verb} gone.service" for verb in ("stop", "disable", "enable", "start")]
    assert node.state() == before


def refuse(*_: t.Any) -> None:
    raise StepError("holds changes that no commit knows")


def test_where_the_checkout_cannot_go_back_nothing_runs_from_it(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.move()
    monkeypatch.setattr(_deployment, "checkout_back", refuse)
    node.manager.fails.append("start")
    error = failed(node)
    assert "the checkout could not be undone: holds changes that no commit knows" in str(error)
    assert "web.service, plain.service, job@x.service not started, since the checkout is not back" in str(error)
    # What somebody else has there has nothing to do with it.
    assert node.manager.running == {"theirs.service"}
    assert node.deployment is not None
    assert node.credentials == {("fresh.service", "token"): b"old"}


def test_where_a_part_cannot_be_put_back_the_rest_is(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.move()
    monkeypatch.setattr(_unit_deploy, "put_back", refuse)
    node.manager.fails.append("start")
    error = failed(node)
    assert "the links could not be undone: holds changes that no commit knows" in str(error)
    assert "Put back as before" not in str(error)
    assert everything(node.repo) == {**OLD, "gone.service.d": "(folder)"}
    assert node.manager.running >= {"plain.service"}
