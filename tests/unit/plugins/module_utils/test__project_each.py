from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._project_each import MOST_TOLD, of_each
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


def fit(number: int) -> int:
    if number < 0:
        raise StepError(f"{number} is too small", number=number)
    return number * 2


def test_an_answer_for_each() -> None:
    assert of_each([], fit) == []
    assert of_each([3, 1, 2], fit) == [6, 2, 4]


def test_one_that_is_wrong_is_told_as_it_was_said() -> None:
    with pytest.raises(StepError, match=r"^-1 is too small$") as caught:
        of_each([1, -1, 2], fit)
    assert caught.value.context == {"number": -1}


def test_all_that_is_wrong_is_told_at_once_in_order_and_each_once() -> None:
    with pytest.raises(StepError, match=r"^-2 is too small; -1 is too small$"):
        of_each([-2, 1, -1, -2], fit)


def test_many_are_bounded() -> None:
    with pytest.raises(StepError, match=r"-20 is too small; and 5 more$"):
        of_each(range(-1, -MOST_TOLD - 6, -1), fit)
