from __future__ import annotations

import gzip
import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _secret_files
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_look import (
    Looked,
    Seen,
    TimeOverError,
    look_at,
    marker,
)
from tests.secret_samples import ALNUM, drawn, github, openssh, pem

MARK = marker(b"key")


def look(tmp_path: pathlib.Path, content: str | bytes, path: str = "/etc/x.conf") -> Looked:
    file = tmp_path / "file"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return look_at(descriptor, path, mark=MARK)
    finally:
        os.close(descriptor)


def told(found: Looked) -> dict[str, tuple[tuple[int, int], ...]]:
    return {seen.rule: seen.lines for seen in found.seen}


def test_a_mark_tells_values_apart_and_gives_none_away() -> None:
    assert MARK("a") == MARK("a") != MARK("b")
    assert marker(b"other")("a") != MARK("a")
    assert len(MARK("geheim")) == 12
    MARK("\u20ac")


def test_each_kind_is_one_with_all_its_lines(tmp_path: pathlib.Path) -> None:
    text = f"# x\ntoken = {github()}\n\nb = {github(seed='b')}\npassword = tr0ub4dor\n"
    found = look(tmp_path, text)
    assert told(found) == {"github-token": ((2, 2), (4, 4)), "named-secret": ((5, 5),)}
    assert found.seen[0].marks == (MARK(github()), MARK(github(seed="b")))
    assert not any(seen.is_file for seen in found.seen)
    assert github() not in repr(found)


def test_a_key_has_all_its_lines(tmp_path: pathlib.Path) -> None:
    key = pem()
    assert told(look(tmp_path, f"a = 1\n{key}b = 2\n")) == {"pem-key": ((2, key.count("\n") + 1),)}


def test_a_file_that_holds_nothing_else_is_a_credential_itself(tmp_path: pathlib.Path) -> None:
    (seen,) = look(tmp_path, f"\n{openssh()}\n", "/srv/key").seen
    assert seen.is_file
    (seen,) = look(tmp_path, f"# my key\n{openssh()}", "/srv/key").seen
    assert not seen.is_file


def test_a_place_stands_for_all_that_is_in_the_file(tmp_path: pathlib.Path) -> None:
    (seen,) = look(tmp_path, openssh(), "/home/op/.ssh/id_x").seen
    assert (seen.rule, seen.lines, seen.is_file) == ("ssh-private-key", (), True)
    assert look(tmp_path, "", "/home/op/.ssh/id_x").seen == []


def test_a_line_that_a_special_rule_knows_is_not_told_by_its_name_too(tmp_path: pathlib.Path) -> None:
    found = look(tmp_path, '{"auths": {"r": {\n"auth": "' + "b3A6dHIwdWI0ZG9y" + '"}}}\n', "/root/.docker/config.json")
    assert told(found) == {"docker-login": ((2, 2),)}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("\thelper = store", True),
        ("helper=store --file ~/x", True),
        ("\thelper = /usr/lib/git-core/git-credential-store", True),
        ('\thelper = "!f() { echo password=x; }; f"', True),
        ("\thelper = cache", False),
        ("\thelper = osxkeychain", False),
        ("# helper = store", False),
    ],
)
def test_git_that_stores_passwords(tmp_path: pathlib.Path, line: str, found: bool) -> None:  # noqa: FBT001
    text = f"[user]\n\tname = x\n[credential]\n{line}\n"
    for path in ("/root/.gitconfig", "/srv/x/.git/config", "/etc/gitconfig"):
        assert ("git-helper" in told(look(tmp_path, text, path))) is found
    assert "git-helper" not in told(look(tmp_path, text, "/srv/x/config"))


def test_what_is_packed_or_no_text_has_no_lines(tmp_path: pathlib.Path) -> None:
    (seen,) = look(tmp_path, gzip.compress(b"a\npassword = tr0ub4dor\n"), "/var/backups/x.conf.gz").seen
    assert (seen.rule, seen.lines, seen.kind) == ("named-secret", (), "packed")
    (seen,) = look(tmp_path, b"\0" + openssh().encode(), "/opt/x").seen
    assert (seen.rule, seen.lines, seen.kind) == ("openssh-key", (), "binary")
    assert look(tmp_path, b"\0password = tr0ub4dor\n").seen == []


def test_what_cloud_init_pickles_is_read_as_text(tmp_path: pathlib.Path) -> None:
    path = "/var/lib/cloud/instances/i/obj.pkl"
    assert told(look(tmp_path, b"\x80\x04\0\npassword: tr0ub4dor\n", path)) == {"named-secret": ((2, 2),)}


def test_the_memory_of_a_process_counts_wherever_it_lies(tmp_path: pathlib.Path) -> None:
    head = b"\x7fELF\2\1\1" + b"\0" * 9 + b"\4\0>\0" + b"\0" * 40
    assert list(told(look(tmp_path, head, "/srv/app/core.123"))) == ["core-dump"]
    assert look(tmp_path, head, "/srv/app/core.py").seen == []
    assert look(tmp_path, b"text", "/srv/app/core").seen == []


def test_lines_go_on_from_piece_to_piece(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secret_files, "PIECE", 1000)
    monkeypatch.setattr(_secret_files, "OVERLAP", 200)
    lines = [f"name = {number}" for number in range(500)]
    for at in (20, 99, 100, 101, 250, 499):
        lines[at] = f"password = {drawn(ALNUM, 9, str(at))}"
    found = told(look(tmp_path, "\n".join(lines)))
    assert found == {"named-secret": tuple((at + 1, at + 1) for at in (20, 99, 100, 101, 250, 499))}


def test_a_file_ends_where_the_time_does(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    descriptor = os.open(file, os.O_RDONLY)
    with pytest.raises(TimeOverError):
        look_at(descriptor, "/x", mark=MARK, is_over=lambda: True)
    os.close(descriptor)


def test_seen_holds_no_value(tmp_path: pathlib.Path) -> None:
    assert "value" not in Seen._fields
    assert "tr0ub4dor" not in repr(look(tmp_path, "password = tr0ub4dor\n"))
