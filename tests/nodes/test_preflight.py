"""What a node must be before it is touched, on real nodes; and how a bare one gets what modules need."""

from __future__ import annotations

import typing as t

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node

PACKAGES = {("2.2", name, "install") for name in ("python3", "python3-apt", "sudo")}


# A higher version of sudo, in an archive that apt is told to trust.
_FOREIGN_SUDO = """
mkdir -p /srv/foreign/sudo/DEBIAN && cd /srv/foreign
{ printf 'Package: sudo\\nVersion: 99\\nArchitecture: all\\n'
  printf 'Maintainer: m <m@example.org>\\nDescription: m\\n'; } > sudo/DEBIAN/control
dpkg-deb --root-owner-group -b sudo sudo_99_all.deb >/dev/null
{ cat sudo/DEBIAN/control
  printf 'Filename: ./sudo_99_all.deb\\nSize: %s\\n' "$(stat -c %s sudo_99_all.deb)"
  printf 'SHA256: %s\\n' "$(sha256sum sudo_99_all.deb | cut -d ' ' -f 1)"
} > Packages
echo 'deb [trusted=yes] copy:/srv/foreign ./' > /etc/apt/sources.list.d/foreign.list
"""
# Whoever holds a lock makes that file then.
_UNTIL_HELD = "until test -e /run/held; do sleep 0.1; done; rm /run/held"


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node("preflight-a")


def inside(node: Node) -> str:
    """Return a listing of what a check could leave behind; services come and go with a folder of their own."""
    return node.root("ls -A / /var/tmp | grep -v ^systemd-private-").ok()


def test_a_right_node_passes_and_is_left_as_it_is(node: Node) -> None:
    before = inside(node)
    run = node.role("preflight").ok()
    assert run.actions == set()
    assert run.rows(node.name)["2.2"]["sentence"].startswith("Debian 13.")
    assert node.role("preflight", check=True).ok().actions == set()
    assert inside(node) == before


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_mended(node: Node) -> None:
    wrong: dict[str, t.Any] = {
        "preflight_architecture": "riscv64",
        "preflight_model": "Raspberry Pi 99",
        "preflight_disk_free_mib": 900_000_000,
        "preflight_inodes_free": 2_000_000_000,
        "preflight_clock_owner": "node",
        "preflight_clock_wait": 1,
    }
    node.root("sed -i 's/^VERSION_ID=.*/VERSION_ID=\"12\"/' /usr/lib/os-release").ok()
    node.root(
        "sed -i '/^Package: hostname$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status"
    ).ok()
    broken = node.root("md5sum /var/lib/dpkg/status").ok()
    try:
        for check in (False, True):
            node.role("preflight", check=check, variables=wrong).failed(
                "not Debian 13 (trixie)",
                "not 'riscv64'",
                "the node is not a Raspberry Pi 99",
                "/ has",
                "MiB free, less than 900000000",
                "inodes free, less than 2000000000",
                "hostname (half-configured)",
                "dpkg --configure -a",
                "the clock is not synchronised",
                "things are not as they must be",
            )
        assert node.root("md5sum /var/lib/dpkg/status").ok() == broken
    finally:
        node.root("sed -i 's/^VERSION_ID=.*/VERSION_ID=\"13\"/' /usr/lib/os-release; dpkg --configure -a").ok()
    node.role("preflight").ok()


def test_an_interrupted_dpkg_is_told_apart_from_one_at_work(node: Node) -> None:
    node.root("touch /var/lib/dpkg/updates/0001").ok()
    node.role("preflight").failed("dpkg was interrupted: 1 parts")
    hold = "import fcntl,time; f=open('/var/lib/dpkg/lock','r+'); fcntl.lockf(f,fcntl.LOCK_EX); "
    hold += "open('/run/held','w'); time.sleep(600)"
    node.root(f'systemd-run --quiet --unit=lock-holder python3 -c "{hold}"; {_UNTIL_HELD}').ok()
    try:
        run = node.role("preflight", variables={"preflight_lock_timeout": 3})
        run.failed("another package manager is at work", "(python3)", "run again once it has ended")
        assert "waiting for another package manager" in run.output
        # What it leaves is judged once it has ended.
        node.root("(sleep 8; rm /var/lib/dpkg/updates/0001; systemctl stop lock-holder) >/dev/null 2>&1 &").ok()
        node.role("preflight").ok()
    finally:
        node.root("systemctl stop lock-holder; rm -f /var/lib/dpkg/updates/0001").ok()


def test_a_root_file_system_that_is_read_only_is_told(node: Node) -> None:
    node.root("mount -o remount,bind,ro /").ok()
    try:
        node.role("preflight").failed("the root file system cannot be written, it is mounted read-only")
        node.role("preflight", check=True).failed("the root file system cannot be written")
    finally:
        node.root("mount -o remount,bind,rw /").ok()


def test_a_clock_that_differs_is_told(node: Node) -> None:
    # The container shares this machine's clock, so the tolerance moves instead of the clock.
    node.role("preflight", variables={"preflight_clock_tolerance": -60}).failed("the controller's, more than -60 s")


def test_the_cause_of_an_unsynchronised_clock_is_named(node: Node) -> None:
    run = node.role("preflight", variables={"preflight_clock_owner": "node", "preflight_clock_wait": 5})
    if run.rc != 0:
        run.failed("the clock is not synchronised: systemd-timesyncd")


def test_a_bare_node_gets_what_modules_need_and_nothing_else(lab_node: LabNodes) -> None:
    bare = lab_node("preflight-bare", "--bare")
    said = bare.role("preflight", check=True).ok()
    assert said.actions == PACKAGES
    assert bare.root("command -v python3").rc != 0

    bare.root("cp /etc/resolv.conf /root/r; mv /etc/apt/apt.conf.d/80proxy /root/80proxy; : > /etc/resolv.conf")
    bare.role("preflight").failed("reading the package lists failed", "finds no name server")
    bare.root("cat /root/r > /etc/resolv.conf; mv /root/80proxy /etc/apt/apt.conf.d/80proxy")

    # Perl is what a bare Debian has to hold a lock with.
    lock = 'pack("ssx4qqlx4",F_WRLCK,0,0,0,0)'
    hold = f'use Fcntl; open(F,">>","/var/lib/dpkg/lock-frontend"); fcntl(F,F_SETLK,my $l={lock}) or die;'
    hold += 'open(H,">","/run/held"); sleep 600'
    bare.root(f"systemd-run --quiet --expand-environment=no --unit=lock-holder perl -e '{hold}'; {_UNTIL_HELD}").ok()
    locked = bare.role("preflight", variables={"preflight_lock_timeout": 4})
    bare.root("systemctl stop lock-holder").ok()
    locked.failed("s for process", "(perl)", "preflight_lock_timeout")
    assert "waiting for process" in locked.output

    # Nothing but dpkg and a shell is there to build with.
    bare.root(_FOREIGN_SUDO).ok()
    dpkg = bare.root("md5sum /var/lib/dpkg/status").ok()
    bare.role("preflight").failed("would take sudo_99_all.deb from copy:/srv/foreign", "not in an official archive")
    assert bare.root("md5sum /var/lib/dpkg/status").ok() == dpkg
    bare.root("rm /etc/apt/sources.list.d/foreign.list").ok()

    before = set(bare.root("apt-mark showmanual").ok().split())
    assert bare.role("preflight").ok().actions == PACKAGES
    assert set(bare.root("apt-mark showmanual").ok().split()) - before == {"python3", "python3-apt", "sudo"}
    assert bare.role("preflight").ok().actions == set()
    assert bare.role("preflight", check=True).ok().actions == set()
