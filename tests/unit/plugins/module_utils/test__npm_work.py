from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _npm_work
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_facts import facts_from, look
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_plan import Plan, decide
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_platform import Platform
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_project import projects_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_study import Case, study
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_work import Worker
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Upstream

HASH = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
PI = Platform("linux", "arm64", "20.19.2", "9.2.0")


class StandIn:
    """In npm's place: installs each package of the lock as an almost empty one."""

    version: t.ClassVar[str] = ""
    note: t.ClassVar[bool] = True
    asked: t.ClassVar[list[t.Any]] = []

    def __init__(self, folder: str, settings: t.Sequence[str] = ()) -> None:
        assert pathlib.Path(folder).is_dir()
        self.asked.append(("settings", tuple(settings)))

    def install(self, prefix: str, *, dev: bool, packages: int, hashes: t.Mapping[str, str]) -> None:
        self.asked.append(("install", dev, packages, dict(hashes)))
        lock = json.loads((pathlib.Path(prefix) / "package-lock.json").read_text())
        entries = {location: entry for location, entry in lock["packages"].items() if location}
        for location, entry in entries.items():
            path = pathlib.Path(prefix) / location
            path.mkdir(parents=True)
            (path / "package.json").write_text(json.dumps({"version": self.version or entry["version"]}))
            (path / "package.json").chmod(0o666)
        if self.note:
            (pathlib.Path(prefix) / "node_modules/.package-lock.json").write_text(json.dumps({"packages": entries}))

    def run_scripts(self, prefix: str, names: t.Sequence[str]) -> None:
        self.asked.append(("scripts", names))
        (pathlib.Path(prefix) / "node_modules" / names[0] / "built").touch()


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_npm_work, "Npm", StandIn)
    monkeypatch.setattr(os, "sync", lambda: None)
    monkeypatch.setattr(StandIn, "version", "")
    StandIn.asked.clear()


class Site:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.upstream = Upstream(folder / "checkout")
        self.modules = folder / "checkout/web/node_modules"
        self.aside = folder / "checkout/web/.node_modules-runbook"

    def lock(self, **versions: str) -> None:
        root = {"dependencies": dict.fromkeys(versions, "*")}
        entries = {
            f"node_modules/{name}": {"version": version, "integrity": HASH, "hasInstallScript": True}
            for name, version in versions.items()
        }
        files: dict[str | bytes, str | bytes | None] = {
            "web/package.json": json.dumps(root),
            "web/package-lock.json": json.dumps({"lockfileVersion": 3, "packages": {"": root, **entries}}),
        }
        self.upstream.commit(files)

    def case(self, **entry: t.Any) -> Case:
        project = projects_from({"checkout": str(self.upstream.path), "projects": [{"path": "web", **entry}]})[0]
        return study(project, facts_from(look(project, os.getuid(), self.own())), PI)

    def own(self) -> str:
        path = self.folder / f"own-{len(list(self.folder.iterdir()))}"
        path.mkdir()
        return str(path)

    def work(self, **entry: t.Any) -> Plan:
        case = self.case(**entry)
        plan = decide(case)
        Worker(case, self.own(), "https://r.example").carry_out(plan)
        return plan


@pytest.fixture
def site(tmp_path: pathlib.Path) -> Site:
    made = Site(tmp_path)
    made.lock(a="1.0.0", b="2.0.0")
    return made


def test_what_is_made_is_what_is_wanted(site: Site) -> None:
    site.work()
    assert decide(site.case()) == Plan()
    assert (site.modules / "a/package.json").stat().st_mode & 0o777 == 0o644
    assert not site.aside.exists()
    assert site.upstream.git("status", "--porcelain") == ""
    assert StandIn.asked == [("settings", ()), ("install", False, 2, {HASH: "b"})]
    assert site.case().facts.modules.record.registry == "https://r.example"
    site.lock(a="1.0.1")
    assert [change.action for change in site.work().changes] == ["remove 2.0.0", "upgrade 1.0.0 to 1.0.1"]
    assert decide(site.case()) == Plan()


def test_scripts_run_before_the_swap_and_are_noted(site: Site) -> None:
    site.work(allow_scripts=["a"])
    assert StandIn.asked[-1] == ("scripts", ["a"])
    assert (site.modules / "a/built").exists()
    assert decide(site.case(allow_scripts=["a"])) == Plan()


def test_what_is_not_as_locked_is_never_swapped_in(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.work()
    site.lock(a="3.0.0")
    monkeypatch.setattr(StandIn, "version", "6.6.6")
    with pytest.raises(StepError, match=r"web/package-lock.json: the archive of a 3.0.0 holds version 6.6.6; what was"):
        site.work()
    assert json.loads((site.modules / "a/package.json").read_text())["version"] == "1.0.0"
    assert not site.aside.exists()


def test_where_npm_left_no_note_the_disk_is_looked_at(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StandIn, "note", False)
    with pytest.raises(StepError, match="npm left no note of what it installed; look at the node's disk"):
        site.work()
    monkeypatch.setattr(_npm_work, "_ENOUGH", 2**63)
    with pytest.raises(StepError, match="the disk is full"):
        site.work()
    assert not site.modules.exists()


def test_a_project_without_packages_needs_no_npm(site: Site) -> None:
    site.lock()
    site.work()
    assert StandIn.asked == [("settings", ())]
    assert decide(site.case()) == Plan()


def test_modes_alone_need_no_npm(site: Site) -> None:
    site.work()
    StandIn.asked.clear()
    (site.modules / "a").chmod(0o777)
    assert [change.action for change in site.work().changes] == ["set modes"]
    assert StandIn.asked == []
    assert decide(site.case()) == Plan()


def test_what_a_killed_run_left_goes(site: Site) -> None:
    site.work()
    (site.aside / "node_modules/x").mkdir(parents=True)
    (plan,) = [site.work()]
    assert [change.action for change in plan.changes] == ["remove"]
    assert not site.aside.exists()
    site.aside.symlink_to(site.modules)
    site.work()
    assert not site.aside.is_symlink()
    assert site.modules.is_dir()
