from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_report import Item
from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_rules import Pin
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_commit import Committed, blob_id
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_modes import Modes
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_facts import Facts
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_installed import Dist
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_plan import Plan, decide
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_present import needs_resolving, unmet_after
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_project import projects_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_record import Entry, render
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_state import Venv
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_study import Study, study
from tests.unit.plugins.module_utils.test__venv_state import SYSTEM

PI = {"os_name": "posix", "python_version": "3.13"}
VENV = "/c/p/.venv"
CONFIG = f"home = /usr/bin\nversion = 3.13.5\ncommand = /usr/bin/python3 -m venv {VENV}\n"
A = f"sha256:{'a' * 64}"
B = f"sha256:{'b' * 64}"


def dist(name: str, version: str = "1.0", *requires: str, record: str = "r") -> Dist:
    return Dist(name, version, f"{name}-{version}.dist-info", requires, record)


def case(
    text: str,
    *dists: Dist,
    archives: t.Mapping[str, str] | None = None,
    venv: Venv | None = None,
    **entry: t.Any,
) -> Study:
    """A project with that requirements.txt, and a .venv that holds these packages."""
    project = projects_from({"checkout": "/c", "projects": [{"path": "p", **entry}]})[0]
    blob = blob_id(text.encode())
    facts = Facts(
        texts={"p/requirements.txt": text},
        blobs={"p/requirements.txt": blob},
        committed={"p/requirements.txt": Committed("100644", "blob", blob)},
        venv=venv or Venv("folder", config=CONFIG, python="/usr/bin/python3.13", has_library=True),
        dists=dists,
        record=render({name: Entry(archive, "r") for name, archive in (archives or {}).items()}),
    )
    return study(project, facts, SYSTEM, PI)


def actions(plan: Plan) -> list[tuple[str, str]]:
    return [(change.subject.removeprefix(VENV).strip(), change.action) for change in plan.changes]


def locked(text: str, *dists: Dist, **more: t.Any) -> Plan:
    return decide(case(text, *dists, **more).case, ())


LOCK = f"a==1.0 --hash={A}\nb==2.0 --hash={A} --hash={B}\n"


def test_a_fresh_project() -> None:
    plan = locked(LOCK, venv=Venv())
    assert actions(plan) == [("", "create"), ("a", "install 1.0"), ("b", "install 2.0")]
    assert (plan.make, plan.forget, plan.remove) == (True, (), ())
    assert [pin.name for pin in plan.install] == ["a", "b"]


def test_what_is_as_declared_stays() -> None:
    plan = locked(LOCK, dist("a", "1"), dist("b", "2.0.0"), archives={"a": A, "b": B})
    assert plan == Plan((), False, False, (), (), (), False, ())  # noqa: FBT003


@pytest.mark.parametrize(
    ("dists", "archives", "wanted"),
    [
        ([dist("a"), dist("b", "1.9")], {"a": A, "b": A}, [("b", "upgrade 1.9 to 2.0")]),
        ([dist("a"), dist("b", "2.0.post1")], {"a": A, "b": A}, [("b", "downgrade 2.0.post1 to 2.0")]),
        ([dist("a"), dist("b", "2.0")], {"a": B, "b": A}, [("a", "reinstall 1.0")]),
        ([dist("a"), dist("b", "2.0")], {"b": A}, [("a", "reinstall 1.0")]),
        ([dist("a", record="other"), dist("b", "2.0")], {"a": A, "b": A}, [("a", "reinstall 1.0")]),
        ([dist("a", record=""), dist("b", "2.0")], {"a": A, "b": A}, [("a", "repair 1.0")]),
        ([dist("a"), dist("a", "0.9"), dist("b", "2.0")], {"a": A, "b": A}, [("a", "repair 1.0")]),
    ],
)
def test_what_differs(dists: list[Dist], archives: dict[str, str], wanted: list[tuple[str, str]]) -> None:
    plan = locked(LOCK, *dists, archives=archives)
    assert actions(plan) == wanted
    assert set(plan.forget) == {one.folder for one in dists if wanted[0][1] == "repair 1.0" and one.name == "a"}


def test_what_nobody_asked_for() -> None:
    dists = [dist("a"), dist("b", "2.0"), dist("stray", "3"), dist("pip", "25"), dist("torn", "1", record="")]
    archives = {"a": A, "b": A}
    plan = locked(LOCK, *dists, archives=archives)
    assert (plan.changes, plan.strays) == ((), ("stray", "torn"))
    plan = locked(LOCK, *dists, archives=archives, exact=True)
    assert actions(plan) == [("stray", "remove 3"), ("torn", "remove half-installed")]
    assert (plan.remove, plan.forget, plan.strays) == (("stray",), ("torn-1.dist-info",), ())


