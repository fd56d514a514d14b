from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_node_hostname
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change


def test_the_name_is_set_through_hostnamectl_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(Command, "run", lambda self, arguments: ran.append([self.program, *arguments]))
    _step_node_hostname.act(Change("hostname", "set", "debian\n", "greenhouse-1\n"))
    assert ran == [["hostnamectl", "set-hostname", "greenhouse-1"]]


def test_files_are_written_world_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, bytes, int]] = []
    monkeypatch.setattr(
        _step_node_hostname, "write_atomically", lambda path, content, mode: written.append((path, content, mode))
    )
    _step_node_hostname.act(Change("/etc/hosts", "write", "", "127.0.1.1\tx\n"))
    assert written == [("/etc/hosts", b"127.0.1.1\tx\n", 0o644)]
