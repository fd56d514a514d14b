from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._masked import HIDDEN, masked

VALUE = "Zq8vT2mX9pLr4wKd"
KEY = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n" * 6
    + "-----END OPENSSH PRIVATE KEY-----"
)


@pytest.mark.parametrize("text", [f"password={VALUE}", f"login with password={VALUE} failed, password={VALUE}"])
def test_a_credential_is_not_shown(text: str) -> None:
    assert VALUE not in masked(text)
    assert HIDDEN in masked(text)


def test_a_key_of_many_lines_is_not_shown() -> None:
    said = masked(f"before\n{KEY}\nafter")
    assert "b3BlbnNzaC1" not in said
    assert said.startswith("before\n")
    assert said.endswith("after")


@pytest.mark.parametrize("text", ["", "no table named jobs", "mmc0: error -110 whilst initialising SD card", "a\nb"])
def test_all_else_stays(text: str) -> None:
    assert masked(text) == text
