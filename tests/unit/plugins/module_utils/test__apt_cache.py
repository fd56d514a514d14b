from __future__ import annotations

import hashlib
import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_cache import file_name, remove_altered
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import Detail, Planned

CONTENT = b"the right content"


def detail(name: str, version: str = "1:2.0") -> Detail:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Detail(Planned(name, "", version), "arm64", digest, 1, 1, downgrade=False, offers=[], record="")


def test_a_file_is_called_as_apt_calls_it() -> None:
    assert file_name("git", "1:2.47.3-0+deb13u1", "arm64") == "git_1%3a2.47.3-0+deb13u1_arm64.deb"
    assert file_name("libfoo:armhf", "1.0~rc1", "armhf") == "libfoo_1.0~rc1_armhf.deb"


def test_only_what_is_not_the_archives_goes(tmp_path: pathlib.Path) -> None:
    right, wrong, linked = (tmp_path / file_name(name, "1:2.0", "arm64") for name in ("right", "wrong", "linked"))
    right.write_bytes(CONTENT)
    wrong.write_bytes(b"something else")
    linked.symlink_to(right)
    found = remove_altered([detail(name) for name in ("right", "wrong", "linked", "absent")], str(tmp_path))
    assert found == [wrong.name, linked.name]
    assert [path.name for path in tmp_path.iterdir()] == [right.name]
