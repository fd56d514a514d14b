from __future__ import annotations

import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_patterns import MOST, PATTERNS, find, long_runs
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_settings import NAME
from tests.secret_decoys import GOOD
from tests.secret_samples import ALNUM, B64, BAD, HEX, drawn, github, openssh

_CASES = [(rule, number) for rule, samples in BAD.items() for number in range(len(samples))]


def rules(text: str, **options: bool) -> list[str]:
    return [hit.rule for hit in find(text, "settings", **options)]


def test_every_rule_has_samples_and_a_name_of_its_own() -> None:
    names = [pattern.name for pattern in PATTERNS]
    assert len(names) == len(set(names))
    assert {*names, NAME} == set(BAD)


@pytest.mark.parametrize(("rule", "number"), _CASES)
def test_what_each_rule_is_for(rule: str, number: int) -> None:
    text = BAD[rule][number]
    for framed in (text, f"a line\n{text}\nmore\n", text.replace("\n", "\r\n")):
        assert rule in rules(framed), framed


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_what_is_no_secret(number: int) -> None:
    for kind in ("settings", "shell", "history", "log", "code", "prose", "lock"):
        assert find(GOOD[number], kind) == [], (kind, GOOD[number])
    assert find(f"x\n{GOOD[number]}\ny", "settings") == []


def test_a_key_is_found_in_what_is_no_text() -> None:
    assert rules(f"\0\x01{openssh()}\0", is_binary=True) == ["openssh-key"]
    assert rules(f"\0\x01{github()}\0", is_binary=True) == ["github-token"]
    assert rules("\0password = tr0ub4dor\0", is_binary=True) == []


def test_the_place_and_the_value_are_the_secrets_own() -> None:
    (hit,) = find(f"TOKEN={github()}\n", "settings")
    assert (hit.start, hit.end, hit.value) == (6, 6 + len(github()), github())


def test_a_token_in_a_named_setting_is_one_finding() -> None:
    assert rules(f"GITHUB_TOKEN={github()}\n") == ["github-token"]


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("code", "password = 'tr0ub4dor'\n", True),
        ("code", "password = other_value\n", False),
        ("code", "connect(password=passw0rd1)\n", False),
        ("code", "password = 'the password of the account'\n", False),
        ("shell", "DB_PASSWORD=hunter\n", True),
        ("prose", "with password: 'tr0ub4dor'\n", False),
        ("prose", f"set token = '{drawn(ALNUM, 40)}'\n", True),
        ("lock", f"token = '{drawn(ALNUM, 40)}'\n", False),
        ("log", "login with token=a9x8b7c6d5\n", True),
        ("log", "password: changed for the user\n", False),
        ("history", "export DB_PASSWORD=hunter\n", True),
        ("code", "run('--password', 'x') --password tr0ub4dor\n", False),
    ],
)
def test_the_kind_of_a_text_decides_what_is_enough(kind: str, text: str, found: bool) -> None:  # noqa: FBT001
    assert bool(find(text, kind)) is found  # type: ignore[arg-type]


def test_each_line_and_each_part_of_a_long_line_counts() -> None:
    lines = "token_a = 1\n" + "".join(f"token = {drawn(ALNUM, 9, str(number))}\n" for number in range(20))
    assert len(find(lines, "settings")) == 20
    line = (
        "{" + ", ".join(f'"a{number}": "x", "token": "{drawn(ALNUM, 9, str(number))}"' for number in range(100)) + "}"
    )
    assert len(find(line, "settings")) == 100


def test_a_file_of_thousands_is_one_matter() -> None:
    text = "".join(f"password{number} = {drawn(ALNUM, 12, str(number))}\n" for number in range(3000))
    assert len(find(text, "settings")) == MOST


def test_long_runs() -> None:
    assert long_runs("a b " + "x" * 19) == ""
    assert long_runs(f"a {'x' * 20} b\n{'y' * 30}") == f"{'x' * 20}\n{'y' * 30}"


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "a",
            "A",
            "=",
            "password=",
            "password ",
            "token:",
            "://a:",
            "-----BEGIN ",
            "eyJ",
            "--token ",
            "$6$",
            "key-",
            '"',
        ),
        *(
            "curl -u ",
            "mysql ",
            "echo ",
            "machine a ",
            "<password>",
            "identified by ",
            "x-",
            'secret "',
            "\n",
            " ",
            "AKIA",
        ),
        *(drawn(B64, 500), drawn(HEX, 500) + "\n", "-----BEGIN RSA PRIVATE KEY-----\n", "PuTTY-User-Key-File-3: a\n"),
    ],
)
def test_hostile_texts_cost_bounded_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    find(text, "settings")
    assert time.process_time() - began < 10
