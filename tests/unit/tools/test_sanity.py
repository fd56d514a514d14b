# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in for the download that ansible-test wants."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import sanity


def test_the_pip_version_is_read_from_ansible_test() -> None:
    assert sanity.pip_version("    default_packages = dict(\n        pip='25.2',\n    )\n") == "25.2"


@pytest.mark.parametrize("source", ["", "pip='24.0'\npip='25.2'\n"])
def test_a_source_that_says_something_else_is_an_error(source: str) -> None:
    with pytest.raises(sanity.SanityError, match=r"mend tools/sanity\.py"):
        sanity.pip_version(source)


def test_the_installed_ansible_test_gets_its_script(tmp_path: Path) -> None:
    sanity.provide_get_pip(tmp_path)
    (script,) = (tmp_path / ".ansible" / "test" / "cache").iterdir()
    assert script.name.startswith("get_pip_")
    assert "ensurepip" in script.read_text()


def test_pip_keeps_the_settings_of_its_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    (theirs / ".config" / "pip").mkdir(parents=True)
    (theirs / ".config" / "pip" / "pip.conf").write_text("[global]\n")
    monkeypatch.setattr(Path, "home", lambda: theirs)
    for _ in range(2):
        sanity.keep_pip_settings(ours)
    assert (ours / ".config" / "pip" / "pip.conf").read_text() == "[global]\n"
    assert not (ours / ".pip").exists()
