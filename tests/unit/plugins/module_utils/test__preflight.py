"""What a node must be before it is touched: each thing that is not so is one sentence with value and remedy."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._preflight import (
    Clock,
    Dpkg,
    Machine,
    Space,
    broken_packages,
    dpkg_problems,
    machine_problems,
    machine_sentence,
    machine_warning,
    offset_problems,
    os_release,
    read_only_reason,
    sentence,
    space_problems,
    sync_problems,
    system_problems,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._raspberry_pi import decode

TRIXIE = {
    "ID": "debian",
    "VERSION_ID": "13",
    "VERSION_CODENAME": "trixie",
    "PRETTY_NAME": "Debian GNU/Linux 13 (trixie)",
}
GIB = 1024**3


def test_os_release_is_read_as_a_shell_would() -> None:
    assert os_release("PRETTY_NAME=\"Debian 'x'\"\nID=debian\n# note\nVERSION_ID='13'\nbad line\nBROKEN=\"x\n") == {
        "PRETTY_NAME": "Debian 'x'",
        "ID": "debian",
        "VERSION_ID": "13",
        "BROKEN": '"x',
    }


def test_debian_13_on_the_expected_architecture_is_right() -> None:
    assert system_problems(TRIXIE, "arm64", "arm64") == []


@pytest.mark.parametrize(
    ("release", "said"),
    [
        ({**TRIXIE, "VERSION_ID": "12", "VERSION_CODENAME": "bookworm", "PRETTY_NAME": "Debian 12"}, "'Debian 12'"),
        ({**TRIXIE, "ID": "raspbian"}, "not Debian 13 (trixie)"),
        ({**TRIXIE, "VERSION_CODENAME": "forky", "PRETTY_NAME": ""}, "'debian 13 forky'"),
        ({}, "'no os-release'"),
        ({**TRIXIE, "ID": "x", "PRETTY_NAME": "\x1b[2J" + "A" * 9000}, "\\x1b[2JAAA"),
    ],
)
def test_another_system_is_named(release: dict[str, str], said: str) -> None:
    (problem,) = system_problems(release, "arm64", "arm64")
    assert said in problem
    assert "(2.1)" in problem
    assert "\x1b" not in problem
    assert len(problem) < 300


def test_another_architecture_is_named() -> None:
    assert "'amd64', not 'arm64'" in system_problems(TRIXIE, "amd64", "arm64")[0]


def test_the_board_must_be_the_declared_one() -> None:
    wanted = "Raspberry Pi 5"
    assert machine_problems(Machine("Raspberry Pi 5 Model B Rev 1.0"), wanted) == []
    assert "'Raspberry Pi 4 Model B'" in machine_problems(Machine("Raspberry Pi 4 Model B"), wanted)[0]
    assert "no device tree" in machine_problems(Machine(), wanted)[0]
    assert machine_problems(Machine(), "") == []


def test_a_device_tree_for_the_other_stepping_is_odd() -> None:
    assert "stepping D0 by its revision code c04171" in machine_warning(Machine("x", decode(0xC04171), "C1"))
    assert machine_warning(Machine("x", decode(0xC04171), "D0")) == ""
    assert machine_warning(Machine("x", decode(0xC04171), "")) == ""
    assert machine_warning(Machine("x", None, "C1")) == ""


@pytest.mark.parametrize(
    ("code", "tree", "file"),
    [(0xC04171, "C1", "bcm2712-d-rpi-5-b.dtb"), (0xC04170, "D0", "bcm2712-rpi-5-b.dtb")],
)
def test_the_right_device_tree_is_named_where_it_outlives_the_next_kernel(code: int, tree: str, file: str) -> None:
    said = machine_warning(Machine("x", decode(code), tree))
    assert f"write device_tree={file} into config.txt for the next boot" in said
    assert "into /etc/default/raspi-firmware-custom before any update" in said


def test_the_board_is_described() -> None:
    said = machine_sentence(Machine("Raspberry Pi 5 Model B Rev 1.0", decode(0xC04170), "C1"))
    assert said == "Raspberry Pi 5 Model B Rev 1.0 (stepping C1, revision code c04170, 4096 MiB)"


def test_space_is_judged_path_by_path() -> None:
    needs = {"/": 1024, "/boot/firmware": 64}
    full = [Space("/", GIB - 1, 19_999), Space("/boot/firmware", 63 * 1024**2, None)]
    assert space_problems([Space("/", GIB, 20_000), Space("/boot/firmware", 64 * 1024**2, None)], needs, 20_000) == []
    problems = space_problems(full, needs, 20_000)
    assert [problem.split(";")[0] for problem in problems] == [
        "/ has 1023 MiB free, less than 1024",
        "/ has 19999 inodes free, less than 20000",
        "/boot/firmware has 63 MiB free, less than 64",
    ]


MOUNT = "22 1 0:20 / {path} {own} shared:1 - ext4 /dev/mmcblk0p2 {filesystem}\n"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([("/", "rw,relatime", "rw")], ""),
        ([("/", "ro,relatime", "rw")], "mounted read-only"),
        ([("/", "rw,relatime", "ro,errors=remount-ro")], "file system is read-only"),
        ([("/", "rw", "rw,errors=remount-ro")], ""),
        ([("/", "ro", "rw"), ("/", "rw", "rw")], ""),
        ([("/proc", "ro", "ro")], ""),
    ],
)
def test_a_read_only_root_is_seen(lines: list[tuple[str, str, str]], reason: str) -> None:
    text = "".join(MOUNT.format(path=path, own=own, filesystem=filesystem) for path, own, filesystem in lines)
    found = read_only_reason(text + "garbage\n", "/")
    assert (reason in found) if reason else found == ""


STATUS = """Package: whole
Status: install ok installed

