from __future__ import annotations

import pathlib
import time

from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_drift import judge
from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_events import Span
from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_journal import Event, Journal
from tests.view import view


def test_files_that_changed_while_nobody_of_ours_was_at_work(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/sudoers.d/own": "x", "/etc/ssh/sshd_config": "x"})
    now = time.time()
    names = {"/etc/sudoers.d/own (changed)", "/etc/ssh/sshd_config (changed)", "/etc/passwd (changed)"}

    def found(
        *events: Event, begins: float = 1.0, since: float = 0.0, apt: tuple[Span, ...] = (), cut: bool = False
    ) -> set[str]:
        said = [*judge(node, Journal(events, begins, is_cut=cut), since, apt)]
        assert {one.verdict for one in said} <= {"info"}
        return {one.subject for one in said}

    assert found() > names
    assert found(Event("run", now - 10, "", "x")) == set()
    assert found(Event("run", now - 5000, "", "x")) > names
    assert found(apt=(Span(now - 100, now + 100),)) == set()
    assert found(since=now + 100) == found(begins=now + 100) == found(begins=0.0) == found(cut=True) == set()
