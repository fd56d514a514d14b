from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _npm_modules
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_lock import Entry
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_modules import Modules, read_modules
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_record import FILE, Noted, Record, render

NESTED = "node_modules/a/node_modules/n"


@pytest.fixture
def modules(tmp_path: pathlib.Path) -> pathlib.Path:
    """A node_modules with a package that has one of its own, a scoped one, and links to commands."""
    path = tmp_path / "node_modules"
    for name, version in (("a", "1.0.0"), ("@s/b", "2.0.0"), ("a/node_modules/n", "3.0.0")):
        (path / name / "lib").mkdir(parents=True)
        (path / name / "package.json").write_text(json.dumps({"version": version}))
        (path / name / "lib/x.js").write_text("1")
    (path / ".bin").mkdir()
    (path / ".bin/a").symlink_to("../a/lib/x.js")
    (path / ".package-lock.json").write_text('{"packages": {"node_modules/a": {"version": "1.0.0", "integrity": "i"}}}')
    return path


def read(path: pathlib.Path, nested: t.Collection[str] | None = (NESTED,)) -> Modules:
    return read_modules(str(path), os.getuid(), nested)


def test_what_lies_there(modules: pathlib.Path) -> None:
    found = read(modules)
    assert found.kind == "folder"
    assert {at: package.version for at, package in found.packages.items()} == {
        "node_modules/@s/b": "2.0.0", "node_modules/a": "1.0.0", NESTED: "3.0.0",
    }  # fmt: skip
    assert found.hidden == {"node_modules/a": Entry(version="1.0.0", integrity="i")}
    assert (found.wrong, found.foreign, found.record) == (0, (), Record())
    assert found == read(modules)


def test_what_is_no_folder(tmp_path: pathlib.Path) -> None:
    assert read(tmp_path / "none") == Modules()
    (tmp_path / "link").symlink_to("/etc")
    assert read(tmp_path / "link") == Modules("link", "/etc")
    os.mkfifo(tmp_path / "fifo")
    assert read(tmp_path / "fifo") == Modules("other")


@pytest.mark.parametrize(
    ("change", "other"),
    [
        (lambda path: (path / "a/lib/x.js").write_text("22"), {"node_modules/a"}),
        (lambda path: os.utime(path / "a/lib/x.js", (1, 1)), {"node_modules/a"}),
        (lambda path: (path / "a/lib/y.js").touch(), {"node_modules/a"}),
        (lambda path: (path / "a/lib/x.js").rename(path / "a/x.js"), {"node_modules/a"}),
        (lambda path: (path / "a/evil").symlink_to("/etc"), {"node_modules/a"}),
        (lambda path: (path / "a/node_modules/n/lib/x.js").write_text("22"), {NESTED}),
        (lambda path: (path / "a/node_modules/other").mkdir(), {"node_modules/a"}),
        (lambda path: (path / "@s/b/package.json").unlink(), {"node_modules/@s/b"}),
        (lambda path: (path / "stray").mkdir(), {"node_modules/stray"}),
        (lambda path: (path / "stray.js").touch(), {"node_modules/stray.js"}),
        (lambda path: (path / ".cache").mkdir(), set()),
        (lambda path: (path / "a/lib/x.js").chmod(0o600), set()),
    ],
)
def test_a_change_shows_in_its_package_alone(
    modules: pathlib.Path, change: t.Callable[[pathlib.Path], None], other: set[str]
) -> None:
    before = read(modules).packages
    change(modules)
    after = read(modules).packages
    digests = [{at: package.digest for at, package in found.items()} for found in (before, after)]
    assert {at for at in {*digests[0], *digests[1]} if digests[0].get(at) != digests[1].get(at)} == other


def test_the_links_to_commands_have_a_digest_of_their_own(modules: pathlib.Path) -> None:
    before = read(modules)
    (modules / ".bin/evil").symlink_to("/bin/sh")
    after = read(modules)
    assert after.packages == before.packages
    assert after.bins != before.bins


def test_the_notes_say_which_packages_lie_in_others(modules: pathlib.Path) -> None:
    assert NESTED not in read(modules, None).packages
    (modules / ".package-lock.json").write_text(json.dumps({"packages": {"node_modules/a": {}, NESTED: {}}}))
    assert NESTED in read(modules, None).packages
    (modules / FILE).write_text(render(Record({"node_modules/a": Noted("1.0.0", "i", "d")})))
    assert NESTED not in read(modules, None).packages


def test_a_proven_package_is_what_the_note_says(modules: pathlib.Path) -> None:
    digest = read(modules).packages["node_modules/a"].digest
    (modules / FILE).write_text(render(Record({"node_modules/a": Noted("1.0.0-noted", "i", digest)})))
    assert read(modules).packages["node_modules/a"].version == "1.0.0-noted"


@pytest.mark.parametrize(
    "text",
    [pytest.param("[" * 100_000, id="deep"), "{", "[]", '{"packages": []}', '{"packages": {"a": 1}}', '{"version": 5}'],
)
def test_notes_and_descriptions_of_any_kind_are_no_crash(modules: pathlib.Path, text: str) -> None:
    for name in (".package-lock.json", FILE, "a/package.json"):
        (modules / name).write_text(text)
    found = read(modules)
    assert (found.hidden, found.record, found.packages["node_modules/a"].version) == ({}, Record(), "")
    (modules / "a/package.json").unlink()
    os.mkfifo(modules / "a/package.json")
    assert read(modules).packages["node_modules/a"].version == ""
    (modules / "a/package.json").unlink()
    (modules / "a/package.json").write_text(json.dumps({"version": "9" * 10_000}))
    assert len(read(modules).packages["node_modules/a"].version) == 60


def test_modes_and_owners(modules: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (modules / "a/lib/x.js").chmod(0o666)
    (modules / "@s").chmod(0o775)
    (modules / "a/node_modules").chmod(0o700)
    assert read(modules).wrong == 3
    assert read_modules(str(modules), os.getuid() + 1).foreign[:2] == (".", ".bin")
    monkeypatch.setattr(_npm_modules, "MOST_FILES", 5)
    with pytest.raises(FileError, match="holds more than 5 files"):
        read(modules)


def test_names_that_are_no_text(modules: pathlib.Path) -> None:
    (modules / "a" / os.fsdecode(b"\xff\n\x1b")).touch()
    json.dumps(read(modules)._asdict())


def test_the_answer_is_plain_json(modules: pathlib.Path) -> None:
    entry = {"peerDependenciesMeta": {"x": {"optional": True}}, "os": ["linux"]}
    (modules / ".package-lock.json").write_text(json.dumps({"packages": {"node_modules/a": entry}}))
    json.dumps(read(modules)._asdict())
