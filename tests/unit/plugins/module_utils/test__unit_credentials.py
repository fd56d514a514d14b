from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_credentials
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_credentials import (
    LONGEST,
    forget,
    has_any,
    missing,
    path_of,
    push,
    put_back,
    require_memory,
    why_not_a_credential,
)

MEMORY = "tmpfs /run tmpfs rw,nosuid 0 0\n"
DISK = "/dev/sda1 / ext4 rw 0 0\n"


@pytest.fixture
def memory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    def as_ourselves(path: str, content: bytes, *, mode: int) -> None:
        write_atomically(path, content, mode=mode, uid=os.getuid(), gid=os.getgid())

    folder = tmp_path / "credentials"
    monkeypatch.setattr(_unit_credentials, "write_atomically", as_ourselves)
    monkeypatch.setattr(_unit_credentials, "require_memory", lambda: None)
    monkeypatch.setattr(_unit_credentials, "FOLDER", str(folder))
    return folder


def test_what_is_pushed_is_roots_alone(memory: pathlib.Path) -> None:
    memory.mkdir(mode=0o755)
    assert push("web.service", "token", "geheim") is None
    file = memory / "web.service" / "token"
    assert str(file) == path_of("web.service", "token")
    assert file.read_bytes() == b"geheim"
    assert [path.stat().st_mode & 0o777 for path in (memory, file.parent, file)] == [0o700, 0o700, 0o400]


def test_what_is_there_as_it_must_be_is_not_missing(memory: pathlib.Path) -> None:
    wanted = {"token": "geheim", "key": "clé"}
    assert missing("web.service", wanted) == ("key", "token")
    for name, value in wanted.items():
        push("web.service", name, value)
    assert missing("web.service", wanted) == ()
    assert missing("web.service", {"token": "anders"}) == ("token",)
    assert missing("other.service", wanted) == ("key", "token")
    (memory / "web.service" / "token").unlink()
    assert missing("web.service", wanted) == ("token",)


def test_what_was_there_before_comes_back(memory: pathlib.Path) -> None:
    push("web.service", "token", "old")
    before = push("web.service", "token", "new")
    assert before == b"old"
    put_back("web.service", "token", before)
    assert missing("web.service", {"token": "old"}) == ()
    put_back("web.service", "token", None)
    assert list((memory / "web.service").iterdir()) == []


def test_the_credentials_of_one_unit_are_forgotten(memory: pathlib.Path) -> None:
    push("web.service", "token", "a")
    push("job.service", "token", "b")
    assert has_any("web.service")
    forget("web.service")
    forget("nobody.service")
    assert not has_any("web.service")
    assert [path.name for path in memory.iterdir()] == ["job.service"]


def test_a_file_that_is_no_credential_is_not_read_to_its_end(memory: pathlib.Path) -> None:
    (memory / "web.service").mkdir(parents=True)
    with (memory / "web.service" / "token").open("wb") as file:
        file.truncate(LONGEST + 1)
    with pytest.raises(FileError, match="is larger than"):
        missing("web.service", {"token": "geheim"})


@pytest.mark.parametrize(
    ("mounts", "good"),
    [
        (f"{DISK}{MEMORY}", True),
        (f"{DISK}none /run ramfs rw 0 0\n", True),
        (f"{DISK}{MEMORY}/dev/sdb1 /run ext4 rw 0 0\n", False),
        (f"{DISK}/dev/sdb1 /run ext4 rw 0 0\n{MEMORY}", True),
        (f"{DISK}tmpfs /run/lock tmpfs rw 0 0\n", False),
        (DISK, False),
        ("", False),
    ],
)
def test_nothing_is_pushed_onto_a_disk(tmp_path: pathlib.Path, mounts: str, *, good: bool) -> None:
    file = tmp_path / "mounts"
    file.write_text(mounts)
    if good:
        require_memory(str(file))
        return
    with pytest.raises(StepError, match="/run is not in memory on this node, so a credential would be stored"):
        require_memory(str(file))


def test_where_there_is_no_memory_the_disk_stays_empty(memory: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise StepError("on its disk")

    monkeypatch.setattr(_unit_credentials, "require_memory", refuse)
    with pytest.raises(StepError):
        push("web.service", "token", "geheim")
    assert not memory.exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("token", "geheim\nline two", ""),
        ("a.b-c_D9", "x", ""),
        ("", "geheim", "a credential's name has letters"),
        (".hidden", "geheim", "a credential's name has letters"),
        ("../shadow", "geheim", "a credential's name has letters"),
        ("a/b", "geheim", "a credential's name has letters"),
        ("a\n", "geheim", "a credential's name has letters"),
        ("x" * 102, "geheim", "a credential's name has letters"),
        ("token", "", "it is empty; give it a value"),
        ("token", "é" * (LONGEST // 2), ""),
        ("token", "é" * (LONGEST // 2 + 1), "it has more than 1048576 bytes"),
        ("token", "geheim\ud800", "it is no text that UTF-8 can hold"),
    ],
)
def test_why_a_credential_cannot_be(name: str, value: str, said: str) -> None:
    reason = why_not_a_credential(name, value)
    assert reason.startswith(said)
    assert bool(reason) is bool(said)
    assert "geheim" not in reason
