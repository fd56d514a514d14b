from __future__ import annotations

import json
import multiprocessing
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._transaction_records import (
    RecordError,
    append,
    proven,
)

ARCHIVE = {
    "origin": "Debian",
    "label": "Debian",
    "codename": "trixie",
    "component": "main",
    "uri": "http://mirror.invalid/debian/pool/main/h/htop/htop_3.4.1-5_arm64.deb",
}
PACKAGE: dict[str, t.Any] = {
    "package": "htop",
    "version": "3.4.1-5",
    "before": "",
    "architecture": "arm64",
    "sha256": "ab" * 32,
    "archives": [ARCHIVE],
}
HOSTILE = ["", " ", "\x1b[31m", "a\nb", "../x", "x" * 1000, None, 5, ["htop"], {"a": 1}, "{{ x }}", "$(x)", "é"]


def said(**changed: t.Any) -> dict[str, t.Any]:
    return {"packages": [{**PACKAGE, **changed}], "removed": []}


def lines(folder: pathlib.Path, node: str = "n1") -> list[dict[str, t.Any]]:
    return [json.loads(line) for line in (folder / node / "packages.jsonl").read_text().splitlines()]


def test_a_transaction_is_one_line_and_proves_its_packages(tmp_path: pathlib.Path) -> None:
    old = os.umask(0o077)
    try:
        path = append(tmp_path / "records", "n1", {**said(), "removed": ["nano"]}, clause="3.3")
    finally:
        os.umask(old)
    append(
        tmp_path / "records", "n1", said(package="libc6:armhf", version="1:2.41~rc1+b1", before="2.40"), clause="2.5"
    )
    assert path == tmp_path / "records/n1/packages.jsonl"
    assert path.stat().st_mode & 0o777 == 0o644
    first, second = lines(tmp_path / "records")
    assert {**first, "time": ""} == {
        "time": "",
        "node": "n1",
        "clause": "3.3",
        "packages": [PACKAGE],
        "removed": ["nano"],
    }
    assert first["time"].endswith("Z")
    assert second["clause"] == "2.5"
    assert proven(tmp_path / "records", "n1") == ["htop=3.4.1-5:arm64", "libc6=1:2.41~rc1+b1:arm64"]
    assert proven(tmp_path / "records", "n2") == []


@pytest.mark.parametrize(
    ("archives", "official"),
    [
        ([ARCHIVE], True),
        ([{**ARCHIVE, "codename": "trixie-backports", "origin": "Debian Backports"}], True),
        ([{**ARCHIVE, "codename": "trixie-security"}, ARCHIVE], True),
        ([], False),
        ([ARCHIVE, {**ARCHIVE, "origin": "Raspberry Pi Foundation"}], False),
        ([{**ARCHIVE, "codename": "bookworm"}], False),
        ([{**ARCHIVE, "origin": "Debian Backports"}], False),
    ],
)
def test_only_debians_own_archives_prove(tmp_path: pathlib.Path, archives: list[t.Any], *, official: bool) -> None:
    append(tmp_path, "n1", said(archives=archives), clause="3.3")
    assert bool(proven(tmp_path, "n1")) is official


def test_the_same_version_is_proven_once(tmp_path: pathlib.Path) -> None:
    append(tmp_path, "n1", said(), clause="3.3")
    append(tmp_path, "n1", said(), clause="3.3")
    assert proven(tmp_path, "n1") == ["htop=3.4.1-5:arm64"]


@pytest.mark.parametrize("field", ["package", "version", "before", "architecture", "sha256", "archives"])
@pytest.mark.parametrize("value", HOSTILE)
def test_what_cannot_be_so_is_refused(tmp_path: pathlib.Path, field: str, value: t.Any) -> None:
    if field == "before" and value == "":
        return
    with pytest.raises(RecordError) as caught:
        append(tmp_path, "n1", said(**{field: value}), clause="3.3")
    assert str(caught.value).startswith("n1 names as ")
    assert "so it is not recorded; look at the node's console" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("field", ["origin", "label", "codename", "component", "uri"])
@pytest.mark.parametrize("value", ["\x1b[31m", "a\nb", "\u202e", "x" * 1000, None, 5, ["x"]])
def test_an_archive_that_cannot_be_one_is_refused(tmp_path: pathlib.Path, field: str, value: t.Any) -> None:
    with pytest.raises(RecordError, match=f"as {field} of an archive"):
        append(tmp_path, "n1", said(archives=[{**ARCHIVE, field: value}]), clause="3.3")


