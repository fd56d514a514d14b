from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW, UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import SYSTEM, Links, Place
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_plan import (
    Found,
    Plan,
    decide,
    plan_of,
    wanted_ways,
    ways_of,
)
from tests.unit.plugins.module_utils.test__unit_order import CHECKOUT, GOOD, INSTALL, RUN, entry, ordered

WEB = f"{SYSTEM}/web.service"
DROP_INS = f"{WEB}.d"
SRC = f"{CHECKOUT}/web/web.service"
WANTS = "multi-user.target.wants"
JOB = f"{SYSTEM}/job@.service"
JOB_SRC = f"{CHECKOUT}/job/job@.service"
OURS = Place("link", SRC)
UP = UnitStatus("web.service", active_state="active", unit_file_state="enabled")
DOWN = UnitStatus("web.service", active_state="inactive", unit_file_state="enabled")
ENABLED = Links({"web.service": SRC}, {f"{WANTS}/web.service": SRC})
LINKED = Links({"web.service": SRC}, {})
NOTHING = Links({}, {})
CONVERGED = Plan()
# The whole of it, for a unit that has to be taken down for it.
ANEW = Plan(stop=("web.service",), enable=(("web.service", SRC),), start=("web.service",))
FRESH = Plan(enable=(("web.service", SRC),), start=("web.service",))


def web(found: Found | None = None, links: Links = NOTHING, text: str = GOOD, *drop_ins: str, **more: t.Any) -> Plan:
    """Decide on one service; options that are none of its entry are told in the order."""
    told = {name: more.pop(name) for name in ("changed", "touched", "stopped") if name in more}
    files = {"web/web.service": text, **{f"web/web.service.d/{name}": "[Service]\nNice=1\n" for name in drop_ins}}
    order = ordered(files, entry("web/web.service", **more), **told)
    return decide(order, order.units[0], found or Found(), links)


def there(place: Place = OURS, status: UnitStatus = UP, **more: t.Any) -> Found:
    return Found(place, statuses={"web.service": status}, **more)


@pytest.mark.parametrize(
    ("found", "links", "options", "plan"),
    [
        pytest.param(Found(), NOTHING, {}, FRESH, id="fresh"),
        pytest.param(there(), ENABLED, {}, CONVERGED, id="converged"),
        pytest.param(there(), ENABLED, {"changed": ["web.service"]}, ANEW, id="its text changed"),
        pytest.param(
            there(), ENABLED, {"changed": ["web.service"], "stopped": ["web.service"]}, FRESH, id="text, stopped before"
        ),
        pytest.param(
            there(), ENABLED, {"stopped": ["web.service"]}, Plan(start=("web.service",)), id="its code changed, dry run"
        ),
        pytest.param(
            there(status=DOWN),
            ENABLED,
            {"stopped": ["web.service"]},
            Plan(start=("web.service",)),
            id="its code changed",
        ),
        pytest.param(
            there(status=UP._replace(need_daemon_reload=True)), ENABLED, {}, ANEW, id="systemd has the old one"
        ),
        pytest.param(
            there(),
            ENABLED,
            {"touched": ["web.service"]},
            Plan(stop=("web.service",), start=("web.service",)),
            id="its packages changed",
        ),
        pytest.param(
            there(status=DOWN._replace(load_state="error")), ENABLED, {}, FRESH, id="systemd could not read it"
        ),
        pytest.param(there(status=DOWN), ENABLED, {}, Plan(start=("web.service",)), id="down"),
        pytest.param(
            there(status=DOWN._replace(active_state="failed")), ENABLED, {}, Plan(start=("web.service",)), id="fallen"
        ),
        pytest.param(there(), LINKED, {}, Plan(enable=(("web.service", SRC),)), id="linked, not enabled"),
        pytest.param(
            there(),
            ENABLED,
            {"enabled": False},
            Plan(disable=("web.service",), link=((WEB, SRC),), read_anew=(("web.service", READ_ANEW),)),
            id="enabled, and shall not be",
        ),
        pytest.param(there(), LINKED, {"enabled": False}, CONVERGED, id="converged and not enabled"),
        pytest.param(
            there(),
            LINKED,
            {"enabled": False, "changed": ["web.service"]},
            Plan(stop=("web.service",), read_anew=(("web.service", READ_ANEW),), start=("web.service",)),
            id="not enabled, its text changed",
        ),
        pytest.param(
            Found(), NOTHING, {"enabled": False, "started": False}, Plan(link=((WEB, SRC),)), id="fresh, linked only"
        ),
        pytest.param(there(), ENABLED, {"started": False}, Plan(stop=("web.service",)), id="runs, and shall not"),
        pytest.param(there(status=DOWN), ENABLED, {"started": False}, CONVERGED, id="enabled for the next boot only"),
        pytest.param(
            there(status=UP._replace(triggered_by=("web.timer",))),
            ENABLED,
            {"started": False},
            CONVERGED,
            id="a timer has started it",
        ),
        pytest.param(
            there(status=UP._replace(triggered_by=("web.timer",))),
            ENABLED,
            {"started": False, "changed": ["web.service"]},
            Plan(stop=("web.service",), enable=(("web.service", SRC),)),
            id="a timer has started an old one",
        ),
        pytest.param(
            there(credentials=("token",)),
            ENABLED,
            {},
            Plan(credentials=(("web.service", "token"),), stop=("web.service",), start=("web.service",)),
            id="another credential",
        ),
        pytest.param(
            there(Place("absent")),
            Links({}, ENABLED.enabled),
            {},
            ANEW._replace(disable=("web.service",)),
            id="link gone",
        ),
    ],
)
def test_what_is_done_for_a_service(found: Found, links: Links, options: dict[str, t.Any], plan: Plan) -> None:
    assert web(found, links, **options) == plan


