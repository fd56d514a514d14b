# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's life on a real kernel, as an operator types it: image, card, first boot, and every procedure to the last.

The released collection, a terminal, the very image that image.yml made, and a virtual machine that boots the very card
that flash.yml wrote.
"""

from __future__ import annotations

import ipaddress
import json
import pathlib
import typing as t

import pytest

from tests.e2e.conftest import Machine, lab
from tests.nodes import local_archive
from tests.nodes.desk import Desk, git
from tests.nodes.harness import Node

# Beside it a native container, which shares the network: what an isolated node must no longer talk to.
NODE, OTHER = "greenhouse-1", "greenhouse-2"
ONE = ("--limit", NODE)
# Emulated, a run takes minutes.
PATIENCE = 2400.0


class Story(t.NamedTuple):
    """The desk, what stands behind the names, the operator's clone of what they run, and the card."""

    desk: Desk
    machine: Machine
    other: Node
    clone: pathlib.Path
    image: pathlib.Path
    card: pathlib.Path

    @property
    def manifest(self) -> pathlib.Path:
        return self.image.with_suffix(".manifest.json")


@pytest.fixture(scope="module")
def story(image: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Story]:
    work = tmp_path_factory.mktemp("desk")
    lab("down", NODE, OTHER, check=False)
    lab("up", OTHER, "--unenrolled")
    other = Node(OTHER, tmp_path_factory.mktemp("inventories"))
    clone = work / "ai-systems"
    git(work, "clone", "--quiet", other.variables["repository_url"], str(clone))
    yield Story(Desk(work, patience=PATIENCE), Machine(NODE), other, clone, image, work / "card.img")
    lab("down", NODE, OTHER, check=False)


def address_beside(other: Node) -> str:
    """An address with prefix length on the lab's network that nobody has."""
    at = ipaddress.ip_interface(other.variables["network_address"])
    free = [host for host in at.network.hosts() if str(host) not in (str(at.ip), other.variables["network_gateway"])]
    return f"{free[-1]}/{at.network.prefixlen}"


def test_an_inventory_repository_is_made_and_filled_in(story: Story) -> None:
    desk, theirs = story.desk, story.other.variables
    desk.begin().ended(0, f"inventory repository is made in {desk.fleet}")
    nodes = {NODE: address_beside(story.other), OTHER: theirs["network_address"]}
    desk.declare(nodes, theirs, repository_url=str(story.clone))
    for name, architecture in ((NODE, "arm64"), (OTHER, theirs["preflight_architecture"])):
        desk.add(f"host_vars/{name}.yml", {"preflight_architecture": architecture})
    packages = json.loads(story.manifest.read_text())["packages"]
    backports = [one["name"] for one in packages if one["archive"] == "trixie-backports"]
    components = ["main", "non-free-firmware"]
    desk.add("group_vars/all.yml", {"runbook_backports": backports, "apt_sources_components": components})
    desk.commit("Our first node")


def test_flash(story: Story) -> None:
    told = ("-e", f"image={story.image}", "-e", f"target={story.card}")
    story.desk.play("flash", *ONE, *told, "--check", kept="e2e-flash-check").ended(0, "would")
    assert not story.card.exists()
    written = story.desk.play("flash", *ONE, *told, answers=[("Type the node's name", NODE)], kept="e2e-flash")
    written.ended(0, "were read back past every cache and are right")
    story.desk.play("flash", *ONE, *told, kept="e2e-flash-again").ended(0, "changed=0")


def test_it_boots_and_is_enrolled(story: Story) -> None:
    lab("up", NODE, "--kind", "vm", "--unenrolled", "--card", str(story.card))
    known = ("-e", f"card={story.machine.disk}", "-e", f"manifest={story.manifest}")
    story.desk.play("enroll", *ONE, *known, kept="e2e-enroll").ended(0, "Pinned")
    shown = story.other.root("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").ok().split()[1]
    answers = [("one fingerprint that you compared", shown)]
    story.desk.play("enroll", "--limit", OTHER, answers=answers, kept="e2e-enroll-other").ended(0, "Pinned")
    story.desk.commit("First contact")


