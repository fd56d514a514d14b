"""Runbook 4 on a real node: each kind of unit deployed, changed and removed, and links that have lost their way."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Run
from tests.nodes.service_site import CHECKOUT, SYSTEM, Entry, ServiceSite

SLOW = "[Service]\nType=oneshot\nRemainAfterExit=yes\nUser=daemon\nExecStart=/usr/bin/sleep 1\n"
SLEEP = "[Service]\nType=exec\nUser=daemon\nExecStart=/usr/bin/sleep infinity\n"
AT_BOOT = "[Install]\nWantedBy=multi-user.target\n"
LEFT_TO_OTHERS: dict[str, t.Any] = {"enabled": False, "started": False}

# What each test is about has its own file, and only a change of that concerns it.
FIRST: dict[str | bytes, str | bytes | None] = {
    "k/tick.timer": "[Timer]\nOnActiveSec=0\nAccuracySec=10ms\n[Install]\nWantedBy=timers.target\n",
    "k/tick.service": SLEEP,
    "k/echo.socket": "[Socket]\nListenStream=/run/k-echo.sock\n[Install]\nWantedBy=sockets.target\n",
    "k/echo.service": SLEEP,
    "k/seen.path": f"[Path]\nPathChanged=/run/k-seen\n{AT_BOOT}",
    "k/seen.service": SLEEP,
    "k/group.target": f"[Unit]\nDescription=first\n{AT_BOOT}",
    "k/pulled.service": f"{SLEEP}[Install]\nRequiredBy=group.target\n",
    "k/job@.service": f"[Unit]\nDescription=first %i\n{SLEEP}{AT_BOOT}",
    "k/plain.service": f"[Unit]\nDescription=first\n{SLEEP}",
    "k/off.service": f"[Unit]\nDescription=first\n{SLEEP}{AT_BOOT}",
    "k/known.service": f"{SLEEP}{AT_BOOT}Alias=known-as.service\n",
    "k/extra.service": f"{SLEEP}{AT_BOOT}",
    "k/extra.service.d/10-changed.conf": "[Service]\nEnvironment=A=first\n",
    "k/extra.service.d/20-removed.conf": "[Service]\nEnvironment=B=first\n",
    "k/still.service": f"{SLEEP}{AT_BOOT}",
    "k/late.service": SLEEP,
    "k/after.service": f"[Unit]\nAfter=before.service\n{SLEEP}",
    "k/before.service": SLOW,
    "k/moves.service": f"{SLEEP}{AT_BOOT}",
    "k/left.service": f"{SLEEP}{AT_BOOT}",
}
SECOND: dict[str | bytes, str | bytes | None] = {
    "k/tick.timer": "[Timer]\nOnActiveSec=1h\n[Install]\nWantedBy=timers.target\n",
    "k/echo.socket": "[Socket]\nListenStream=/run/k-echo-too.sock\n[Install]\nWantedBy=sockets.target\n",
    "k/seen.path": f"[Path]\nPathChanged=/run/k-seen-too\n{AT_BOOT}",
    "k/group.target": f"[Unit]\nDescription=second\n{AT_BOOT}",
    "k/pulled.service": f"{SLEEP}[Install]\nWantedBy=group.target\n",
    "k/job@.service": f"[Unit]\nDescription=second %i\n{SLEEP}{AT_BOOT}",
    "k/plain.service": f"[Unit]\nDescription=second\n{SLEEP}",
    "k/off.service": f"[Unit]\nDescription=second\n{SLEEP}{AT_BOOT}",
    "k/known.service": f"{SLEEP}[Install]\nWantedBy=group.target\nAlias=known-too.service\n",
    "k/extra.service.d/10-changed.conf": "[Service]\nEnvironment=A=second\n",
    "k/extra.service.d/20-removed.conf": None,
    "k/extra.service.d/30-added.conf": "[Service]\nEnvironment=C=second\n",
    "k/late.socket": "[Socket]\nListenStream=/run/k-late.sock\n",
    "k/moves.service": None,
    "other/moves.service": f"{SLEEP}{AT_BOOT}",
}
TRIGGERED = ("tick.service", "echo.service", "seen.service")
NOT_AT_BOOT = ("plain.service", "off.service", "late.service", "late.socket", "after.service", "before.service")


def name_of(entry: Entry) -> str:
    return str(entry["src"].rpartition("/")[2])


def declared(*instances: str, files: t.Mapping[str | bytes, t.Any] = FIRST, without: str = "") -> list[Entry]:
    entries: list[Entry] = []
    there = (str(path) for path, text in files.items() if text is not None)
    for src in sorted(path for path in there if ".d/" not in path):
        name = src.rpartition("/")[2]
        if name == without:
            continue
        more: dict[str, t.Any] = LEFT_TO_OTHERS if name in TRIGGERED else {}
        if name in NOT_AT_BOOT:
            more = {"enabled": False}
        if name == "job@.service":
            more = {"instances": list(instances)}
        entries.append({"src": src, "paths": [src], **more})
    return entries


@pytest.fixture(scope="module")
def fresh(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ServiceSite]:
    folder = tmp_path_factory.mktemp("controller")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        site = ServiceSite(lab_node("t-service-units"), Upstream(folder / "ai-systems"))
        site.make_ready()
        site.upstream.commit({"README.md": "x\n"})
        yield site


@pytest.fixture(autouse=True)
def tidy(fresh: ServiceSite) -> t.Iterator[None]:
    yield
    fresh.is_tidy()


@pytest.fixture
def site(fresh: ServiceSite) -> ServiceSite:
    """The node without services, whatever the test before has left."""
    if fresh.links():
        fresh.run(services_list=[], services_exclusive=True).ok()
    fresh.declared = []
    return fresh


class Stage(t.NamedTuple):
    """The node after a four-run, and what the real run of it did."""

    site: ServiceSite
    run: Run

    def actions(self, clause: str = "4") -> set[tuple[str, str]]:
        return {(subject, action) for said, subject, action in self.run.actions if said == clause}

    def of(self, *names: str) -> set[tuple[str, str]]:
        """Return what was done with these units, in both steps."""
        return {(subject, action) for _clause, subject, action in self.run.actions if subject in names}

    def links(self, *names: str) -> set[str]:
        """Return the links of these names; an alias leads to another link, and so is not the site's."""
        paths = self.site.node.root(f"find {SYSTEM} -type l -printf '%P\\n'").ok().split()
        return {path for path in paths if path.rpartition("/")[2] in names}

    def states(self, *names: str) -> list[str]:
        return [self.site.show(name, "ActiveState") for name in names]

    def become_active(self, *names: str) -> None:
        """Wait until what a path, a socket or a timer starts has started."""
        deadline = time.monotonic() + 30
        while set(self.states(*names)) != {"active"} and time.monotonic() < deadline:
            time.sleep(0.2)
        assert self.states(*names) == ["active"] * len(names)