@pytest.mark.parametrize("place", [Place("file"), Place("link", "/opt/web.service"), Place("link", "/dev/null")])
def test_what_somebody_else_put_there_is_moved_aside(place: Place) -> None:
    assert web(there(place, DOWN)) == FRESH._replace(adopt=(WEB,))
    # The links by which it was enabled lead elsewhere, and systemctl removes them.
    theirs = Links({}, {f"{WANTS}/web.service": WEB})
    assert web(there(place), theirs) == ANEW._replace(adopt=(WEB,), disable=("web.service",))


def test_our_own_link_to_where_the_file_was_is_no_ones_to_keep() -> None:
    old = f"{CHECKOUT}/old/web.service"
    links = Links({"web.service": old}, {f"{WANTS}/web.service": old})
    plan = web(there(Place("link", old)), links)
    assert plan == ANEW._replace(disable=("web.service",), unlink=(WEB,))


MINE = {f"{WANTS}/web.service": SRC}
AGAIN = (("web.service", SRC),)


@pytest.mark.parametrize(
    ("text", "ways", "disable", "enable"),
    [
        pytest.param(GOOD, MINE, (), (), id="as it says"),
        pytest.param(
            GOOD, {**MINE, "old.target.wants/web.service": SRC}, ("web.service",), AGAIN, id="an older WantedBy="
        ),
        pytest.param(GOOD, {**MINE, "a.target.requires/web.service": SRC}, ("web.service",), AGAIN, id="an older one"),
        pytest.param(GOOD, {f"{WANTS}/web.service": "/opt/web.service"}, ("web.service",), AGAIN, id="to another file"),
        pytest.param(f"{GOOD}RequiredBy=a.target b.target\n", MINE, (), AGAIN, id="a new RequiredBy="),
        pytest.param(
            f"{GOOD}RequiredBy=a.target\n", {**MINE, "a.target.requires/web.service": SRC}, (), (), id="both ways"
        ),
        pytest.param(f"{RUN}[Install]\nWantedBy=a.target\nWantedBy=\n{INSTALL}", MINE, (), (), id="one taken back"),
        pytest.param(f"{RUN}[Install]\nAlso=web.timer\n", {}, (), (), id="enables others only"),
        pytest.param(f"{GOOD}WantedBy=%i.target\n", MINE, (), (), id="what systemd puts in is systemd's to say"),
        pytest.param(
            f"{GOOD}WantedBy=%i.target\n", {**MINE, "x.target.wants/web.service": SRC}, (), (), id="and where"
        ),
    ],
)
def test_each_way_in_which_it_is_enabled_is_compared(
    text: str, ways: dict[str, str], disable: tuple[str, ...], enable: tuple[tuple[str, str], ...]
) -> None:
    plan = web(there(), Links({"web.service": SRC}, ways), text)
    assert plan == Plan(disable=disable, enable=enable)


