"""Runbook 6.1 and 6.2 on real nodes: what a fresh image does by itself is off, by check, real, check, real."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.nodes import guardrails_site as site
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, Node, Run

APT_FILE = "/etc/apt/apt.conf.d/zz-ai-systems-runbook"
DROP_IN = "/etc/systemd/system.conf.d/99-ai-systems-runbook.conf"
SYSCTL = "/etc/sysctl.d/zz-ai-systems-runbook.conf"
NEEDRESTART = "/etc/needrestart/conf.d/zz-ai-systems-runbook.conf"
DISABLED = "/etc/cloud/cloud-init.disabled"
MANIFEST = "/var/lib/ai-systems-runbook/moved-aside/manifest.json"
LOOK = (
    "systemctl list-unit-files --no-legend | grep -v scope; systemctl is-active apt-daily.timer snapd snapd.socket;"
    "find /etc /var/spool/cron /system-update -newermt @0 -type f -o -type l | sort | xargs ls -ld --time-style=+ ;"
    "apt-config dump; systemctl show -p RuntimeWatchdogUSec;"
    "find /var/lib/ai-systems-runbook /run/ai-systems-runbook -mindepth 1"
)

# What updates the node that has all of it at once (6.1), as the audit calls it.
REMEDIED = (
    *("/etc/systemd/system/cron.service.d/x.conf updates", "/boot/firmware/pieeprom.upd", "cloud-init"),
    *("*: podman-auto-update.timer", "/etc/rc.local", "/etc/profile.d/newest.sh", "acme-nightly.timer"),
    *("APT::Periodic::Enable", "APT::Periodic::Download-Upgradeable-Packages", "/etc/cron.daily/selfupdate"),
)


def four_runs(node: Node, **variables: t.Any) -> Run:
    """Check, real, check, real; return the first real run."""
    before = node.root(LOOK).out
    predicted = node.role("guardrails", check=True, variables=variables).ok()
    assert node.root(LOOK).out == before
    done = node.role("guardrails", variables=variables).ok()
    assert predicted.actions == done.actions != set()
    for check in (True, False):
        assert node.role("guardrails", check=check, variables=variables).ok().actions == set()
    return done


def changed(run: Run) -> dict[str, set[str]]:
    """Return what was done, by subject."""
    found: dict[str, set[str]] = {}
    for _clause, subject, action in run.actions:
        found.setdefault(subject, set()).add(action)
    return found


def violations(node: Node, folder: pathlib.Path, *clauses: str) -> dict[str, str]:
    """Audit a node and return the remedy of each violation, by its subject."""
    known = set(folder.glob("*/audit.json"))
    run = node.play(
        PLAYBOOKS / "audit.yml", variables={"audit_clauses": list(clauses), "runbook_reports_dir": str(folder)}
    )
    (written,) = set(folder.glob("*/audit.json")) - known
    report = json.loads(written.read_text())
    of_node = report["nodes"][node.name]
    assert of_node["state"] == "audited", run.output
    return {one["subject"]: one["remedy"] for one in of_node["findings"] if one["verdict"] == "violation"}


@pytest.fixture(scope="module")
def debian(lab_node: LabNodes) -> Node:
    return lab_node("t-guard-debian")


@pytest.fixture(scope="module")
def raspberry_pi_os(lab_node: LabNodes) -> Node:
    node = lab_node("t-guard-pi")
    site.make_raspberry_pi_os(node)
    return node


@pytest.fixture(scope="module")
def with_cloud_init(debian: Node) -> Node:
    """Debian, once the role has been there: what else there is to do is cloud-init's."""
    debian.role("guardrails").ok()
    return debian


@pytest.fixture(scope="module")
def with_packages(lab_node: LabNodes) -> Node:
    node = lab_node("t-guard-packages")
    node.root(
        "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "
        "unattended-upgrades packagekit watchdog apticron",
        seconds=600,
    ).ok()
    return node


