from __future__ import annotations

import grp
import pathlib
import pwd

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._service_accounts import (
    make,
    missing,
    why_not_to_run_as,
    why_too_mighty,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


def account(
    name: str = "probe", uid: int = 990, gid: int = 991, home: str = "/nonexistent", login: str = ""
) -> pwd.struct_passwd:
    return pwd.struct_passwd((name, "x", uid, gid, "", home, login or "/usr/sbin/nologin"))


@pytest.fixture(autouse=True)
def _groups(monkeypatch: pytest.MonkeyPatch) -> None:
    members = {
        "root": (0, []),
        "sudo": (27, ["anna"]),
        "docker": (995, ["web"]),
        "probe": (991, []),
        "audio": (29, ["probe"]),
    }
    groups = [grp.struct_group((name, "x", gid, who)) for name, (gid, who) in members.items()]
    monkeypatch.setattr(grp, "getgrall", lambda: groups)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (account(), ""),
        (account(login="/bin/false"), ""),
        (account(uid=0), "is root; choose another name"),
        (account(uid=1000), "is a person's account (uid 1000); choose another name"),
        (account(uid=999), ""),
        (account(login="/bin/bash"), "has the login shell '/bin/bash'; give it /usr/sbin/nologin, or choose another"),
        (account("web"), "is in the group docker; take it out there, or choose another name"),
        (account("anna"), "is in the group sudo; take it out there, or choose another name"),
        # Its first group, which /etc/group says nothing of.
        (account(gid=995), "is in the group docker; take it out there, or choose another name"),
        (account(gid=0), "is in the group root; take it out there, or choose another name"),
    ],
)
def test_a_service_runs_as_an_account_that_can_do_little(found: pwd.struct_passwd, why: str) -> None:
    reason = why_too_mighty(found)
    assert reason.startswith(why)
    assert bool(reason) is bool(why)


def test_a_unit_may_run_as_what_debian_brings_and_not_as_a_person() -> None:
    own = "choose an account of the service's own"
    assert why_not_to_run_as(account("postgres", login="/bin/bash")) == ""
    assert why_not_to_run_as(account("nobody", uid=65534, gid=65534)) == ""
    assert why_not_to_run_as(account(uid=1000)) == f"is a person's account (uid 1000); {own}"
    assert why_not_to_run_as(account("web")) == f"is in the group docker; take it out there, or {own}"


@pytest.mark.parametrize(("mode", "good"), [(0o755, True), (0o777, False), (0o1777, True), (0o770, True)])
def test_nobody_else_writes_into_its_home(tmp_path: pathlib.Path, mode: int, *, good: bool) -> None:
    tmp_path.chmod(mode)
    said = f"has the home {tmp_path}, which others can write; take that away (chmod o-w)"
    assert why_too_mighty(account(home=str(tmp_path))) == ("" if good else said)
    tmp_path.chmod(0o700)


def test_what_is_not_there_is_made_and_what_is_mighty_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"probe": account(), "anna": account("anna", 1000)}
    monkeypatch.setattr(pwd, "getpwnam", known.__getitem__)
    assert missing(("web", "probe", "job")) == ("web", "job")
    assert missing(()) == ()
    with pytest.raises(
        StepError, match=r"services_accounts names anna, which is on the node and is a person's account"
    ):
        missing(("web", "anna"))


def test_an_account_is_made_without_login_and_home(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "useradd"
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {tmp_path}/argv\n")
    program.chmod(0o755)
    make("probe", program=str(program))
    assert (tmp_path / "argv").read_text().splitlines() == [
        *("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"),
        *("--shell", "/usr/sbin/nologin", "--comment", "service of ai-systems", "--", "probe"),
    ]
    program.write_text("#!/bin/sh\necho 'group probe exists' >&2\nexit 9\n")
    with pytest.raises(CommandError, match="failed with status 9: group probe exists"):
        make("probe", program=str(program))
