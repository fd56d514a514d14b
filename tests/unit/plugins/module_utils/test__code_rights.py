from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_rights import of_open, of_privileged, why_open
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_walk import Open, Privileged
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_facts import Owners

OWNERS = Owners({0: "root", 1: "daemon", 1000: "ops"})


def writers(gid: int) -> tuple[str, ...]:
    return ("ops",) if gid == 50 else ()


@pytest.mark.parametrize(("mode", "uid", "gid", "who"), [
    (0o755, 0, 0, ""), (0o757, 0, 0, "everybody"), (0o775, 0, 0, ""), (0o775, 0, 50, "ops"), (0o755, 1, 0, ""),
    (0o755, 1000, 0, "ops"),
])  # fmt: skip
def test_who_can_change_something(mode: int, uid: int, gid: int, who: str) -> None:
    assert why_open(Open("/x", mode, uid, gid), OWNERS, writers) == who
    assert bool(of_open([Open("/x", mode, uid, gid)], OWNERS, writers)) == bool(who)


def test_what_runs_with_other_rights() -> None:
    given = [
        Privileged("/usr/bin/sudo", 0o4755, 0, 0, capability=False, owned=True),
        Privileged("/usr/bin/dash", 0o6755, 0, 5, capability=True, owned=True),
        # By its name alone nothing is Debian's.
        Privileged("/usr/bin/passwd", 0o4755, 0, 0, capability=False, owned=False),
    ]
    dash, passwd = of_privileged(given, OWNERS)
    assert (dash.subject, dash.clause, dash.verdict) == ("/usr/bin/dash (rights)", "6.4", "violation")
    assert dash.remedy == "'chmod u-s,g-s /usr/bin/dash && chown --reference=/usr/bin/dash /usr/bin/dash'"
    assert passwd.remedy == "'rm --force -- /usr/bin/passwd'"
    assert "rm" not in of_privileged([given[2]._replace(path="/\x1b")], OWNERS)[0].remedy.split()[0]
