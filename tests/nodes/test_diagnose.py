"""Runbook 5.1 on a real node that is broken in many ways: each is named, by its component, and nothing is touched.

What no container has is put where the reader looks: the kernel's buffer, the board's tool, files of /sys and /proc.
"""

from __future__ import annotations

import json
import pathlib
import time
import typing as t

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.diagnosed_node import DiagnosedNode
from tests.nodes.harness import PLAYBOOKS, Node, Run

DIAGNOSE = PLAYBOOKS / "diagnose.yml"
UNITS = "/etc/systemd/system"
NAME = "t-diagnose"


class Fault(t.NamedTuple):
    """A fault that is seeded.

    :param source: which source names it.
    :param words: what that source says of it, in its evidence.
    :param cause: of the verdict; "" where it is worth a note and no verdict.
    """

    name: str
    how: str
    mend: str
    source: str
    words: str
    component: str
    cause: str
    later: float = 0.0


def kernel(*lines: str) -> str:
    """Return how to put lines of the kernel's own into its buffer, at the level of errors."""
    said = "".join(f"3,{number},{number}000000,-;{line}\\n" for number, line in enumerate(lines, start=1))
    return f"printf '{said}' > /dev/kmsg"


def unit(name: str, command: str, *more: str, folder: str = UNITS) -> str:
    """Return how to start a unit that has this command."""
    text = "\\n".join(["[Service]", f"ExecStart={command}", *more])
    path = f"{folder}/{name}"
    return f"printf '{text}\\n' > {path} && systemctl daemon-reload && (systemctl start {name}; sleep 0.3; true)"


def gone(name: str, folder: str = UNITS) -> str:
    return (
        f"systemctl stop {name}; systemctl disable {name}; systemctl reset-failed; rm -f {folder}/{name};"
        " systemctl daemon-reload"
    )


def over(folder: str, *files: tuple[str, str]) -> str:
    """Return how to put files in a folder's place that the kernel does not let anybody write."""
    made = [f"mkdir -p $(dirname {folder}/{path}) && printf '{text}' > {folder}/{path}" for path, text in files]
    return " && ".join([f"mount -t tmpfs tmpfs {folder}", *made])


def program(path: str, command: str) -> str:
    return f"printf '#!/bin/sh\\n{command}\\n' > {path} && chmod 755 {path}"


