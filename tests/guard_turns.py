"""Stands for ``_guarded.turn`` where a step's decisions are tested: notes what is asked for, and starts nothing."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import GuardError


class Turns:
    """Whoever asks for a turn has it, unless another run is said to be ``busy``."""

    def __init__(self) -> None:
        self.asked: list[dict[str, t.Any]] = []
        self.started: list[dict[str, t.Any]] = []
        self.busy = False

    @contextlib.contextmanager
    def turn(self, name: str, *, seconds: float, look: bool = False) -> t.Iterator[_Turn]:
        """Give the turn."""
        self.asked.append({"name": name, "seconds": seconds, "look": look})
        if self.busy:
            raise GuardError("another run's change is still under way")
        yield _Turn(name, self.started, look=look)


class _Turn:
    def __init__(self, name: str, started: list[dict[str, t.Any]], *, look: bool) -> None:
        self._name = name
        self._started = started
        self._look = look

    def start(self, _change: object, **given: t.Any) -> int:
        assert not self._look, "a turn that only looks"
        self._started.append({"name": self._name, **given})
        return 1
