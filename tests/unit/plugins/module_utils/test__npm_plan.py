from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_lock import Entry, entry_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_modules import Modules, Present
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_plan import (
    Plan,
    agrees,
    decide,
    names_of,
    same,
    why_not_as_locked,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_record import Noted, Record
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_study import Case
from tests.unit.plugins.module_utils.test__npm_study import HASH, A, case, facts

MODULES = "/c/p/node_modules"
LOCK: dict[str, t.Any] = {
    "node_modules/a": A,
    "node_modules/b": {**A, "version": "2.0.0"},
    "node_modules/lib": {"link": True, "resolved": "lib"},
}
ROOT = {"dependencies": {"a": "*", "b": "*"}, "workspaces": ["lib"]}


def there(entries: t.Mapping[str, t.Any] | None = None, **more: t.Any) -> Modules:
    """A node_modules that holds what a lock says, with our note of it."""
    said = {at: entry_from(entry) for at, entry in (LOCK if entries is None else entries).items() if "node_m" in at}
    noted = {at: Noted(entry.version, entry.integrity, f"digest of {at}") for at, entry in said.items()}
    values: dict[str, t.Any] = {
        "packages": {at: Present(entry.version, f"digest of {at}") for at, entry in said.items()},
        "hidden": said,
        "record": Record(noted, "", "bins"),
        "bins": "bins",
        **more,
    }
    return Modules("folder", **values)


def known(modules: Modules | None = None, entries: t.Mapping[str, t.Any] | None = None, **entry: t.Any) -> Case:
    said = LOCK if entries is None else entries
    found = facts({at: what for at, what in said.items() if "link" not in what}, root=ROOT, modules=modules)
    return case(found, **entry)


def actions(plan: Plan) -> list[tuple[str, str]]:
    return [(change.subject.removeprefix(MODULES).strip(), change.action) for change in plan.changes]


NO_LINK = {at: entry for at, entry in LOCK.items() if "link" not in entry}


def test_a_fresh_project() -> None:
    plan = decide(known())
    assert actions(plan) == [("", "create"), ("a", "install 1.0.0"), ("b", "install 2.0.0")]
    assert (plan.install, plan.modes, plan.clear) == (True, False, False)


def test_what_is_as_locked_stays() -> None:
    assert decide(known(there(NO_LINK))) == Plan()


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"packages": {}}, [("a", "install 1.0.0"), ("b", "install 2.0.0")]),
        ({"hidden": {}}, [("a", "reinstall 1.0.0"), ("b", "reinstall 2.0.0")]),
        ({"record": Record(bins="bins")}, [("a", "reinstall 1.0.0"), ("b", "reinstall 2.0.0")]),
        ({"bins": "other"}, [("/.bin", "link the commands again")]),
        ({"wrong": 3}, [("", "set modes")]),
        ({"hidden": {"node_modules/b": Entry(version="2.0.0", integrity=HASH)}}, [("a", "reinstall 1.0.0")]),
    ],
)
def test_what_changed_since(changed: dict[str, t.Any], wanted: list[tuple[str, str]]) -> None:
    plan = decide(known(there(NO_LINK, **changed)))
    assert actions(plan) == wanted
    assert plan.install == ("set modes" not in str(wanted))


@pytest.mark.parametrize(
    ("version", "digest", "wanted"),
    [
        ("1.0.0", "other", "reinstall 1.0.0"),
        ("v1.0.0", "other", "reinstall 1.0.0"),
        ("0.9.0", "other", "upgrade 0.9.0 to 1.0.0"),
        ("1.0.0-rc.1", "other", "upgrade 1.0.0-rc.1 to 1.0.0"),
        ("1.0.1", "other", "downgrade 1.0.1 to 1.0.0"),
        ("", "other", "upgrade nothing to 1.0.0"),
    ],
)
def test_versions(version: str, digest: str, wanted: str) -> None:
    packages = {**there(NO_LINK).packages, "node_modules/a": Present(version, digest)}
    assert actions(decide(known(there(NO_LINK, packages=packages)))) == [("a", wanted)]


