from __future__ import annotations

import os
import pathlib
import pwd
import shutil
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_user as users
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


class Machine:
    """A machine on which anna may build."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path) -> None:
        self.uid = 1000
        self.programs = {"newuidmap", "newgidmap"}
        self.fails = ""
        self.ran: list[list[str]] = []
        self.files = {name: folder / name for name in ("subuid", "subgid", "switch")}
        for name in ("subuid", "subgid"):
            self.files[name].write_text("anna:100000:65536\n")
        machine = self

        class Command:
            def __init__(self, program: str) -> None:
                self.program = program

            def run(self, arguments: list[str]) -> Completed:
                machine.ran.append([self.program, *arguments])
                if machine.fails:
                    raise CommandError(f"{self.program} failed with status 25", argv=[], rc=25, err=machine.fails)
                return Completed([], 0, "", "")

        monkeypatch.setattr(users, "Command", Command)
        monkeypatch.setattr(users, "RANGES", (str(self.files["subuid"]), str(self.files["subgid"])))
        monkeypatch.setattr(users, "SWITCHES", ((str(self.files["switch"]), "0", "sysctl -w x.y=1"),))
        monkeypatch.setattr(os, "geteuid", lambda: machine.uid)
        monkeypatch.setattr(pwd, "getpwuid", self._name)
        monkeypatch.setattr(shutil, "which", lambda name, **_more: name if name in machine.programs else None)

    def _name(self, uid: int) -> pwd.struct_passwd:
        if uid != 1000:
            raise KeyError(uid)
        return pwd.struct_passwd(("anna", "x", 1000, 1000, "", "/home/anna", "/bin/sh"))

    def refusal(self, work: str = "/var/tmp") -> str:  # noqa: S108
        with pytest.raises(StepError) as caught:
            users.require_user(work)
        return str(caught.value)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Machine:
    return Machine(monkeypatch, tmp_path)


def test_who_has_a_range_builds(machine: Machine) -> None:
    users.require_user("/var/tmp")  # noqa: S108
    assert machine.ran == [["mmdebstrap", "--unshare-helper", "true"]]


def test_root_needs_nothing_but_to_mount(machine: Machine) -> None:
    machine.uid, machine.programs = 0, set()
    users.require_user("/none")
    assert machine.ran == [["unshare", "--mount", "--propagation", "unchanged", "--", "true"]]
    machine.fails = "unshare: unshare failed: Operation not permitted"
    assert "root may not mount anything on this machine" in machine.refusal()
    assert "capability SYS_ADMIN" in machine.refusal()


@pytest.mark.parametrize("program", ["newuidmap", "newgidmap"])
def test_the_programs_that_give_out_users_are_named_with_their_package(machine: Machine, program: str) -> None:
    machine.programs.remove(program)
    assert machine.refusal() == (
        f"{program} is not on this machine, without which only root builds an image; run 'apt install uidmap'"
    )
    assert machine.ran == []


@pytest.mark.parametrize("name", ["subuid", "subgid"])
@pytest.mark.parametrize(
    ("text", "first"),
    [(None, 165536), ("", 165536), ("ben:200000:65536\n", 265536), ("anna:a:b\nanna:1\n", 165536)],
)
def test_a_user_without_a_range_is_told_how_to_get_a_free_one(
    machine: Machine, name: str, text: str | None, first: int
) -> None:
    path = machine.files[name]
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    span = f"{first}-{first + 65535}"
    begin = f"touch {path} && " if text is None else ""
    assert machine.refusal() == (
        f"user anna has no range of users in {path}, and mmdebstrap needs one; run '{begin}usermod --add-subuids "
        f"{span} --add-subgids {span} anna' as root"
    )


def test_the_first_range_that_anybody_gets_is_that_of_adduser(machine: Machine) -> None:
    for name in ("subuid", "subgid"):
        machine.files[name].write_text("")
    assert "--add-subuids 100000-165535 " in machine.refusal()


def test_a_range_that_does_not_reach_nobody_is_too_small(machine: Machine) -> None:
    machine.files["subgid"].write_text("anna:100000:1000\n")
    assert machine.refusal() == (
        f"user anna has a range of 1000 in {machine.files['subgid']}, and mmdebstrap needs one of 65536; put "
        "'anna:165536:65536' in place of that line"
    )


def test_a_number_without_a_name_has_no_range(machine: Machine) -> None:
    machine.uid = 4711
    assert "the user with the number 4711 has no name on this machine" in machine.refusal()


def test_a_folder_that_is_closed_to_others_is_named(machine: Machine, tmp_path: pathlib.Path) -> None:
    closed = tmp_path / "closed"
    (closed / "work").mkdir(parents=True)
    closed.chmod(0o700)
    said = machine.refusal(str(closed / "work"))
    # pytest's own folder is closed, too.
    assert "the users that mmdebstrap becomes may not enter /" in said
    assert "set image_work_dir to a folder that every user may enter, as /var/tmp, or build as root" in said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "0\n",
            r"this machine lets only root make user namespaces, by \S+=0, .*\(E: unshare failed\); run 'sysctl -w x",
        ),
        (
            "1\n",
            "mmdebstrap cannot make the user namespace that it builds in: E: unshare failed; build as root, or set",
        ),
        (None, "mmdebstrap cannot make the user namespace that it builds in: E: unshare failed; build as root, or set"),
    ],
)
def test_namespaces_that_are_forbidden_are_named_with_the_switch(
    machine: Machine, value: str | None, said: str
) -> None:
    machine.fails = "W: x\nE: unshare failed\n"
    if value is not None:
        machine.files["switch"].write_text(value)
    with pytest.raises(StepError, match=said):
        users.require_user("/var/tmp")  # noqa: S108


def test_each_switch_is_one_of_the_kernels() -> None:
    rows: t.Any = users.SWITCHES
    assert all(path.startswith("/proc/sys/") and remedy.startswith("sysctl -w ") for path, _value, remedy in rows)
