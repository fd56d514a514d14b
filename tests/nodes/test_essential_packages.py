"""Runbook 2.6 on a real node: what the dry run predicts is what happens; nothing but what was named is asked of apt."""

from __future__ import annotations

import json

import pytest

from tests.git_rig import Upstream
from tests.nodes import local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node
from tests.nodes.local_archive import Package

REFRESH = ("2.6", "apt lists", "refresh")


# What these tests ask for beyond the checklist, each justified: it is the archive's word that they are about.
DOCUMENTED = ("zz-no-such-package", "g.t", "awk", "wget", "runbook-one", "runbook-two", "runbook-three")


@pytest.fixture(scope="module")
def node(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Node:
    node = lab_node("t-essential")
    repository = Upstream(tmp_path_factory.mktemp("repository") / "ai-systems")
    lines = "".join(f"- `{name}`: proves what apt answers\n" for name in DOCUMENTED)
    repository.commit({"context.md": f"## Installed packages\n\n{lines}"})
    node.always.update(repository_url=str(repository.path), repository_version="main")
    return node


def offer(node: Node, packages: list[Package]) -> None:
    """Make these packages the node's only ones, in an archive that counts as Debian's by its key."""
    key = local_archive.offer(node, packages, origin="Debian", label="Debian", codename="trixie")
    node.always["runbook_archive_keys"] = [key]


def wanting(*names: str) -> dict[str, list[str]]:
    return {"essential_packages_list": list(names)}


def status(node: Node) -> str:
    return node.root("cat /var/lib/dpkg/status").ok()


def test_four_runs_on_a_node_whose_lists_are_empty(node: Node) -> None:
    lists = node.root("ls -la --time-style=full-iso /var/lib/apt/lists /var/cache/apt").ok()
    predicted = node.role("essential_packages", check=True).ok()
    assert node.root("ls -la --time-style=full-iso /var/lib/apt/lists /var/cache/apt").ok() == lists
    assert node.root("ls /run/ai-systems-runbook").ok().split() == ["apt.lock"]
    done = node.role("essential_packages").ok()
    assert predicted.actions == done.actions
    subjects = {subject for _, subject, _ in done.actions}
    assert REFRESH in done.actions
    assert {"git", "vim", "curl", "git-man", "vim-common"} <= subjects
    assert set(node.root("apt-mark showmanual").ok().split()) >= {"git", "vim", "curl"}
    assert node.role("essential_packages", check=True).ok().actions == set()
    assert node.role("essential_packages").ok().actions == set()


def test_a_package_there_for_anothers_sake_becomes_wanted(node: Node) -> None:
    node.root("apt-mark auto curl").ok()
    predicted = node.role("essential_packages", check=True).ok()
    assert node.root("apt-mark showauto curl").ok().split() == ["curl"]
    assert predicted.actions == node.role("essential_packages").ok().actions == {("2.6", "curl", "mark manual")}
    assert node.root("apt-mark showauto curl").ok() == ""


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["git", "vim*"], "'vim*' is no explicit package name: it is a glob"),
        (["git-"], "'git-' is no explicit package name: a trailing '-'"),
        (["-o=APT::Get::AllowUnauthenticated=1"], "makes it an option of apt-get"),
        (["zz-no-such-package"], "no package named zz-no-such-package"),
        # apt-get alone would take these for a regular expression and for "any provider".
        (["g.t"], "no package named g.t"),
        (["awk"], "no package named awk"),
        (["wget=0.1"], "Version '0.1' for 'wget' was not found"),
    ],
)
def test_a_name_that_is_none_changes_nothing(node: Node, names: list[str], said: str) -> None:
    before = status(node)
    run = node.role("essential_packages", variables=wanting(*names))
    run.failed(said)
    assert run.actions == set()
    assert status(node) == before


def test_old_lists_are_refreshed_first_and_one_missing_package_is_one_transaction(node: Node) -> None:
    node.root("apt-get -qy purge curl && touch -d '2 hours ago' /var/lib/apt/lists").ok()
    predicted = node.role("essential_packages", check=True).ok()
    done = node.role("essential_packages").ok()
    assert predicted.actions == done.actions
    assert {subject for _, subject, _ in done.actions} == {"apt lists", "curl"}
    last = [
        json.loads(line)
        for line in node.root("tail -n 2 /var/lib/ai-systems-runbook/transactions.jsonl").ok().splitlines()
    ]
    assert [line["state"] for line in last] == ["begun", "ended"]
    assert [package["package"] for package in last[0]["packages"]] == last[1]["installed"] == ["curl"]


def test_versions_holds_and_conflicts(node: Node) -> None:
    local_archive.prepare(node)
    packages = [
        Package("runbook-one", "1.0"),
        Package("runbook-one", "2.0"),
        Package("runbook-two", "1.0", depends="runbook-zero"),
    ]
    offer(node, packages)
    run = node.role("essential_packages", variables=wanting("runbook-one=1.0")).ok()
    assert run.actions == {REFRESH, ("2.6", "runbook-one", "install 1.0")}
    # Installed is enough: provision never upgrades.
    assert node.role("essential_packages", variables=wanting("runbook-one")).ok().actions == set()
    wanted = wanting("runbook-one=2.0")
    predicted = node.role("essential_packages", check=True, variables=wanted).ok()
    assert predicted.actions == {("2.6", "runbook-one", "upgrade 1.0 -> 2.0")}
    assert node.role("essential_packages", variables=wanted).ok().actions == predicted.actions
    before = status(node)
    node.role("essential_packages", variables=wanting("runbook-one=1.0")).failed(
        "apt would downgrade runbook-one 2.0 -> 1.0"
    )
    node.role("essential_packages", variables=wanting("runbook-two")).failed(
        "apt finds no way to do it", "runbook-zero"
    )
    assert status(node) == before


def test_a_package_that_would_remove_another_one_is_refused(node: Node) -> None:
    offer(node, [Package("runbook-three", "1.0", conflicts="runbook-one")])
    before = status(node)
    for check in (True, False):
        run = node.role("essential_packages", check=check, variables=wanting("runbook-three"))
        run.failed("apt would remove runbook-one, which is never done unasked")
    assert status(node) == before
