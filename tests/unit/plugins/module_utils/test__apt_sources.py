from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_keyrings, _apt_sources
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_configuration import AptConfiguration
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_sources import read_apt_sources

# A packet that begins a certificate; nothing verifies by it.
FOREIGN = b"\xc6\x21\x04" + b"x" * 32


@pytest.fixture
def etc(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """An /etc/apt of a node whose lists were never fetched."""
    for name in ("sources.list.d", "preferences.d", "trusted.gpg.d", "keyrings", "lists"):
        (tmp_path / name).mkdir()
    values = {
        "dir": "/",
        "dir::etc": str(tmp_path),
        "dir::etc::sourcelist": "sources.list",
        "dir::etc::sourceparts": "sources.list.d",
        "dir::etc::preferences": "preferences",
        "dir::etc::preferencesparts": "preferences.d",
        "dir::etc::trustedparts": "trusted.gpg.d",
        "dir::state": str(tmp_path),
        "dir::state::lists": "lists",
    }
    monkeypatch.setattr(_apt_sources, "read_configuration", lambda: AptConfiguration(values))
    monkeypatch.setattr(_apt_keyrings, "FOLDERS", (str(tmp_path / "keyrings"),))
    monkeypatch.setattr(_apt_keyrings, "APT_KEY", str(tmp_path / "trusted.gpg"))
    return tmp_path


def test_an_empty_node(etc: pathlib.Path) -> None:
    state = read_apt_sources(frozenset())
    assert (state.files, state.sources, state.trusted, state.pins) == ([], [], [], [])
    assert etc.is_dir()


def test_all_that_is_there_is_read(etc: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = etc / "keyrings" / "x.gpg"
    keyring.write_bytes(FOREIGN)
    (etc / "sources.list").write_text(
        f"deb [signed-by={keyring}] http://h/x trixie main\n" * 3 + "# deb http://h/y ./\n"
    )
    (etc / "sources.list.d" / "a.sources").write_text("Types: deb\nURIs: http://h/\nSuites: ./\nEnabled: no\n")
    (etc / "preferences").write_text("Package: *\nPin: origin h\nPin-Priority: 7\n")
    (etc / "preferences.d" / "b.pref").write_text("Package: *\nPin: origin h\nPin-Priority: 8\n")
    (etc / "preferences.d" / "c.bak").write_text("Package: *\nPin: origin h\nPin-Priority: 9\n")
    (etc / "preferences.d" / "big").write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    (etc / "trusted.gpg").write_bytes(FOREIGN)
    read: list[str] = []
    once = _apt_keyrings.read_keyring

    def counted(path: str) -> t.Any:
        read.append(path)
        return once(path)

    monkeypatch.setattr(_apt_keyrings, "read_keyring", counted)
    state = read_apt_sources(frozenset())
    assert [(source.kind, source.entry.line) for source in state.sources] == [("foreign", line) for line in (1, 2, 3)]
    assert "none of the keys" in state.sources[0].reason
    assert [pin.priority for pin in state.pins] == [7, 8]
    assert [pathlib.Path(file.path).name for file in state.unread] == ["big"]
    assert [pathlib.Path(ring.name).name for ring in state.trusted] == ["trusted.gpg"]
    # An entry a thousand times over reads its keyring no more often.
    assert read.count(str(keyring)) <= 4
