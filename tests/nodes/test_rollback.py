# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 5.3 on a real node: a bad commit goes back by the operator's clone, and what services keep is saved."""

from __future__ import annotations

import json
import pathlib
import subprocess
import tarfile
import time
import typing as t

import pytest

from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Run, kill_all_of
from tests.nodes.service_site import CHECKOUT, SLEEPS, ServiceSite, entry, unit
from tests.revert_rig import identify

PLAYBOOK = PLAYBOOKS / "rollback.yml"
# Behind the node that stands first, and never there.
SECOND = "t-rollback-second"
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


def two_nodes(site: ServiceSite, folder: pathlib.Path) -> list[str]:
    """Return the words that have the run reach a second node that does not answer."""
    second = {"ansible_host": "127.0.0.1", "ansible_port": 9, "network_address": "192.0.2.77/24"}
    extra = folder / "second.json"
    extra.write_text(json.dumps({"lab": {"hosts": {SECOND: second}}}))
    return ["-i", str(extra), "--limit", f"{site.node.name},{SECOND}"]


def test_a_revert_that_does_not_run_stops_at_the_first_node(site: ServiceSite, tmp_path: pathlib.Path) -> None:
    site.commit({"probe/run": "#!/bin/sh\nexit 3\n"}, "Break it")
    mend = site.commit({"probe/run": f"{SLEEPS}# mended\n"}, "Mend it")
    site.run().ok()
    run = roll_back(site, mend, *two_nodes(site, tmp_path))
    try:
        assert run.rc == 2
        assert SECOND not in run.steps["nodes"]
        said = sentence(run, site)
        assert f"It does not run on {site.node.name}: probe.service did not" in said
        assert (
            "The other node was left as it is. Next: ansible-playbook playbooks/diagnose.yml --limit t-rollback;"
            in said
        )
        assert site.head == mend
        assert site.show("probe.service", "ActiveState") == "active"
    finally:
        site.upstream.git("reset", "--quiet", "--hard", mend)
    # All is well there: the next one is asked, and says nothing.
    run = roll_back(site, site.commit({"README.md": "bad\n"}, "Bad words"), *two_nodes(site, tmp_path))
    assert run.rc != 0
    assert " here: " in sentence(run, site)
    assert SECOND in run.steps["nodes"]


def test_a_run_that_is_killed_before_it_deploys_is_finished_by_the_next(site: ServiceSite) -> None:
    bad = site.commit({"probe/probe.service": unit("probe", what="killed")}, "Greet and die")
    site.run().ok()
    argv, env, _steps = site.node.command(PLAYBOOK, variables=site.variables(commit=bad))
    with subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=ROOT) as play:
        deadline = time.monotonic() + 60
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
