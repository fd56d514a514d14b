"""A static address under ifupdown: the interface's stanza is replaced, everything else of interfaces(5) stays."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _network_ifupdown as ifupdown
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_plan import HEADER, PlanError
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import Resolver

DECLARED = parse("10.0.0.9/24", "10.0.0.1", ["10.0.0.1", "9.9.9.9"])
OURS = f"""iface eth0 inet static
    {HEADER.rstrip()}
    address 10.0.0.9/24
    gateway 10.0.0.1
    dns-nameservers 10.0.0.1 9.9.9.9
"""


# A file with more than one stanza in it, and with options that a static address does not replace.
BEFORE = """auto lo eth0
iface lo inet loopback

iface eth0 inet static
  address 10.0.0.5
  netmask 255.255.255.0
  gateway 10.0.0.2
  mtu 1400
  # keep

iface eth0 inet6 auto
  address fe80::1
"""
AFTER = f"""auto lo eth0
iface lo inet loopback

{OURS}  mtu 1400
  # keep

iface eth0 inet6 auto
  address fe80::1
"""
ROUTE = "  up ip route add \\\n    10.9.0.0/16 via 10.0.0.3\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auto eth0\niface eth0 inet dhcp\n", f"auto eth0\n{OURS}"),
        ("allow-hotplug eth0\niface eth0 inet dhcp\n  hostname x\n", f"allow-hotplug eth0\n{OURS}"),
        (BEFORE, AFTER),
        (f"iface eth0 inet static\n  address \\\n    10.0.0.5\n{ROUTE}", f"{OURS}{ROUTE}"),
        ("auto eth0\niface eth0 inet \\\n  dhcp\nsource x\n", f"auto eth0\n{OURS}source x\n"),
    ],
)
def test_one_stanza_is_replaced_and_all_else_stays(text: str, expected: str) -> None:
    assert ifupdown.interfaces_with(text, "eth0", DECLARED, started=True) == expected
    assert ifupdown.interfaces_with(expected, "eth0", DECLARED, started=True) == expected


def test_an_interface_that_nothing_brings_up_is_brought_up_at_boot() -> None:
    text = ifupdown.interfaces_with("iface eth0 inet dhcp\n", "eth0", DECLARED, started=False)
    assert text == f"auto eth0\n{OURS}"
    assert ifupdown.is_started(text, "eth0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auto eth0\n", True),
        ("auto lo eth0\n", True),
        ("allow-hotplug eth0\n", True),
        ("auto eth1\n", False),
        ("no-auto-down eth0\n", False),
        ("# auto eth0\n", False),
        ("", False),
    ],
)
def test_what_brings_an_interface_up(text: str, *, expected: bool) -> None:
    assert ifupdown.is_started(text, "eth0") is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("eth0=eth0\n", True), ("lo=lo\neth0=eth0\n", True), ("eth0=home\n", False), ("", False)]
)
def test_who_runs_an_interface(text: str, *, expected: bool) -> None:
    assert ifupdown.is_up(text, "eth0") is expected


def test_the_staged_file_is_the_whole_configuration_in_one() -> None:
    files = {"a": "source /etc/network/interfaces.d/*\nauto lo\n", "b": "source-directory x\niface eth0 inet dhcp\n"}
    assert ifupdown.whole_configuration(files) == "auto lo\niface eth0 inet dhcp\n"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "d").mkdir()
    monkeypatch.setattr(ifupdown, "FILE", str(tmp_path / "interfaces"))
    monkeypatch.setattr(ifupdown, "FOLDER", str(tmp_path / "d"))
    (tmp_path / "interfaces").write_text("source d/*\n")
    return tmp_path


def test_the_plan_names_the_file_that_holds_the_stanza(folder: pathlib.Path) -> None:
    (folder / "d" / "eth0").write_text("auto eth0\niface eth0 inet dhcp\n")
    plan = ifupdown.Ifupdown("eth0").plan(DECLARED, Resolver("plain", (), ""))
    assert (plan.path, plan.after, plan.copies) == (str(folder / "d" / "eth0"), f"auto eth0\n{OURS}", True)
    assert plan.writes_servers
    assert not ifupdown.Ifupdown("eth0").plan(DECLARED, Resolver("resolved", (), "")).writes_servers


@pytest.mark.parametrize("text", ["", "iface eth0 inet dhcp\niface eth0 inet static\n", "iface eth0 inet6 auto\n"])
def test_no_stanza_or_several_are_refused(folder: pathlib.Path, text: str) -> None:
    (folder / "d" / "eth0").write_text(text)
    with pytest.raises(PlanError, match="must hold exactly one 'iface eth0 inet' stanza"):
        ifupdown.Ifupdown("eth0").plan(DECLARED, Resolver("plain", (), ""))


def test_stanzas_in_two_files_are_refused_naming_both(folder: pathlib.Path) -> None:
    for name in ("a", "b"):
        (folder / "d" / name).write_text("iface eth0 inet dhcp\n")
    with pytest.raises(PlanError, match=r"d/a, .*d/b must hold exactly one"):
        ifupdown.Ifupdown("eth0").plan(DECLARED, Resolver("plain", (), ""))