@pytest.fixture(scope="module")
def first(fresh: ServiceSite) -> Stage:
    fresh.upstream.commit(FIRST)
    fresh.declared = declared("one", "two")
    return Stage(fresh, fresh.four_runs())


@pytest.fixture(scope="module")
def second(first: Stage) -> Stage:
    """The same after a commit that changes nearly all of them, while what they trigger runs."""
    site = first.site
    connect(site, "/run/k-echo.sock")
    site.node.root("touch /run/k-seen").ok()
    first.become_active(*TRIGGERED)
    site.upstream.commit(SECOND)
    site.declared = declared("one", "three", files={**FIRST, **SECOND}, without="left.service")
    return Stage(site, site.four_runs())


@pytest.fixture(scope="module")
def exclusive(second: Stage) -> Stage:
    """The same once it is said that nothing else may be there."""
    predicted = second.site.run(check=True, services_exclusive=True).ok()
    done = second.site.run(services_exclusive=True).ok()
    assert predicted.actions == done.actions
    return Stage(second.site, done)


@pytest.fixture(scope="module")
def gone(exclusive: Stage) -> Stage:
    site = exclusive.site
    site.declared = [{"src": one["src"], "state": "absent"} for one in site.declared]
    return Stage(site, site.four_runs())


def connect(site: ServiceSite, path: str) -> None:
    site.node.root(f"python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"{path}\")'").ok()


def test_all_kinds_are_linked_enabled_and_started(first: Stage) -> None:
    started = {name_of(one) for one in first.site.declared if one.get("started", True)} - {"job@.service"}
    instances = {"job@one.service", "job@two.service"}
    assert {name for name, action in first.actions() if action == "start"} == started | instances
    assert set(first.states(*started, *instances)) == {"active"}
    # Every unit file is linked, and nothing was copied.
    names = {name_of(one) for one in first.site.declared}
    assert names <= first.site.links().keys()
    assert first.site.node.root(f"find {SYSTEM} -type f").ok() == ""


def test_a_template_has_its_instances(first: Stage) -> None:
    names = ("job@.service", "job@one.service", "job@two.service")
    assert {f"multi-user.target.wants/{name}" for name in names[1:]} <= first.links(*names)
    assert (f"{SYSTEM}/job@.service", f"link to {CHECKOUT}/k/job@.service") in first.actions()
    assert first.site.show("job@two.service", "Description") == "first two"


