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
        self._held: list[str] = []

    @contextlib.contextmanager
    def turn(self, name: str, *, seconds: float, look: bool = False) -> t.Iterator[_Turn]:
        """Give the turn."""
        self.asked.append({"name": name, "seconds": seconds, "look": look})
        if self.busy:
            raise GuardError("another run is still at work")
        self._held.append(name)
        try:
            yield _Turn(name, self, look=look)
        finally:
            self._held.remove(name)

    def within(self, name: str, answer: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        """Return a reader that may read within the turn alone."""

        def read(*given: t.Any, **more: t.Any) -> t.Any:
            assert name in self._held, f"read outside of the turn of {name}"
            return answer(*given, **more)

        return read

    def start(self, name: str, given: t.Mapping[str, t.Any]) -> None:
        """Note what is started."""
        assert name in self._held, f"started outside of the turn of {name}"
        self.started.append({"name": name, **given})


class _Turn:
    def __init__(self, name: str, turns: Turns, *, look: bool) -> None:
        self._name = name
        self._turns = turns
        self._look = look

    def start(self, _change: object, **given: t.Any) -> int:
        assert not self._look, "a turn that only looks"
        self._turns.start(self._name, given)
        return 1
