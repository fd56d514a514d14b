from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _guardrails_act, _guardrails_apt, _moved_aside
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_act import act, why_apt_would_go_on
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_cron import CronFile, Refused
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW, Systemctl


class Recorder(Systemctl):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, ...]] = []

    def stop(self, *names: str, **_options: t.Any) -> None:
        self.told.append(("stop", *names))

    def disable(self, *names: str, **_options: t.Any) -> None:
        self.told.append(("disable", *names))

    def enable(self, *units: str, **_options: t.Any) -> None:
        self.told.append(("enable", *units))


@pytest.fixture
def aside(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Put what is moved, and who owns what is written, where a test may."""
    folder = tmp_path / "aside"
    for name in ("move_aside", "move_link_aside"):
        whole = getattr(_moved_aside, name)
        monkeypatch.setattr(
            _guardrails_act, name, lambda path, whole=whole, **more: whole(path, folder=str(folder), **more)
        )
    monkeypatch.setattr(os, "fchown", lambda *_given: None)
    return folder


def test_units_are_changed_by_the_permitted_verbs() -> None:
    systemctl = Recorder()
    act(Change("apt-daily.timer", "stop"), systemctl)
    act(Change("apt-daily.timer", "disable"), systemctl)
    act(Change("systemd", "read its configuration anew"), systemctl)
    assert systemctl.told == [("stop", "apt-daily.timer"), ("disable", "apt-daily.timer"), ("enable", READ_ANEW)]


@pytest.mark.usefixtures("aside")
def test_a_file_is_written_with_its_folder(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "system.conf.d" / "99.conf"
    act(Change(str(path), "write", "", "text\n"), Recorder())
    assert path.read_text() == "text\n"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o644, 0o755)


def test_a_folder_that_is_a_file_is_an_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "d").write_text("")
    with pytest.raises(StepError, match="is a file, no folder"):
        act(Change(str(tmp_path / "d" / "x"), "write", "", "text\n"), Recorder())


def test_files_and_links_are_moved_aside(tmp_path: pathlib.Path, aside: pathlib.Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("1 1 * * * root git pull\n")
    link.symlink_to("/nowhere")
    for path in (file, link):
        act(Change(str(path), "move aside"), Recorder())
        assert not os.path.lexists(path)
    entries = json.loads((aside / "manifest.json").read_text())
    assert [(one["original"], one["target"]) for one in entries] == [(str(file), ""), (str(link), "/nowhere")]


def test_lines_are_taken_out_and_a_copy_kept(
    tmp_path: pathlib.Path, aside: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cron"
    path.write_text("a\nb\n")
    path.chmod(0o600)
    judged = CronFile(str(path), (Refused("6.1", "git pull", "x", 1),), "b\n")
    monkeypatch.setattr(_guardrails_act, "read_file", lambda *_given: judged)
    act(Change(str(path), "take lines out"), Recorder())
    assert path.read_text() == "b\n"
    assert path.stat().st_mode & 0o777 == 0o600
    [entry] = json.loads((aside / "manifest.json").read_text())
    assert pathlib.Path(entry["aside"]).read_text() == "a\nb\n"


def test_a_file_that_changed_meanwhile_is_an_error(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_guardrails_act, "read_file", lambda *_given: None)
    (tmp_path / "cron").write_text("")
    with pytest.raises(StepError, match="has changed while it was looked at"):
        act(Change(str(tmp_path / "cron"), "take lines out"), Recorder())


def test_the_kernels_value_is_set(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "panic"
    path.write_text("10\n")
    monkeypatch.setattr(_guardrails_act, "RUNNING", str(path))
    act(Change("kernel.panic", "set"), Recorder())
    assert path.read_text() == "0\n"


class TestApt:
    """apt is asked in a private copy of its folder; here a stand-in reads it as apt does."""

    @pytest.fixture(autouse=True)
    def folders(self, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
        own = tmp_path / "apt.conf.d"
        own.mkdir()
        (tmp_path / "run").mkdir()
        monkeypatch.setattr(_guardrails_apt, "FOLDER", str(own))
        monkeypatch.setattr(_guardrails_apt, "FILE", f"{own}/zz-ai-systems-runbook")
        monkeypatch.setattr(_guardrails_apt, "MAIN", str(tmp_path / "apt.conf"))
        monkeypatch.setattr(_guardrails_act, "FOLDER", str(tmp_path / "run"))
        monkeypatch.setattr(_guardrails_act, "make_folder", lambda: None)
        monkeypatch.setattr(os, "fchown", lambda *_given: None)
        program = tmp_path / "apt-config"
        program.write_text(
            '#!/bin/sh\nparts=$(sed -n \'s/.*"\\(.*\\)".*/\\1/p\' "$APT_CONFIG")\nLC_ALL=C cat "$parts"/*\n'
        )
        program.chmod(0o755)
        monkeypatch.setattr(_guardrails_act, "Command", lambda _name, **more: Command(str(program), **more))
        return own

    def test_what_comes_before_ours_is_overridden(self, folders: pathlib.Path) -> None:
        (folders / "20auto-upgrades").write_text('APT::Periodic::Unattended-Upgrade "1";\n')
        assert why_apt_would_go_on(["20auto-upgrades"]) == ""

    def test_what_comes_later_is_named(self, folders: pathlib.Path) -> None:
        (folders / "zzz").write_text('APT::Periodic::Unattended-Upgrade "1";\n')
        (folders / "zzy").write_text('Dir::Cache "x";\n')
        said = why_apt_would_go_on(["zzy", "zzz"])
        assert f"APT::Periodic::Unattended-Upgrade '1' would still hold: {folders}/zzz is read after" in said
        assert "zzy" not in said

    def test_nothing_is_left_behind(self, folders: pathlib.Path) -> None:
        why_apt_would_go_on([])
        assert list(folders.iterdir()) == []
        assert list((folders.parent / "run").iterdir()) == []
