"""The whole checklist on a node whose sources are not as wanted: check, real, check, real; and what stops it before."""

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

    def test_all_mistakes_in_variables_at_once(self, node: Node) -> None:
        variables = {
            "hostname_nme": "x",
            "operator_user_authorized_keys": [],
            "repository_url": "https://anna:ghp_secret@git.example/ai-systems.git",
            "repository_version": "--upload-pack=x",
            "preflight_model": "{{ no_such_variable }}",
        }
        run = node.play(PROVISION, "-vvv", variables=variables)
        run.failed(
            "t-provision",
            "variable hostname_nme is not known: did you mean hostname_name?",
            "required variable operator_user_authorized_keys (role operator_user) is not set",
            "repository_url cannot be used",
            "repository_version '--upload-pack=x' cannot be used",
            "variable preflight_model cannot be worked out",
            "no_such_variable",
        )
        assert "ghp_secret" not in run.output
        assert run.actions == set()
        assert run.rows(node.name)["2.9"]["state"] == "not reached"

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
    """Check, real, check, real, in this order on one node; what 3.1 would write counts for all that comes after it."""

    def test_the_dry_run_predicts_the_real_run(self, node: Node) -> None:
        local_archive.prepare(node, aside=False)
        local_archive.offer(node, [Package("curl", "99.0"), Package("vim", "99.0"), Package("libc6", "99.0")])
        # As many images have it: nothing of trixie-updates and trixie-security, and a repository of the maker's.
        node.root(
            "rm /etc/apt/sources.list.d/debian.sources"
            " && echo 'deb http://deb.debian.org/debian trixie main' > /etc/apt/sources.list && apt-get -q update"
        ).ok()
        # The lab's context.md gives the reason; whatever comes before it changes what installing it takes.
        node.always |= {"packages_list": ["tree"], "apt_sources_exclusive": True}
        predicted = node.play(PROVISION, check=True).ok()
        assert node.root("ls /run/ai-systems-runbook | grep dry-run").out == ""
        assert list(predicted.rows(node.name)) == LINES
        assert "failed" not in {row["state"] for row in predicted.rows(node.name).values()}
        done = node.play(PROVISION).ok()
        assert predicted.actions == done.actions
        assert {clause for clause, _subject, _action in done.actions} >= {
            *("2.3", "2.5", "2.6", "2.7", "2.8", "2.9", "3.3"),
        }
        subjects = {subject for clause, subject, _action in done.actions if clause == "3.1"}
        assert subjects == {"/etc/apt/sources.list.d/ai-systems-runbook.sources", "/etc/apt/sources.list.d/local.list"}
        assert "security" in node.root("cat /etc/apt/sources.list.d/ai-systems-runbook.sources").ok()

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


def test_a_package_of_a_component_that_is_added_in_the_same_run(node: Node, tmp_path: pathlib.Path) -> None:
    repository = Upstream(tmp_path / "ai-systems")
    repository.commit({"context.md": "# Installed packages\n\n- `firmware-zd1211`: drives the wireless stick\n"})
    variables = {
        "apt_sources_components": ["main", "non-free-firmware"],
        "packages_list": ["firmware-zd1211"],
        "repository_url": str(repository.path),
        "repository_version": "main",
    }
    predicted = node.roles(["apt_sources", "packages"], check=True, variables=variables).ok()
    assert node.roles(["apt_sources", "packages"], variables=variables).ok().actions == predicted.actions
    assert {"apt lists", "firmware-zd1211"} <= {subject for _clause, subject, _action in predicted.actions}


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
