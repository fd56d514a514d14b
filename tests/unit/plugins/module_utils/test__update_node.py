from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _update_node as node
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import Planned
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_uses import Use


def test_a_plan_starts_from_what_is_configured_first(tmp_path: pathlib.Path) -> None:
    status = tmp_path / "status"
    status.write_text("Package: a\nStatus: hold ok half-configured\n\nPackage: b\nStatus: install ok config-files\n")
    node.pretend_configured(t.cast("t.Any", types.SimpleNamespace(status=str(status))))
    assert "Status: hold ok installed\n" in status.read_text()
    assert "Status: install ok config-files\n" in status.read_text()


def test_pending_is_what_runs_on_replaced_files_now_and_on_those_of_the_plan_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = [
        Use("a.service", frozenset({"/usr/bin/a (deleted)"})),
        Use("b.service", frozenset({"/usr/bin/b"})),
        Use("c.service", frozenset({"/usr/bin/b"})),
    ]
    monkeypatch.setattr(node, "read_uses", lambda: running)
    monkeypatch.setattr(node, "files_of", lambda names: {"/usr/bin/b"} if names == ["b"] else set())
    monkeypatch.setattr(node, "_upgraded", set)
    monkeypatch.setattr(node, "_kernels", list)
    monkeypatch.setattr(node, "_REQUESTED", "/nowhere")
    declared = ["a.service", "b.service"]
    assert node.pending_now(declared)[:3] == (("a.service",), (), ())
    then = node.pending_then(declared, [Planned("b", "1", "2"), Planned("new", "", "1")])
    assert (then.services, then.others) == (("a.service", "b.service"), ("c.service",))
    assert then.reasons == ("c.service still run the old code",)