def test_where_a_percent_hides_the_links_systemds_word_counts() -> None:
    plan = web(there(status=UP._replace(unit_file_state="linked")), LINKED, f"{RUN}[Install]\nWantedBy=%i.target\n")
    assert plan == Plan(enable=AGAIN)


@pytest.mark.parametrize(
    ("aliases", "found", "disable", "enable"),
    [
        (("www.service",), {"www.service": WEB}, (), ()),
        (("www.service",), {}, (), AGAIN),
        (("web.service",), {}, (), ()),
        # systemd leads it to the unit's own link, another one is somebody's.
        (("www.service",), {"www.service": SRC}, ("web.service",), AGAIN),
        ((), {"www.service": SRC}, ("web.service",), AGAIN),
        ((), {"www.service": WEB}, ("web.service",), AGAIN),
        ((), {"other.service": f"{CHECKOUT}/other.service"}, (), ()),
    ],
)
def test_an_alias_is_a_way_too(
    aliases: tuple[str, ...], found: dict[str, str], disable: tuple[str, ...], enable: tuple[tuple[str, str], ...]
) -> None:
    text = GOOD + "".join(f"Alias={name}\n" for name in aliases)
    plan = web(there(), Links({"web.service": SRC, **found}, MINE), text)
    assert plan == Plan(disable=disable, enable=enable)


def test_a_unit_that_does_not_say_how_it_is_enabled_is_read_anew() -> None:
    options: dict[str, t.Any] = {"enabled": False}
    assert web(Found(), NOTHING, RUN, **options) == Plan(link=((WEB, SRC),), start=("web.service",))
    assert web(there(), LINKED, RUN, **options) == CONVERGED
    assert web(there(), LINKED, RUN, changed=["web.service"], **options) == Plan(
        stop=("web.service",), read_anew=(("web.service", READ_ANEW),), start=("web.service",)
    )


@pytest.mark.parametrize(
    ("places", "link", "unlink", "adopt"),
    [
        ({}, ((f"{DROP_INS}/a.conf", f"{SRC}.d/a.conf"),), (), ()),
        ({f"{DROP_INS}/a.conf": Place("link", f"{SRC}.d/a.conf")}, (), (), ()),
        (
            {
                f"{DROP_INS}/a.conf": Place("link", f"{SRC}.d/a.conf"),
                f"{DROP_INS}/b.conf": Place("link", f"{SRC}.d/b.conf"),
            },
            (),
            (f"{DROP_INS}/b.conf",),
            (),
        ),
        (
            {f"{DROP_INS}/a.conf": Place("link", f"{CHECKOUT}/other/a.conf")},
            ((f"{DROP_INS}/a.conf", f"{SRC}.d/a.conf"),),
            (f"{DROP_INS}/a.conf",),
            (),
        ),
        (
            {f"{DROP_INS}/a.conf": Place("file"), f"{DROP_INS}/z.conf": Place("link", "/opt/z.conf")},
            ((f"{DROP_INS}/a.conf", f"{SRC}.d/a.conf"),),
            (),
            (f"{DROP_INS}/a.conf", f"{DROP_INS}/z.conf"),
        ),
    ],
    ids=["new", "converged", "one more than declared", "leads elsewhere in the checkout", "somebody else's"],
)
def test_drop_ins_are_made_the_repositorys(
    places: dict[str, Place],
    link: tuple[tuple[str, str], ...],
    unlink: tuple[str, ...],
    adopt: tuple[str, ...],
) -> None:
    plan = web(there(drop_ins=places), ENABLED, GOOD, "a.conf")
    differs = bool(link or unlink or adopt)
    # What a drop-in changes counts only once systemd has read the unit anew.
    assert plan == (ANEW if differs else CONVERGED)._replace(link=link, unlink=unlink, adopt=adopt)


