from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

STATUS = """\
Package: dpkg
Status: install ok installed
Architecture: arm64
Version: 1.22.21

Package: vim
Status: hold ok installed
Architecture: arm64
Version: 2:9.1.1230-2
Description: an editor
 Status: purge ok not-installed
 Version: 0

Package: libfoo
Status: install ok installed
Architecture: armhf
Version: 1.0

Package: tzdata
Status: deinstall ok config-files
Architecture: all
Version: 2026c
"""


def with_status(status: str) -> _dpkg.Node:
    text = STATUS + f"\nPackage: half\nStatus: {status}\nArchitecture: arm64\nVersion: 3\n"
    return _dpkg.Node(_dpkg.parse(text), frozenset(), interrupted=False)


def test_packages_are_named_as_apt_names_them() -> None:
    assert list(_dpkg.parse(STATUS)) == ["dpkg", "vim", "libfoo:armhf", "tzdata"]


def test_a_description_cannot_pass_for_a_field() -> None:
    vim = _dpkg.parse(STATUS)["vim"]
    assert (vim.version, vim.status, vim.hold) == ("2:9.1.1230-2", "installed", True)


def test_only_what_is_completely_installed_has_a_version() -> None:
    node = with_status("install ok half-configured")
    assert node.version_of("dpkg") == "1.22.21"
    assert [node.version_of(name) for name in ("tzdata", "half", "unknown")] == ["", "", ""]


@pytest.mark.parametrize(
    "text", ["", "\n\n\n", "no fields at all", "Package:\n", "Status: x\n\nPackage: \n", "Package: a"]
)
def test_text_that_is_no_status_file_breaks_nothing(text: str) -> None:
    assert all(not package.version for package in _dpkg.parse(text).values())


def test_what_is_automatic() -> None:
    text = (
        "Package: vim-common\nArchitecture: all\nAuto-Installed: 1\n\n"
        "Package: vim\nArchitecture: arm64\nAuto-Installed: 0\n\n"
        "Package: libfoo\nArchitecture: armhf\nAuto-Installed: 1\n"
    )
    assert _dpkg.parse_automatic(text, "arm64") == {"vim-common", "libfoo:armhf"}


@pytest.mark.parametrize(
    "status",
    [
        "install ok half-configured",
        "install ok half-installed",
        "install ok unpacked",
        "install reinstreq installed",
        "install ok triggers-pending",
        "install ok triggers-awaited",
        "",
    ],
)
def test_an_interrupted_dpkg_is_named_with_its_remedy(status: str) -> None:
    said = _dpkg.why_unsound(with_status(status))
    assert "half (" in said
    assert "have 'ansible-playbook playbooks/update.yml' finish it on this node, or re-image it, then run again" in said


@pytest.mark.parametrize("status", ["install ok installed", "deinstall ok config-files", "purge ok not-installed"])
def test_a_sound_node(status: str) -> None:
    assert _dpkg.why_unsound(with_status(status)) == ""


def test_a_journal_left_by_dpkg_is_unsound() -> None:
    assert "/var/lib/dpkg/updates" in _dpkg.why_unsound(_dpkg.Node({}, frozenset(), interrupted=True))


def test_what_dpkg_noted_and_did_not_write_down_counts(tmp_path: pathlib.Path) -> None:
    status, journal = tmp_path / "status", tmp_path / "updates"
    status.write_text(STATUS)
    journal.mkdir()
    (journal / "tmp.i").write_text("Package: vim\nStatus: install ok unpacked\n")
    assert not _dpkg.read(str(status), "/nowhere").interrupted
    assert _dpkg.current_status(str(status)) == STATUS
    vim = "Package: vim\nStatus: install reinstreq half-installed\nArchitecture: arm64\nVersion: 2:9.1.1230-2\n"
    (journal / "0001").write_text(vim)
    (journal / "0000").write_text(vim.replace("reinstreq half-installed", "ok half-configured"))
    (journal / "0002").write_text("Package: new\nStatus: install reinstreq half-installed\nArchitecture: all\n")
    node = _dpkg.read(str(status), "/nowhere")
    assert node.interrupted
    assert {name: one.status for name, one in node.packages.items() if not one.is_sound} == {
        "vim": "half-installed", "new": "half-installed",
    }  # fmt: skip
    merged = _dpkg.current_status(str(status))
    assert (merged.count("Package: vim"), merged.count("\n\n")) == (1, 5)
    assert _dpkg.parse(merged) == node.packages


def test_many_broken_packages_are_counted() -> None:
    broken = {f"p{i}": _dpkg.Installed(f"p{i}", "1", "unpacked", "ok", hold=False) for i in range(15)}
    assert "and 5 more" in _dpkg.why_unsound(_dpkg.Node(broken, frozenset(), interrupted=False))


def test_no_status_file_is_an_error(tmp_path: object) -> None:
    with pytest.raises(StepError, match="no Debian system"):
        _dpkg.read(f"{tmp_path}/status", f"{tmp_path}/states")