def test_what_a_timer_starts_is_left_to_it(first: Stage) -> None:
    # The timer has started it right away, and two further runs of ours did not stop it.
    assert first.states("tick.timer", "tick.service", "echo.service", "seen.service")[:2] == ["active", "active"]
    assert first.site.show("tick.service", "TriggeredBy") == "tick.timer"
    assert first.links("tick.timer", "tick.service") == {
        "tick.timer", "tick.service", "timers.target.wants/tick.timer",
    }  # fmt: skip


def test_a_unit_without_install_and_one_that_is_not_enabled_only_run(first: Stage) -> None:
    assert first.links("plain.service", "off.service") == {"plain.service", "off.service"}
    assert first.states("plain.service", "off.service") == ["active", "active"]


def test_units_start_when_what_they_come_after_has_started(first: Stage) -> None:
    started = int(first.site.show("after.service", "InactiveExitTimestampMonotonic"))
    assert started >= int(first.site.show("before.service", "ActiveEnterTimestampMonotonic"))


def test_an_alias_and_drop_ins_are_links_too(first: Stage) -> None:
    assert "known-as.service" in first.links("known-as.service")
    assert first.site.show("known-as.service", "Id") == "known.service"
    folder = "extra.service.d"
    assert first.links("10-changed.conf", "20-removed.conf") == {
        f"{folder}/10-changed.conf",
        f"{folder}/20-removed.conf",
    }
    assert first.site.show("extra.service", "Environment") == "A=first B=first"


def test_a_change_is_read_anew_and_runs(second: Stage) -> None:
    site = second.site
    names = sorted(set(map(name_of, site.declared)) - {"job@.service"})
    assert {name: site.show(name, "NeedDaemonReload") for name in names} == dict.fromkeys(names, "no")
    described = ("group.target", "plain.service", "off.service", "job@one.service", "job@three.service")
    assert [site.show(name, "Description") for name in described] == ["second"] * 3 + ["second one", "second three"]
    assert second.states(*described) == ["active"] * 5
    assert site.show("extra.service", "Environment") == "A=second C=second"
    assert second.links("10-changed.conf", "20-removed.conf", "30-added.conf") == {
        "extra.service.d/10-changed.conf", "extra.service.d/30-added.conf",
    }  # fmt: skip
    assert second.of("still.service") == set()


def test_an_instance_that_is_not_declared_any_more_goes(second: Stage) -> None:
    assert second.links("job@two.service") == set()
    assert second.states("job@two.service") == ["inactive"]
    assert {("job@two.service", "stop"), ("job@two.service", "disable")} <= second.of("job@two.service")


def test_no_link_of_an_earlier_install_section_stays(second: Stage) -> None:
    assert second.links("known.service", "known-as.service", "known-too.service") == {
        "known.service", "known-too.service", "group.target.wants/known.service",
    }  # fmt: skip
    assert second.links("pulled.service") == {"pulled.service", "group.target.wants/pulled.service"}
    assert second.states("known.service", "pulled.service") == ["active", "active"]


def test_a_service_gets_a_socket_while_it_runs(second: Stage) -> None:
    assert second.states("late.socket", "late.service") == ["active"] * 2


def test_a_unit_that_moves_in_the_repository_is_linked_anew(second: Stage) -> None:
    links = {to for path, to in second.site.links().items() if "moves" in path}
    assert links == {f"{CHECKOUT}/other/moves.service"}
    assert second.states("moves.service") == ["active"]


def test_what_nobody_declares_is_told_and_stays(second: Stage) -> None:
    for check in (True, False):
        run = second.site.run(check=check).ok()
        assert "Nobody declares left.service, linked from" in " ".join(run.output.split())
        assert run.actions == set()
    assert second.of("left.service") == set()
    assert second.states("left.service") == ["active"]


def test_a_changed_trigger_waits_for_the_new_thing(second: Stage) -> None:
    site = second.site
    assert second.states("tick.timer", "echo.socket", "seen.path") == ["active"] * 3
    assert "/run/k-echo-too.sock" in site.show("echo.socket", "Listen")
    # It was stopped with its socket, which could not have been started beside it.
    assert second.states("echo.service") == ["inactive"]
    connect(site, "/run/k-echo-too.sock")
    site.node.root("touch /run/k-seen-too").ok()
    second.become_active("echo.service", "seen.service")
    assert site.run().ok().actions == set()
    assert second.states(*TRIGGERED) == ["active"] * 3


def test_what_nobody_declares_is_removed_when_that_is_said(exclusive: Stage) -> None:
    assert exclusive.run.actions == {("4", "left.service", "stop"), ("4", "left.service", "disable")}
    names = {name_of(one) for one in exclusive.site.declared}
    assert exclusive.links("left.service") == set()
    assert names <= exclusive.site.links().keys()