def job(found: Found, links: Links = NOTHING, text: str = GOOD, **more: t.Any) -> Plan:
    told = {name: more.pop(name) for name in ("changed", "touched", "stopped") if name in more}
    options = {"instances": ["a", "b"], **more}
    order = ordered({"job/job@.service": text}, entry("job/job@.service", **options), **told)
    return decide(order, order.units[0], found, links)


def instance(name: str, **more: t.Any) -> UnitStatus:
    return UnitStatus(f"job@{name}.service", **{"active_state": "active", "unit_file_state": "enabled", **more})


def jobs(*names: str, strays: str = "", **more: t.Any) -> Found:
    statuses = {f"job@{name}.service": instance(name, **more) for name in (*names, *strays.split())}
    return Found(
        Place("link", JOB_SRC), statuses=statuses, strays=tuple(f"job@{name}.service" for name in strays.split())
    )


BOTH = ("job@a.service", "job@b.service")
ASKED = tuple(("job@.service", name) for name in BOTH)
TEMPLATE = Links({"job@.service": JOB_SRC}, {f"{WANTS}/{name}": JOB_SRC for name in BOTH})


@pytest.mark.parametrize(
    ("found", "links", "options", "plan"),
    [
        pytest.param(Found(), NOTHING, {}, Plan(link=((JOB, JOB_SRC),), enable=ASKED, start=BOTH), id="fresh"),
        pytest.param(jobs("a", "b"), TEMPLATE, {}, CONVERGED, id="converged"),
        pytest.param(
            jobs("a", "b"),
            TEMPLATE,
            {"changed": ["job@.service"]},
            Plan(stop=BOTH, enable=ASKED, start=BOTH),
            id="text",
        ),
        pytest.param(
            jobs("a"),
            Links(TEMPLATE.units, {f"{WANTS}/job@a.service": JOB_SRC}),
            {},
            Plan(enable=ASKED, start=("job@b.service",)),
            id="one more instance",
        ),
        pytest.param(
            jobs("a", "b", strays="old"),
            Links(TEMPLATE.units, {**TEMPLATE.enabled, f"{WANTS}/job@old.service": JOB_SRC}),
            {},
            Plan(stop=("job@old.service",), disable=("job@old.service",)),
            id="one less",
        ),
        pytest.param(
            jobs("a", "b", strays="old"),
            TEMPLATE,
            {},
            Plan(stop=("job@old.service",), disable=("job@old.service",)),
            id="one that was only started",
        ),
        pytest.param(
            Found(Place("link", JOB_SRC)),
            Links(TEMPLATE.units, {}),
            {"instances": [], "enabled": False, "started": False},
            CONVERGED,
            id="linked alone",
        ),
        pytest.param(
            Found(Place("link", JOB_SRC)),
            Links(TEMPLATE.units, {}),
            {"instances": [], "enabled": False, "started": False, "changed": ["job@.service"]},
            Plan(read_anew=(("job@.service", READ_ANEW),)),
            id="linked alone, text changed",
        ),
        pytest.param(
            jobs("a", "b"),
            TEMPLATE,
            {"enabled": False},
            Plan(disable=("job@.service",), link=((JOB, JOB_SRC),), read_anew=(("job@.service", READ_ANEW),)),
            id="enabled, and shall not be",
        ),
        pytest.param(
            jobs("a", "b"),
            Links(TEMPLATE.units, {**TEMPLATE.enabled, "old.target.wants/job@a.service": JOB_SRC}),
            {},
            Plan(disable=("job@.service",), link=((JOB, JOB_SRC),), enable=ASKED),
            id="an older WantedBy=",
        ),
    ],
)
def test_what_is_done_for_a_template(found: Found, links: Links, options: dict[str, t.Any], plan: Plan) -> None:
    assert job(found, links, **options) == plan


def test_an_instances_own_link_is_no_alias_and_no_difference() -> None:
    links = Links({**TEMPLATE.units, "job@a.service": JOB_SRC}, TEMPLATE.enabled)
    assert job(jobs("a", "b"), links) == CONVERGED


def test_what_systemd_puts_in_for_an_instance_is_asked_of_systemd() -> None:
    text = f"{RUN}[Install]\nWantedBy=%i.target\n"
    assert job(jobs("a", "b"), Links(TEMPLATE.units, {"a.target.wants/job@a.service": JOB_SRC}), text) == CONVERGED
    assert job(jobs("a", "b", unit_file_state="disabled"), Links(TEMPLATE.units, {}), text) == Plan(enable=ASKED)


