"""What a step has in a module's place: its parameters, and a memory of its warnings."""

from __future__ import annotations

import typing as t


class Host:
    def __init__(self, *, check_mode: bool = False, **params: t.Any) -> None:
        self.params: dict[str, t.Any] = params
        self.check_mode = check_mode
        self.warnings: list[str] = []

    def warn(self, warning: str) -> None:
        self.warnings.append(warning)
