"""A command line as it is written down."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._masked_arguments import HIDDEN, arguments_of, masked


@pytest.mark.parametrize(("given", "written"), [
    ("runbook_full=true", "runbook_full=true"),
    ("a=1 b='two words'", "a=1 b=two words"),
    ("@vars.yml", "@vars.yml"),
    ("operator_password=hunter2", f"operator_password={HIDDEN}"),
    ("ansible_become_pass=x commit=abc", f"ansible_become_pass={HIDDEN} commit=abc"),
    ("api_token=ghp_0123456789abcdefghijABCDEFGHIJ012345", f"api_token={HIDDEN}"),
    (
        '{"clauses": ["6"], "db": {"password": "x", "name": "y"}}',
        str({"clauses": ["6"], "db": {"password": HIDDEN, "name": "y"}}),
    ),
    ('{"token": ["a", "b"]}', str({"token": [HIDDEN, HIDDEN]})),
    ('{"db_password": {"prod": "x"}}', str({"db_password": HIDDEN})),
    ('{"tokens": [{"of": "y"}], "api_keys": "z"}', str({"tokens": [HIDDEN], "api_keys": HIDDEN})),
    ("db_passwords=x hosts=y", f"db_passwords={HIDDEN} hosts=y"),
    ("db='{\"password\": \"x\", \"name\": \"y\"}'", f"db={ {'password': HIDDEN, 'name': 'y'} }"),
    ('clauses=["6"]', "clauses=[6]"),
    ("db={password: x", f"db={HIDDEN} {HIDDEN}"),
    ("{not: [closed", HIDDEN),
    ("a='open", HIDDEN),
    ("hunter2", HIDDEN),
])  # fmt: skip
def test_an_argument_is_written_without_secrets(given: str, written: str) -> None:
    assert masked(given) == written


def test_control_characters_do_not_reach_the_record() -> None:
    assert masked("a=\x1b[2Jx").isprintable()
    assert len(masked("a=" + "x" * 10_000)) < 600


def test_what_was_asked_for_is_there_in_the_order_of_a_command_line() -> None:
    options = {
        "subset": "node1,node2", "tags": ("2.8", "ssh"), "skip_tags": (), "check": True, "diff": True,
        "extra_vars": ("isolate=off", "token=abc"), "inventory": ("hosts.yml",), "verbosity": 3,
    }  # fmt: skip
    assert arguments_of(options) == [
        *(
            "--limit",
            "node1,node2",
            "--tags",
            "2.8,ssh",
            "--check",
            "--diff",
            "-e",
            "isolate=off",
            "-e",
            f"token={HIDDEN}",
        )
    ]
    assert arguments_of({"tags": ("all",), "subset": None, "extra_vars": ()}) == []
