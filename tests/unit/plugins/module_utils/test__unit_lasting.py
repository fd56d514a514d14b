from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, Unit, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_lasting import ends_by_itself, is_true


def unit(text: str, name: str = "a.service") -> Unit:
    return parse(name, [Text(f"/x/{name}", text.encode())])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("ExecStart=/bin/a", False),
        ("Type=oneshot\nExecStart=/bin/a", True),
        ("Type=oneshot\nRemainAfterExit=yes", False),
        ("Type=oneshot\nRemainAfterExit=no", True),
        ("ExecStop=/bin/a", True),
        ("ExecStart=/bin/a\nExecStart=\nRemainAfterExit=1", False),
        ("Type=oneshot\nType=notify", False),
    ],
)
def test_a_oneshot_that_does_not_remain_ends(lines: str, expected: bool) -> None:  # noqa: FBT001
    assert ends_by_itself(unit(f"[Service]\n{lines}\n")) is expected


def test_what_is_no_service_does_not_end() -> None:
    assert not ends_by_itself(unit("[Timer]\nOnCalendar=daily\n", "a.timer"))


@pytest.mark.parametrize(
    ("lines", "expected"), [("", False), ("Accept=on", True), ("Accept=on\nAccept=no", False), ("Accept=", False)]
)
def test_the_last_word_counts(lines: str, expected: bool) -> None:  # noqa: FBT001
    assert is_true(unit(f"[Socket]\n{lines}\n", "a.socket"), "Socket", "Accept") is expected
