"""A static address under systemd-networkd."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _network_networkd as networkd
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_plan import PlanError
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import Resolver

DECLARED = parse("10.0.0.9/24", "10.0.0.1", ["10.0.0.1", "9.9.9.9"])
PLAIN = Resolver("plain", (), "")
# Shortened from what systemd 257 printed on Debian 13.
STATUS = (
    '{"Index":2,"Name":"eth0","Kind":"veth","Type":"ether","AdministrativeState":"configured",'
    '"OperationalState":"routable","NetworkFile":"/etc/systemd/network/10-eth0.network","NetworkFileDropins":[]}'
)


def test_the_file_says_what_is_declared() -> None:
    assert networkd.network_file("eth0", DECLARED).splitlines()[1:] == [
        *("[Match]", "Name=eth0", "", "[Network]", "DHCP=no", "Address=10.0.0.9/24", "Gateway=10.0.0.1"),
        *("DNS=10.0.0.1", "DNS=9.9.9.9"),
    ]


def test_the_staged_file_comes_before_the_permanent_one_in_the_order_of_names() -> None:
    staged, permanent = networkd.staged_path("eth0"), networkd.permanent_path("eth0")
    assert pathlib.Path(staged).name < pathlib.Path(permanent).name
    assert staged.startswith("/run/")
    assert permanent.startswith("/etc/")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Match]\nName=eth0\n\n[Network]\nDHCP=yes\n", True),
        ("# x\n[Match]\n; y\nName = eth0\n[Network]\nName=zzz\n", True),
        ("[Match]\nName=eth*\n", False),
        ("[Match]\nName=eth0 eth1\n", False),
        ("[Match]\nName=eth0\nVirtualization=container\n", False),
        ("[Match]\nType=ether\n", False),
        ("[Match]\nMACAddress=00:11:22:33:44:55\n", False),
        ("[Network]\nName=eth0\n", False),
        ("", False),
        ("[Match]\nName=eth0\nName=eth1\n", False),
    ],
)
def test_only_a_file_for_this_interface_alone_is_replaced(text: str, *, expected: bool) -> None:
    assert networkd.is_only_for(text, "eth0") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STATUS, ("configured", "/etc/systemd/network/10-eth0.network")),
        ('{"AdministrativeState":"unmanaged"}', ("unmanaged", "")),
        ("", ("", "")),
        ("[1]", ("", "")),
        ("{{ nonsense }}", ("", "")),
    ],
)
def test_the_state_is_read(text: str, expected: tuple[str, str]) -> None:
    assert networkd.state_of(text) == expected


@pytest.mark.parametrize(("text", "expected"), [(STATUS, True), ('{"AdministrativeState":"unmanaged"}', False)])
def test_who_runs_an_interface(monkeypatch: pytest.MonkeyPatch, text: str, *, expected: bool) -> None:
    monkeypatch.setattr(networkd, "read_state", lambda _interface: networkd.state_of(text))
    assert networkd.Networkd.runs("eth0") is expected


def test_a_node_without_networkd_is_not_run_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_arguments: object, **_options: object) -> None:
        raise CommandError("cannot run networkctl", argv=["networkctl"])

    monkeypatch.setattr(Command, "run", missing)
    assert not networkd.Networkd.runs("eth0")


def test_the_plan_moves_aside_what_is_for_this_interface_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr(networkd, "FOLDER", str(tmp_path))
    mine, general = tmp_path / "10-eth0.network", tmp_path / "80-all.network"
    mine.write_text("[Match]\nName=eth0\n")
    general.write_text("[Match]\nName=*\n")
    (tmp_path / "20-link.network").symlink_to(mine)
    plan = networkd.Networkd("eth0").plan(DECLARED, PLAIN)
    assert plan.aside == (str(mine),)
    assert (plan.path, plan.before) == (f"{tmp_path}/01-runbook-eth0.network", "")
    assert plan.writes_servers
    (tmp_path / "01-runbook-eth0.network").write_text(plan.after)
    again = networkd.Networkd("eth0").plan(DECLARED, Resolver("resolved", (), ""))
    assert again.before == again.after
    assert not again.writes_servers


def test_a_resolv_conf_of_another_program_is_refused() -> None:
    with pytest.raises(PlanError, match="which neither systemd-networkd nor systemd-resolved writes"):
        networkd.Networkd("eth0").plan(DECLARED, Resolver("link", (), ""))


def test_a_file_that_comes_before_ours_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(networkd, "STAGED_FOLDER", str(tmp_path))
    monkeypatch.setattr(Command, "run", lambda *_arguments, **_options: None)
    monkeypatch.setattr(networkd, "read_state", lambda _interface: ("configured", "/etc/systemd/network/00-a.network"))
    with pytest.raises(PlanError, match=r"00-a\.network comes before .* give it a later name"):
        networkd.Networkd("eth0").switch(DECLARED)


def test_what_the_old_file_says_of_other_things_is_carried_over() -> None:
    old = "[Network]\nDHCP=yes\nIPv6AcceptRA=no\nAddress=10.0.0.5/24\nNTP = 10.0.0.3\n[Route]\nLLMNR=no\n"
    text = networkd.network_file("eth0", DECLARED, old)
    assert text.endswith("DNS=9.9.9.9\nIPv6AcceptRA=no\nNTP=10.0.0.3\n")
    assert networkd.network_file("eth0", DECLARED, text) == text
