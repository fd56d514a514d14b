from __future__ import annotations

import os
import pathlib
import stat
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_apt_sources
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_configuration import AptConfiguration
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_root import Root
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_files import SourceFile
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_findings import findings
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_verdicts import Source
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_sources import AptSources
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude

PARAMS: dict[str, t.Any] = {
    "components": ["main"],
    "mirror": "",
    "security_mirror": "",
    "exclusive": False,
    "archive_keys": [],
    "dry_run": "",
}


class Host:
    def __init__(self, *, check_mode: bool, **params: t.Any) -> None:
        self.params = {**PARAMS, **params}
        self.check_mode = check_mode
        self.warnings: list[str] = []

    def warn(self, warning: str) -> None:
        self.warnings.append(warning)


class Private:
    """The place of a dry run, which holds the sources as they would be."""

    folder = "/run/ai-systems-runbook/dry-run-x"

    def __init__(self, *, fails: bool = False) -> None:
        self.sources: tuple[bytes | None, t.Mapping[str, bytes]] | None = None
        self.removed = False
        self._fails = fails

    def take_own_sources(self, main: bytes | None, parts: t.Mapping[str, bytes]) -> None:
        if self._fails:
            raise OSError(28, "No space left on device")
        self.sources = main, parts

    def remove(self) -> None:
        self.removed = True


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> Private:
    root = Private()
    monkeypatch.setattr(Root, "private", lambda: root)
    return root


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A node with one foreign source; gives what is written, which fails for the foreign one's file when told to."""
    text = "deb http://evil/x ./\n"
    file = SourceFile("/etc/apt/sources.list.d/evil.list", text)
    source = Source(file.entries[0], "http://evil/x", "./", "foreign", "it is signed by X")
    state = AptSources(
        AptConfiguration({"dir::etc::sourceparts": "/etc/apt/sources.list.d"}),
        [file],
        [source],
        [],
        [],
        [],
        [],
        frozenset(),
    )
    monkeypatch.setattr(_step_apt_sources, "read_apt_sources", lambda _keys: state)
    done: dict[str, bytes] = {}
    monkeypatch.setattr(_step_apt_sources, "write", done.__setitem__)
    return done


def run(host: Host) -> dict[str, t.Any]:
    return conclude(Step(host, "3.1"), _step_apt_sources.body)[0]


def test_check_mode_says_what_the_real_run_does(written: dict[str, bytes], private: Private) -> None:
    predicted = run(Host(check_mode=True, exclusive=True))
    assert written == {}
    done = run(Host(check_mode=False, exclusive=True))
    assert done["actions"] == predicted["actions"]
    assert [action["action"] for action in done["actions"]] == ["write", "disable"]
    assert written["/etc/apt/sources.list.d/evil.list"] == b"# deb http://evil/x ./\n"
    assert done["sources"][0]["kind"] == "foreign"
    assert done["findings"][0]["verdict"] == "violation"
    # The later steps of the dry run plan with what the real run writes.
    assert private.sources == (None, {path.rpartition("/")[2]: content for path, content in written.items()})
    assert (predicted["dry_run"], "dry_run" in done) == (Private.folder, False)


def test_a_dry_run_that_finds_no_room_leaves_nothing(
    written: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Private(fails=True)
    monkeypatch.setattr(Root, "left_by_check", lambda folder: root if folder == root.folder else None)
    result = run(Host(check_mode=True, dry_run=root.folder))
    assert "No space left" in result["msg"]
    assert root.removed
    assert written == {}


def test_what_stays_is_warned_about_and_what_is_disabled_is_not(written: dict[str, bytes]) -> None:
    host = Host(check_mode=False)
    run(host)
    assert [warning.partition("; ")[0] for warning in host.warnings] == [
        "/etc/apt/sources.list.d/evil.list: http://evil/x ./: it is signed by X"
    ]
    assert len(written) == 1
    host = Host(check_mode=False, exclusive=True)
    run(host)
    assert host.warnings == []


def test_a_failure_half_way_says_what_was_done(written: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: str, content: bytes) -> None:
        if "evil" in path:
            raise OSError(28, "No space left on device", path)
        written[path] = content

    monkeypatch.setattr(_step_apt_sources, "write", full)
    result = run(Host(check_mode=False, exclusive=True))
    assert [action["action"] for action in result["actions"]] == ["write"]
    assert "No space left" in result["msg"]


def test_a_file_keeps_its_mode_and_a_link_is_replaced(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, int]] = []
    monkeypatch.setattr(_step_apt_sources, "write_atomically", lambda _path, _content, **kept: calls.append(kept))
    target = tmp_path / "target"
    target.touch()
    target.chmod(0o640)
    (tmp_path / "link").symlink_to("target")
    _step_apt_sources.write(str(tmp_path / "link"), b"")
    _step_apt_sources.write(str(tmp_path / "folder" / "new"), b"")
    assert (tmp_path / "folder").is_dir()
    assert calls == [{"mode": 0o640, "uid": os.getuid(), "gid": os.getgid()}, {"mode": 0o644}]
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_warnings_are_bounded() -> None:
    host = Host(check_mode=False)
    finding = findings(AptSources(AptConfiguration({"acquire::check-date": "0"}), [], [], [], [], [], [], frozenset()))[
        0
    ]
    _step_apt_sources.warn(Step(host, "3.1"), [finding] * 1000)
    assert len(host.warnings) == 21
    assert host.warnings[-1].startswith("980 more")
