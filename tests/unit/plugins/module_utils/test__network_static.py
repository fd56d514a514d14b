"""The change itself: what it writes only after the proof, and what it puts back."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _moved_aside, _network_static
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import Declared, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_plan import Plan, PlanError
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import (
    Address,
    NetworkState,
    Resolver,
    Route,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_static import (
    StaticAddress,
    interface_of,
    manager_of,
    why_not_plain,
)

DECLARED = parse("10.0.0.9/24", "10.0.0.1", ["10.0.0.1"])
STATE = NetworkState(
    "10.0.0.5",
    (Address("eth0", "10.0.0.5", 24, dynamic=False),),
    (Route("10.0.0.1", "eth0", 0),),
    Resolver("plain", ("9.9.9.9",), "nameserver 9.9.9.9\n"),
)


class Manager:
    name = "a manager"

    def __init__(self) -> None:
        self.did: list[str] = []
        self.fails_to_settle = False

    def plan(self, *_arguments: object) -> Plan:
        raise NotImplementedError

    def switch(self, _declared: Declared) -> None:
        self.did.append("switch")

    def settle(self) -> None:
        self.did.append("settle")
        if self.fails_to_settle:
            raise PlanError("no")

    def restore(self) -> None:
        self.did.append("restore")


class Folder:
    """A node's files, in a folder of the test's own."""

    def __init__(self, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def as_ourselves(path: str, content: bytes, *, mode: int, uid: int = 0, gid: int = 0) -> None:
            del uid, gid
            write_atomically(path, content, mode=mode, uid=os.getuid(), gid=os.getgid())

        for module in (_network_static, _moved_aside):
            monkeypatch.setattr(module, "write_atomically", as_ourselves)
        monkeypatch.setattr(_network_static, "RESOLV_CONF", str(tmp_path / "resolv.conf"))
        monkeypatch.setattr(_network_static, "move_aside", self._move_aside)
        monkeypatch.setattr(_network_static, "put_back", self._put_back)
        monkeypatch.setattr(StaticAddress, "_let_the_module_answer", lambda _self: None)
        monkeypatch.setattr(StaticAddress, "_wait_until_in_force", lambda _self: None)
        self.path = tmp_path
        (tmp_path / "old").write_text("old\n")
        (tmp_path / "resolv.conf").write_text("nameserver 9.9.9.9\n")
        self.manager = Manager()
        plan = Plan(
            "x", str(tmp_path / "new"), "", "wanted\n", 0o640, aside=(str(tmp_path / "old"),), writes_servers=True
        )
        self.change = StaticAddress(DECLARED, "eth0", self.manager, plan, STATE)

    def _move_aside(self, path: str, *, clause: str, why: str, keep: bool = False) -> _moved_aside.Moved:
        return _moved_aside.move_aside(path, clause=clause, why=why, keep=keep, folder=str(self.path / "aside"))

    def _put_back(self, moved: _moved_aside.Moved) -> None:
        _moved_aside.put_back(moved, folder=str(self.path / "aside"))

    def content(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.path.iterdir() if path.is_file()}


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    return Folder(tmp_path, monkeypatch)


BEFORE = {"old": "old\n", "resolv.conf": "nameserver 9.9.9.9\n"}
AFTER = {"new": "wanted\n", "resolv.conf": "nameserver 10.0.0.1\n"}


def test_before_the_proof_nothing_is_written(folder: Folder) -> None:
    folder.change.apply()
    assert folder.manager.did == ["switch"]
    assert folder.content() == BEFORE
    folder.change.undo()
    assert folder.manager.did == ["switch", "restore"]
    assert folder.content() == BEFORE


def test_after_the_proof_all_of_it_is(folder: Folder) -> None:
    folder.change.apply()
    folder.change.commit()
    assert folder.manager.did == ["switch", "settle"]
    assert folder.content() == AFTER
    assert (folder.path / "new").stat().st_mode & 0o777 == 0o640


def test_what_could_not_be_made_permanent_is_put_back_whole(folder: Folder) -> None:
    folder.manager.fails_to_settle = True
    folder.change.apply()
    with pytest.raises(PlanError):
        folder.change.commit()
    assert folder.content() == AFTER
    folder.change.undo()
    assert folder.content() == BEFORE
    assert folder.manager.did[-1] == "restore"


def test_the_old_address_comes_back_even_where_a_file_does_not(folder: Folder) -> None:
    folder.manager.fails_to_settle = True
    with pytest.raises(PlanError):
        folder.change.commit()
    for aside in (folder.path / "aside").iterdir():
        aside.unlink()
    with pytest.raises(Exception, match="cannot be put back"):
        folder.change.undo()
    assert folder.manager.did[-1] == "restore"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (STATE, "eth0"),
        (STATE._replace(local="203.0.113.1"), "eth0"),
        (STATE._replace(local="", routes=(Route("10.0.0.1", "enp1s0", 0),)), "enp1s0"),
    ],
)
def test_the_interface_is_the_one_to_the_controller(state: NetworkState, expected: str) -> None:
    assert interface_of(state) == expected


@pytest.mark.parametrize("name", ["../../etc/x", "--help", "a b", "eth0\n[Network]", ".hidden", "x" * 16])
def test_a_name_that_would_be_more_than_a_name_is_refused(name: str) -> None:
    state = STATE._replace(addresses=(Address(name, "10.0.0.5", 24, dynamic=False),))
    with pytest.raises(PlanError, match="has a name that cannot be written into a file"):
        interface_of(state)


def test_a_node_without_a_way_is_refused() -> None:
    with pytest.raises(PlanError, match="no interface of the node leads to the controller"):
        interface_of(STATE._replace(local="", routes=()))


@pytest.mark.parametrize(
    ("kind", "wireless", "sentence"),
    [
        ("", False, ""),
        ("veth", False, ""),
        ("", True, "is a Wi-Fi interface, whose key would be a credential"),
        ("bridge", False, "eth0 is a bridge and takes more than an address"),
        ("vlan", False, "eth0 is a vlan and"),
        ("bond", False, "eth0 is a bond and"),
    ],
)
def test_only_a_plain_interface_is_given_an_address(kind: str, sentence: str, *, wireless: bool) -> None:
    said = why_not_plain("eth0", kind, wireless=wireless)
    assert said == "" if not sentence else sentence in said


def runs(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for manager in _network_static._MANAGERS:
        monkeypatch.setattr(manager, "runs", lambda _interface, is_one=manager.name in names: is_one)


def test_the_manager_is_the_one_that_runs_the_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("systemd-networkd", "NetworkManager", "ifupdown"):
        runs(monkeypatch, name)
        assert type(manager_of("eth0")).__name__.casefold() in name.replace("-", "").casefold()


def test_none_or_several_managers_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    runs(monkeypatch)
    with pytest.raises(PlanError, match="run by none of systemd-networkd, NetworkManager, ifupdown: let one of them"):
        manager_of("eth0")
    runs(monkeypatch, "NetworkManager", "ifupdown")
    with pytest.raises(PlanError, match="run by NetworkManager and ifupdown at once: leave it to one of them"):
        manager_of("eth0")
