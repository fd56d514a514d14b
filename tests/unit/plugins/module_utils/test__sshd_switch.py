"""The files of the switch, on trial, for good and back; the listener's part is met in tests/nodes by a real sshd."""

from __future__ import annotations

import functools
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _sshd_switch
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_service import Daemon, Endpoint, SshdServiceError
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_switch import SshdSwitch, require_in_force

TEXT = "PasswordAuthentication no\n"
SSH = Daemon("ssh.service", 7, ("/usr/sbin/sshd", "-D"), "", 0.0, (Endpoint("0.0.0.0", 22),))  # noqa: S104
WAITING = SSH._replace(unit="ssh.socket", pid=0)


class Node:
    """A node's files in a folder of the test, and what was asked of its sshd."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.etc = folder / "sshd_config.d"
        self.etc.mkdir()
        self.trial = folder / "trial"
        self.main = folder / "sshd_config"
        self.main.write_text("Port 22\n")
        self.drop_in = self.etc / "00-ours.conf"
        self.said: list[str] = []
        self.fails_at = ""
        monkeypatch.setattr(_sshd_switch, "FOLDER", str(self.etc))
        monkeypatch.setattr(_sshd_switch, "DROP_IN", str(self.drop_in))
        monkeypatch.setattr(_sshd_switch, "_NEW", str(self.etc / ".00-ours.conf.new"))
        monkeypatch.setattr(_sshd_switch, "TRIAL_FOLDER", str(self.trial))
        monkeypatch.setattr(_sshd_switch, "TRIAL_FILE", str(self.trial / "trial.conf"))
        mine = functools.partial(write_atomically, uid=os.getuid(), gid=os.getgid())
        monkeypatch.setattr(_sshd_switch, "write_atomically", mine)
        for name in ("test_config", "require_in_force", "rehearse", "stop", "start"):
            monkeypatch.setattr(_sshd_switch, name, functools.partial(self.ask, name))

    def ask(self, name: str, daemon: Daemon, *_: object, **__: object) -> None:
        self.said.append(f"{name} {daemon.unit}")
        if name == self.fails_at:
            raise SshdServiceError(f"{name} went wrong")

    def switch(self, *daemons: Daemon, mains: t.Mapping[str, str] | None = None, text: str | None = TEXT) -> SshdSwitch:
        return SshdSwitch(daemons or [SSH], text=text, mains=mains or {}, operator="anna", connection=None)

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in sorted([*self.etc.iterdir(), self.main])}


@pytest.fixture
def node(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    return Node(tmp_path, monkeypatch)


def test_until_the_proof_the_disk_only_points_to_run(node: Node) -> None:
    node.switch().apply()
    assert f"Include {node.trial}/*.conf" in node.drop_in.read_text()
    assert "PasswordAuthentication" not in node.drop_in.read_text()
    assert (node.trial / "trial.conf").read_text() == TEXT


def test_what_was_closed_stays_closed_where_the_power_is_cut(node: Node) -> None:
    node.drop_in.write_text(
        "AllowUsers old\nPasswordAuthentication no\nPermitRootLogin yes\nMatch User x\nUsePAM yes\n"
    )
    node.switch().apply()
    said = node.drop_in.read_text().splitlines()[1:]
    assert said == [f"Include {node.trial}/*.conf", "PasswordAuthentication no"]


@pytest.mark.parametrize("before", [None, "PasswordAuthentication no\nAllowUsers old\n"])
def test_a_trial_after_one_that_the_power_was_cut_in_puts_back_what_was_before_both(
    node: Node, before: str | None
) -> None:
    if before is not None:
        node.drop_in.write_text(before)
    was = node.files()
    node.switch().apply()
    (node.trial / "trial.conf").unlink()
    second = node.switch()
    second.apply()
    assert "AllowUsers" not in node.drop_in.read_text()
    assert ("PasswordAuthentication no" in node.drop_in.read_text()) is (before is not None)
    second.undo()
    assert node.files() == was
    third = node.switch()
    third.apply()
    third.commit()
    assert node.files() == {"00-ours.conf": TEXT, "sshd_config": "Port 22\n"}


def test_everything_is_checked_before_the_listener_is_stopped(node: Node) -> None:
    node.switch().apply()
    checks = ["test_config ssh.service", "require_in_force ssh.service", "rehearse ssh.service"]
    assert node.said == [*checks, "stop ssh.service", "start ssh.service"]


def test_a_socket_of_systemd_is_not_stopped(node: Node) -> None:
    node.switch(WAITING).apply()
    assert "stop ssh.socket" not in node.said


def test_after_the_proof_our_file_itself_is_in_place(node: Node) -> None:
    switch = node.switch()
    switch.apply()
    before = node.etc.stat().st_mtime_ns
    switch.commit()
    assert node.files() == {"00-ours.conf": TEXT, "sshd_config": "Port 22\n"}
    assert not node.trial.exists()
    # A folder newer than the listener would look like a change that it has not read.
    assert node.etc.stat().st_mtime_ns == before


@pytest.mark.parametrize("fails_at", ["", "test_config", "require_in_force", "rehearse", "stop", "start"])
@pytest.mark.parametrize("before", [None, "# what was there\n"])
def test_whatever_fails_the_files_come_back(node: Node, fails_at: str, before: str | None) -> None:
    if before is not None:
        node.drop_in.write_text(before)
    was = node.files()
    switch = node.switch(mains={str(node.main): "Include /etc/ssh/sshd_config.d/*.conf\nPort 22\n"})
    node.fails_at = fails_at
    if fails_at:
        with pytest.raises(SshdServiceError, match="went wrong"):
            switch.apply()
    else:
        switch.apply()
    node.fails_at = ""
    switch.undo()
    assert node.files() == was
    assert not (node.trial / "trial.conf").exists()


def test_a_listener_that_was_stopped_is_started_with_the_old_files(node: Node) -> None:
    switch = node.switch()
    switch.apply()
    node.said.clear()
    switch.undo()
    assert node.said == ["stop ssh.service", "start ssh.service"]


def test_a_listener_that_was_not_reached_is_left_alone(node: Node) -> None:
    node.fails_at = "rehearse"
    switch = node.switch()
    with pytest.raises(SshdServiceError):
        switch.apply()
    node.said.clear()
    switch.undo()
    assert node.said == []


def test_going_back_needs_no_room_on_the_disk(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.drop_in.write_text("# what was there\n")
    was = node.files()
    switch = node.switch()
    switch.apply()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_sshd_switch, "write_atomically", full)
    switch.undo()
    assert node.files() == was


def test_a_link_in_our_files_place_comes_back_as_a_link(node: Node) -> None:
    target = node.main.with_name("target")
    target.write_text("# somebody's\n")
    node.drop_in.symlink_to(target)
    switch = node.switch()
    switch.apply()
    assert not node.drop_in.is_symlink()
    switch.undo()
    assert node.drop_in.is_symlink()
    assert target.read_text() == "# somebody's\n"


def test_one_part_that_cannot_be_undone_keeps_no_other_from_it(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.drop_in.write_text("# what was there\n")
    switch = node.switch()
    switch.apply()

    def broken(_daemon: Daemon) -> None:
        raise SshdServiceError("ssh.service does not start any more")

    monkeypatch.setattr(_sshd_switch, "_bring_back", broken)
    with pytest.raises(SshdServiceError, match="does not start any more"):
        switch.undo()
    assert node.drop_in.read_text() == "# what was there\n"


def test_files_that_are_right_are_not_written_again(node: Node) -> None:
    node.drop_in.write_text(TEXT)
    switch = node.switch(text=None)
    switch.apply()
    assert node.drop_in.read_text() == TEXT
    switch.commit()
    assert node.files() == {"00-ours.conf": TEXT, "sshd_config": "Port 22\n"}


def test_what_sshd_says_itself_counts_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def effective(_daemon: Daemon, _main: str, *, user: str, **_: object) -> str:
        asked.append(user)
        return f"passwordauthentication {'yes' if user == 'nobody' else 'no'}\n"

    monkeypatch.setattr(_sshd_switch, "effective", effective)
    monkeypatch.setattr(
        _sshd_switch,
        "not_in_force",
        lambda said, _operator: ["passwords are taken"] if said["passwordauthentication"] == ["yes"] else [],
    )
    with pytest.raises(SshdServiceError, match="passwords are taken for a login of 'nobody'"):
        require_in_force(SSH, "/etc/ssh/sshd_config", operator="anna", connection=None)
    assert asked == ["anna", "root", "nobody"]
