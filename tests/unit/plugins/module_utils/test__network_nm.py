"""A static address under NetworkManager."""

from __future__ import annotations

import pathlib
import uuid

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _network_nm as nm
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import Resolver

DECLARED = parse("10.0.0.9/24", "10.0.0.1", ["10.0.0.1", "9.9.9.9"])
OTHER = parse("10.0.0.8/24", "10.0.0.1", ["10.0.0.1", "9.9.9.9"])
WIRED = "[connection]\nid=x\ntype=ethernet\ninterface-name=eth0\n\n[ipv4]\nmethod=auto\n"


def test_the_profile_says_what_is_declared() -> None:
    lines = nm.profile("eth0", DECLARED).splitlines()
    for line in ("method=manual", "address1=10.0.0.9/24,10.0.0.1", "dns=10.0.0.1;9.9.9.9;", "interface-name=eth0"):
        assert line in lines


def test_each_declaration_has_its_own_identifier() -> None:
    assert nm.identifier("eth0", DECLARED) == nm.identifier("eth0", DECLARED)
    assert len({nm.identifier("eth0", DECLARED), nm.identifier("eth1", DECLARED), nm.identifier("eth0", OTHER)}) == 3
    assert str(uuid.UUID(nm.identifier("eth0", DECLARED))) == nm.identifier("eth0", DECLARED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WIRED, True),
        (WIRED.replace("ethernet", "802-3-ethernet"), True),
        (WIRED.replace("eth0", "eth1"), False),
        (WIRED.replace("type=ethernet", "type=wifi"), False),
        (WIRED.replace("interface-name=eth0\n", ""), False),
        ("[ipv4]\ntype=ethernet\ninterface-name=eth0\n", False),
        ("", False),
    ],
)
def test_only_a_wired_profile_for_this_interface_alone_is_replaced(text: str, *, expected: bool) -> None:
    assert nm.is_only_for(text, "eth0") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Captured from NetworkManager 1.52 on Debian 13.
        ("GENERAL.STATE:100 (connected)\n", True),
        ("GENERAL.STATE:100 (connected (externally))\n", False),
        ("GENERAL.STATE:30 (disconnected)\n", True),
        ("GENERAL.STATE:10 (unmanaged)\n", False),
        ("", False),
        ("GENERAL.STATE:\u0663\u0660 (x)\n", False),
        ("$(reboot)", False),
    ],
)
def test_who_runs_a_device(text: str, *, expected: bool) -> None:
    assert nm.is_managed(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GENERAL.CON-UUID:5d0a4d5e-9d1c-4f4e-8a0b-0123456789ab\n", "5d0a4d5e-9d1c-4f4e-8a0b-0123456789ab"),
        ("GENERAL.CON-UUID:\n", ""),
        ("GENERAL.CON-UUID:--help\n", ""),
        ("", ""),
    ],
)
def test_the_active_profile_is_read(text: str, expected: str) -> None:
    assert nm.active_identifier(text) == expected


def test_the_plan_moves_aside_what_is_for_this_interface_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr(nm, "FOLDER", str(tmp_path))
    (tmp_path / "wired.nmconnection").write_text(WIRED)
    (tmp_path / "any.nmconnection").write_text(WIRED.replace("interface-name=eth0\n", ""))
    plan = nm.NetworkManager("eth0").plan(DECLARED, Resolver("plain", (), ""))
    assert plan.aside == (f"{tmp_path}/wired.nmconnection",)
    assert plan.mode == 0o600
    assert not plan.writes_servers
    pathlib.Path(plan.path).write_text(plan.after)
    again = nm.NetworkManager("eth0").plan(DECLARED, Resolver("plain", (), ""))
    assert again.before == again.after


def test_what_was_active_is_activated_again(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    ran: list[tuple[str, ...]] = []

    def nmcli(*arguments: str) -> str:
        ran.append(arguments)
        if "GENERAL.CON-UUID" in arguments:
            return "GENERAL.CON-UUID:5d0a4d5e-9d1c-4f4e-8a0b-0123456789ab\n"
        return "GENERAL.STATE:100 (connected)\n" if "GENERAL.STATE" in arguments else ""

    monkeypatch.setattr(nm, "STAGED_FOLDER", str(tmp_path))
    monkeypatch.setattr(nm, "_nmcli", nmcli)
    manager = nm.NetworkManager("eth0")
    manager.switch(DECLARED)
    staged = tmp_path / "runbook-staged-eth0.nmconnection"
    assert staged.stat().st_mode & 0o777 == 0o600
    manager.restore()
    assert not staged.exists()
    ups = [arguments[-3] for arguments in ran if "up" in arguments]
    assert ups == [nm.identifier("eth0", DECLARED), "5d0a4d5e-9d1c-4f4e-8a0b-0123456789ab"]
    assert not [arguments for arguments in ran if "connect" in arguments]


def test_what_the_old_profile_says_of_ipv6_is_carried_over() -> None:
    text = nm.profile("eth0", DECLARED, f"{WIRED}\n[ipv6]\nmethod=disabled\n[proxy]\nmethod=x\n")
    assert text.endswith("[ipv6]\nmethod=disabled\n")
    assert nm.profile("eth0", DECLARED, text) == text
    assert nm.profile("eth0", DECLARED, WIRED).endswith("[ipv6]\nmethod=auto\n")
