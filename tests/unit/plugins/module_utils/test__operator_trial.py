"""The trial of keys, sudo rule and password: what is there before, during and after it."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _operator_trial
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command
from ansible_collections.ai_systems.runbook.plugins.module_utils._home_files import Held
from ansible_collections.ai_systems.runbook.plugins.module_utils._operator_account import Wanted, wanted_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._operator_trial import OperatorTrial

NEW = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f new"
OLD = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR5f old\n"
HASH = "$y$j9T$mJbPWxqPfpWQptaMjxqOh.$VIXgjks1xNBOIS12DNfARUxhrw4FGiruHObWfbwvTo1"
OLD_HASH = "$6$old"

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="root's files are written")


class Bench:
    """A home and a sudoers folder of their own, and the passwords that were set."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keys, self.second = folder / "authorized_keys", folder / "authorized_keys2"
        self.sudoers, self.rule = folder / "zz-operator", folder / "run" / "operator"
        self.passwords: list[str] = []
        self.broken = ""
        monkeypatch.setattr(Wanted, "keys_file", property(lambda _: str(self.keys)))
        monkeypatch.setattr(Wanted, "second_keys_file", property(lambda _: str(self.second)))
        monkeypatch.setattr(_operator_trial, "OPERATOR_FILE", str(self.sudoers))
        monkeypatch.setattr(_operator_trial, "TRIAL_FOLDER", str(self.rule.parent))
        monkeypatch.setattr(_operator_trial, "_RULE_FILE", str(self.rule))
        monkeypatch.setattr(Command, "run", self._run)

    def _run(self, arguments: list[str], *, stdin: str) -> None:
        assert arguments == ["--encrypted"]
        if self.broken and self.broken in stdin:
            raise OSError("broken")
        self.passwords.append(stdin)

    def hold(self, path: pathlib.Path, text: str, mode: int) -> Held:
        path.write_text(text)
        path.chmod(mode)
        return Held(mode, 0, 0, text.encode())

    def shown(self) -> dict[str, str]:
        paths = (self.keys, self.second, self.sudoers, self.rule)
        return {path.name: path.read_text() for path in paths if path.exists()}


@pytest.fixture
def bench(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path.resolve(), monkeypatch)


def trial_of(password_hash: str = "", **held: t.Any) -> OperatorTrial:
    given = {"password": "!", "keys": None, "second_keys": None, "sudoers": None, **held}
    return OperatorTrial(wanted_from("anna", [NEW], password_hash), owner=(0, 0), **given)


def test_old_and_new_stand_side_by_side_until_the_proof_then_only_the_new(bench: Bench) -> None:
    trial = trial_of(
        keys=bench.hold(bench.keys, OLD, 0o600),
        second_keys=bench.hold(bench.second, OLD, 0o600),
        sudoers=bench.hold(bench.sudoers, "anna ALL=(ALL:ALL) PASSWD: ALL\n", 0o440),
        password=OLD_HASH,
    )
    trial.apply()
    on_trial = bench.shown()
    assert on_trial["authorized_keys"] == f"{NEW}\n{OLD}"
    assert on_trial["authorized_keys2"] == OLD
    assert on_trial["zz-operator"].startswith("anna ALL=(ALL:ALL) PASSWD: ALL\n@includedir ")
    assert on_trial["operator"] == "anna ALL=(ALL:ALL) NOPASSWD: ALL\n"
    assert bench.passwords == []
    trial.commit()
    assert set(bench.shown()) == {"authorized_keys", "zz-operator"}
    assert bench.keys.read_text() == f"{NEW}\n"
    assert bench.sudoers.read_text().endswith("anna ALL=(ALL:ALL) NOPASSWD: ALL\n")
    assert "includedir" not in bench.sudoers.read_text()
    # The password that sudo asked for is locked last.
    assert bench.passwords == ["anna:!\n"]


@pytest.mark.parametrize("after", ["apply", "commit"])
def test_undone_everything_is_as_before(bench: Bench, after: str) -> None:
    held = {
        "keys": bench.hold(bench.keys, OLD, 0o640),
        "second_keys": bench.hold(bench.second, OLD, 0o600),
        "sudoers": bench.hold(bench.sudoers, "x ALL=ALL\n", 0o444),
    }
    before = bench.shown()
    trial = trial_of(HASH, password=OLD_HASH, **held)
    trial.apply()
    assert bench.passwords == [f"anna:{HASH}\n"]
    if after == "commit":
        trial.commit()
    trial.undo()
    assert bench.shown() == before
    assert oct(bench.keys.stat().st_mode)[-3:] == "640"
    assert bench.passwords[-1] == f"anna:{OLD_HASH}\n"


def test_undone_a_fresh_node_is_fresh(bench: Bench) -> None:
    trial = trial_of()
    trial.apply()
    assert set(bench.shown()) == {"authorized_keys", "zz-operator", "operator"}
    trial.undo()
    assert bench.shown() == {}
    assert bench.passwords == []


def test_a_part_that_cannot_be_undone_does_not_keep_the_others(bench: Bench) -> None:
    trial = trial_of(HASH, password=OLD_HASH, keys=bench.hold(bench.keys, OLD, 0o600))
    trial.apply()
    bench.broken = OLD_HASH
    with pytest.raises(OSError, match="broken"):
        trial.undo()
    assert bench.shown() == {"authorized_keys": OLD}


def test_what_a_power_cut_left_on_trial_is_not_put_back(bench: Bench) -> None:
    left = "x ALL=ALL\n@includedir /run/ai-systems-runbook/sudoers.d\n"
    trial = trial_of(sudoers=bench.hold(bench.sudoers, left, 0o440))
    trial.apply()
    trial.undo()
    assert bench.sudoers.read_text() == "x ALL=ALL\n"
