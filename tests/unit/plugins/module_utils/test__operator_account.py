"""What is decided about the operator's account, for every state a node may be in."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import Accounts, parse_accounts
from ansible_collections.ai_systems.runbook.plugins.module_utils._home_files import Held
from ansible_collections.ai_systems.runbook.plugins.module_utils._operator_account import (
    State,
    decide,
    input_errors,
    obstacles,
    on_trial,
    summary,
    wanted_from,
    without_trial,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._sudoers import OPERATOR_FILE, SudoRule

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna@desk"
YESCRYPT = "$y$j9T$mJbPWxqPfpWQptaMjxqOh.$VIXgjks1xNBOIS12DNfARUxhrw4FGiruHObWfbwvTo1"
SHA512 = f"$6$salt${'x' * 86}"
WANTED = wanted_from("anna", [KEY], "")
WITH_PASSWORD = wanted_from("anna", [KEY], YESCRYPT)
PASSWD = "root:x:0:0::/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/bash\n"  # noqa: S105
GROUP = "root:x:0:\nusers:x:100:\nanna:x:1000:\n"
SHADOW = "root:*:::::::\nanna:!:::::::\n"
FILES = ("/home/anna/.ssh/authorized_keys", "/home/anna/.ssh/authorized_keys2")
FRESH = State(
    accounts=parse_accounts("root:x:0:0::/root:/bin/bash\n", "root:x:0:\n", "root:*:::::::\n"),
    home=None,
    ssh_folder=None,
    keys=None,
    second_keys=None,
    sudoers=None,
    key_files=FILES,
)
DONE = State(
    accounts=parse_accounts(PASSWD, GROUP, SHADOW),
    home=Held(0o711, 1000, 1000),
    ssh_folder=Held(0o700, 1000, 1000),
    keys=Held(0o600, 1000, 1000, f"{KEY}\n".encode()),
    second_keys=None,
    sudoers=Held(0o440, 0, 0, WANTED.sudoers),
    key_files=FILES,
)


def accounts(passwd: str = PASSWD, group: str = GROUP, shadow: str = SHADOW) -> Accounts:
    return parse_accounts(passwd, group, shadow)


def planned(state: State) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    plan = decide(WANTED, state)
    return (
        [(change.subject, change.action) for change in plan.account],
        [(change.subject, change.action) for change in plan.guarded],
    )


def test_a_fresh_node_gets_everything_and_the_second_run_nothing() -> None:
    assert planned(FRESH) == (
        [("account anna", "create"), ("/home/anna", "create"), ("/home/anna/.ssh", "create")],
        [(OPERATOR_FILE, "write"), ("/home/anna/.ssh/authorized_keys", "write")],
    )
    assert planned(DONE) == ([], [])
    assert obstacles(WANTED, FRESH) == obstacles(WANTED, DONE) == []


@pytest.mark.parametrize(
    ("state", "account", "guarded"),
    [
        (
            DONE._replace(accounts=accounts(PASSWD.replace("bash", "false"))),
            [("account anna", "set shell")],
            [],
        ),
        (
            DONE._replace(accounts=accounts(shadow="anna:!::::::19000:\n")),
            [("account anna", "lift expiry")],
            [],
        ),
        (
            DONE._replace(accounts=accounts(PASSWD.replace("1000:1000", "1000:100"), "users:x:100:\n")),
            [
                ("group anna", "create"),
                ("account anna", "set primary group"),
                ("/home/anna", "set owner and mode"),
                ("/home/anna/.ssh", "set owner and mode"),
            ],
            [("/home/anna/.ssh/authorized_keys", "write")],
        ),
        (DONE._replace(home=Held(0o755, 1000, 1000)), [("/home/anna", "set owner and mode")], []),
        (DONE._replace(ssh_folder=Held(0o700, 0, 1000)), [("/home/anna/.ssh", "set owner and mode")], []),
        (
            DONE._replace(keys=Held(0o644, 1000, 1000, f"{KEY}\n".encode())),
            [],
            [("/home/anna/.ssh/authorized_keys", "write")],
        ),
        (
            DONE._replace(keys=Held(0o600, 1000, 1000, f"{KEY}\n{KEY} other\n".encode())),
            [],
            [("/home/anna/.ssh/authorized_keys", "write")],
        ),
        (
            DONE._replace(second_keys=Held(0o600, 1000, 1000, b"")),
            [],
            [("/home/anna/.ssh/authorized_keys2", "remove")],
        ),
        (DONE._replace(sudoers=Held(0o644, 0, 0, WANTED.sudoers)), [], [(OPERATOR_FILE, "write")]),
        (DONE._replace(sudoers=Held(0o440, 1000, 0, WANTED.sudoers)), [], [(OPERATOR_FILE, "write")]),
        (DONE._replace(sudoers=Held(0o440, 0, 0, on_trial(WANTED.sudoers))), [], [(OPERATOR_FILE, "write")]),
        (
            DONE._replace(accounts=accounts(shadow=f"anna:{SHA512}:::::::\n")),
            [],
            [("password of anna", "lock")],
        ),
        (DONE._replace(accounts=accounts(shadow="anna::::::::\n")), [], [("password of anna", "lock")]),
        (DONE._replace(accounts=accounts(shadow="anna:*:::::::\n")), [], []),
    ],
)
def test_each_difference_is_mended_by_its_own_change(
    state: State, account: list[tuple[str, str]], guarded: list[tuple[str, str]]
) -> None:
    assert planned(state) == (account, guarded)


def test_a_password_is_set_only_where_it_differs_and_never_shown() -> None:
    plan = decide(WITH_PASSWORD, DONE)
    assert [(change.action, change.sensitive) for change in plan.guarded] == [("set", True), ("write", False)]
    same = DONE._replace(accounts=accounts(shadow=f"anna:{YESCRYPT}:::::::\n"))
    assert [change.action for change in decide(WITH_PASSWORD, same).guarded] == ["write"]
    assert [change.action for change in decide(WITH_PASSWORD, FRESH).guarded] == ["set", "write", "write"]


@pytest.mark.parametrize("content", [b"-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", b"hunter2\n", b"a b PRIVATE c\n"])
def test_what_looks_like_a_secret_in_the_old_file_is_not_shown(content: bytes) -> None:
    (change,) = decide(WANTED, DONE._replace(keys=Held(0o600, 1000, 1000, content))).guarded
    assert change.sensitive


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            DONE._replace(accounts=accounts(PASSWD.replace("x:1000:", "x:0:"))),
            "has user id 0 and so is root by another",
        ),
        (
            DONE._replace(accounts=accounts(PASSWD.replace("x:1000:", "x:999:"))),
            "has user id 999 and so is no person's",
        ),
        (DONE._replace(accounts=accounts(PASSWD.replace("x:1000:", "x:65534:"))), "has user id 65534"),
        (DONE._replace(accounts=accounts(PASSWD + "ben:x:1000:1::/:/bin/sh\n")), "shares user id 1000 with ben"),
        (DONE._replace(accounts=accounts(PASSWD + "anna:x:0:0::/:/bin/sh\n")), "more than one line for anna"),
        (DONE._replace(accounts=accounts(PASSWD.replace("/home/anna", "/root"))), "has its home at /root"),
        (DONE._replace(accounts=accounts(PASSWD + "ben:x:1001:1::/home/anna/:/bin/sh\n")), "home of account ben too"),
        (FRESH._replace(accounts=accounts("", "anna:x:27:\n", "")), "group anna (id 27) is a system group"),
        (FRESH._replace(accounts=accounts("", "anna:x:1000:ben\n", "")), "group anna (id 1000) holds ben too"),
        (DONE._replace(accounts=accounts(PASSWD + "ben:x:1001:1000::/:/x\n")), "group anna (id 1000) holds ben too"),
        (DONE._replace(key_files=("/etc/ssh/keys/anna",)), "keys in /etc/ssh/keys/anna, not in /home/anna"),
        (DONE._replace(key_files=()), "keys in no file"),
        (DONE._replace(foreign_key_files=("/etc/ssh/keys/anna",)), "/etc/ssh/keys/anna lets in keys for anna too"),
        (DONE._replace(sudoers_read=False), "/etc/sudoers does not read /etc/sudoers.d"),
        (
            DONE._replace(later_rules=(SudoRule("/etc/sudoers.d/zzz", 3, "anna x=y"),)),
            "/etc/sudoers.d/zzz line 3 (anna x=y)",
        ),
    ],
)
def test_what_is_neither_overwritten_nor_worked_around(state: State, sentence: str) -> None:
    assert sentence in "; ".join(obstacles(WANTED, state))


def test_an_empty_group_of_that_name_is_taken_over() -> None:
    assert obstacles(WANTED, FRESH._replace(accounts=accounts("", "anna:x:1000:\n", ""))) == []


GOOD = {"name": "anna", "bootstrap_user": "debian", "authorized_keys": [KEY], "sudo": "nopasswd", "password_hash": ""}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "root"}, "operator_user_name 'root' cannot be the operator: Debian itself"),
        ({"name": "debian"}, "operator_user_name 'debian' cannot be the operator: it is the image's bootstrap login"),
        ({"authorized_keys": []}, "operator_user_authorized_keys: it is empty"),
        ({"authorized_keys": [KEY, "x y"]}, "operator_user_authorized_keys: entry 2: "),
        ({"sudo": "always"}, "operator_user_sudo 'always' is neither"),
        ({"sudo": "password"}, "operator_user_password_hash is empty: make one"),
        (
            {"password_hash": SHA512},
            "operator_user_password_hash is set (not shown), but operator_user_sudo is nopasswd",
        ),
        ({"sudo": "password", "password_hash": "hunter2"}, "is no yescrypt ($y$) or SHA-512 ($6$) crypt hash"),
        ({"sudo": "password", "password_hash": "$1$salt$hunter2"}, "is no yescrypt"),
        ({"sudo": "password", "password_hash": YESCRYPT[:-1]}, "is no yescrypt"),
        ({"sudo": "password", "password_hash": f"{SHA512}\n"}, "is no yescrypt"),
        ({"sudo": "password", "password_hash": f"{SHA512}:0"}, "is no yescrypt"),
        ({"sudo": "password", "password_hash": "!"}, "is no yescrypt"),
    ],
)
def test_what_cannot_be_declared(wrong: dict[str, object], sentence: str) -> None:
    said = "; ".join(input_errors(**{**GOOD, **wrong}))  # type: ignore[arg-type]
    assert sentence in said
    assert "hunter2" not in said


@pytest.mark.parametrize("crypt", [YESCRYPT, SHA512, f"$6$rounds=5000$salt${'x' * 86}"])
def test_what_can_be_declared(crypt: str) -> None:
    assert input_errors(**GOOD) == []  # type: ignore[arg-type]
    assert input_errors(**{**GOOD, "sudo": "password", "password_hash": crypt}) == []  # type: ignore[arg-type]


def test_a_rule_on_trial_leaves_the_old_one_and_no_trace() -> None:
    for before in (b"", b"anna ALL=ALL\n", b"no end of line"):
        trial = on_trial(before)
        assert trial.startswith(before)
        assert trial.endswith(b"@includedir /run/ai-systems-runbook/sudoers.d\n")
        assert without_trial(trial).rstrip(b"\n") == before.rstrip(b"\n")
        assert on_trial(trial) == trial


def test_summaries() -> None:
    assert summary(WANTED, would=False) == "anna logs in with one key, and has sudo without a password."
    two = wanted_from("anna", [KEY, f"ssh-ed25519 {KEY.split()[1].replace('4f', '5f')}"], YESCRYPT)
    assert summary(two, would=True) == "anna would log in with 2 keys, and would have sudo with a password."
