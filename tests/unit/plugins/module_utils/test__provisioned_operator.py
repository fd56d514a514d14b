"""The operator's account against what is declared."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _provisioned_operator as operator
from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import parse_accounts
from ansible_collections.ai_systems.runbook.plugins.module_utils._authorized_keys import declared_keys, render
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError
from ansible_collections.ai_systems.runbook.plugins.module_utils._home_files import Held
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from ansible_collections.ai_systems.runbook.plugins.module_utils._operator_account import State, Wanted
from ansible_collections.ai_systems.runbook.plugins.module_utils._sudoers import SudoRule
from tests.view import view

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJMUVZlgpOHC7g3UZasnqDaFSnc5rW3Wz+56Tgj21anV x"
DECLARED = Declared(operator="ops", operator_keys=(KEY,), bootstrap_user="debian")
HASH = "$6$salt$" + "a" * 86


def wanted() -> Wanted:
    found = operator.wanted_of(DECLARED, "!")
    assert isinstance(found, Wanted)
    return found


def state() -> State:
    passwd = "root:x:0:0::/root:/bin/sh\nops:x:1000:1000::/home/ops:/bin/bash\n"  # noqa: S105 -- no secret
    return State(
        accounts=parse_accounts(passwd, "ops:x:1000:\n", "ops:!:1::::::\n"),
        home=Held(0o711, 1000, 1000),
        ssh_folder=Held(0o700, 1000, 1000),
        keys=Held(0o600, 1000, 1000, render(declared_keys([KEY])).encode()),
        second_keys=None,
        sudoers=Held(0o440, 0, 0, wanted().sudoers),
        key_files=("/home/ops/.ssh/authorized_keys",),
    )


def test_an_account_as_declared_is_silent() -> None:
    assert list(operator.judge(wanted(), state())) == []


@pytest.mark.parametrize(
    ("differs", "subject", "remedy"),
    [
        ({"home": Held(0o755, 1000, 1000)}, "/home/ops", "provision.yml --tags 2.7"),
        ({"keys": None}, "/home/ops/.ssh/authorized_keys", "provision.yml --tags 2.7"),
        ({"second_keys": Held(0o600, 1000, 1000)}, "/home/ops/.ssh/authorized_keys2", "provision.yml --tags 2.7"),
        ({"sudoers": None}, "/etc/sudoers.d/zz-runbook-operator", "provision.yml --tags 2.7"),
        (
            {"later_rules": (SudoRule("/etc/sudoers.d/zzz", 3, "ops ALL=ALL"),)},
            "/etc/sudoers.d/zzz",
            "('sed -i \"3s/^/# /\" /etc/sudoers.d/zzz')",
        ),
        ({"foreign_key_files": ("/etc/ssh/k/ops",)}, "/etc/ssh/k/ops", "('rm -- /etc/ssh/k/ops')"),
        ({"sudoers_read": False}, "/etc/sudoers", 'put its line "@includedir /etc/sudoers.d" back'),
        ({"accounts": parse_accounts("ops:x:0:0::/home/ops:/bin/bash\n", "", "")}, "account ops", "remove it"),
    ],
)
def test_each_point_is_told_with_its_subject(differs: dict[str, object], subject: str, remedy: str) -> None:
    found = list(operator.judge(wanted(), state()._replace(**differs)))  # type: ignore[arg-type]
    assert [(one.clause, one.verdict, one.subject) for one in found] == [("2.7", "violation", subject)]
    assert remedy in found[0].remedy


@pytest.mark.parametrize(
    ("has_password", "now", "is_right"),
    [(True, HASH, True), (True, "!", False), (True, "", False), (False, "!", True), (False, HASH, False)],
)
def test_the_password_is_judged_without_the_declared_hash(now: str, *, has_password: bool, is_right: bool) -> None:
    found = operator.wanted_of(DECLARED._replace(operator_has_password=has_password), now)
    assert isinstance(found, Wanted)
    held = state()._replace(sudoers=Held(0o440, 0, 0, found.sudoers))
    accounts = held.accounts._replace(passwords={"ops": held.accounts.passwords["ops"]._replace(hash=now)})
    subjects = [one.subject for one in operator.judge(found, held._replace(accounts=accounts))]
    assert subjects == ([] if is_right else ["password of ops"])


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (DECLARED._replace(operator_keys=()), "it is empty"),
        (DECLARED._replace(operator="root"), "cannot be the operator"),
        (DECLARED._replace(operator="debian"), "bootstrap login"),
    ],
)
def test_what_cannot_be_an_operator_is_told(declared: Declared, said: str) -> None:
    found = operator.wanted_of(declared, "!")
    assert isinstance(found, list)
    assert said in "; ".join(found)


def test_a_node_is_looked_at(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> State:
        raise FileError("/home/ops/.ssh is a symbolic link to '/x'; look at it, and remove it")

    def failed(*_: object) -> State:
        raise CommandError("sshd failed", argv=[])

    given = {"operator": "ops", "operator_keys": (KEY,), "bootstrap_user": "debian"}
    monkeypatch.setattr(operator, "read_node", lambda _wanted, _accounts: state())
    assert list(operator.look_at_operator(view(tmp_path, declared=given))) == []
    monkeypatch.setattr(operator, "read_node", refused)
    assert [one.subject for one in operator.look_at_operator(view(tmp_path, declared=given))] == ["/home/ops/.ssh"]
    monkeypatch.setattr(operator, "read_node", failed)
    with pytest.raises(ViewError, match="sshd failed"):
        list(operator.look_at_operator(view(tmp_path, declared=given)))
    assert [one.verdict for one in operator.look_at_operator(view(tmp_path))] == ["unknown"]
    wrong = {**given, "operator_keys": ("nonsense",)}
    assert [one.verdict for one in operator.look_at_operator(view(tmp_path, declared=wrong))] == ["unknown"]
