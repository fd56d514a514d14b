from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._justification import why_no_justification


@pytest.mark.parametrize(
    ("package", "text"),
    [
        ("htop", "shows load over SSH"),
        ("htop", "interactive process viewer"),
        ("htop", "required for the weekly load report"),
        ("bluez", "Bluetooth sensors"),
        ("i2c-tools", "reads I2C sensors"),
        ("postgresql", "serves the to-do list of the robots"),
        ("postgresql", "stores the todo lists"),
        ("python3-numpy", "computes Fourier transforms"),
        ("htop", "zeigt die Last, ohne root"),
        ("htop", "показывает нагрузку"),
        ("htop", "显示负载"),
    ],
)
def test_a_terse_reason_passes(package: str, text: str) -> None:
    assert why_no_justification(text, package) == ""


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_nothing_is_no_reason(text: str) -> None:
    assert why_no_justification(text, "htop") == "it has no justification"


@pytest.mark.parametrize(
    "text", ["TODO", "todo: find out who wanted this", "Shows load. FIXME: which nodes?", "tbd", "XXX ask Anna soon"]
)
def test_a_reason_to_come_is_none(text: str) -> None:
    assert why_no_justification(text, "htop") == "its justification is still to be written"


@pytest.mark.parametrize(
    "text",
    [
        *("needed", "Needed.", "required", "because", "dependency", "n/a", "N/A", "-", "?", "...", "…", "see above"),
        *("htop", "HTOP", "`htop`", "the htop package", "htop is needed", "required by the system", "a useful tool"),
        *(
            "monitoring",
            "monitoring monitoring",
            "because it is needed for monitoring",
            "12345 67890",
            "\u200b",
            "a b c",
        ),
        *("why this node needs it", "<why this node needs it>", "| - |", "\x1b[31m"),
    ],
)
def test_what_goes_for_any_package_is_no_reason(text: str) -> None:
    assert why_no_justification(text, "htop") == "its justification says nothing that would not go for any package"


@pytest.mark.parametrize(
    ("package", "text"),
    [
        ("python3-numpy", "numpy for Python"),
        ("python3-numpy", "python3 numpy library"),
        ("g++", "g++ g++"),
        ("i2c-tools", "i2c tools"),
    ],
)
def test_the_own_name_counts_in_all_its_parts(package: str, text: str) -> None:
    assert why_no_justification(text, package)


def test_a_long_text_is_judged_at_once() -> None:
    assert why_no_justification("needed " * 200_000, "htop")