class TestDebian:
    """Debian as it is installed."""

    @pytest.fixture
    def node(self, debian: Node) -> Node:
        return debian

    def test_four_runs(self, node: Node, tmp_path: pathlib.Path) -> None:
        assert set(violations(node, tmp_path, "6.1", "6.2")) == {
            *("APT::Periodic::Enable", "apt-daily.timer", "apt-daily-upgrade.timer"),
        }
        assert changed(four_runs(node)) == {
            APT_FILE: {"write"},
            **{key: {"stop", "disable"} for key in ("apt-daily.timer", "apt-daily-upgrade.timer")},
        }
        assert site.states(node, "apt-daily.timer", "apt-daily-upgrade.timer") == [("inactive", "disabled")] * 2
        assert violations(node, tmp_path, "6.1", "6.2") == {}

    def test_a_setting_that_is_right_already_is_left_as_it_is_written(self, node: Node) -> None:
        node.root(f"mv {APT_FILE} /etc/apt/apt.conf.d/30mine").ok()
        assert node.role("guardrails").ok().actions == set()
        node.root(f"mv /etc/apt/apt.conf.d/30mine {APT_FILE}").ok()

    def test_what_is_read_after_ours_is_an_error_that_names_it(self, node: Node) -> None:
        later = {
            "/etc/apt/apt.conf.d/zzz-later": "APT::Periodic::Unattended-Upgrade",
            "/etc/apt/apt.conf": "APT::Periodic::Update-Package-Lists",
        }
        # The first in check mode, the second in a real run.
        for check, (path, setting) in zip((True, False), later.items(), strict=True):
            site.write(node, {path: f'{setting} "1";\n'})
            run = node.role("guardrails", check=check).failed(f"{setting} '1' would still hold: {path} is read after")
            assert {clause for clause, _subject, _action in run.actions} <= {"1"}
            node.root(f"rm {path}").ok()

    def test_a_timer_that_is_kept(self, node: Node) -> None:
        node.root("systemctl enable --now apt-daily.timer").ok()
        assert node.role("guardrails", variables={"guardrails_keep": ["apt-daily.timer"]}).ok().actions == set()
        assert changed(node.role("guardrails").ok()) == {"apt-daily.timer": {"stop", "disable"}}

    def test_a_timer_of_the_repository_is_not_judged_by_its_name(self, node: Node) -> None:
        site.write(
            node,
            {
                "/srv/app/photo-update.timer": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
                "/srv/app/photo-update.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
            },
        )
        node.root("systemctl enable --now /srv/app/photo-update.service /srv/app/photo-update.timer").ok()
        assert node.role("guardrails").ok().actions == set()
        node.root("systemctl stop photo-update.timer; systemctl disable photo-update.timer photo-update.service").ok()


class TestRaspberryPiOs:
    """An image that updates and heals itself in every way that the role knows."""

    @pytest.fixture
    def node(self, raspberry_pi_os: Node) -> Node:
        return raspberry_pi_os

    def test_four_runs(self, node: Node, tmp_path: pathlib.Path) -> None:
        found = violations(node, tmp_path, "6.1", "6.2")
        units = {
            *("apt-daily.timer", "apt-daily-upgrade.timer", "acme-updater.timer", "acme-nightly.timer"),
            *("snapd.service", "snapd.socket", "rpi-eeprom-update.service", "fwupd-refresh.timer"),
        }
        files = {"/etc/cron.d/cron-apt", "/etc/cron.d/mixed", "/var/spool/cron/crontabs/root"}
        assert set(found) >= {
            *units,
            *files,
            *("/etc/cron.daily/selfupdate", "/system-update", "needrestart", "APT::Periodic::Unattended-Upgrade"),
        }
        done = changed(four_runs(node))
        assert done == {
            **{key: {"stop", "disable"} for key in units},
            **{key: {"move aside"} for key in ("/etc/cron.d/cron-apt", "/etc/cron.daily/selfupdate", "/system-update")},
            **{key: {"take lines out"} for key in ("/etc/cron.d/mixed", "/var/spool/cron/crontabs/root")},
            **{key: {"write"} for key in (APT_FILE, DROP_IN, SYSCTL, NEEDRESTART)},
            "systemd": {"read its configuration anew"},
        }
        assert violations(node, tmp_path, "6.1", "6.2") == {}

    def test_units_are_down_and_stay_so(self, node: Node) -> None:
        assert (
            site.states(node, "snapd.socket", "snapd.service", "acme-nightly.timer") == [("inactive", "disabled")] * 3
        )
        assert site.states(node, "geoipupdate.timer") == [("active", "enabled")]

    def test_the_watchdog_is_off_in_force_and_for_the_next_boot(self, node: Node) -> None:
        said = node.root("systemctl show -p RuntimeWatchdogUSec -p RebootWatchdogUSec").ok().split()
        assert said == ["RuntimeWatchdogUSec=0", "RebootWatchdogUSec=2min"]
        whole = node.root("systemd-analyze cat-config systemd/system.conf").ok()
        assert whole.rindex("RuntimeWatchdogSec=off") > whole.rindex("RuntimeWatchdogSec=1m")

    def test_other_lines_of_cron_stay_with_their_owner_and_mode(self, node: Node) -> None:
        assert node.root("cat /etc/cron.d/mixed").ok() == "MAILTO=root\n6 4 * * * root /usr/bin/backup\n"
        assert node.root("cat /var/spool/cron/crontabs/root").ok() == "@weekly /usr/bin/backup\n"
        assert node.root("stat -c '%a %U %G' /var/spool/cron/crontabs/root").ok() == "600 root crontab\n"
        assert node.root("ls /etc/cron.daily/tidy").rc == 0

    def test_what_was_moved_is_written_down_and_is_there(self, node: Node) -> None:
        entries = {one["original"]: one for one in json.loads(node.root(f"cat {MANIFEST}").ok())}
        assert set(entries) == {
            *("/etc/cron.d/cron-apt", "/etc/cron.d/mixed", "/etc/cron.daily/selfupdate", "/system-update"),
            "/var/spool/cron/crontabs/root",
        }
        assert "git pull" in node.root(f"cat {entries['/etc/cron.d/mixed']['aside']}").ok()
        assert entries["/system-update"]["target"] == "/var/lib/system-update"

    def test_what_comes_later_is_an_error_and_nothing_is_changed(self, node: Node) -> None:
        later = {
            "/etc/systemd/system.conf.d/zz-vendor.conf": "[Manager]\nRuntimeWatchdogSec=30\n",
            "/etc/sysctl.d/zzz.conf": "kernel/panic = 5\n",
            "/etc/needrestart/conf.d/zzz.conf": "$nrconf{restart} = 'a';\n",
        }
        site.write(node, later)
        for check in (True, False):
            run = node.role("guardrails", check=check).failed(
                f"RuntimeWatchdogSec=30 in /etc/systemd/system.conf.d/zz-vendor.conf is read after {DROP_IN}",
                f"kernel.panic = 5 in /etc/sysctl.d/zzz.conf is read after {SYSCTL}",
                f"/etc/needrestart/conf.d/zzz.conf is read after {NEEDRESTART}",
            )
            assert {clause for clause, _subject, _action in run.actions} <= {"1"}
        node.root(f"rm {' '.join(later)}").ok()

    def test_a_fifo_in_the_way_is_an_error_and_no_hang(self, node: Node) -> None:
        node.root("mkfifo /etc/cron.d/fifo").ok()
        node.role("guardrails").failed("what updates the node cannot be told: /etc/cron.d/fifo is not a regular file")
        node.root("rm /etc/cron.d/fifo").ok()

    def test_hostile_names_are_shown_cleaned_and_change_nothing(self, node: Node) -> None:
        node.root(r"printf '[Timer]\nOnCalendar=daily\n' > '/etc/systemd/system/x update.timer'").ok()
        node.root(r"printf '1 1 * * * root \033[2Jgit pull\n2 2 * * * root /usr/bin/backup\n' > /etc/cron.d/esc").ok()
        run = node.role("guardrails").ok()
        assert "\x1b[2J" not in run.output
        node.root("rm -f '/etc/systemd/system/x update.timer' /etc/cron.d/esc").ok()


