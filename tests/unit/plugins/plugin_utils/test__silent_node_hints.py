"""What is shown when a node does not come up: in order, bounded, and fitting to what was seen."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._silent_node import Kind
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._silent_node_hints import LED_CODES, block, hints

TOP = pathlib.Path(__file__).resolve().parents[4]


def told(kind: Kind, assignment: str = "static") -> list[str]:
    return hints(kind, host="192.0.2.11", port=22, assignment=assignment)


@pytest.mark.parametrize("kind", t.get_args(Kind))
@pytest.mark.parametrize("assignment", ["static", "reservation"])
def test_each_kind_is_one_bounded_block(kind: Kind, assignment: str) -> None:
    lines = told(kind, assignment)
    assert 1 <= len(lines) <= 7
    assert all(len(line) < 500 for line in lines)
    assert not any("\n" in line or line.endswith(".") for line in lines)


def test_where_nothing_is_there_the_board_comes_first() -> None:
    words = [line.partition(":")[0].partition(" ")[0] for line in told("no neighbour")]
    assert words == ["LED", "Screen", "Link", "Address", "Card"]
    assert "bcm2712-d-rpi-5-b.dtb" in told("silent")[1]


def test_the_device_tree_that_is_named_by_hand_outlives_the_next_kernel() -> None:
    """Debian's hook writes config.txt anew, and takes from that file only; tests/e2e reads it in the image."""
    page = " ".join((TOP / "docs" / "enroll.md").read_text().partition("**The stepping.**")[2].split())
    for said in (told("silent")[1], page):
        first, lasting = said.index("config.txt"), said.index("/etc/default/raspi-firmware-custom")
        assert said.index("device_tree=bcm2712-d-rpi-5-b.dtb") < lasting
        assert first < lasting
        assert "efore any update" in said


def test_a_reservation_is_looked_for_at_the_dhcp_server() -> None:
    (lease,) = [line for line in told("no neighbour", "reservation") if line.startswith("Lease")]
    assert "hardware address" in lease


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("refused", "SSH: a machine is there"),
        ("port silent", "Whose it is: compare that hardware address"),
        ("no SSH", "Whose it is: another machine"),
        ("no host key", "Host keys: "),
        ("no route", "This machine: "),
        ("no name", "Name: "),
    ],
)
def test_what_answers_needs_no_look_at_the_led(kind: Kind, first: str) -> None:
    lines = told(kind)
    assert lines[0].startswith(first)
    assert not any(line.startswith("LED") for line in lines)


def test_the_block_is_numbered() -> None:
    assert block("n", "no answer", ["One", "Two"]) == (
        "n does not come up: no answer. Look at, in this order:\n  1. One.\n  2. Two."
    )


def test_the_page_lists_every_code() -> None:
    page = (TOP / "docs" / "enroll.md").read_text()
    for long, short, what, do in LED_CODES:
        assert f"| {long} | {short} | {what} | {do} |" in page
