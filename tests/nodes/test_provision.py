"""The whole checklist on a fresh node: check, real, check, real; and what stops it before it begins."""

from __future__ import annotations

import pathlib

import pytest

from tests.git_rig import Upstream
from tests.nodes import local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, Node
from tests.nodes.local_archive import Package

PROVISION = PLAYBOOKS / "provision.yml"
LINES = ["1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "3.1", "3.3", "3.4", "3.5", "4", "4.4", "6.1"]


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node("t-provision")


class TestBeforeTheFirstChange:
    """Mistakes of the operator, each found before anything is touched."""

    def test_a_misspelt_limit(self, node: Node) -> None:
        run = node.play(PROVISION, "--limit", "no-such-node")
        run.failed("no-such-node")
        assert run.actions == set()

    def test_a_misspelt_variable(self, node: Node) -> None:
        run = node.play(PROVISION, variables={"hostname_nme": "x"})
        run.failed("t-provision", "variable hostname_nme is not known: did you mean hostname_name?")
        assert run.actions == set()
        assert run.rows(node.name)["2.9"]["state"] == "not reached"

    def test_a_missing_variable(self, node: Node) -> None:
        run = node.play(PROVISION, variables={"operator_user_authorized_keys": []})
        run.failed("required variable operator_user_authorized_keys (role operator_user) is not set")
        assert run.actions == set()

    def test_a_variable_that_cannot_be_worked_out(self, node: Node) -> None:
        run = node.play(PROVISION, variables={"repository_version": "{{ no_such_variable }}"})
        run.failed("variable repository_version cannot be worked out", "no_such_variable")
        assert run.actions == set()

    def test_a_repository_with_a_token_in_its_url(self, node: Node) -> None:
        url = "https://anna:ghp_secret@git.example/ai-systems.git"
        variables = {"repository_url": url, "repository_version": "--upload-pack=x"}
        run = node.play(PROVISION, "-vvv", variables=variables)
        run.failed("repository_url cannot be used", "repository_version '--upload-pack=x' cannot be used")
        assert "ghp_secret" not in run.output
        assert run.actions == set()

    def test_a_node_that_is_not_enrolled(self, node: Node) -> None:
        run = node.play(PROVISION, variables={"runbook_known_hosts": "/nonexistent/known_hosts"})
        run.failed("t-provision is not enrolled", "playbooks/enroll.yml --limit t-provision")
        assert run.actions == set()

    def test_a_changed_host_key(self, node: Node, tmp_path_factory: pytest.TempPathFactory) -> None:
        other = tmp_path_factory.mktemp("keys") / "known_hosts"
        key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9UbGVzdGtleXRoYXRpc25vYm9keXNhdGFsbGFhYWE="
        other.write_text(f"{node.variables['ansible_host']} {key}\n")
        run = node.play(PROVISION, variables={"runbook_known_hosts": str(other)})
        run.failed("the host key of t-provision is not the pinned one", "re-imaged")
        assert run.actions == set()


class TestFourRuns:
    """Check, real, check, real, in this order on one node."""

    def test_the_dry_run_predicts_the_real_run(self, node: Node) -> None:
        # The lab's context.md gives the reason; whatever comes before it changes what installing it takes.
        node.always["packages_list"] = ["tree"]
        predicted = node.play(PROVISION, check=True).ok()
        assert node.root("ls /run/ai-systems-runbook | grep dry-run").out == ""
        assert list(predicted.rows(node.name)) == LINES
        assert "failed" not in {row["state"] for row in predicted.rows(node.name).values()}
        done = node.play(PROVISION).ok()
        assert predicted.actions == done.actions
        assert {clause for clause, _subject, _action in done.actions} >= {
            *("2.3", "2.5", "2.6", "2.7", "2.8", "2.9", "3.3"),
        }

    def test_a_second_pair_changes_nothing(self, node: Node) -> None:
        for check in (True, False):
            run = node.play(PROVISION, check=check).ok()
            assert run.actions == set()
            assert {row["state"] for row in run.rows(node.name).values()} == {"ok"}
            assert "changed=0" in run.output

    def test_what_the_checklist_promises_holds(self, node: Node) -> None:
        variables = node.variables
        operator, key = variables["operator_user_name"], variables["operator_user_private_key_file"]
        assert node.ssh(operator, key, "sudo -n id -u").ok().strip() == "0"
        assert node.ssh(operator, key, "git -C ai-systems rev-parse HEAD").ok()
        assert node.root("hostnamectl --static").ok().strip() == "t-provision"
        assert len(node.root("which git vim curl").ok().split()) == 3
        bootstrap = variables["runbook_bootstrap_private_key_file"]
        assert node.ssh(variables["runbook_bootstrap_user"], bootstrap).rc == 255
        assert node.ssh("root", bootstrap).rc == 255

    def test_steps_are_selected_by_number_and_by_name(self, node: Node) -> None:
        for tag in ("2.3", "hostname"):
            rows = node.play(PROVISION, "--tags", tag).ok().rows(node.name)
            assert {clause for clause, row in rows.items() if row["state"] == "ok"} == {"1", "2.3"}
            assert rows["2.8"]["state"] == "not selected"


def test_a_bare_node(lab_node: LabNodes) -> None:
    bare = lab_node("t-bare", "--bare")
    predicted = bare.play(PROVISION, check=True).ok()
    assert {subject for _clause, subject, _action in predicted.actions} >= {"python3", "python3-apt", "sudo"}
    rows = predicted.rows(bare.name)
    assert (rows["2.2"]["state"], rows["2.9"]["state"]) == ("would change", "not reached")
    assert bare.root("command -v python3").rc != 0
    done = bare.play(PROVISION).ok()
    assert predicted.actions <= done.actions
    assert bare.play(PROVISION).ok().actions == set()


def test_one_failing_node_does_not_stop_the_others(lab_node: LabNodes) -> None:
    good, broken = lab_node("t-good"), lab_node("t-broken")
    broken.root("touch /var/lib/dpkg/updates/0001").ok()
    good.refresh_inventory()
    run = good.play(PROVISION, "--limit", "t-good,t-broken", "--tags", "preflight,hostname")
    assert run.rc != 0
    assert run.rows("t-good")["2.3"]["state"] == "changed"
    assert run.rows("t-broken")["2.2"]["state"] == "failed"
    assert run.rows("t-broken")["2.3"]["state"] == "not reached"


@pytest.fixture(scope="module")
def bare(lab_node: LabNodes) -> Node:
    return lab_node("t-bare-sources")


class TestSourcesThatChange:
    """What 3.1 would write counts for all that a dry run plans after it."""

    def test_a_node_without_its_own_sources_and_with_foreign_ones(self, bare: Node) -> None:
        local_archive.prepare(bare, aside=False)
        local_archive.offer(bare, [Package("curl", "99.0"), Package("vim", "99.0"), Package("libc6", "99.0")])
        # As many images have it: nothing of trixie-updates and trixie-security, and a repository of the maker's.
        bare.root(
            "rm /etc/apt/sources.list.d/debian.sources"
            " && echo 'deb http://deb.debian.org/debian trixie main' > /etc/apt/sources.list && apt-get -q update"
        ).ok()
        bare.always["apt_sources_exclusive"] = True
        predicted = bare.play(PROVISION, check=True).ok()
        assert bare.root("ls /run/ai-systems-runbook | grep dry-run").out == ""
        done = bare.play(PROVISION).ok()
        assert predicted.actions == done.actions
        subjects = {subject for clause, subject, _action in done.actions if clause == "3.1"}
        assert subjects == {"/etc/apt/sources.list.d/ai-systems-runbook.sources", "/etc/apt/sources.list.d/local.list"}
        assert "security" in bare.root("cat /etc/apt/sources.list.d/ai-systems-runbook.sources").ok()
        for check in (True, False):
            assert bare.play(PROVISION, check=check).ok().actions == set()

    def test_a_package_of_a_component_that_is_added_in_the_same_run(self, bare: Node, tmp_path: pathlib.Path) -> None:
        repository = Upstream(tmp_path / "ai-systems")
        repository.commit({"context.md": "# Installed packages\n\n- `firmware-zd1211`: drives the wireless stick\n"})
        variables = {
            "apt_sources_components": ["main", "non-free-firmware"],
            "packages_list": ["firmware-zd1211"],
            "repository_url": str(repository.path),
            "repository_version": "main",
        }
        predicted = bare.roles(["apt_sources", "packages"], check=True, variables=variables).ok()
        assert bare.roles(["apt_sources", "packages"], variables=variables).ok().actions == predicted.actions
        assert {"apt lists", "firmware-zd1211"} <= {subject for _clause, subject, _action in predicted.actions}
