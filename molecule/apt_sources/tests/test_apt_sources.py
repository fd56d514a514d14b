"""Runbook 3.1 on a real node: apt fetches Debian 13's archives, each once, and reads its sources without complaint."""

from __future__ import annotations

import pytest
from testinfra.host import Host

# An archive's list that is empty, as some of non-free-firmware are now and then, is not fetched.
EXPECTED = {(suite, "main") for suite in ("trixie", "trixie-updates", "trixie-security")} | {
    ("trixie", "non-free-firmware")
}
KEYRINGS = {"/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"}


@pytest.fixture(scope="module")
def targets(host: Host) -> list[list[str]]:
    """What apt itself says of the package lists that it fetched: codename, component, keyring."""
    assert host.run("apt-get update -q --error-on=any").rc == 0
    shown = host.check_output(
        "apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(SIGNED_BY)' 'Created-By: Packages'"
    )
    return [line.split() for line in shown.splitlines()]


def test_apt_has_the_declared_archives_once_each(targets: list[list[str]]) -> None:
    found = [(target[0], target[1]) for target in targets]
    assert set(found) >= EXPECTED
    assert len(found) == len(set(found))


def test_every_entry_names_debians_keyring(targets: list[list[str]]) -> None:
    assert targets
    assert {target[2] for target in targets} <= KEYRINGS


def test_apt_reads_its_sources_without_complaint(host: Host) -> None:
    done = host.run("apt-get check")
    assert done.rc == 0
    assert done.stderr == ""
