"""Each procedure as an operator types it: the released collection, a terminal, a node from first day to last."""

from __future__ import annotations

import typing as t

import pytest

from tests.nodes import local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.desk import Desk, git
from tests.nodes.harness import Node
from tools import printed

if t.TYPE_CHECKING:
    import pathlib

NODE, OTHER = "greenhouse-1", "greenhouse-2"
ONE = ("--limit", NODE)


class Story(t.NamedTuple):
    """The desk, the nodes behind the names (the other is only enrolled), and the operator's clone of what they run."""

    desk: Desk
    node: Node
    other: Node
    clone: pathlib.Path


@pytest.fixture(scope="module")
def story(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Story:
    node, other = lab_node("t-terminal", "--unenrolled"), lab_node("t-terminal-2", "--unenrolled")
    work = tmp_path_factory.mktemp("desk")
    clone = work / "ai-systems"
    git(work, "clone", "--quiet", node.variables["repository_url"], str(clone))
    return Story(Desk(work), node, other, clone)


def test_an_inventory_repository_is_made_and_filled_in(story: Story) -> None:
    desk, theirs = story.desk, story.node.variables
    desk.begin().ended(0, f"inventory repository is made in {desk.fleet}")
    nodes = {NODE: theirs["network_address"], OTHER: story.other.variables["network_address"]}
    architecture = theirs["preflight_architecture"]
    desk.declare(nodes, theirs, repository_url=str(story.clone), preflight_architecture=architecture)
    desk.commit("Our first node")


def test_enroll(story: Story) -> None:
    for name, node in ((OTHER, story.other), (NODE, story.node)):
        shown = node.root("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").ok().split()[1]
        answers = [("one fingerprint that you compared", shown)]
        story.desk.play("enroll", "--limit", name, answers=answers).ended(0, "Pinned")
    assert {path.stem for path in story.desk.fleet.glob("baselines/*.json")} == {NODE, OTHER}
    story.desk.commit("First contact")


def test_provision(story: Story) -> None:
    dry = story.desk.play("provision", *ONE, "--check", kept="provision-check").ended(0)
    real = story.desk.play("provision", *ONE).ended(0)
    assert "would change" in dry.flat
    assert "changed" in real.flat
    # The other one gets no more than somebody who logs in there.
    story.desk.play("provision", "--limit", OTHER, "--tags", "2.7", kept="provision-2.7").ended(0)
    again = story.desk.play("provision", *ONE, kept="provision-again").ended(0)
    assert "changed=0" in again.flat


def test_services(story: Story) -> None:
    asked = story.desk.play("services", *ONE, "-e", "service_action=status", "-e", "service_name=greeter.service")
    asked.ended(0, "greeter.service")


def test_audit(story: Story) -> None:
    story.desk.play("audit", *ONE).ended(0, "Every audited clause holds.", "Report: ")


# A service that nobody declared, as one that a commit broke would be. It waits: its own lines and systemd's
# about it reach the journal in no promised order.
FAILING = """
printf '[Service]\nExecStart=/bin/sh -c "%s"\n' \
    "sleep 1; echo sqlite3.OperationalError: no such table: jobs; sleep 1; exit 3" \
    > /etc/systemd/system/valves.service
systemctl start valves.service; while systemctl is-active --quiet valves.service; do sleep 0.1; done
"""


def test_diagnose(story: Story) -> None:
    story.node.root(FAILING).ok()
    story.desk.play("diagnose", *ONE).ended(2, "valves.service: it failed", "next step (5.3)")
    story.node.root("rm /etc/systemd/system/valves.service; systemctl reset-failed valves.service").ok()


def test_update(story: Story) -> None:
    key = local_archive.offer_upgrades(story.other, lambda command: story.node.root(command).ok())
    story.desk.add("group_vars/all.yml", {"runbook_archive_keys": [key]})
    story.desk.commit("The lab's archive counts as Debian's")
    done = story.desk.play("update", *ONE, answers=[('Type "yes" to go on:', "yes")])
    done.ended(0, "2 packages were upgraded.", "The audit finds nothing new.")


def test_a_bad_commit_is_deployed_and_rolled_back(story: Story) -> None:
    clone = story.clone
    git(clone, "config", "user.name", "Otto Operator")
    git(clone, "config", "user.email", "otto@example.org")
    before = git(clone, "rev-parse", "HEAD^{tree}")
    (clone / "greeter" / "README.md").write_text("Says nothing any more.\n")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Say nothing")
    bad = git(clone, "rev-parse", "HEAD")
    story.desk.play("services", *ONE).ended(0)
    story.desk.play("rollback", *ONE, "-e", f"commit={bad}", "--check", kept="rollback-check").ended(0)
    assert git(clone, "rev-parse", "HEAD") == bad
    done = story.desk.play("rollback", *ONE, "-e", f"commit={bad}")
    done.ended(0, "'Say nothing' is reverted on main", "It runs here: commit and services are as declared.")
    assert git(clone, "rev-parse", "HEAD^{tree}") == before


def test_isolate(story: Story) -> None:
    story.desk.play("isolate", *ONE).ended(
        0, f"{OTHER} reached it before and no longer does", "a hostile root can undo this: pull the cable"
    )
    story.desk.play("isolate", *ONE, "-e", "isolate=off", kept="isolate-off").ended(0)


def test_history(story: Story) -> None:
    story.desk.play("history", *ONE).ended(0, "isolate")


def test_decommission(story: Story) -> None:
    answers = [("Why is", "retired: the greenhouse is sold"), ("Type the node's name", NODE)]
    gone = story.desk.play("decommission", *ONE, answers=answers)
    gone.ended(0, f"DECOMMISSIONED: {NODE}", "Left for you:", "NEXT: work through")
    story.desk.play("provision", *ONE, kept="provision-decommissioned").ended(2, NODE)


def test_the_pages_show_what_was_printed() -> None:
    """`make printed` puts it in."""
    assert [path.name for path, _text in printed.outdated()] == []