def test_provision(story: Story) -> None:
    dry = story.desk.play("provision", *ONE, "--check", kept="e2e-provision-check").ended(0)
    assert "would change" in dry.flat
    story.desk.play("provision", *ONE, kept="e2e-provision").ended(0)
    again = story.desk.play("provision", *ONE, kept="e2e-provision-again").ended(0)
    assert "changed=0" in again.flat
    # The other one gets no more than somebody who logs in there.
    story.desk.play("provision", "--limit", OTHER, "--tags", "2.7", kept="e2e-provision-2.7").ended(0)


def test_audit(story: Story) -> None:
    story.desk.play("audit", *ONE, kept="e2e-audit").ended(0, "Every audited clause holds.")


def test_services(story: Story) -> None:
    asked = ("-e", "service_action=status", "-e", "service_name=greeter.service")
    story.desk.play("services", *ONE, *asked, kept="e2e-services").ended(0, "greeter.service")
    assert "hello" in story.machine.root("curl --silent http://127.0.0.1:8420/").lower()


def test_diagnose(story: Story) -> None:
    story.desk.play("diagnose", *ONE, kept="e2e-diagnose").ended(0, "next step (")


# What an upgrade of systemd leaves: the first process runs a file that is not there any more. It wants a new boot.
REPLACED = "cd /usr/lib/systemd && cp --preserve=all systemd systemd.new && mv systemd.new systemd"


def test_update_and_reboot(story: Story) -> None:
    key = local_archive.offer_upgrades(story.other, story.machine.root, architecture="arm64")
    story.desk.add("group_vars/all.yml", {"runbook_archive_keys": [key]})
    story.desk.commit("The lab's archive counts as Debian's")
    story.machine.root(REPLACED)
    before = story.machine.root("cat /proc/sys/kernel/random/boot_id")
    answers = [('Type "yes" to go on:', "yes")]
    done = story.desk.play("update", *ONE, "-e", "reboot=yes", answers=answers, kept="e2e-update")
    done.ended(0, "2 packages were upgraded.", "Booted anew", "audit finds nothing new.")
    assert story.machine.root("cat /proc/sys/kernel/random/boot_id") != before
    story.desk.play("audit", *ONE, kept="e2e-audit-rebooted").ended(0, "Every audited clause holds.")
    again = story.desk.play("provision", *ONE, kept="e2e-provision-rebooted").ended(0)
    assert "changed=0" in again.flat


def test_a_bad_commit_is_deployed_and_rolled_back(story: Story) -> None:
    clone = story.clone
    git(clone, "config", "user.name", "Otto Operator")
    git(clone, "config", "user.email", "otto@example.org")
    before = git(clone, "rev-parse", "HEAD^{tree}")
    (clone / "greeter" / "README.md").write_text("Says nothing any more.\n")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Say nothing")
    bad = git(clone, "rev-parse", "HEAD")
    story.desk.play("services", *ONE, kept="e2e-services-bad").ended(0)
    done = story.desk.play("rollback", *ONE, "-e", f"commit={bad}", kept="e2e-rollback")
    done.ended(0, "'Say nothing' is reverted on main", "It runs here: commit and services are as declared.")
    assert git(clone, "rev-parse", "HEAD^{tree}") == before


def test_isolate(story: Story) -> None:
    story.desk.play("isolate", *ONE, kept="e2e-isolate").ended(
        0, f"{OTHER} reached it before and no longer does", "a hostile root can undo this: pull the cable"
    )
    story.desk.play("isolate", *ONE, "-e", "isolate=off", kept="e2e-isolate-off").ended(0)


def test_decommission(story: Story) -> None:
    answers = [("Why is", "retired: the greenhouse is sold"), ("Type the node's name", NODE)]
    gone = story.desk.play("decommission", *ONE, answers=answers, kept="e2e-decommission")
    gone.ended(0, f"DECOMMISSIONED: {NODE}", "Left for you:", "NEXT: work through")
    story.desk.play("provision", *ONE, kept="e2e-provision-decommissioned").ended(2, NODE)