@pytest.mark.parametrize(
    "transaction",
    [
        None,
        [],
        "htop",
        {"packages": "htop"},
        {"packages": [], "more": 1},
        {"packages": [None]},
        {"packages": [{"package": "htop"}]},
        {"packages": [{**PACKAGE, "more": 1}]},
        {"packages": [PACKAGE] * 5001},
        {"removed": ["nano"] * 5001},
        {"removed": "nano"},
        {"removed": ["--option"]},
        {"removed": ["a\x07b"]},
        said(archives=[ARCHIVE] * 21),
        said(archives=[{"origin": "Debian"}]),
        said(archives=["Debian"]),
    ],
)
def test_another_shape_is_refused(tmp_path: pathlib.Path, transaction: t.Any) -> None:
    with pytest.raises(RecordError, match=r"^n1 names as "):
        append(tmp_path, "n1", transaction, clause="3.3")


def test_a_mirrors_credentials_are_not_kept(tmp_path: pathlib.Path) -> None:
    append(
        tmp_path,
        "n1",
        said(archives=[{**ARCHIVE, "uri": "https://me:s3cret@mirror.invalid/debian/x.deb"}]),
        clause="3.3",
    )
    assert "s3cret" not in (tmp_path / "n1/packages.jsonl").read_text()


@pytest.mark.parametrize("node", ["", ".", "..", "../n1", "/etc", "a/b", ".git", "n1\n", "\x1b[31m", "x" * 300])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: pathlib.Path, node: str) -> None:
    for call in (lambda: append(tmp_path, node, said(), clause="3.3"), lambda: proven(tmp_path, node)):
        with pytest.raises(RecordError, match="cannot name a folder of records"):
            call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "[" * 200_000,
        "\x00\xff",
        json.dumps({"time": "2026-01-01T00:00:00Z", "node": "n2", "clause": "3.3", **said()}),
        json.dumps({"time": "now", "node": "n1", "clause": "3.3", **said()}),
        json.dumps({"time": "2026-01-01T00:00:00Z", "node": "n1", "clause": "", **said()}),
        json.dumps({"time": "2026-01-01T00:00:00Z", "node": "n1", "clause": "3.3", **said(sha256="")}),
        json.dumps({"node": "n1", **said()}),
    ],
)
def test_a_line_of_another_form_proves_nothing(tmp_path: pathlib.Path, line: str) -> None:
    append(tmp_path, "n1", said(package="nano"), clause="3.3")
    with (tmp_path / "n1/packages.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    append(tmp_path, "n1", said(package="tmux"), clause="3.3")
    assert proven(tmp_path, "n1") == ["nano=3.4.1-5:arm64", "tmux=3.4.1-5:arm64"]


def test_a_torn_last_line_does_not_take_the_next_with_it(tmp_path: pathlib.Path) -> None:
    append(tmp_path, "n1", said(package="nano"), clause="3.3")
    with (tmp_path / "n1/packages.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"clause": "3.')
    append(tmp_path, "n1", said(), clause="3.3")
    assert proven(tmp_path, "n1") == ["nano=3.4.1-5:arm64", "htop=3.4.1-5:arm64"]


def test_a_full_disk_leaves_the_record_as_it_was(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = append(tmp_path, "n1", said(), clause="3.3")
    before = path.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[: len(data) // 2]))
    with pytest.raises(
        RecordError, match=r"cannot be written \(No space left on device\); the transaction on n1 is done"
    ):
        append(tmp_path, "n1", said(), clause="3.3")
    assert path.read_bytes() == before


def test_a_link_is_not_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "n1").mkdir()
    (tmp_path / "n1/packages.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordError, match="cannot be written"):
        append(tmp_path, "n1", said(), clause="3.3")
    assert not (tmp_path / "elsewhere").exists()


def test_a_record_that_cannot_be_read_is_said(tmp_path: pathlib.Path) -> None:
    (tmp_path / "n1/packages.jsonl").mkdir(parents=True)
    with pytest.raises(RecordError, match=r"cannot be read .*; restore it from git"):
        proven(tmp_path, "n1")


def _add_many(folder: pathlib.Path) -> None:
    for dummy in range(20):
        append(folder, "n1", said(), clause="3.3")


def test_runs_that_end_together_keep_all_lines(tmp_path: pathlib.Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_add_many, args=(tmp_path,)) for dummy in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        # Each line waits for the disk, which others may keep busy.
        process.join(300)
    assert len(lines(tmp_path)) == 80