def test_modes_and_the_systems_packages() -> None:
    config = f"{CONFIG}include-system-site-packages = true\n"
    venv = Venv("folder", config=config, python="/usr/bin/python3.13", has_library=True, modes=Modes(wrong=3))
    plan = locked("", venv=venv)
    assert actions(plan) == [("", "shut off from the system's packages"), ("", "set modes")]
    assert (plan.configure, plan.modes) == (True, True)


def test_a_broken_one_is_made_anew_only_when_asked() -> None:
    venv = Venv("folder", config=CONFIG, python="", has_library=True)
    with pytest.raises(StepError, match="recreate: true"):
        locked(LOCK, venv=venv)
    assert actions(locked(LOCK, dist("a"), venv=venv, recreate=True))[0] == ("", "recreate")
    good = Venv("folder", config=CONFIG, python="/usr/bin/python3.13", has_library=True)
    assert actions(locked("", venv=good, recreate=True)) == []
    unfinished = good._replace(unfinished=True)
    assert actions(locked(LOCK, dist("a"), venv=unfinished))[:2] == [("", "create"), ("a", "install 1.0")]


UNLOCKED: dict[str, t.Any] = {"require_hashes": False, "allow_unpinned": True}


def test_a_list_is_met_by_what_is_installed() -> None:
    found = case("a[x]>=1\n", dist("a", "1.0", "b; extra == 'x'"), dist("b"), dist("stray"), **UNLOCKED)
    assert not needs_resolving(found.case.target, found.case.here, PI)
    plan = decide(found.case, ())
    assert (plan.changes, plan.strays) == ((), ("stray",))


@pytest.mark.parametrize(
    ("text", "dists"),
    [
        ("a==1.1", [dist("a")]),
        ("a", []),
        ("a", [dist("a", "1.0", "b")]),
        ("a", [dist("a", "1.0", "b>=2"), dist("b")]),
        ("a[x]", [dist("a", "1.0", "b; extra == 'x'")]),
        ("a", [dist("a", record="")]),
        ("a", [dist("a"), dist("a", "2.0")]),
    ],
)
def test_pip_is_asked_where_something_is_missing(text: str, dists: list[Dist]) -> None:
    found = case(text, *dists, **UNLOCKED)
    assert needs_resolving(found.case.target, found.case.here, PI)
    assert found.lines == (text,)


def test_what_pip_resolved_is_what_is_done() -> None:
    found = case("a==1.0\n", dist("c", "1.0"), dist("stray"), exact=True, require_hashes=False)
    items = [Item("a", "1.0", (A,), ("c>=2",), "u"), Item("c", "2.0", (B,), (), "v")]
    plan = decide(found.case, items)
    assert actions(plan) == [("stray", "remove 1.0"), ("a", "install 1.0"), ("c", "upgrade 1.0 to 2.0")]
    assert plan.install == (Pin("a", "1.0", hashes=(A,), url="u"), Pin("c", "2.0", hashes=(B,), url="v"))


def test_a_wheel_of_the_checkout_is_installed_once_though_pip_resolves_it_too() -> None:
    found = case("a==1.0\n", require_hashes=False).case
    wheel = Pin("w", "1.0", "wheel", path="p/w-1.0-py3-none-any.whl")
    known = found._replace(target=found.target._replace(pins=(*found.target.pins, wheel)))
    plan = decide(known, [Item("w", "1.0", (B,), (), "file:///c/p/w"), Item("a", "1.0", (A,), (), "u")])
    assert actions(plan) == [("w", "install 1.0"), ("a", "install 1.0")]
    assert plan.install[0] == wheel


def test_a_lock_without_a_need_is_found_out() -> None:
    found = case(LOCK, dist("a", "1.0", "x"), dist("b", "2.0"), archives={"a": A, "b": A})
    assert unmet_after(found.case.target, found.case.facts.dists, PI) == ("a needs x, which is not installed",)


def test_five_thousand_packages_are_judged_at_once() -> None:
    text = "".join(f"n{at}==1.0 --hash={A}\n" for at in range(5_000))
    dists = [dist(f"n{at}") for at in range(5_000)]
    assert locked(text, *dists, archives={one.name: A for one in dists}).changes == ()
    assert len(locked(text, *dists).install) == 5_000
