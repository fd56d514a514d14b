from __future__ import annotations

import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_words import (
    is_secret,
    is_secret_name,
    is_secret_value,
)


@pytest.mark.parametrize(
    "name",
    [
        *("TOKEN", "API_KEY", "DB_PASSWORD", "dbPassword", "apiKey", "SECRET_KEY", "WIFI_PSK", "PASSWORD_DB", "DB_PWD"),
        *("CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "BASIC_AUTH", "--password", "DB_PASS", "PIN"),
        *("ansible_become_pass", "ansible_ssh_pass"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert is_secret(name, "geheim")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "PATH",
            "PWD",
            "HOME",
            "KEY",
            "PORT",
            "TOKEN_FILE",
            "Pin-Priority",
            "ssh_password_authentication",
            "password_expire_warn",
            "passwd_complex_option",
            "passwd_hash_algo",
            "users_without_password_ageing",
            "PASSWORD_FILE",
            "AWS_ACCESS_KEY_ID",
            "TOKEN_TTL",
            "AUTHOR",
        ),
        *("TOKENIZERS_PARALLELISM", "MAX_TOKENS", "PASSTHROUGH", "COMPASS", "KEYBOARD", "SECRET_NAME", "", "123"),
    ],
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("TOKEN", "", False),
        ("TOKEN", "yes", False),
        ("TOKEN", "/run/credentials/web/token", False),
        ("TOKEN", "%d/token", False),
        ("TOKEN", "${TOKEN}", False),
        ("TOKEN", "$TOKEN", False),
        ("TOKEN", "$2y$10$abc", True),
        ("TOKEN_MAX_AGE", "3600", False),
        ("PASSWORD", "1234", True),
        ("URL", "https://user:geheim@example.org/", True),
        ("URL", "https://user@example.org:8080/", False),
        ("URL", "http://localhost:8080/a@b", False),
        ("URL", "https://${USER}:${PASSWORD}@example.org/", False),
    ],
)
def test_values_decide_too(name: str, value: str, secret: bool) -> None:  # noqa: FBT001
    assert is_secret(name, value) is secret


@pytest.mark.parametrize(
    "value",
    [
        "ghp_" + "a" * 36,
        "github_pat_" + "a" * 40,
        "glpat-" + "a" * 20,
        "AKIA" + "A" * 16,
        "xoxb-" + "1" * 12,
        "AIza" + "a" * 35,
        "sk-" + "a" * 24,
        "eyJ" + "a" * 20 + ".eyJ" + "a" * 20,
        "npm_" + "a" * 36,
        "hf_" + "a" * 34,
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
)
def test_values_that_only_secrets_have(value: str) -> None:
    assert is_secret_value(f"--x {value} y")


@pytest.mark.parametrize("text", ["a:", "://", "a://b:", "eyJ", "-----BEGIN ", "a" * 50 + "+", "sk-"])
def test_hostile_values_cost_bounded_time(text: str) -> None:
    began = time.process_time()
    is_secret("x" * 1_000_000, text * (1_000_000 // len(text)))
    assert time.process_time() - began < 10