def test_remedies_as_printed_make_the_next_audit_ok(lab_node: LabNodes, tmp_path: pathlib.Path) -> None:
    node = lab_node("t-guard-remedies")
    site.make_raspberry_pi_os(node)
    site.make_cloud_init(node)
    site.write(
        node,
        {
            "/etc/systemd/system/cron.service.d/x.conf": "[Service]\nExecStartPre=-/usr/bin/git -C /srv pull\n",
            "/boot/firmware/pieeprom.upd": "x",
            "/usr/lib/systemd/user/podman-auto-update.timer": "[Timer]\nOnCalendar=daily\n",
            "/etc/rc.local": "#!/bin/sh\ncurl -s https://example.invalid/x | sh\nexit 0\n",
            "/etc/profile.d/newest.sh": "npm update -g\n",
        },
    )
    node.root(
        "chmod 0755 /etc/rc.local; mkdir -p /etc/systemd/user/timers.target.wants; "
        "ln -s /usr/lib/systemd/user/podman-auto-update.timer /etc/systemd/user/timers.target.wants/"
    ).ok()
    found = violations(node, tmp_path, "6.1")
    assert set(found) >= set(REMEDIED)
    for subject, remedy in found.items():
        assert remedy.startswith("'"), f"{subject}: {remedy}"
        node.root(remedy.split("'")[1]).ok()
    assert violations(node, tmp_path, "6.1") == {}


