"""The guarded change of an isolation, with nft and systemd played and a folder in the place of /etc."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _isolation as isolation
from ansible_collections.ai_systems.runbook.plugins.module_utils import _isolation_node as isolation_node
from ansible_collections.ai_systems.runbook.plugins.module_utils import _isolation_switch as switch
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import IsolationState
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, StepError

DEBIAN = "#!/usr/sbin/nft -f\nflush ruleset\n"
TABLES = isolation.tables(isolation.networks_from(["192.0.2.7"]), 22)


class Node:
    """A node's files and kernel; ``refuses`` has nft fail."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.configuration = folder / "nftables.conf"
        self.file = folder / "nftables.d" / "runbook-isolation.nft"
        self.configuration.write_text(DEBIAN)
        self.configuration.chmod(0o755)
        self.live = ""
        self.enabled = False
        self.refuses = False
        self.done: list[str] = []
        for name, value in (
            ("CONFIGURATION", str(self.configuration)), ("FILE", str(self.file)), ("FOLDER", str(self.file.parent)),
        ):  # fmt: skip
            monkeypatch.setattr(switch, name, value)
            monkeypatch.setattr(isolation, name, value)
        monkeypatch.setattr(switch, "write_atomically", self._write)
        monkeypatch.setattr(isolation_node, "load", self._load)
        monkeypatch.setattr(isolation_node, "live_tables", lambda: self.live)
        monkeypatch.setattr(switch, "Systemctl", lambda: self)

    def _write(self, path: str, content: bytes, *, mode: int, **_owner: int) -> None:
        pathlib.Path(path).write_bytes(content)
        pathlib.Path(path).chmod(mode)
        self.done.append(f"write {pathlib.Path(path).name}")

    def _load(self, commands: str) -> None:
        if self.refuses:
            raise CommandError("nft refused", argv=["nft"])
        # What follows the commands that take the old tables away.
        self.live = commands.partition(f"delete table bridge {isolation.TABLE}\n")[2]
        self.done.append("load" if self.live else "delete")

    def show(self, names: t.Sequence[str]) -> t.Any:
        class Status:
            fragment_path = "/usr/lib/systemd/system/nftables.service"

        return dict.fromkeys(names, Status())

    def enable(self, path: str) -> None:
        assert path == "/usr/lib/systemd/system/nftables.service"
        self.enabled = True
        self.done.append("enable")

    def disable(self, name: str, *, enabled_by_us: bool) -> None:
        assert (name, enabled_by_us) == ("nftables.service", True)
        self.enabled = False
        self.done.append("disable")

    def state(self) -> IsolationState:
        return IsolationState(
            self.file.read_text() if self.file.exists() else None,
            self.configuration.read_text() if self.configuration.exists() else None,
            self.enabled,
            self.live,
            self.configuration.stat().st_mode & 0o777 if self.configuration.exists() else 0o755,
        )

    def change(self) -> switch.Isolation:
        state = self.state()
        return switch.Isolation(state, TABLES, isolation.decide_on(state, TABLES))

    def lift(self) -> list[Change]:
        state = self.state()
        changes = isolation.decide_off(state)
        for change in changes:
            switch.lift(state, change)
        return changes


@pytest.fixture
def node(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    return Node(tmp_path, monkeypatch)


def test_on_trial_it_is_in_the_kernel_alone(node: Node) -> None:
    before = node.state()
    change = node.change()
    change.apply()
    assert node.state() == before._replace(live=TABLES)
    change.undo()
    assert node.state() == before


def test_with_the_proof_a_boot_brings_it_back_and_lifting_leaves_nothing(node: Node) -> None:
    before = node.state()
    change = node.change()
    change.apply()
    change.commit()
    # The file before what includes it, and the service last: no boot in between fails.
    assert node.done == ["load", "write runbook-isolation.nft", "write nftables.conf", "enable"]
    assert isolation.decide_on(node.state(), TABLES) == []
    assert node.state().mode == 0o644
    node.done.clear()
    node.lift()
    assert node.done == ["write nftables.conf", "disable", "delete"]
    assert node.state() == before
    assert not node.file.parent.exists()
    assert node.lift() == []


@pytest.mark.parametrize("step", ["write runbook-isolation.nft", "write nftables.conf", "enable"])
def test_what_fails_half_way_is_put_back(node: Node, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = node.state()
    change = node.change()
    change.apply()
    original = node.done.append

    class Done(list[str]):
        def append(self, what: str) -> None:
            original(what)
            if what == step:
                raise OSError(28, "No space left on device")

    monkeypatch.setattr(node, "done", Done())
    with pytest.raises(OSError, match="No space"):
        change.commit()
    monkeypatch.setattr(node, "done", [])
    change.undo()
    assert node.state() == before


def test_a_kernel_that_lists_something_else_is_not_believed(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation_node, "live_tables", lambda: "table inet other { }")
    with pytest.raises(StepError, match="nft lists other rules than it was given; pull its cable"):
        node.change().apply()


def test_files_are_put_back_also_where_nft_fails(node: Node) -> None:
    before = node.state()
    change = node.change()
    change.apply()
    change.commit()
    node.refuses = True
    with pytest.raises(CommandError):
        change.undo()
    assert node.state() == before._replace(live=TABLES)


def test_rules_that_were_there_come_back(node: Node) -> None:
    node.change().apply()
    other = isolation.tables(isolation.networks_from(["203.0.113.0/24"]), 22)
    node.live = other
    change = node.change()
    change.apply()
    assert node.live == TABLES
    change.undo()
    assert node.live == other


def test_under_emulation_only_files_are_written(node: Node) -> None:
    state = node.state()._replace(live=None)
    change = switch.Isolation(state, TABLES, isolation.decide_on(state, TABLES))
    change.apply()
    change.commit()
    assert node.done == ["write runbook-isolation.nft", "write nftables.conf", "enable"]
    change.undo()
    assert node.state() == state._replace(live="")


def test_a_file_of_ours_alone_goes_with_the_isolation(node: Node) -> None:
    node.configuration.unlink()
    change = node.change()
    change.apply()
    change.commit()
    assert node.configuration.exists()
    node.lift()
    assert not node.configuration.exists()


def test_files_of_others_beside_ours_stay(node: Node) -> None:
    change = node.change()
    change.apply()
    change.commit()
    (node.file.parent / "mine.nft").write_text("")
    node.lift()
    assert (node.file.parent / "mine.nft").exists()
