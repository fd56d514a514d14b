from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _update_health as health


def unit(name: str, state: str = "active", sub: str = "running", file: str = "enabled") -> dict[str, str]:
    return {"Id": name, "ActiveState": state, "SubState": sub, "UnitFileState": file}


def test_what_a_boot_starts_or_somebody_declares_is_to_come_back() -> None:
    loaded = [
        unit("cron.service"),
        unit("greeter.service", file="linked"),
        unit("polkit.service", file="static"),
        unit("once.service", sub="exited"),
        unit("ssh.socket", sub="listening"),
        unit("bad\x1b.service", "failed", "failed"),
    ]
    found = health.judge(loaded, ["greeter.service"])
    assert found.running == ("cron.service", "greeter.service")
    assert found.failed == (r"bad\x1b.service",)


def test_what_was_upgraded_is_known_until_the_next_boot(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "write_atomically", lambda path, content, **_: pathlib.Path(path).write_bytes(content))
    path = str(tmp_path / "new" / "update.json")
    health.note_upgraded("b1", ["libc6"], path)
    health.note_upgraded("b1", ["vim"], path)
    assert health.upgraded_in("b1", path) == {"libc6", "vim"}
    assert health.upgraded_in("b2", path) == set()
    health.note_upgraded("b2", ["git"], path)
    assert json.loads(pathlib.Path(path).read_text()) == {"boot": "b2", "upgraded": ["git"]}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"boot": "b", "upgraded": 3}', '{"upgraded": ["x"]}'])
def test_a_damaged_note_tells_nothing(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "u").write_text(text)
    assert health.upgraded_in("b", str(tmp_path / "u")) == set()


def test_how_a_node_was_before_a_reboot_is_known_until_that_is_proven(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "write_atomically", lambda path, content, **_: pathlib.Path(path).write_bytes(content))
    path = str(tmp_path / "new" / "reboot.json")
    was = health.Health(("bad.service",), ("cron.service",))
    assert health.before_reboot("b2", path) is None
    health.note_reboot("b1", was, path)
    # It has not gone down yet.
    assert health.before_reboot("b1", path) is None
    assert health.before_reboot("b2", path) == was
    health.forget_reboot(path)
    assert health.before_reboot("b2", path) is None
    for damaged in ("{", "[]", "[1]", '{"boot": "b1"}', '{"boot": "b1", "failed": 3, "running": []}'):
        pathlib.Path(path).write_text(damaged)
        assert health.before_reboot("b2", path) is None


def test_room_is_measured_where_a_kernel_goes(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FIRMWARE", str(tmp_path))
    for name, size in (("vmlinuz-6", 3), ("vmlinuz-7", 4), ("initrd.img-7", 5), ("config.txt", 9)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size * 2**20)
    assert health.read_room().firmware is None
    monkeypatch.setattr(os.path, "ismount", lambda path: t.cast("str", path) == str(tmp_path))
    room = health.read_room()
    assert (room.kernel, room.firmware is not None) == (9, True)
