"""Runbook 3 on a real node: official archives only, each package documented, nothing by the wrong way."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.git_rig import Upstream
from tests.nodes import dpkg_lock, local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, Node, Run
from tests.nodes.local_archive import Package
from tests.nodes.timing import seconds_beyond

PACKAGES = PLAYBOOKS / "packages.yml"
HEAD = "# Context\n\n## Installed packages\n\n| Package | Justification |\n|---|---|\n"
HTOP = "| htop | shows what a busy node does, over SSH |\n"


class Fleet:
    """One node and the operator's two repositories: ai-systems and the inventory's records."""

    def __init__(self, node: Node, folder: pathlib.Path) -> None:
        self.node = node
        self.repository = Upstream(folder / "ai-systems")
        self.records = folder / "records"
        self.document("")
        node.always.update(
            repository_url=str(self.repository.path), repository_version="main", runbook_records_dir=str(self.records)
        )

    def document(self, lines: str) -> None:
        self.repository.commit({"context.md": HEAD + lines})

    def run(self, *names: str, check: bool = False, absent: tuple[str, ...] = ()) -> Run:
        return self.node.play(
            PACKAGES, check=check, variables={"packages_list": list(names), "packages_absent": list(absent)}
        )

    def status(self) -> str:
        return self.node.root("cat /var/lib/dpkg/status").ok()


@pytest.fixture(scope="module")
def fleet(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return Fleet(lab_node("t-section-3"), tmp_path_factory.mktemp("fleet"))


@pytest.fixture(autouse=True)
def _documented(fleet: Fleet) -> None:
    fleet.document(HTOP)


def test_a_package_without_its_line_is_refused_with_the_line_to_add(fleet: Fleet) -> None:
    fleet.document("")
    before = fleet.status()
    for check in (True, False):
        run = fleet.run("htop", check=check)
        run.failed("context.md", "htop", "| `htop` | <why this node needs it> |")
        assert run.actions == set()
    assert fleet.status() == before


def test_four_runs_of_a_documented_package(fleet: Fleet) -> None:
    predicted = fleet.run("htop", check=True).ok()
    done = fleet.run("htop").ok()
    assert predicted.actions == done.actions
    assert "htop" in {subject for _, subject, _ in done.actions}
    assert "asked for by the command line" in done.output
    assert fleet.run("htop", check=True).ok().actions == set()
    assert fleet.run("htop").ok().actions == set()
    assert fleet.node.root("htop --version").ok()


def test_the_controller_keeps_a_record_too(fleet: Fleet) -> None:
    lines = [json.loads(line) for line in (fleet.records / "t-section-3" / "packages.jsonl").read_text().splitlines()]
    packages = {package["package"]: package for line in lines for package in line["packages"]}
    assert packages["htop"]["archives"][0]["origin"] == "Debian"
    assert len(packages["htop"]["sha256"]) == 64


def test_four_runs_of_a_removal_also_where_the_lists_are_old(fleet: Fleet) -> None:
    fleet.node.root("touch -d '2 hours ago' /var/lib/apt/lists").ok()
    predicted = fleet.run(check=True, absent=("htop",)).ok()
    assert [(subject, action.split()[0]) for _, subject, action in predicted.actions] == [("htop", "remove")]
    assert fleet.run(absent=("htop",)).ok().actions == predicted.actions
    for check in (True, False):
        assert fleet.run(check=check, absent=("htop",)).ok().actions == set()


# What one run says of packages that stay, by whom they are needed.
NEEDED = {
    ("git",): ("the runbook needs it on every node",),
    ("dpkg", "libc-bin", "perl-base"): ("dpkg, libc-bin, perl-base is marked by Debian as essential",),
    ("openssh-server", "systemd-timesyncd"): (
        "openssh-server: the operator logs in by it", "systemd-timesyncd: it keeps the clock",
    ),
    ("libnftables1",): ("would also remove nftables",),
}  # fmt: skip


def test_what_the_system_needs_stays(fleet: Fleet) -> None:
    before = fleet.status()
    for absent, said in NEEDED.items():
        fleet.run(absent=absent).failed(*said)
    assert fleet.status() == before


def test_wanted_and_unwanted_at_once_is_a_contradiction(fleet: Fleet) -> None:
    fleet.run("htop", absent=("htop",)).failed("package htop is to be installed by", "keep one of them")


def test_what_groups_ask_for_adds_up(fleet: Fleet, tmp_path: pathlib.Path) -> None:
    name = fleet.node.name
    extra = tmp_path / "groups.yml"
    extra.write_text(
        f"one: {{hosts: {{{name}: }}, vars: {{packages_list: [htop]}}}}\n"
        f"two: {{hosts: {{{name}: }}, vars: {{packages_list: [btop, htop]}}}}\n"
    )
    fleet.document(HTOP)
    run = fleet.node.play(PACKAGES, "-i", str(extra), check=True)
    run.failed("btop", "group two", "is not documented")
    fleet.document(HTOP + "| btop | shows load and temperature over SSH |\n")
    run = fleet.node.play(PACKAGES, "-i", str(extra), check=True).ok()
    assert {"htop", "btop"} <= {subject for _, subject, _ in run.actions}
    assert "asked for by group one, group two" in run.output


def test_names_that_are_none_are_told_before_the_node_is_asked(fleet: Fleet) -> None:
    names = ("ht*p", "--allow-unauthenticated", "$(reboot)", "htop\nvim", "^task", "./x.deb", "htop-", "")
    run = fleet.run("htop", *names)
    shown = [" ".join(name.split()) for name in names]
    run.failed(*(f"holds {name!r}, which is no explicit package name" for name in shown))
    assert run.actions == set()


def test_ten_thousand_names_are_one_bounded_answer(fleet: Fleet) -> None:
    run = fleet.run(*(f"package-{number}" for number in range(10_000)))
    run.failed("package-0", "is not documented", "more")
    assert len(run.output) < 100_000


def test_a_lock_that_is_never_freed_is_an_error_in_bounded_time(fleet: Fleet) -> None:
    with dpkg_lock.held(fleet.node):
        run = fleet.node.play(PACKAGES, variables={"packages_list": ["htop"], "packages_lock_timeout": 3}, seconds=300)
    run.failed("/var/lib/dpkg/lock-frontend is still held by process", "lock_timeout")
    assert run.actions == set()


def test_an_interrupted_dpkg_is_reported_and_not_repaired(fleet: Fleet) -> None:
    fleet.node.root("touch /var/lib/dpkg/updates/0001").ok()
    try:
        for check in (True, False):
            run = fleet.run("htop", check=check)
            run.failed("dpkg was interrupted", "have 'ansible-playbook playbooks/update.yml' finish it")
            assert run.actions == set()
    finally:
        fleet.node.root("rm /var/lib/dpkg/updates/0001").ok()


def test_without_a_network_or_room_the_same_command_finishes_later(fleet: Fleet) -> None:
    fleet.node.root("apt-get clean; ip route save > /root/routes; ip route flush default").ok()
    try:
        fleet.run("htop").failed("does not reach its Debian archive")
    finally:
        fleet.node.root("ip route restore < /root/routes 2>/dev/null; ip route show default | grep .").ok()
    fleet.node.root("mount -t tmpfs -o size=16k tmpfs /var/cache/apt/archives").ok()
    fleet.node.root("mkdir /var/cache/apt/archives/partial").ok()
    try:
        fleet.run("htop").failed("the disk is full")
    finally:
        fleet.node.root("umount /var/cache/apt/archives").ok()
    assert "htop" in {subject for _, subject, _ in fleet.run("htop").ok().actions}


def test_a_converged_run_costs_little_more_than_the_module_itself(fleet: Fleet) -> None:
    packages = {"packages_list": ["htop"]}
    fleet.node.role("packages", variables=packages).ok()
    fleet.node.role("hostname").ok()
    extra = seconds_beyond(
        lambda: fleet.node.role("packages", variables=packages), lambda: fleet.node.role("hostname"), bound=0.5
    )
    assert extra < 0.5


class TestForeignArchives:
    """A second archive beside Debian's own, which calls itself Debian and is signed by a key of its own."""

    FOLDER = "/srv/foreign"

    NAMES = ("runbook-one", "runbook-two", "runbook-three", "hello")

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _signer(cls, fleet: Fleet) -> None:
        local_archive.prepare(fleet.node, aside=False)

    @pytest.fixture(autouse=True)
    def _documented_too(self, fleet: Fleet, _documented: None) -> None:
        fleet.document("".join(f"| {name} | proves where packages come from |\n" for name in self.NAMES))

    def offer(self, fleet: Fleet, *packages: Package, options: str = "") -> str:
        return local_archive.offer(
            fleet.node,
            packages,
            folder=self.FOLDER,
            origin="Debian",
            label="Debian",
            codename="trixie",
            key="mallory@example.org",
            options=options,
        )

    def refused(self, fleet: Fleet, wanted: tuple[str, ...], *said: str) -> None:
        before = fleet.status()
        for check in (True, False):
            fleet.run(*wanted, check=check).failed("nothing is installed", *said)
        assert fleet.status() == before

    def test_a_package_of_it_and_a_same_name_rebuild_with_a_higher_version_are_refused(self, fleet: Fleet) -> None:
        self.offer(fleet, Package("runbook-one", "1.0"), Package("hello", "99.0+rpt1"))
        self.refused(
            fleet,
            ("runbook-one", "hello"),
            "runbook-one 1.0: it comes from copy:/srv/foreign",
            "hello 99.0+rpt1: it comes from copy:/srv/foreign",
        )

    def test_so_is_one_of_an_archive_that_apt_is_told_to_trust(self, fleet: Fleet) -> None:
        self.offer(
            fleet, Package("runbook-one", "1.0"), options="trusted=yes signed-by=/usr/share/keyrings/mallory.asc"
        )
        self.refused(fleet, ("runbook-one",), "runbook-one 1.0")

    def test_it_counts_once_the_operator_vouches_for_its_key_and_what_is_on_hold_stays(self, fleet: Fleet) -> None:
        one = [Package("runbook-one", version, depends="runbook-two") for version in ("1.0", "2.0")]
        fleet.node.always["runbook_archive_keys"] = [self.offer(fleet, *one, Package("runbook-two", "1.0"))]
        try:
            predicted = fleet.run("runbook-one=1.0", check=True).ok()
            assert fleet.run("runbook-one=1.0").ok().actions == predicted.actions
            assert {subject for _, subject, _ in predicted.actions} >= {"runbook-one", "runbook-two"}
            fleet.node.root("apt-mark hold runbook-one").ok()
            for check in (True, False):
                run = fleet.run("runbook-one=2.0", check=check)
                run.failed("hold")
                assert run.actions == set()
            fleet.node.root("apt-mark unhold runbook-one").ok()
            assert fleet.run("runbook-one=2.0").ok().actions == {("3.3", "runbook-one", "upgrade 1.0 -> 2.0")}
            fleet.run("runbook-one=1.0").failed("apt would downgrade runbook-one 2.0 -> 1.0")
        finally:
            fleet.node.root("apt-mark unhold runbook-one; apt-get -qq purge runbook-one runbook-two").ok()
            del fleet.node.always["runbook_archive_keys"]

    def test_what_replaces_another_package_is_foretold(self, fleet: Fleet) -> None:
        key = self.offer(fleet, Package("runbook-one", "1.0"), Package("runbook-three", "1.0", conflicts="runbook-one"))
        fleet.node.always["runbook_archive_keys"] = [key]
        try:
            fleet.node.root(f"dpkg --install {self.FOLDER}/runbook-one_1.0_all.deb").ok()
            fleet.run("runbook-three", check=True).failed("apt would remove runbook-one")
            predicted = fleet.run("runbook-three", absent=("runbook-one",), check=True).ok()
            assert fleet.node.root("ls /run/ai-systems-runbook | grep dry-run").out == ""
            done = fleet.run("runbook-three", absent=("runbook-one",)).ok()
            assert predicted.actions == done.actions
            assert {subject for _, subject, _ in done.actions} == {"apt lists", "runbook-one", "runbook-three"}
        finally:
            fleet.node.root("apt-get -qq purge runbook-one runbook-three").ok()
            del fleet.node.always["runbook_archive_keys"]

    def test_a_dependency_of_it_is_refused(self, fleet: Fleet) -> None:
        good = local_archive.offer(
            fleet.node,
            [Package("runbook-one", "1.0", depends="runbook-two")],
            origin="Debian", label="Debian", codename="trixie",
        )  # fmt: skip
        self.offer(fleet, Package("runbook-two", "6.6"))
        fleet.node.always["runbook_archive_keys"] = [good]
        try:
            self.refused(fleet, ("runbook-one",), "runbook-two 6.6: it comes from copy:/srv/foreign")
        finally:
            del fleet.node.always["runbook_archive_keys"]
            fleet.node.root("rm /etc/apt/sources.list.d/*.list; apt-get update -q").ok()

    def test_a_file_slipped_into_apts_cache_is_not_installed(self, fleet: Fleet) -> None:
        fleet.node.root(
            "apt-get -qq purge hello; cd /var/cache/apt/archives && apt-get download -q hello && file=$(ls hello_*.deb)"
            ' && truncate -s -1 "$file" && printf x >> "$file"'
        ).ok()
        run = fleet.run("hello").ok()
        assert "in apt's cache was not what the archive offers" in " ".join(run.output.split())
        assert fleet.node.root("hello").ok()
