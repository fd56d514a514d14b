"""Runbook 4.4 on a real node: what services say is in the journal, on the disk, before, during and after the change."""

from __future__ import annotations

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node, Run

ROLE = "journal"
FOLDER = "/etc/systemd/journald.conf.d"
DROP_IN = f"{FOLDER}/99-ai-systems-runbook.conf"
VOLATILE = "/usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf"
JOURNALD = "systemd-journald.service"
TAKE_UP = ("4.4", JOURNALD, "stop and start")
WRITE = ("4.4", DROP_IN, "write")


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node("t-journal")


def volatile(node: Node) -> None:
    """Put the node back to what Raspberry Pi OS ships: no drop-in of ours, and a journal in memory."""
    node.root(
        f"rm -f {DROP_IN} && printf '[Journal]\\nStorage=volatile\\n' > {VOLATILE}"
        f" && systemctl --quiet stop {JOURNALD} && systemctl start {JOURNALD}"
    ).ok()


def opened(node: Node) -> list[str]:
    """Return the journal files that journald has open."""
    return node.root("find /proc/$(pidof systemd-journald)/fd -lname '*.journal' -printf '%l\\n'").ok().split()


def on_disk(node: Node) -> list[str]:
    return [f"/var/log/journal/{node.root('cat /etc/machine-id').ok().strip()}/system.journal"]


def summary(run: Run, node: Node) -> str:
    return str(run.rows(node.name)["4.4"]["summary"])


def test_four_runs_on_what_raspberry_pi_os_ships(node: Node) -> None:
    volatile(node)
    assert opened(node)[0].startswith("/run/log/journal/")
    before = node.root(f"ls -l {FOLDER}; pidof systemd-journald").ok()
    predicted = node.role(ROLE, check=True).ok()
    assert node.root(f"ls -l {FOLDER}; pidof systemd-journald").ok() == before
    done = node.role(ROLE).ok()
    assert predicted.actions == done.actions == {WRITE, TAKE_UP}
    assert "-writes to /run/log/journal/" in predicted.output
    assert "+SystemMaxUse=500M" in predicted.output
    assert opened(node) == on_disk(node)
    assert f"overrides Storage=volatile in {VOLATILE}" in summary(done, node)
    assert node.role(ROLE, check=True).ok().actions == set()
    last = node.role(ROLE).ok()
    assert last.actions == set()
    assert f"overrides Storage=volatile in {VOLATILE}" in summary(last, node)
    assert node.root("systemctl list-units --failed --no-legend --plain").ok() == ""
