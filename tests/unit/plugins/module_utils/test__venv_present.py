from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_rules import Pin
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_commit import Committed
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_facts import Facts
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_installed import Dist
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_present import archives_of, is_proven, whole
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_record import Entry

FACTS = Facts(committed={"p/lib": Committed("040000", "tree", "abc")})
DIST = Dist("a", "1.0", "a-1.0.dist-info", (), "r")


@pytest.mark.parametrize(
    ("pin", "entry", "proven"),
    [
        (Pin("a", "1.0", hashes=("h", "i")), Entry("i", "r"), True),
        (Pin("a", "1.0", hashes=("h",)), Entry("i", "r"), False),
        (Pin("a", "1.0", hashes=("h",)), Entry("h", "other"), False),
        (Pin("a", "1.0", hashes=("h",)), None, False),
        (Pin("a", "1.0"), Entry("", "r"), False),
        (Pin("a", "1.0", "tree", path="p/lib"), Entry("git:abc", "r"), True),
        (Pin("a", "1.0", "tree", path="p/lib"), Entry("git:old", "r"), False),
        (Pin("a", "1.0", "tree", path="p/gone"), Entry("git:abc", "r"), False),
    ],
)
def test_what_is_proven(pin: Pin, entry: Entry | None, proven: bool) -> None:  # noqa: FBT001
    assert is_proven(pin, DIST, {"a": entry} if entry else {}, FACTS) == proven


def test_what_is_there_twice_or_in_part_does_not_count() -> None:
    assert whole(
        [DIST, DIST._replace(name="b"), DIST._replace(name="b", version="2"), DIST._replace(name="c", record="")]
    ) == {"a": DIST}


def test_an_archive_is_named_by_its_hash_or_by_git() -> None:
    assert archives_of(Pin("a", "1", hashes=("h",)), FACTS) == ("h",)
    assert archives_of(Pin("a", "1", "editable", path="p/lib"), FACTS) == ("git:abc",)
