"""Why a node goes, in the runbook's words."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_reason import (
    ReasonError,
    is_compromised,
    reason_from,
)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("retired", "retired"),
        ("Retired:  the roof\n is gone ", "retired: the roof is gone"),
        ("compromised: a login from nowhere", "compromised: a login from nowhere"),
        ("reimaging failed: 2026-11-26, no boot", "re-imaging failed: 2026-11-26, no boot"),
        ("Re-imaging failed : twice: two cards", "re-imaging failed: twice: two cards"),
    ],
)
def test_reasons(said: str, reason: str) -> None:
    assert reason_from(said) == reason
    assert reason_from(reason) == reason


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "no reason was given; say "),
        ("  \n", "no reason was given"),
        (
            "compromised:",
            "the reason 'compromised:' says nothing behind its colon; on the command line with both quotes",
        ),
        ("it is old", "the reason 'it is old' is none of the runbook's; say"),
        ("re-imaging failed", "does not say when and how"),
        ("re-imaging failed: today", "does not say when and how"),
        ("retired: {{ lookup('pipe', 'id') }}", "holds what is no plain text"),
        ("retired: \x1b[31mred", "holds what is no plain text"),
        ("retired: \u202egnp", "holds what is no plain text"),
        (f"retired: {'x' * 300}", "the reason has 309 characters, 300 are the most"),
    ],
)
def test_what_is_none(said: str, why: str) -> None:
    with pytest.raises(ReasonError) as raised:
        reason_from(said)
    assert why in str(raised.value)
    assert str(raised.value).isprintable()


def test_whether_somebody_else_had_it() -> None:
    assert is_compromised("compromised: x")
    assert not is_compromised("retired: it was not compromised")
