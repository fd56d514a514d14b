"""What the controller reads of units from the repository's mirror, with real git."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Completed
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source, Wanted
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._unit_texts import (
    MOST_BYTES,
    Texts,
    texts_at,
    unit_texts,
)
from tests.git_rig import Content, Upstream

CHECKOUT = "/home/op/ai-systems"
UNIT = "[Service]\nExecStart=/bin/true\n"


def service(src: str, **more: t.Any) -> Service:
    return Service(name=src.rpartition("/")[2], src=src, asked_by="group workers", **more)


def source_of(upstream: Upstream, *, clean: bool = True) -> tuple[Source, str]:
    wanted = Wanted(url=str(upstream.path), version="main", require_clean=clean)
    source = Source(wanted, cache=upstream.path.parent / "cache", run_id=upstream.head)
    return source, source.version().commit


def read(upstream: Upstream, files: t.Mapping[t.Any, Content], *srcs: str) -> Texts:
    upstream.commit({**files})
    source, commit = source_of(upstream)
    return unit_texts(source, commit, [service(src) for src in srcs], CHECKOUT)


def test_units_and_drop_ins_are_read_byte_for_byte(upstream: Upstream) -> None:
    raw = b"[Unit]\r\nDescription=\xff\x00\n"
    texts = read(
        upstream,
        {
            "probe/probe.service": raw,
            "probe/probe.service.d/20-b.conf": "[Unit]\n",
            "probe/probe.service.d/10-a.conf": "",
            "probe/probe.timer": UNIT,
            "probe/other.txt": "x",
            "web.socket": UNIT,
        },
        "probe/probe.service",
        "web.socket",
    )
    assert texts.files == {
        "probe/probe.service": raw,
        "probe/probe.service.d/10-a.conf": b"",
        "probe/probe.service.d/20-b.conf": b"[Unit]\n",
        "web.socket": UNIT.encode(),
    }
    assert texts.drop_ins == {
        "probe/probe.service": ("probe/probe.service.d/10-a.conf", "probe/probe.service.d/20-b.conf"),
        "web.socket": (),
    }
    assert texts.neighbours == {"probe/probe.service", "probe/probe.timer", "web.socket"}
    assert [one.path for one in texts.of(service("probe/probe.service"), CHECKOUT)] == [
        f"{CHECKOUT}/probe/probe.service",
        f"{CHECKOUT}/probe/probe.service.d/10-a.conf",
        f"{CHECKOUT}/probe/probe.service.d/20-b.conf",
    ]


def test_an_odd_name_is_no_pattern_and_no_magic(upstream: Upstream) -> None:
    texts = read(upstream, {":(top)x.service": "1", "*.service": "2", "a b/ü\\x2d.service": "3"}, ":(top)x.service")
    assert texts.files == {":(top)x.service": b"1"}


def test_environment_files_of_the_repository_are_read(upstream: Upstream) -> None:
    unit = f"{UNIT}EnvironmentFile=-{CHECKOUT}/web/env\nEnvironmentFile=/run/web/env\nEnvironmentFile={CHECKOUT}/none\n"
    drop_in = f"[Service]\nEnvironmentFile={CHECKOUT}/web/../more.env\n"
    files = {"web/web.service": unit, "web/web.service.d/x.conf": drop_in, "web/env": "A=1\n", "more.env": "B=2\n"}
    texts = read(upstream, files, "web/web.service")
    assert texts.files["web/env"] == b"A=1\n"
    assert texts.files["more.env"] == b"B=2\n"
    assert len(texts.files) == 4


def test_absent_units_are_not_looked_for(upstream: Upstream) -> None:
    source, commit = source_of(upstream)
    assert unit_texts(source, commit, [service("gone.service", state="absent")], CHECKOUT) == Texts({}, {})


def test_what_the_commit_does_not_hold_is_named_with_its_asker(upstream: Upstream) -> None:
    upstream.commit({"folder/a.service/x": "1"})
    (upstream.path / "link.service").symlink_to("a")
    upstream.commit({})
    (upstream.path / "untracked.service").write_text(UNIT)
    source, commit = source_of(upstream, clean=False)
    srcs = ("untracked.service", "folder/a.service", "link.service", "a/x.service")
    with pytest.raises(SourceError) as caught:
        unit_texts(source, commit, [service(src) for src in srcs], CHECKOUT)
    short = commit[:12]
    assert str(caught.value).split("; ") == [
        f"untracked.service, declared by group workers, is not in commit {short}",
        "commit it, or correct src",
        f"folder/a.service, declared by group workers, is a folder in {short}",
        "name the unit's file",
        "link.service, declared by group workers, is a symbolic link in the repository",
        "commit the file itself",
        f"a/x.service, declared by group workers, is not in commit {short}",
        "commit it, or correct src",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "README.md",
            "a.service.d/README.md is no drop-in: systemd reads only names that end with .conf there; rename",
        ),
        (".hidden.conf", "begins with no dot or '-'"),
        ("deep/x.conf", "a.service.d/deep/x.conf is no drop-in: a drop-in's name has letters"),
        ("a\x1b[31m\n.conf", "a.service.d/a\\x1b[31m .conf is no drop-in"),
    ],
)
def test_what_systemd_would_not_read_beside_a_unit_is_refused(upstream: Upstream, name: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(upstream, {"a.service": UNIT, f"a.service.d/{name}": "x"}, "a.service")
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_drop_in_that_is_a_link_is_refused(upstream: Upstream) -> None:
    upstream.commit({"a.service": UNIT, "a.service.d/x.conf": ""})
    (upstream.path / "a.service.d/y.conf").symlink_to("/etc/shadow")
    with pytest.raises(SourceError, match=r"^a\.service\.d/y\.conf is a symbolic link in the repository; commit the"):
        read(upstream, {}, "a.service")


@pytest.mark.parametrize("path", ["a.service", "a.service.d/x.conf", "env"])
def test_a_long_file_is_refused(upstream: Upstream, path: str) -> None:
    files: dict[str, Content] = {"a.service": f"[Service]\nEnvironmentFile={CHECKOUT}/env\n", path: b"#" * 1048577}
    with pytest.raises(SourceError, match=rf"{path} has 1048577 bytes, 1048576 are the most; commit a shorter one"):
        read(upstream, files, "a.service")


def test_long_files_together_are_refused(upstream: Upstream) -> None:
    files: dict[str, Content] = {f"u{number}.service": f"#{number}" + "#" * 1000_000 for number in range(9)}
    with pytest.raises(
        SourceError, match=rf"the 9 files of the declared units have 90000\d+ bytes .* {MOST_BYTES} are"
    ):
        read(upstream, files, *files)


def test_another_commit_is_read_where_upstream_knows_it(upstream: Upstream) -> None:
    old = upstream.commit({"a.service": "old", "b.service": "gone"})
    upstream.commit({"a.service": "new", "b.service": None})
    source, commit = source_of(upstream)
    asked = ["a.service", "b.service", "c.service"]
    assert texts_at(source, old, asked) == {"a.service": b"old", "b.service": b"gone"}
    assert texts_at(source, commit, asked) == {"a.service": b"new"}
    for unknown in ("0" * 40, "", "main", "HEAD\nmain", "--all"):
        assert texts_at(source, unknown, asked) == {}
    assert texts_at(source, old, []) == {}


def test_a_hundred_units_take_three_processes(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = f"{UNIT}EnvironmentFile={CHECKOUT}/env\n"
    files: dict[t.Any, Content] = {f"u/u{number}.service": f"#{number}\n{unit}" for number in range(100)}
    upstream.commit({**files, **{f"{src}.d/x.conf": "[Unit]\n" for src in files}, "env": "A=1\n"})
    source, commit = source_of(upstream)
    calls: list[str] = []
    git = source.mirror.git

    def counted(*argv: str, **more: t.Any) -> Completed:
        calls.append(argv[0])
        return git(*argv, **more)

    monkeypatch.setattr(source.mirror, "git", counted)
    began = time.monotonic()
    texts = unit_texts(source, commit, [service(src) for src in files], CHECKOUT)
    assert len(texts.files) == 201
    assert calls == ["ls-tree", "cat-file", "cat-file"]
    assert time.monotonic() - began < 10