NO_KMSG = "rm -f /dev/kmsg"
PRESSURE = "some avg10=95.00 avg60=90.00 avg300=80.00 total=1\\nfull avg10=60.00 avg60=50.00 avg300=45.00 total=1\\n"
FAULTS = (
    Fault(
        "failing-service", unit("worker.service", '/bin/sh -c "echo no-table-named-jobs; exit 3"'),
        gone("worker.service"), "units", "no-table-named-jobs", "application", "service",
    ),
    Fault(
        "failing-unit-of-debian", unit("zz-probe.service", "/bin/false", folder="/usr/lib/systemd/system"),
        gone("zz-probe.service", "/usr/lib/systemd/system"), "units", "its program ended with an error", "OS",
        "system-unit",
    ),
    Fault(
        "crashing-service", unit("crasher.service", '/bin/sh -c "kill -SEGV \\$\\$"'), gone("crasher.service"),
        "units", "its program", "application", "service",
    ),
    Fault(
        "unit-that-systemd-refuses",
        f"printf '[Service]\\nUser=nobody\\n[Install]\\nWantedBy=multi-user.target\\n' > {UNITS}/odd.service"
        f" && ln -s {UNITS}/odd.service {UNITS}/multi-user.target.wants/odd.service && systemctl daemon-reload",
        f"rm -f {UNITS}/odd.service {UNITS}/multi-user.target.wants/odd.service; systemctl daemon-reload",
        "units", "systemd cannot use its file", "application", "service",
    ),
    Fault(
        "out-of-memory", kernel("Out of memory: Killed process 812 (python3) total-vm:8123456kB"), NO_KMSG,
        "kernel-log", "out of memory python3", "application", "memory",
    ),
    Fault(
        "little-memory",
        "printf 'MemTotal: 8000000 kB\\nMemAvailable: 90000 kB\\n' > /run/meminfo"
        " && mount --bind /run/meminfo /proc/meminfo",
        "umount /proc/meminfo", "memory", "it runs out: 87 MiB of 7812 MiB", "application", "memory",
    ),
    Fault(
        "work-waits-for-memory", f"printf '{PRESSURE}' > /run/psi && mount --bind /run/psi /proc/pressure/memory",
        "umount /proc/pressure/memory", "pressure", "work waited for it 60 % of the last 10 s", "application", "memory",
    ),
    Fault(
        "full-disk",
        "mkdir -p /srv/full && mount -t tmpfs -o size=20M tmpfs /srv/full && (cat /dev/zero > /srv/full/log; true)",
        "umount /srv/full", "file-systems", "/srv/full | it is full: 0 MiB of 20 MiB", "OS", "space",
    ),
    Fault(
        "no-more-inodes",
        "mkdir -p /srv/many && mount -t tmpfs -o nr_inodes=60 tmpfs /srv/many && (cd /srv/many; touch $(seq 80); true)",
        "umount /srv/many", "file-systems", "/srv/many inodes | it has no room for more files: 0 of 60", "OS", "space",
    ),
    Fault(
        "read-only-mount", "mkdir -p /srv/data && mount -t tmpfs tmpfs /srv/data && mount -o remount,ro /srv/data",
        "umount /srv/data", "file-systems", "/srv/data | it is mounted read-only", "OS", "filesystem",
    ),
    Fault(
        "read-only-root", "mount -o remount,bind,ro /", "mount -o remount,bind,rw /", "file-systems",
        "/ | it is mounted read-only", "OS", "filesystem",
    ),
    Fault(
        "errors-that-ext4-counted", over("/sys/fs/ext4", ("vda/errors_count", "7\\n")), "umount /sys/fs/ext4",
        "file-systems", "its file system has counted 7 errors", "OS", "filesystem",
    ),
    Fault(
        "ext4-error", kernel("EXT4-fs error (device mmcblk0p2): ext4_lookup:1855: inode #3: comm cron: bad"),
        NO_KMSG, "kernel-log", "file system", "OS", "filesystem",
    ),
    Fault(
        "card-that-fails", kernel("mmc0: error -110 whilst initialising SD card", "mmc0: Timeout waiting for hardware"),
        NO_KMSG, "kernel-log", "card mmc0 | the kernel says it 2 times", "hardware", "storage",
    ),
    Fault(
        "io-errors", kernel("I/O error, dev nvme0n1, sector 2048 op 0x0:(READ) flags 0x0"), NO_KMSG, "kernel-log",
        "I/O errors nvme0n1", "hardware", "storage",
    ),
    Fault(
        "nvme-that-resets", kernel("nvme nvme0: I/O 12 QID 1 timeout, reset controller"), NO_KMSG, "kernel-log",
        "NVMe disk nvme0", "hardware", "storage",
    ),
    Fault(
        "worn-out-emmc",
        over("/sys/block", ("mmcblk0/device/life_time", "0x0b 0x0b\\n"), ("mmcblk0/device/name", "DG4008\\n")),
        "umount /sys/block", "devices", "DG4008 | it is worn out: life_time 0x0b 0x0b", "hardware", "storage",
    ),
    Fault(
        "undervoltage", kernel("hwmon hwmon1: Undervoltage detected!"), NO_KMSG, "kernel-log", "undervoltage",
        "hardware", "power",
    ),
    Fault(
        "throttled", "printf '#!/bin/sh\\necho throttled=0x50005\\n' > /usr/bin/vcgencmd; chmod 755 /usr/bin/vcgencmd",
        "rm /usr/bin/vcgencmd", "throttling", "the voltage is too low now (get_throttled 0x50005)", "hardware", "power",
    ),
    Fault(
        "too-hot",
        over("/sys/class/thermal", ("thermal_zone0/temp", "91400\\n"), ("thermal_zone0/type", "cpu-thermal\\n")),
        "umount /sys/class/thermal", "temperature", "cpu-thermal | 91.4 °C", "hardware", "heat",
    ),
    Fault(
        "kernel-oops", kernel("Internal error: Oops: 96000004 [#1] SMP"), NO_KMSG, "kernel-log", "kernel",
        "OS", "kernel",
    ),
    Fault(
        "crash-record", "mkdir -p /var/lib/systemd/pstore && echo x > /var/lib/systemd/pstore/dmesg-1",
        "rm -r /var/lib/systemd/pstore", "boots", "a crash of the kernel left /var/lib/systemd/pstore/dmesg-1", "OS",
        "kernel",
    ),
    Fault("clock-behind", "true", "true", "clock", "behind the controller's", "OS", "clock", 7200),
    Fault("clock-ahead", "true", "true", "clock", "ahead of the controller's", "OS", "clock", -90_000),
    Fault(
        "no-gateway", "ip route show default > /run/way; ip route del default", "ip route add $(cat /run/way)",
        "network", "there is no default route", "OS", "network",
    ),
    Fault(
        "silent-gateway",
        "ip route show default > /run/way; ip route replace default via $(sed 's/.*via \\([0-9.]*\\)\\.[0-9]* .*/\\1/'"
        " /run/way).253 dev eth0; (timeout 4 bash -c 'echo > /dev/tcp/192.0.2.1/9'; true)",
        "ip route replace $(cat /run/way)", "network", "does not answer", "OS", "network",
    ),
    Fault(
        "no-name-server", "cp -L /etc/resolv.conf /run/resolv; echo '# none' > /etc/resolv.conf",
        "cat /run/resolv > /etc/resolv.conf", "network", "/etc/resolv.conf names none", "OS", "network",
    ),
    Fault(
        "half-configured-package",
        "cp /var/lib/dpkg/status /run/status && sed -i '/^Package: mawk$/,/^$/s/^Status: .*/Status: install ok"
        " half-configured/' /var/lib/dpkg/status",
        "cp /run/status /var/lib/dpkg/status", "packages", "mawk | it is half-configured", "OS", "packages",
    ),
    Fault(
        "empty-package-database", "mv /var/lib/dpkg/status /run/status && touch /var/lib/dpkg/status",
        "cp /run/status /var/lib/dpkg/status", "packages", "dpkg's database is damaged", "OS", "packages",
    ),
    Fault(
        "no-package-database", "mv /var/lib/dpkg/status /run/status", "cp /run/status /var/lib/dpkg/status", "packages",
        "/var/lib/dpkg/status does not exist", "OS", "packages",
    ),
    Fault(
        "interrupted-dpkg", "touch /var/lib/dpkg/updates/0003", "rm /var/lib/dpkg/updates/0003", "packages",
        "dpkg was interrupted", "OS", "packages",
    ),
    Fault(
        "no-message-bus", "mv /run/dbus/system_bus_socket /run/dbus/away",
        "mv /run/dbus/away /run/dbus/system_bus_socket",
        "systemd", "/run/dbus/system_bus_socket is not there", "OS", "manager",
    ),
    Fault(
        "boot-partition-without-kernel", "mkdir -p /boot/firmware && echo x > /boot/firmware/config.txt",
        "rm -r /boot/firmware", "boot-partition", "cmdline.txt is missing", "OS", "boot",
    ),
    Fault(
        "volatile-journal",
        "mkdir -p /etc/systemd/journald.conf.d && printf '[Journal]\\nStorage=volatile\\n' >"
        " /etc/systemd/journald.conf.d/zz.conf && systemctl restart systemd-journald",
        "rm /etc/systemd/journald.conf.d/zz.conf; systemctl restart systemd-journald; journalctl --flush",
        "journal", "it is volatile: Storage=volatile", "none found", "",
    ),
    Fault(
        "pending-reboot", "touch /run/reboot-required; echo linux-image-arm64 > /run/reboot-required.pkgs",
        "rm /run/reboot-required*", "reboot", "apt asks for one: linux-image-arm64", "none found", "",
    ),
    Fault(
        "another-kernel-at-next-boot", "touch /boot/vmlinuz-99.1.0-arm64", "rm /boot/vmlinuz-*", "reboot",
        "the next start is another kernel (99.1.0-arm64)", "none found", "",
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node(NAME)


@pytest.fixture(scope="module")
def diagnosed(node: Node) -> DiagnosedNode:
    return DiagnosedNode(node)


def test_a_node_without_a_fault_has_none(diagnosed: DiagnosedNode) -> None:
    said = diagnosed.look()
    assert [name for name, source in said.sources.items() if source["state"] == "problem"] == []
    assert said.component == "none found"
    # What else the machine does only ever makes it longer.
    seconds = [said.seconds]
    while min(seconds) >= 5 and len(seconds) < 20:
        seconds.append(diagnosed.look().seconds)
    assert min(seconds) < 5, seconds
    # What a container has no source for is unknown, and never ok.
    assert {said.state(name) for name in ("board", "throttling", "temperature", "power", "kernel-log")} == {"unknown"}
    assert {said.state(name) for name in ("units", "file-systems", "memory", "packages", "network")} == {"ok"}


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_named(diagnosed: DiagnosedNode, fault: Fault) -> None:
    with diagnosed.broken(fault.how, fault.mend):
        said = diagnosed.look(later=fault.later)
    assert fault.words in said.evidence(fault.source), said.sources
    assert (said.component, said.cause) == (fault.component, fault.cause), said.sentence
    if fault.cause:
        assert said.state(fault.source) == "problem"
        # A fault of one kind does not make the other sources lie.
        assert "failed at what is there" not in json.dumps(said.sources)


def test_the_first_cause_of_several_is_the_verdict_and_the_others_are_named(diagnosed: DiagnosedNode) -> None:
    both = f"{kernel('mmc0: error -110 whilst initialising SD card')}; {unit('worker.service', '/bin/false')}"
    with diagnosed.broken(both, f"{NO_KMSG}; {gone('worker.service')}"):
        said = diagnosed.look()
    assert (said.component, said.cause) == ("hardware", "storage")
    assert "also: worker.service" in said.sentence


def test_what_a_program_writes_into_the_kernels_buffer_is_not_the_kernels(diagnosed: DiagnosedNode) -> None:
    with diagnosed.broken("printf '11,1,1000000,-;mmc0: error -110\\n' > /dev/kmsg", NO_KMSG):
        assert diagnosed.look("kernel-log").state("kernel-log") == "ok"


def test_a_tool_that_does_not_work_says_nothing_good(diagnosed: DiagnosedNode) -> None:
    fake = program("/usr/bin/vcgencmd", "echo ioctl_set_msg failed:-1; exit 255")
    with diagnosed.broken(fake, "rm /usr/bin/vcgencmd"):
        said = diagnosed.look("throttling", "temperature", "power")
    assert {said.state(name) for name in said.sources} == {"unknown"}


def test_a_source_that_never_answers_keeps_no_other_from_it(diagnosed: DiagnosedNode) -> None:
    sleeps = program("/usr/local/sbin/timedatectl", "trap : TERM; sleep 600")
    with diagnosed.broken(sleeps, "rm /usr/local/sbin/timedatectl"):
        said = diagnosed.look(seconds_each=2.0)
        left = diagnosed.node.root("pgrep -f '[s]leep 600'").out
    # And not the 600 s of the sleep.
    assert said.seconds < 30
    assert said.state("clock") == "unknown"
    assert "it was cut after 2 s" in said.evidence("clock")
    # What it said before stays.
    assert "agrees with the controller's" in said.evidence("clock", "ok")
    assert said.state("units") == "ok"
    assert left == ""


def test_without_the_journal_its_sources_fail_and_no_other(diagnosed: DiagnosedNode) -> None:
    with diagnosed.broken(
        "chmod 0 /usr/bin/journalctl; systemctl stop systemd-journald.socket systemd-journald-dev-log.socket"
        " systemd-journald-audit.socket systemd-journald.service 2>/dev/null; rm -f /run/systemd/journal/stdout",
        "chmod 755 /usr/bin/journalctl; systemctl start systemd-journald.socket systemd-journald-dev-log.socket"
        " systemd-journald.service",
    ):
        said = diagnosed.look()
    assert (said.component, said.cause) == ("OS", "journal")
    assert said.state("boots") == "unknown"
    assert {said.state(name) for name in ("units", "file-systems", "memory", "packages", "network")} == {"ok"}


def test_without_systemd_answering_it_is_systemd_that_fails(diagnosed: DiagnosedNode) -> None:
    with diagnosed.broken("chmod 0 /usr/bin/systemctl", "chmod 755 /usr/bin/systemctl"):
        said = diagnosed.look()
    assert (said.component, said.cause) == ("OS", "manager")
    assert said.state("units") == "unknown"


def test_a_login_without_root_sees_less_and_calls_that_unknown(diagnosed: DiagnosedNode) -> None:
    said = diagnosed.look(user="debian")
    assert said.component in ("none found", "unknown")
    assert said.state("file-systems") == "ok"
    assert said.state("journal") != "problem"


def test_what_changed_since_the_audit_is_told(diagnosed: DiagnosedNode) -> None:
    time.sleep(1.1)
    audited = time.time()
    assert diagnosed.look("drift", audited=audited).state("drift") == "ok"
    with diagnosed.broken("echo x > /etc/by-hand.conf", "rm /etc/by-hand.conf"):
        said = diagnosed.look("drift", audited=audited - 1)
        assert "/etc/by-hand.conf" in said.evidence("drift", "note")
        assert said.state("drift") == "ok"
    with diagnosed.broken("printf '#!/bin/sh\\n' > /usr/local/bin/helper", "rm /usr/local/bin/helper"):
        said = diagnosed.look("drift", audited=audited - 1)
        assert (said.cause, said.step) == ("foreign", "isolate, then re-image")
        assert "/usr/local/bin/helper" in said.sentence
    with diagnosed.broken("cp -p /usr/bin/env /run/env && echo >> /usr/bin/env", "cat /run/env > /usr/bin/env"):
        assert "/usr/bin/env" in diagnosed.look("drift", audited=audited - 1).sentence


def test_a_log_is_shown_clean_and_without_credentials(diagnosed: DiagnosedNode) -> None:
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    script = f"printf 'red \\033[31m {{{{ lookup(1) }}}} password={token}\\n'\nexit 1\n"
    diagnosed.node.root("cat > /run/hostile", stdin=script).ok()
    with diagnosed.broken(unit("worker.service", "/bin/sh /run/hostile"), gone("worker.service")):
        said = json.dumps(diagnosed.look("units").sources)
    assert "worker.service" in said
    assert token not in said
    assert "not shown" in said
    assert "\\u001b" not in said


@pytest.fixture(scope="module")
def reports(node: Node, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("reports")
    node.always["runbook_reports_dir"] = str(folder)
    return folder


def diagnose(node: Node, reports: pathlib.Path, *arguments: str, **variables: t.Any) -> tuple[Run, dict[str, t.Any]]:
    """Run the playbook, and return what its files hold by node."""
    known = set(reports.glob("*/diagnosis/*.json"))
    run = node.play(DIAGNOSE, *arguments, variables=variables)
    written = set(reports.glob("*/diagnosis/*.json")) - known
    time.sleep(1.1)
    return run, {path.stem: json.loads(path.read_text()) for path in written}


def test_the_playbook_says_verdict_and_next_step_and_writes_the_report(node: Node, reports: pathlib.Path) -> None:
    run, files = diagnose(node, reports)
    assert run.rc == 0, run.output
    assert files[NAME]["verdict"]["component"] == "none found"
    assert (files[NAME]["state"], files[NAME]["is_root"]) == ("diagnosed", True)
    assert f"{NAME}  none found" in run.output
    assert "-> next step (5.1): Nothing has to be rolled back" in run.output
    [page] = reports.glob("*/diagnosis.html")
    assert "<script" not in page.read_text()


def test_a_problem_ends_with_status_2_and_names_the_rollback(node: Node, reports: pathlib.Path) -> None:
    node.root(unit("worker.service", '/bin/sh -c "echo {{ 7*7 }} broken-since-commit; exit 3"')).ok()
    try:
        for check in ([], ["--check"]):
            run, files = diagnose(node, reports, *check)
            assert run.rc == 2, run.output
            assert files[NAME]["verdict"]["component"] == "application"
            assert "{{ 7*7 }} broken-since-commit" in json.dumps(files[NAME])
            assert f"{NAME} application a service of ours: worker.service: it failed" in " ".join(run.output.split())
            assert "-> next step (5.3): If it came with a commit, revert that commit" in run.output
    finally:
        node.root(gone("worker.service")).ok()


def test_the_node_stays_as_it_is(node: Node, reports: pathlib.Path) -> None:
    # At midnight a timer of Debian's has logrotate write what it has done. What tells of the clock has a folder in /tmp
    # as long as it runs: D-Bus starts it for whoever asks, and it ends half a minute after the last one.
    look = (
        "find /etc /usr /home /root /opt /var/lib /tmp -xdev -newer /run/began ! -path /tmp"
        " ! -path '/tmp/systemd-private-*' ! -path '/var/lib/systemd/*' ! -path '/var/lib/logrotate*' | sort"
    )
    in_tmp = "ls -A /tmp | grep -v ^systemd-private-; touch /run/began; sleep 1.1"
    before = node.root(in_tmp).ok()
    diagnose(node, reports)
    assert node.root(look).ok() == ""
    assert node.root(in_tmp).ok() == before


def test_it_works_where_nothing_can_be_written(node: Node, reports: pathlib.Path) -> None:
    node.root("mount -o remount,bind,ro / && mount -o remount,ro /tmp").ok()
    try:
        run, files = diagnose(node, reports)
    finally:
        node.root("mount -o remount,bind,rw /; mount -o remount,rw /tmp").ok()
    assert run.rc == 2, run.output
    assert files[NAME]["verdict"]["cause"] == "filesystem"
    assert files[NAME]["is_root"] is True


def test_it_works_where_sudo_does_not(node: Node, reports: pathlib.Path) -> None:
    node.root("cp /etc/sudoers /run/sudoers && echo 'this is no rule' > /etc/sudoers").ok()
    try:
        run, files = diagnose(node, reports)
    finally:
        node.root("cat /run/sudoers > /etc/sudoers").ok()
    assert files[NAME]["state"] == "diagnosed", run.output
    assert files[NAME]["is_root"] is False
    assert "it was not asked as root" in files[NAME]["sentence"]
    assert "sudo" in files[NAME]["sentence"]


def test_a_dead_node_is_reported_beside_the_others(node: Node, lab_node: LabNodes, reports: pathlib.Path) -> None:
    other = lab_node("t-diagnose-dead")
    other.root("systemctl stop ssh").ok()
    node.refresh_inventory()
    run, files = diagnose(node, reports, "--limit", f"{NAME},t-diagnose-dead")
    assert run.rc == 4, run.output
    assert files["t-diagnose-dead"]["state"] == "unreachable"
    assert files["t-diagnose-dead"]["verdict"]["component"] == "unknown"
    assert files[NAME]["verdict"]["component"] == "none found"
    flat = " ".join(run.output.partition("DIAGNOSIS ***")[2].split())
    assert "-> next step (5.1): Go to the node: look at its lights" in flat
    assert "1 unknown, 1 without a problem found." in flat
