"""Which services a move between two commits concerns; with real git where git is asked."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._affected_services import affected, changed_between
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from tests.git_rig import Upstream

ANYTHING = Service("any.service", "any/any.service")
PROBE = Service("probe.service", "probe/probe.service", paths=("lib/x", "run.py"))
SERVICES = [ANYTHING, PROBE]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (None, SERVICES),
        ([], []),
        (["README.md"], [ANYTHING]),
        (["probe/probe.service"], SERVICES),
        (["probe/probe.service.d/x.conf"], SERVICES),
        (["probe/probe.service.d2"], [ANYTHING]),
        (["probe/probe.timer"], [ANYTHING]),
        (["a", "lib/x/deep/er.py"], SERVICES),
        (["lib/xy", "lib", "x/run.py", "run.py2"], [ANYTHING]),
        (["run.py"], SERVICES),
    ],
)
def test_what_changed_concerns_those_who_run_from_it(changed: list[str] | None, expected: list[Service]) -> None:
    assert affected(SERVICES, changed) == expected


def test_an_absent_unit_whose_file_goes_is_concerned_too() -> None:
    assert affected([PROBE._replace(state="absent")], [PROBE.src])


def test_git_says_what_changed(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    old = upstream.commit({"same": "1", "gone": "2", "old name": "a long content\n" * 9, "ü\n/x": "3"})
    upstream.git("mv", "old name", "new name")
    new = upstream.commit({"gone": None, "ü\n/x": "4", b"\xff": ""})
    mirror = Mirror(str(upstream.path), seconds=60, cache=tmp_path / "cache")
    with mirror.locked():
        mirror.make()
        mirror.fetch("main")
    assert changed_between(mirror, old, new) == frozenset({"gone", "old name", "new name", "ü\n/x", "\udcff"})
    assert changed_between(mirror, new, new) == frozenset()
    for unknown in ("0" * 40, "", "main", f"{old}\n", "--stdin", mirror.rev(f"{new}:same")):
        assert changed_between(mirror, unknown, new) is None
