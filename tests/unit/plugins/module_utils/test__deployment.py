from __future__ import annotations

import json
import os
import pathlib
import pwd

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _deployment
from ansible_collections.ai_systems.runbook.plugins.module_utils._deployment import (
    Deployment,
    begin,
    checkout_back,
    end,
    is_under_way,
    read,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig

ONE = Deployment("/home/op/ai-systems", "1" * 40, "main", ("web.service",))


@pytest.fixture(autouse=True)
def note(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def as_ourselves(path: str, content: bytes, *, mode: int) -> None:
        write_atomically(path, content, mode=mode, uid=os.getuid(), gid=os.getgid())

    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(_deployment, "write_atomically", as_ourselves)
    monkeypatch.setattr(_deployment, "_FOLDER", str(tmp_path / "tmp"))
    return str(tmp_path / "run" / "deployment.json")


def test_what_is_under_way_is_known_until_its_end(note: str) -> None:
    assert read(ONE.checkout, note) is None
    assert not is_under_way(note)
    begin(ONE, note)
    assert read(ONE.checkout, note) == ONE
    assert is_under_way(note)
    assert pathlib.Path(note).stat().st_mode & 0o777 == 0o600
    assert read("/home/op/another", note) is None
    end(note)
    assert read(ONE.checkout, note) is None
    end(note)


def test_one_that_was_cut_off_stays_the_one_to_go_back_to(note: str) -> None:
    begin(ONE, note)
    begin(Deployment(ONE.checkout, "2" * 40, "", ("job.service", "web.service")), note)
    assert read(ONE.checkout, note) == ONE._replace(stopped=("web.service", "job.service"))


def test_the_note_of_another_checkout_is_replaced(note: str) -> None:
    other = ONE._replace(checkout="/home/op/another", stopped=())
    begin(other, note)
    begin(ONE, note)
    assert read(ONE.checkout, note) == ONE
    assert read(other.checkout, note) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"commit": "main"},
        {"commit": "--upload-pack=x"},
        {"commit": None},
        {"stopped": ["--force"]},
        {"stopped": ["job@.service"]},
        {"stopped": 5},
        {"checkout": "/etc"},
    ],
)
def test_a_note_that_does_not_look_like_ours_is_none(note: str, changed: dict[str, object]) -> None:
    begin(ONE, note)
    pathlib.Path(note).write_text(json.dumps({**ONE._asdict(), **changed}))
    assert read(ONE.checkout, note) is None


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"checkout": "/home/op/ai-systems"}', "\x00\x1b"])
def test_a_note_that_cannot_be_read_is_none(note: str, text: str) -> None:
    begin(ONE, note)
    pathlib.Path(note).write_text(text)
    assert read(ONE.checkout, note) is None


def test_the_checkout_goes_back_and_nothing_of_it_is_left_behind(rig: Rig, tmp_path: pathlib.Path) -> None:
    old = rig.upstream.head
    rig.ship()
    rig.upstream.commit({"a.txt": "two\n", "new/file": "n", "old/file": None})
    rig.ship()
    rig.is_good(rig.upstream.head)
    checkout_back(Deployment(str(rig.path), old, "main", ()), pwd.getpwuid(os.geteuid()))
    rig.is_good(old)
    assert rig.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_detached_checkout_goes_back_to_be_one(rig: Rig) -> None:
    old = rig.upstream.head
    rig.ship(version=old)
    rig.upstream.commit({"a.txt": "two\n"})
    rig.ship(version=rig.upstream.head)
    checkout_back(Deployment(str(rig.path), old, "", ()), pwd.getpwuid(os.geteuid()))
    rig.is_good(old)
    assert (rig.path / ".git/HEAD").read_text() == f"{old}\n"


def test_what_no_commit_knows_stays(rig: Rig) -> None:
    old = rig.upstream.head
    rig.ship()
    new = rig.upstream.commit({"a.txt": "two\n"})
    rig.ship()
    rig.shell("echo mine >> a.txt")
    before = rig.fingerprint()
    with pytest.raises(StepError, match="holds changes that no commit knows"):
        checkout_back(Deployment(str(rig.path), old, "main", ()), pwd.getpwuid(os.geteuid()))
    assert rig.fingerprint() == before
    assert rig.git("rev-parse", "HEAD") == new
