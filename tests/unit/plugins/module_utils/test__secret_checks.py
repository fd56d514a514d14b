from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_checks import (
    decoded,
    entropy,
    has_checksum,
    is_jwt,
    is_login,
    is_mixed,
    is_random,
    stands_for_one,
)
from tests.secret_samples import ALNUM, HEX, basic, drawn, github, jwt


def test_entropy_tells_words_from_what_is_drawn() -> None:
    assert entropy("") == entropy("aaaa") == 0
    assert entropy("ab") == 1
    assert entropy("password") < 3 < entropy(drawn(HEX, 40)) < 4 < entropy(drawn(ALNUM, 40))


@pytest.mark.parametrize(
    "value",
    [
        *("", "changeme", "change-me", "CHANGE_THIS", "<token>", "${TOKEN}", "$TOKEN", "$1"),
        *("$(pass show x)", "`x`", "xxxxxxxx", "your-api-key", "YOUR_KEY", "example", "{{ token }}"),
        *("%(token)s", "%s", "@TOKEN@", "********", "...", "aaaa", "/run/x", "!vault |", "ENC[AES256]"),
        *("os.environ['X']", "self.token", "config.get('x')", "true", "None", "required", "dummy"),
        *("my-token", "password", "PASSWORD", "env:TOKEN", "https://example.net/x", "fake-token"),
        *("replace_with_token", "secret-here", "$HOME/x"),
    ],
)
def test_what_only_stands_for_a_secret(value: str) -> None:
    assert stands_for_one(value)


@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "geheim",
        "tr0ub4dor",
        "s3cr%40t",
        "$2y$10$abcdef",
        "correct horse",
        "pa$$word",
        drawn(ALNUM, 40),
        "hunter",
    ],
)
def test_what_is_a_value(value: str) -> None:
    assert not stands_for_one(value)


def test_what_is_drawn_has_bits_and_no_long_runs() -> None:
    assert is_random(drawn(ALNUM, 40), bits=4.0)
    assert not is_random("a" * 40, bits=1.0)
    assert not is_random(f"{drawn(ALNUM, 30)}{'0' * 10}", bits=3.0)
    assert not is_random(f"example{drawn(ALNUM, 30)}", bits=3.0)


@pytest.mark.parametrize(
    ("value", "mixed"),
    [
        ("hunter2", True),
        ("HUNTER2", True),
        ("aB-c!", True),
        ("hunter", False),
        ("12345", False),
        ("foo_bar-baz", False),
    ],
)
def test_mixed(value: str, mixed: bool) -> None:  # noqa: FBT001
    assert is_mixed(value) is mixed


def test_the_checksum_of_a_token_of_github() -> None:
    # As GitHub's own announcement of the form has it, in two parts.
    assert has_checksum("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")
    assert has_checksum(github())
    assert not has_checksum(github()[:-1] + "_")
    assert not has_checksum("ghp_")
    assert not has_checksum("")


def test_base64_of_either_alphabet() -> None:
    assert decoded("aGk=") == decoded("aGk") == b"hi"
    assert decoded("-_-_") == decoded("+/+/")
    assert decoded("a") == decoded("a b") == decoded("\xff") == b""


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        (jwt(), True),
        (jwt("none"), False),
        (jwt(sub="1234567890"), False),
        ("a.b.c", False),
        ("", False),
        ("eyJhbGciOiJ9.eyJ9.x", False),
        ("W10.W10.x", False),
        ("." * 5, False),
    ],
)
def test_a_json_web_token(token: str, verdict: bool) -> None:  # noqa: FBT001
    assert is_jwt(token) is verdict


def test_nested_json_is_no_token() -> None:
    assert not is_jwt(f"{'W1' * 50_000}.{'W1' * 50_000}.x")


def test_a_login_in_base64() -> None:
    assert is_login(basic())
    assert not is_login(basic("op", "password"))
    assert not is_login("aGVsbG8=")
    assert not is_login("")
