# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 5.3 on a real node: a bad commit goes back by the operator's clone, and what services keep is saved."""

from __future__ import annotations

import pathlib
import subprocess
import tarfile
import time
import typing as t

import pytest
import yaml

from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Run, kill_all_of
from tests.nodes.service_site import CHECKOUT, SLEEPS, ServiceSite, entry, unit
from tests.revert_rig import identify

PLAYBOOK = PLAYBOOKS / "rollback.yml"
SECOND, GONE = "t-rollback-2", "t-rollback-0"
KEPT = "/var/lib/probe"


@pytest.fixture(scope="module")
def ready(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ServiceSite]:
    folder = tmp_path_factory.mktemp("controller")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        site = ServiceSite(lab_node("t-rollback"), Upstream(folder / "ai-systems"))
        identify(site.upstream)
        site.make_ready()
        site.commit({"probe/probe.service": unit("probe", what="probe v1"), "probe/run": SLEEPS, "README.md": "one\n"})
        site.declared = [entry("probe", service_state=[KEPT, "/var/lib/gone"])]
        site.run().ok()
        yield site


@pytest.fixture(scope="module")
def second(ready: ServiceSite, lab_node: LabNodes) -> ServiceSite:
    """Another node that runs the same; both are in the first one's inventory."""
    other = ServiceSite(lab_node(SECOND), ready.upstream)
    other.make_ready()
    ready.node.refresh_inventory()
    return other


@pytest.fixture
def site(ready: ServiceSite) -> t.Iterator[ServiceSite]:
    """The node runs the clone's commit; in the end the clone is clean, and nothing of a run is left anywhere."""
    yield ready
    assert ready.upstream.git("status", "--porcelain") == ""
    assert ready.upstream.git("worktree", "list").count("\n") == 0
    ready.is_tidy()


def roll_back(site: ServiceSite, commit: str, *arguments: str, check: bool = False, **more: t.Any) -> Run:
    return site.node.play(PLAYBOOK, *arguments, check=check, variables=site.variables(commit=commit, **more))


def held(site: ServiceSite) -> tuple[str, str, str]:
    """Return all that the clone has: its refs, its objects, its state."""
    objects = site.upstream.git("count-objects", "-v")
    return site.upstream.git("for-each-ref"), objects, site.upstream.git("status", "--porcelain=v2", "--branch")


def sentence(run: Run, site: ServiceSite) -> str:
    return str(run.rows(site.node.name)["5.3"]["sentence"])


def moved(site: ServiceSite) -> tuple[str, str]:
    return (site.head, site.show("probe.service", "Description"))


def test_four_runs(site: ServiceSite) -> None:
    bad = site.commit({"probe/probe.service": unit("probe", what="probe bad")}, "Greet badly")
    site.run().ok()
    before = held(site)
    foretold = roll_back(site, bad, check=True).ok()
    assert held(site) == before
    assert moved(site) == (bad, "probe bad")
    # The revert, and what it does to the node.
    assert "-Description=probe bad" in foretold.output
    assert "It is to be deployed here." in sentence(foretold, site)
    done = roll_back(site, bad).ok()
    assert moved(site) == (site.upstream.head, "probe v1")
    assert site.upstream.git("log", "-1", "--format=%an: %s") == 'Anna Op: Revert "Greet badly"'
    plain = {(clause, subject, action.split()[0]) for clause, subject, action in done.actions}
    assert plain == {(clause, subject, action.split()[0]) for clause, subject, action in foretold.actions}
    assert plain == {
        ("5.3", str(site.upstream.path), "revert"), ("2.9", CHECKOUT, "update"), ("2.9", "probe.service", "stop"),
        ("4", "probe.service", "enable"), ("4", "probe.service", "start"),
    }  # fmt: skip
    assert f"{bad[:12]} 'Greet badly' is reverted on main" in sentence(done, site)
    assert " here: " in sentence(done, site)
    for check in (True, False):
        again = roll_back(site, bad, check=check).ok()
        assert again.actions == set()
        assert f"is reverted already on main of {site.upstream.path}, by {site.upstream.head[:12]}" in sentence(
            again, site
        )