def test_absent_leaves_nothing(gone: Stage) -> None:
    site = gone.site
    assert site.links() == {}
    names = [name_of(one) for one in site.declared if "@" not in one["src"]]
    assert set(gone.states(*names, "job@one.service", "job@three.service")) == {"inactive"}
    assert site.node.root(f"ls -d {SYSTEM}/*.service.d").out == ""
    # They are still in the repository, and absent all the same.
    assert f"/{CHECKOUT}" not in site.node.root("systemctl list-unit-files --no-legend").ok()


def test_a_failed_enable_of_an_instance_leaves_no_link(site: ServiceSite) -> None:
    """One of the two names of the new instance is taken, which systemd finds out when it has made other links."""
    text = f"[Unit]\nDescription=first\n{SLEEP}{AT_BOOT}"
    site.upstream.commit({"k/inst@.service": f"{text}Alias=taken@two.service\n"})
    site.node.root(f"printf '[Service]\\nExecStart=/bin/true\\n' > {SYSTEM}/taken@two.service").ok()
    new: Entry = {"src": "k/inst@.service", "paths": ["k/inst@.service"], "instances": ["two"]}
    site.declared = [new]
    said = site.run().failed("taken@two.service", "Put back as before: links and enablement")
    assert "Traceback" not in said.output
    assert site.links() == {}
    site.upstream.commit({"k/inst@.service": text})
    site.declared = [{**new, "instances": ["one"]}]
    site.run().ok()
    links, before = site.links(), site.process("inst@one.service")
    # The same where the template is linked and has an instance that runs.
    site.upstream.commit({"k/inst@.service": f"{text}Alias=taken@two.service\n"})
    site.declared = [{**new, "instances": ["one", "two"]}]
    site.run().failed("taken@two.service", "Put back as before")
    assert site.links() == links
    assert site.show("inst@one.service", "ActiveState") == "active"
    assert site.process("inst@one.service") != before
    assert site.show("inst@two.service", "ActiveState") == "inactive"
    site.node.root(f"rm {SYSTEM}/taken@two.service").ok()
    site.declared = [{"src": "k/inst@.service", "state": "absent"}]
    site.run().ok()
    assert site.links() == {}


# How links are told to go whose checkout is gone.
WAYS = ("absent", "again", "exclusive")


def absent(way: str) -> list[Entry]:
    return [{"src": f"k/{way}{kind}", "state": "absent"} for kind in (".service", ".timer", "-at@.service")]


def lose(site: ServiceSite) -> None:
    site.node.root(f"rm -rf {CHECKOUT}").ok()
    assert site.node.root(f"find {SYSTEM} -xtype l | wc -l").ok() != "0\n"


def are_gone(site: ServiceSite, way: str) -> None:
    assert site.node.root(f"find {SYSTEM} -name '*{way}*'").ok() == ""
    names = (f"{way}.service", f"{way}.timer", f"{way}-at@a.service")
    assert [site.show(name, "ActiveState") for name in names] == ["inactive"] * 3


def test_links_into_a_checkout_that_is_gone_are_cleaned(site: ServiceSite) -> None:
    for way in WAYS:
        site.upstream.commit({
            f"k/{way}.service": f"{SLEEP}{AT_BOOT}Alias={way}-as.service\n",
            f"k/{way}.service.d/10-x.conf": "[Service]\nNice=1\n",
            f"k/{way}.timer": "[Timer]\nOnActiveSec=1h\n[Install]\nWantedBy=timers.target\n",
            f"k/{way}-at@.service": f"{SLEEP}{AT_BOOT}",
        })  # fmt: skip
        site.declared += [
            {"src": f"k/{way}.service"}, {"src": f"k/{way}.timer"},
            {"src": f"k/{way}-at@.service", "instances": ["a"]},
        ]  # fmt: skip
    site.run().ok()
    assert len(site.links()) == 8 * len(WAYS)
    lose(site)

    def by_the_role_alone(**more: t.Any) -> Run:
        variables = site.variables(**more)
        predicted, done = (
            site.node.roles(["services"], check=check, variables=variables).ok() for check in (True, False)
        )
        assert predicted.actions == done.actions
        return done

    assert by_the_role_alone(services_list=absent("absent")).actions != set()
    are_gone(site, "absent")
    # With the checkout there again.
    site.declared = [*absent("absent"), *absent("again")]
    done = site.four_runs()
    assert "absent.service" not in {subject for _clause, subject, _action in done.actions}
    are_gone(site, "again")
    lose(site)
    assert by_the_role_alone(services_list=[], services_exclusive=True).actions != set()
    are_gone(site, "exclusive")
    variables = site.variables(services_list=[], services_exclusive=True)
    assert site.node.roles(["services"], variables=variables).ok().actions == set()
