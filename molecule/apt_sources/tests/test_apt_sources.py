"""Runbook 3.1 on a real node: apt has Debian 13's archives, each once, and reads its sources without complaint."""

from __future__ import annotations

from testinfra.host import Host

SUITES = {"trixie", "trixie-updates", "trixie-security"}


def archives(host: Host) -> list[str]:
    """What apt itself says that it would fetch packages from, suite by suite."""
    shown = host.check_output("apt-get indextargets --format '$(RELEASE) $(COMPONENT)' 'Created-By: Packages'")
    return sorted(shown.splitlines())


def test_apt_has_the_three_archives_once_each(host: Host) -> None:
    assert archives(host) == sorted(f"{suite} main" for suite in SUITES)


def test_apt_reads_its_sources_without_complaint(host: Host) -> None:
    done = host.run("apt-get check")
    assert done.rc == 0
    assert done.stderr == ""


def test_every_entry_names_a_keyring(host: Host) -> None:
    shown = host.check_output("apt-get indextargets --format '$(SIGNED_BY)' 'Created-By: Packages'")
    assert set(shown.splitlines()) <= {
        "/usr/share/keyrings/debian-archive-keyring.gpg",
        "/usr/share/keyrings/debian-archive-keyring.pgp",
    }