Package: removed
Status: deinstall ok config-files

Package: kept
Status: hold ok installed

Package: half
Status: install ok half-configured

Package: lost
Status: install reinstreq half-installed

Package: waiting
Status: install ok triggers-pending
"""


def test_unfinished_packages_are_found() -> None:
    assert broken_packages(STATUS) == (
        ("half", "half-configured"),
        ("lost", "reinstreq"),
        ("waiting", "triggers-pending"),
    )


def test_an_unfinished_dpkg_is_told_with_its_packages() -> None:
    assert dpkg_problems(Dpkg()) == []
    (problem,) = dpkg_problems(Dpkg(broken=(("half", "half-configured"),) * 7, unfinished=3, audit="x"))
    assert "half (half-configured)" in problem
    assert "and 2 more" in problem
    assert "dpkg --configure -a" in problem
    assert "3 parts" in dpkg_problems(Dpkg(unfinished=3))[0]
    assert "complains: The \\x1bfollowing" in dpkg_problems(Dpkg(audit="The \x1bfollowing"))[0]


def test_a_dpkg_at_work_is_not_called_broken() -> None:
    (problem,) = dpkg_problems(Dpkg(unfinished=3, locked_by="17 (apt-get)"))
    assert "17 (apt-get)" in problem
    assert "--configure" not in problem


@pytest.mark.parametrize(
    ("clock", "cause"),
    [
        (Clock(synchronised=False), "not installed (unit not-found)"),
        (Clock(synchronised=False, load="masked"), "not installed (unit masked)"),
        (Clock(synchronised=False, load="loaded", active="inactive"), "systemd-timesyncd is inactive"),
        (Clock(synchronised=False, load="loaded", active="failed"), "systemd-timesyncd is failed"),
        (Clock(synchronised=False, load="loaded", active="inactive", condition=False), "preflight_clock_owner to host"),
        (Clock(synchronised=False, load="loaded", active="active"), "reached no time server within 60 s"),
        (Clock(synchronised=False, other_service="chrony.service"), "chrony.service runs but"),
    ],
)
def test_the_cause_of_a_clock_without_time_is_named(clock: Clock, cause: str) -> None:
    (problem,) = sync_problems(clock, 60.2)
    assert cause in problem


def test_a_synchronised_clock_is_right() -> None:
    assert sync_problems(Clock(synchronised=True), 0) == []


@pytest.mark.parametrize(
    ("clock", "at_work"),
    [
        (Clock(synchronised=False, load="loaded", active="activating"), True),
        (Clock(synchronised=False, load="loaded", active="inactive"), False),
        (Clock(synchronised=False, load="not-found", active="active"), False),
        (Clock(synchronised=False, other_service="chrony.service"), True),
    ],
)
def test_waiting_helps_only_while_something_sets_the_clock(clock: Clock, at_work: bool) -> None:  # noqa: FBT001
    assert clock.at_work is at_work


@pytest.mark.parametrize(
    ("earliest", "latest", "said"),
    [
        (-0.1, 0.4, ""),
        (5.0, 5.4, ""),
        (5.1, 5.4, "5.1 s ahead of"),
        (-7.0, -5.1, "5.1 s behind"),
        # A transfer of six seconds leaves room for both verdicts: then the node is believed.
        (-3.0, 6.0, ""),
        (-4e8, -3.2e8, "3703 days 16 h behind"),
    ],
)
def test_a_clock_is_wrong_only_when_no_transfer_time_explains_it(earliest: float, latest: float, said: str) -> None:
    problems = offset_problems(earliest, latest, 5)
    assert (said in problems[0]) if said else problems == []


def test_all_problems_are_told_together() -> None:
    assert sentence(["a is b; do c"]) == "A is b; do c"
    assert sentence(["a", "b"]) == "2 things are not as they must be:\n- a\n- b"