def test_another_hash_of_the_same_version_is_another_archive() -> None:
    other = {**NO_LINK, "node_modules/a": {**A, "integrity": f"sha256-{'A' * 43}="}}
    assert actions(decide(known(there(NO_LINK), other))) == [("a", "reinstall 1.0.0")]


def test_strays_go_and_where_npm_works_anyway_modes_are_not_told() -> None:
    packages = {**there(NO_LINK).packages, "node_modules/x": Present("1.2.3", "d"), "node_modules/y": Present("", "d")}
    plan = decide(known(there(NO_LINK, packages=packages, wrong=3, bins="other")))
    assert actions(plan) == [("x", "remove 1.2.3"), ("y", "remove")]


def test_what_a_killed_run_left_is_cleared() -> None:
    found = known(there(NO_LINK))
    plan = decide(found._replace(facts=found.facts._replace(left_over=True)))
    assert [(change.subject, change.action) for change in plan.changes] == [("/c/p/.node_modules-runbook", "remove")]
    assert (plan.install, plan.clear) == (False, True)


def test_links() -> None:
    root = {"dependencies": {"lib": "file:lib"}}
    entry = entry_from({"link": True, "resolved": "lib"})
    found = known()
    found = found._replace(choice=found.choice._replace(packages={"node_modules/lib": entry}))
    assert root
    assert actions(decide(found)) == [("", "create"), ("lib", "link to lib")]
    right = there({"node_modules/lib": {"link": True, "resolved": "lib"}})
    assert decide(found._replace(facts=found.facts._replace(modules=right))) == Plan()
    wrong = there({"node_modules/lib": {"link": True, "resolved": "other"}})
    assert actions(decide(found._replace(facts=found.facts._replace(modules=wrong)))) == [("lib", "link to lib")]


def test_scripts() -> None:
    entries = {**NO_LINK, "node_modules/a": {**A, "hasInstallScript": True}}
    run = ("a", "run its install scripts")
    assert run in actions(decide(known(None, entries, allow_scripts=["a"])))
    assert actions(decide(known(there(entries), entries, allow_scripts=["a"]))) == [run]
    noted = there(entries).record.packages
    ran = Record({**noted, "node_modules/a": noted["node_modules/a"]._replace(ran=True)}, "", "bins")
    assert decide(known(there(entries, record=ran), entries, allow_scripts=["a"])) == Plan()
    # Nobody lists it any more: what its script wrote is not of the archive.
    assert actions(decide(known(there(entries, record=ran), entries))) == [("a", "reinstall 1.0.0")]


def test_what_npm_made_is_compared_with_the_lock() -> None:
    found = known()
    hidden = {at: entry_from(entry) for at, entry in NO_LINK.items()}
    present = {"node_modules/a": "v1.0.0", "node_modules/b": "2.0.0"}
    assert why_not_as_locked(found, hidden, present) == ""
    assert "npm did not install a 1.0.0" in why_not_as_locked(found, hidden, {})
    assert "npm took a 1.0.0 from elsewhere" in why_not_as_locked(found, {}, present)
    other = {**present, "node_modules/a": "1.0.1"}
    assert "the archive of a 1.0.0 holds version 1.0.1" in why_not_as_locked(found, hidden, other)
    assert "npm also installed x" in why_not_as_locked(found, hidden, {**present, "node_modules/x": ""})
    packages = {**found.choice.packages, "node_modules/o": Entry(version="3.0.0", optional=True)}
    optional = found._replace(choice=found.choice._replace(packages=packages))
    assert "npm left out o 3.0.0, which is optional and made for this node" in why_not_as_locked(
        optional, hidden, present
    )


def test_agreement_and_names() -> None:
    assert agrees(entry_from(A), entry_from({**A, "resolved": "https://x"}))
    assert not agrees(entry_from(A), entry_from({**A, "inBundle": True}))
    assert not agrees(entry_from(A), entry_from({**A, "link": True}))
    assert names_of(["node_modules/a", "node_modules/b/node_modules/a", "node_modules/@s/c"]) == ["@s/c", "a"]
    assert same("nonsense", "nonsense")
    assert not same("nonsense", "other")
