"""Whether somebody on the link has an address: frames as they are on the wire, and those that must not count."""

from __future__ import annotations

import ipaddress

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._network_probe import claimant, probe_frame

ADDRESS = ipaddress.IPv4Address("10.89.79.11")
MINE = bytes.fromhex("0236 7df9 6c03".replace(" ", ""))
THEIRS = bytes.fromhex("622da5b2a609")


def frame(
    *, kind: int = 2, sender: bytes = THEIRS, address: ipaddress.IPv4Address = ADDRESS, ether: int = 0x0806
) -> bytes:
    return (
        MINE + sender + ether.to_bytes(2, "big") + bytes.fromhex("0001080006040000")[:6] + kind.to_bytes(2, "big")
        + sender + address.packed + MINE + b"\0" * 4 + b"\0" * 18
    )  # fmt: skip


def test_the_probe_claims_no_address() -> None:
    probe = probe_frame(MINE, ADDRESS)
    assert len(probe) == 42
    assert probe[:6] == b"\xff" * 6
    assert probe[28:32] == b"\0" * 4
    assert probe[38:42] == ADDRESS.packed


@pytest.mark.parametrize("kind", [1, 2])
def test_who_has_the_address_is_named(kind: int) -> None:
    assert claimant(frame(kind=kind), MINE, ADDRESS) == "62:2d:a5:b2:a6:09"


@pytest.mark.parametrize(
    "content",
    [
        frame(sender=MINE),
        frame(address=ipaddress.IPv4Address("10.89.79.12")),
        frame(ether=0x0800),
        frame(kind=9),
        frame()[:41],
        b"",
        b"\xff" * 2048,
    ],
)
def test_other_frames_do_not_count(content: bytes) -> None:
    assert claimant(content, MINE, ADDRESS) == ""


def test_our_own_probe_is_no_claim() -> None:
    assert claimant(probe_frame(MINE, ADDRESS), MINE, ADDRESS) == ""