def absent(found: Found, links: Links = NOTHING, **more: t.Any) -> Plan:
    told = {name: more.pop(name) for name in ("stopped",) if name in more}
    order = ordered({}, entry("web/web.service", state="absent", **more), **told)
    return decide(order, order.units[0], found, links)


GONE = Plan(disable=("web.service",))


@pytest.mark.parametrize(
    ("found", "links", "options", "plan"),
    [
        pytest.param(Found(), NOTHING, {}, CONVERGED, id="converged"),
        pytest.param(Found(has_credentials=True), NOTHING, {}, Plan(forget=("web.service",)), id="credentials alone"),
        pytest.param(there(), ENABLED, {}, GONE._replace(stop=("web.service",)), id="runs"),
        pytest.param(there(), ENABLED, {"stopped": ["web.service"]}, GONE, id="was stopped for the move"),
        pytest.param(there(status=DOWN), LINKED, {}, GONE, id="linked; the link may dangle"),
        pytest.param(Found(), Links({}, {f"{WANTS}/web.service": SRC}), {}, GONE, id="a way without its unit"),
        pytest.param(Found(), Links({"www.service": SRC}, {}), {}, GONE, id="an alias alone"),
        pytest.param(
            there(drop_ins={f"{DROP_INS}/a.conf": Place("link", f"{SRC}.d/a.conf")}),
            ENABLED,
            {},
            GONE._replace(stop=("web.service",), unlink=(f"{DROP_INS}/a.conf",)),
            id="drop-ins",
        ),
        pytest.param(
            there(Place("file"), drop_ins={f"{DROP_INS}/x.conf": Place("file")}),
            NOTHING,
            {"adopt": True},
            Plan(stop=("web.service",), adopt=(WEB, f"{DROP_INS}/x.conf")),
            id="somebody else's, adopted",
        ),
        pytest.param(
            there(drop_ins={f"{DROP_INS}/x.conf": Place("file")}),
            ENABLED,
            {},
            GONE._replace(stop=("web.service",)),
            id="somebody else's drop-in stays",
        ),
    ],
)
def test_what_is_done_until_a_unit_is_gone(found: Found, links: Links, options: dict[str, t.Any], plan: Plan) -> None:
    assert absent(found, links, **options) == plan


def test_a_template_goes_with_all_its_instances() -> None:
    order = ordered({}, entry("job/job@.service", state="absent"))
    found = jobs(strays="a b")
    assert decide(order, order.units[0], found, TEMPLATE) == Plan(stop=BOTH, disable=("job@.service",))


def test_the_ways_of_a_unit_are_its_own() -> None:
    links = Links(
        {"web.service": SRC, "www.service": WEB, "web2.service": "/x/web2.service"},
        {f"{WANTS}/web.service": SRC, f"{WANTS}/www.service": SRC, f"{WANTS}/web2.service": "/x/web2.service"},
    )
    assert set(ways_of(links, "web.service")) == {f"{WANTS}/web.service", f"{WANTS}/www.service", "www.service"}
    order = ordered({"web/web.service": f"{GOOD}Alias=www.service\nRequiredBy=x.target\n"})
    wanted = dict.fromkeys((f"{WANTS}/web.service", "x.target.requires/web.service"), SRC)
    assert wanted_ways(order, order.units[0]) == {**wanted, "www.service": WEB}


def test_plans_of_many_units_are_one_without_repeats() -> None:
    plan = plan_of([FRESH, FRESH._replace(start=("b.service", "web.service"))], accounts=["probe"])
    assert plan == FRESH._replace(accounts=("probe",), start=("web.service", "b.service"))
    assert not plan.is_empty
    assert plan_of([]).is_empty


def test_systemd_is_asked_of_what_it_will_read() -> None:
    plan = Plan(
        stop=("s.service",), disable=("d.service",), link=((JOB, JOB_SRC),), enable=ASKED[:1], start=("a.service",)
    )
    assert plan.verified == {"job@.service", "a.service"}
    assert Plan(read_anew=(("r.service", "/r.service"),)).verified == {"r.service"}