def test_the_first_node_that_takes_part_goes_alone(
    site: ServiceSite, second: ServiceSite, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = yaml.safe_load(site.node.inventory.read_text(encoding="utf-8"))["lab"]
    hosts = {name: lab["hosts"][name] for name in (site.node.name, second.node.name)}
    # It stands first, and would be a canary that nothing is tried on.
    groups = {"decommissioned": {"hosts": {GONE: None}}, "lab": {**lab, "hosts": hosts}}
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump(groups, sort_keys=False))
    monkeypatch.setattr(site.node, "inventory", inventory)
    fleet = ("--limit", f"{site.node.name}*")
    site.commit({"probe/run": "#!/bin/sh\nexit 3\n"}, "Break it")
    mend = site.commit({"probe/run": f"{SLEEPS}# mended\n"}, "Mend it")
    site.run(*fleet).ok()
    before = (second.head, second.process("probe.service"))
    run = roll_back(site, mend, *fleet)
    try:
        run.failed(f"It does not run on {site.node.name}: probe.service did not")
        assert run.output.count(f"LEFT OUT, since decommissioned: {GONE}") == 1
        said = sentence(run, site)
        next_step = f"Next: ansible-playbook playbooks/diagnose.yml --limit {site.node.name};"
        assert f"The other node was left as it is. {next_step}" in said
        assert site.head == mend
        assert site.show("probe.service", "ActiveState") == "active"
        assert (second.head, second.process("probe.service")) == before
        assert {row["state"] for clause, row in run.rows(second.node.name).items() if clause != "1"} == {"not reached"}
    finally:
        site.upstream.git("reset", "--quiet", "--hard", mend)
    # All is well on the first one, and the other one follows.
    run = roll_back(site, site.commit({"README.md": "bad\n"}, "Bad words"), *fleet).ok()
    assert site.head == second.head == site.upstream.head
    for node in (site.node, second.node):
        assert " here: " in run.rows(node.name)["5.3"]["sentence"]
    changed = [line for line in run.output.splitlines() if line.startswith("changed: [")]
    last = max(at for at, line in enumerate(changed) if f"[{site.node.name}]" in line)
    assert last < min(at for at, line in enumerate(changed) if f"[{second.node.name}]" in line)


def test_a_run_that_is_killed_before_it_deploys_is_finished_by_the_next(site: ServiceSite) -> None:
    bad = site.commit({"probe/probe.service": unit("probe", what="killed")}, "Greet and die")
    site.run().ok()
    argv, env, _steps = site.node.command(PLAYBOOK, variables=site.variables(commit=bad))
    with subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=ROOT) as play:
        deadline = time.monotonic() + 300
        while site.upstream.head == bad and time.monotonic() < deadline:
            time.sleep(0.01)
        kill_all_of(play.pid)
    assert site.upstream.head != bad
    assert site.head == bad
    done = roll_back(site, bad).ok()
    assert site.head == site.upstream.head
    assert site.show("probe.service", "Description") != "killed"
    assert "5.3" not in {clause for clause, _subject, _action in done.actions}
    assert "is reverted already" in sentence(done, site)


def test_a_pin_and_a_conflict_deploy_nothing(site: ServiceSite) -> None:
    bad = site.commit({"README.md": "pinned\n"}, "Pinned words")
    site.run(repository_version=bad).ok()
    run = roll_back(site, bad, repository_version=bad)
    pin = f"change it to repository_version: {site.upstream.head}, then run the same command again"
    run.failed("is pinned to commit", "(by the command line)", pin)
    assert site.head == bad
    done = roll_back(site, bad, repository_version=site.upstream.head).ok()
    assert site.head == site.upstream.head
    assert done.actions == {("2.9", CHECKOUT, f"update to {site.upstream.head[:12]}")}
    one = site.commit({"README.md": "one thing\n"}, "One thing")
    site.commit({"README.md": "another\n"}, "Another")
    tip = site.upstream.head
    roll_back(site, one).failed(f"{one[:12]} 'One thing' cannot be reverted by itself", "nothing was changed")
    roll_back(site, "main").failed("commit 'main' is neither a commit id")
    assert (site.upstream.head, site.head != tip) == (tip, True)


def test_what_services_keep_is_saved_before_a_new_image(site: ServiceSite, tmp_path: pathlib.Path) -> None:
    site.node.root(f"mkdir -p {KEPT}/deep && echo one > {KEPT}/deep/file && chmod -R go= {KEPT}").ok()
    wanted = {"reimage": True, "rollback_state_dir": str(tmp_path / "state")}
    variables = {name: value for name, value in site.variables(**wanted).items() if name != "commit"}
    foretold = site.node.play(PLAYBOOK, check=True, variables=variables).ok()
    assert not (tmp_path / "state").exists()
    done = site.node.play(PLAYBOOK, variables=variables).ok()
    assert foretold.actions == done.actions == {("5.3", KEPT, "save")}
    [archive] = (tmp_path / "state" / site.node.name).glob("*.tar")
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as opened:
        found = opened.extractfile(f"{KEPT[1:]}/deep/file")
        assert found
        assert found.read() == b"one\n"
    for words in (
        f"playbooks/flash.yml --limit {site.node.name} -e image=FILE", f"{KEPT} (1 file, 4 bytes)", f"< {archive}",
        "/var/lib/gone, which is declared and is not there", "-e service_action=stop -e service_name=probe.service",
    ):  # fmt: skip
        assert words in done.output
    again = site.node.play(PLAYBOOK, variables=variables).ok()
    assert again.actions == set()
    assert "are saved already" in sentence(again, site)
    site.node.play(PLAYBOOK, variables={**variables, "services_list": [entry("probe")]}).failed(
        "probe.service of services_list does not say what it keeps on the node", "service_state: none"
    )
