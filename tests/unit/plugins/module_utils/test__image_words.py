from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_words import (
    progress_words,
    size_words,
    time_words,
)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (31_914_983_424, "31.9 GB"),
        (2_000_000_000_000, "2.0 TB"),
    ],
)
def test_a_size_is_in_the_units_of_cards(count: int, words: str) -> None:
    assert size_words(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (3660, "1 h 01 min")],
)
def test_a_time_has_no_false_precision(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


def test_a_progress_has_share_speed_and_time_left() -> None:
    said = progress_words("writing", 500_000_000, 2_000_000_000, 25.0)
    assert said == "writing: 500.0 MB of 2.0 GB (25 %), 20.0 MB/s, 1 min 15 s left"
    assert progress_words("writing", 500, 1000, 0.9) == "writing: 500 bytes of 1.0 kB (50 %)"
    assert progress_words("writing", 0, 1000, 0.0) == "writing: 1.0 kB"
    assert progress_words("writing", 5, 0, 0.0) == "writing: 5 bytes of 0 bytes (100 %)"