class TestCloudInit:
    """It is disabled once its first boot is over, and never at the price of the node's network."""

    @pytest.fixture
    def node(self, with_cloud_init: Node) -> Node:
        return with_cloud_init

    def test_four_runs_after_a_boot_in_which_it_ran(self, node: Node, tmp_path: pathlib.Path) -> None:
        site.make_cloud_init(node)
        assert set(violations(node, tmp_path, "6.1")) == {"cloud-init"}
        assert changed(four_runs(node)) == {DISABLED: {"write"}}
        assert violations(node, tmp_path, "6.1") == {}

    def test_a_first_boot_that_is_not_over(self, node: Node) -> None:
        site.make_cloud_init(node, done=False)
        for check in (True, False):
            node.role("guardrails", check=check).failed("cloud-init has not finished its first boot")
        assert node.root(f"ls {DISABLED}").rc != 0

    def test_a_boot_in_which_it_had_no_part(self, node: Node) -> None:
        site.make_cloud_init(node, ran=False, done=False)
        assert changed(node.role("guardrails").ok()) == {DISABLED: {"write"}}

    def test_a_network_that_lives_in_run_alone(self, node: Node) -> None:
        site.make_cloud_init(node)
        node.root("mkdir -p /run/systemd/network && mv /etc/systemd/network/10-eth0.network /run/systemd/network/").ok()
        node.root("networkctl reload && networkctl reconfigure eth0").ok()
        for check in (True, False):
            node.role("guardrails", check=check).failed(
                "it is not proven that the node's network comes back without it",
                "/run/systemd/network/10-eth0.network, which a reboot empties",
                "network_mode: static",
            )
        assert node.root(f"ls {DISABLED}").rc != 0
        left = node.role("guardrails", variables={"guardrails_disable_cloud_init": False}).ok()
        assert left.actions == set()
        assert "cloud-init is left on by guardrails_disable_cloud_init" in left.output
        node.root("mv /run/systemd/network/10-eth0.network /etc/systemd/network/ && networkctl reload").ok()

    def test_a_network_that_netplan_makes_at_each_boot(self, node: Node) -> None:
        site.make_cloud_init(node)
        made = "/run/systemd/network/10-netplan-eth0.network"
        node.root(f"mkdir -p /run/systemd/network && mv /etc/systemd/network/10-eth0.network {made}").ok()
        node.root("networkctl reload && networkctl reconfigure eth0").ok()
        node.role("guardrails").failed("none of its files in /etc/netplan names 'eth0'")
        site.write(node, {"/etc/netplan/50-cloud-init.yaml": "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n"})
        assert changed(node.role("guardrails").ok()) == {DISABLED: {"write"}}
        node.root(f"mv {made} /etc/systemd/network/10-eth0.network && networkctl reload").ok()


class TestPackages:
    """Real packages of Debian that update and heal, and their removal."""

    @pytest.fixture
    def node(self, with_packages: Node) -> Node:
        return with_packages

    def test_four_runs(self, node: Node, tmp_path: pathlib.Path) -> None:
        done = changed(four_runs(node))
        assert done["unattended-upgrades.service"] == {"stop", "disable"}
        # Stopping the one starts the other.
        assert (done["watchdog.service"], done["wd_keepalive.service"]) == ({"stop", "disable"}, {"stop"})
        assert done["/etc/cron.d/apticron"] == {"move aside"}
        states = {state for state, _file in site.states(node, "wd_keepalive.service", "unattended-upgrades.service")}
        # Without a watchdog of its own a container may have it fail before it is stopped.
        assert states <= {"inactive", "failed"}
        found = violations(node, tmp_path, "6.1", "6.2")
        assert set(found) == {"packagekit"}
        assert found["packagekit"].startswith("'apt-get --assume-yes remove packagekit'")

    def test_what_is_left_is_named(self, node: Node) -> None:
        run = node.role("guardrails").ok()
        assert "remove it with guardrails_remove: [packagekit]" in run.output
        assert "but for 1 thing that only you can settle" in run.rows(node.name)["6.1"]["sentence"]

    def test_what_is_not_removed(self, node: Node) -> None:
        for check, names, sentence in (
            (True, ["sudo", "python3"], "python3, sudo shall be removed, and the runbook needs it on every node"),
            (False, ["python3"], "the runbook needs it on every node"),
            (True, ["openssh-server"], "nothing is removed, since the node would be lost"),
            (False, ["openssh-server"], "nothing is removed, since the node would be lost"),
            (False, ["apt"], "is marked by Debian as essential"),
            (False, ["polkitd"], "would also remove packagekit"),
            (False, ["Bad_Name"], "no explicit package name"),
        ):
            run = node.role("guardrails", check=check, variables={"guardrails_remove": names}).failed(sentence)
            assert not [action for _clause, _subject, action in run.actions if action.startswith("remove")]

    def test_a_package_that_is_named_goes_and_its_configuration_stays(self, node: Node, tmp_path: pathlib.Path) -> None:
        done = changed(four_runs(node, guardrails_remove=["packagekit", "apticron"]))
        assert {subject: next(iter(what)).partition(" ")[0] for subject, what in done.items()} == {
            "packagekit": "remove",
            "apticron": "remove",
        }
        assert node.root("dpkg-query -W -f '${db:Status-Status}' apticron").ok() == "config-files"
        assert violations(node, tmp_path, "6.1", "6.2") == {}

    def test_a_package_that_is_wanted_too_is_an_error(self, node: Node) -> None:
        variables = {"guardrails_remove": ["tree"], "packages_list": ["tree"]}
        node.role("guardrails", variables=variables).failed("package tree is to be installed by")
