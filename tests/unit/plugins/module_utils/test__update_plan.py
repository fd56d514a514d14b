from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_origin import Offer
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import Detail, Planned
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_plan import (
    FIRST,
    LOGINS,
    Pending,
    Room,
    as_confirmed,
    described,
    kind_of,
    named,
    require_confirmed,
    require_confirmed_too,
    require_room,
    why_reboot,
)

MIB = 2**20
KERNEL = "linux-image-6.12.117+deb13-arm64"


def detail(name: str, *, size: int = 0, growth: int = 0, codename: str = "trixie", kind: str = "official") -> Detail:
    offer = Offer(kind, "", "s", "Debian", "Debian", codename, "main", "http://192.0.2.1/x.deb")
    return Detail(Planned(name, "1", "2"), "all", "s", size, growth, downgrade=False, offers=[offer], record="")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (KERNEL, "kernel"),
        ("linux-image-arm64", "kernel"),
        ("linux-binary-7.3.4+deb13-arm64", "kernel"),
        ("linux-base", "kernel"),
        ("raspi-firmware", "firmware"),
        ("initramfs-tools-core", "initramfs"),
        ("linux-libc-dev", ""),
        ("libc6:arm64", ""),
    ],
)
def test_what_a_node_boots_from_is_told_apart(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_a_package_is_described_with_what_matters() -> None:
    shown = described(detail("openssl", size=7, growth=3, codename="trixie-security"))
    assert (shown["security"], shown["archives"], shown["kind"]) == (True, ["trixie-security"], "")
    assert not described(detail("x", codename="trixie-security", kind="foreign"))["security"]


@pytest.mark.parametrize(
    ("details", "room", "sentence"),
    [
        ([detail("a", size=100 * MIB)], Room(163, None, 0), "/ is too full: the update needs about 164 MiB"),
        ([detail(KERNEL)], Room(999, 95, 80), f"/boot/firmware is too full: {KERNEL} needs about 96 MiB there"),
        ([detail(KERNEL)], Room(999, 95, 0), "needs about 96 MiB there, 95 MiB are free"),
        ([detail("raspi-firmware")], Room(999, None, 0), "/boot/firmware is not mounted, and raspi-firmware would"),
    ],
)
def test_without_room_nothing_is_begun(details: list[Detail], room: Room, sentence: str) -> None:
    with pytest.raises(StepError, match="then run again") as caught:
        require_room(details, room)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("details", "room"),
    [
        ([detail("a", size=100 * MIB)], Room(164, None, 0)),
        ([detail("a", growth=-900 * MIB)], Room(64, None, 0)),
        # A node that boots by other means has no such partition.
        ([detail(KERNEL)], Room(999, None, 0)),
        ([detail(KERNEL)], Room(999, 96, 80)),
        ([detail("initramfs-tools")], Room(999, 0, 80)),
        ([], Room(0, 0, 80)),
    ],
)
def test_with_room_it_goes_on(details: list[Detail], room: Room) -> None:
    require_room(details, room)


def test_nothing_else_than_what_was_confirmed_is_done() -> None:
    plan = [Planned("b", "1", "2"), Planned("a", "", "1:3")]
    assert as_confirmed(plan) == ["a=1:3", "b=2"]
    require_confirmed(plan, ["b=2", "a=1:3"])
    for other in (["b=2"], ["a=1:3", "b=1"], []):
        with pytest.raises(StepError, match=r"not what was confirmed.*run again"):
            require_confirmed(plan, other)
    assert require_confirmed_too(plan[:1], ["b=2", "a=1:3"]) == ["a=1:3"]
    with pytest.raises(StepError, match=r"not what was confirmed, it differs in b=2; run again"):
        require_confirmed_too(plan, ["a=1:3"])


def reasons(**given: t.Any) -> tuple[str, ...]:
    usual = {"running": "6-arm64", "installed": ["6-arm64"], "requested": False, "upgraded": set(), "others": ()}
    return why_reboot(**{**usual, **given})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"upgraded": {KERNEL}}, f"{KERNEL} takes effect at a boot"),
        ({"installed": ["6-arm64", "7-arm64"], "upgraded": {KERNEL}}, "kernel 7-arm64 is installed, 6-arm64 runs"),
        ({"upgraded": {"raspi-firmware"}}, "raspi-firmware takes effect at a boot"),
        ({"upgraded": {"libc6", "vim"}}, "libc6 upgraded since boot"),
        ({"requested": True}, "a package asks for it in /run/reboot-required"),
        ({"others": ["ssh.service", LOGINS]}, "ssh.service still run the old code"),
        ({"others": [FIRST]}, "systemd itself still run the old code"),
    ],
)
def test_a_reboot_has_its_reason(given: dict[str, t.Any], reason: str) -> None:
    assert reasons(**given) == (reason,)


@pytest.mark.parametrize("given", [{}, {"upgraded": {"vim"}}, {"others": [LOGINS]}])
def test_no_reboot_without_one(given: dict[str, t.Any]) -> None:
    assert reasons(**given) == ()


def test_what_is_left_is_said_with_how_it_is_ended() -> None:
    assert Pending((), (LOGINS,), ()).sentence == ""
    said = Pending(("greeter.service",), (), ("libc6 upgraded since boot",)).sentence
    assert said == (
        ". Pending: greeter.service still run the old code, until -e restart_services=yes; a reboot is due, with "
        "-e reboot=yes: libc6 upgraded since boot"
    )


def test_a_sentence_names_no_more_than_one_reads_and_nothing_raw() -> None:
    assert named(["a\x1b[31m"]) == r"a\x1b[31m"
    assert named([str(number) for number in range(14)]).endswith("11 and 2 more")
