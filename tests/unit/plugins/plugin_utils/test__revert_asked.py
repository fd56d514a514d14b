"""What -e commit, mainline, push and lint may say."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_asked import Asked, asked_from

FULL = "0123456789" * 4


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"commit": "1A2b3c4"}, Asked("1a2b3c4")),
        ({"commit": f" {FULL} ", "mainline": "", "push": "", "lint": ""}, Asked(FULL)),
        (
            {"commit": 1234567, "mainline": 2, "push": True, "lint": "warn"},
            Asked("1234567", "", 2, push=True, lint="warn"),
        ),
        ({"commit": "1a2b3c4..5d6e7f8", "push": "no"}, Asked("5d6e7f8", "1a2b3c4")),
    ],
)
def test_what_can_be_asked(given: dict[str, t.Any], asked: Asked) -> None:
    assert asked_from(given) == asked


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "commit is not set; name what is to be reverted"),
        ({"commit": "HEAD"}, "commit 'HEAD' is neither a commit id"),
        ({"commit": "main~2"}, "a name means something else after the revert"),
        ({"commit": "1a2b3c"}, "7 to 40 hexadecimal digits"),
        ({"commit": "1a2b3c4...5d6e7f8"}, "a range of two"),
        ({"commit": "--all"}, "'--all'"),
        ({"commit": "x\x1b[2J"}, r"x\\x1b[2J"),
        ({"commit": "1a2b3c4", "mainline": "0"}, "mainline is '0'; write the number of the merge's parent"),
        ({"commit": "1a2b3c4", "mainline": "main"}, "mainline is 'main'"),
        ({"commit": "1a2b3c4", "mainline": "9" * 5000}, "mainline is '9"),
        ({"commit": "1a2b3c4", "push": "origin"}, "push is 'origin'; write true or false"),
        ({"commit": "1a2b3c4", "lint": "off"}, "lint is 'off'; write fail, or warn"),
    ],
)
def test_each_wrong_value_is_one_sentence(given: dict[str, t.Any], words: str) -> None:
    with pytest.raises(StepError) as error:
        asked_from(given)
    assert words in str(error.value)
    assert ". " not in str(error.value)
    assert str(error.value).isprintable()
