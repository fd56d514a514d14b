from __future__ import annotations

import grp
import os
import pathlib
import pwd
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_source import require_commit, why_not_linked
from tests.git_rig import Upstream
from tests.unit.plugins.module_utils.test__unit_order import COMMIT, GOOD, ordered

OPERATOR = pwd.struct_passwd(("op", "x", 4711, 4712, "", "/home/op", "/bin/sh"))
SRC = "web/web.service"
# The checkout, a folder in it, the unit's file.
TOP, FOLDER, FILE = "repo", "repo/web", "repo/web/web.service"


class Ground:
    """A checkout on the disk. Who owns what, and who is in which group, is as a test says."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.file = folder / FILE
        self.file.parent.mkdir(parents=True)
        self.file.write_text(GOOD)
        for path in (folder, folder / TOP, folder / FOLDER):
            path.chmod(0o755)
        self.file.chmod(0o644)
        self.said: dict[str, dict[int, int]] = {}
        self.members: dict[int, list[str]] = {}
        self.accounts = [OPERATOR]
        lstat, stat = os.lstat, os.stat

        def other(path: t.Any, real: t.Callable[[t.Any], os.stat_result]) -> os.stat_result:
            values = list(real(path))
            if os.fspath(path).startswith(f"{folder}"):
                values[4:6] = (OPERATOR.pw_uid, OPERATOR.pw_gid)
                inner = os.path.relpath(path, folder)
                for place, value in self.said.get(inner, {}).items():
                    values[place] = value
            return os.stat_result(values)

        def group(gid: int) -> grp.struct_group:
            if gid not in self.members:
                raise KeyError(gid)
            return grp.struct_group(("group", "x", gid, self.members[gid]))

        def account(name: str) -> pwd.struct_passwd:
            return next(one for one in self.accounts if one.pw_name == name)

        monkeypatch.setattr(os, "lstat", lambda path, **_: other(path, lstat))
        monkeypatch.setattr(os, "stat", lambda path, **more: stat(path, **more) if more else other(path, stat))
        monkeypatch.setattr(grp, "getgrgid", group)
        monkeypatch.setattr(pwd, "getpwnam", account)
        monkeypatch.setattr(pwd, "getpwall", lambda: self.accounts)
        monkeypatch.setattr(pwd, "getpwuid", self.named)

    def named(self, uid: int) -> pwd.struct_passwd:
        for one in self.accounts:
            if one.pw_uid == uid:
                return one
        raise KeyError(uid)

    def order(self, **more: t.Any) -> Order:
        return ordered({SRC: GOOD}, checkout=f"{self.folder}/{TOP}", **more)

    def why(self) -> str:
        return why_not_linked(self.order(), SRC, top=str(self.folder)).replace(f"{self.folder}/", "")


UID, GID, DEVICE = 4, 5, 2


@pytest.fixture
def ground(tmp_path: pathlib.Path) -> t.Iterator[Ground]:
    with pytest.MonkeyPatch.context() as patch:
        yield Ground(tmp_path, patch)


def test_the_operators_own_file_may_be_linked(ground: Ground) -> None:
    assert ground.why() == ""
    for place in (TOP, FOLDER, FILE):
        ground.said[place] = {UID: 0, GID: 0}
    assert ground.why() == ""


@pytest.mark.parametrize("place", [".", TOP, FOLDER, FILE])
def test_every_part_of_the_way_is_roots_or_the_operators(ground: Ground, place: str) -> None:
    shown = str(ground.folder) if place == "." else place
    ground.said[place] = {UID: 815}
    assert ground.why() == f"{shown} belongs to uid 815; give it to root or op (chown)"
    ground.accounts.append(pwd.struct_passwd(("mallory", "x", 815, 815, "", "/", "/bin/sh")))
    assert ground.why() == f"{shown} belongs to mallory; give it to root or op (chown)"


@pytest.mark.parametrize(
    ("mode", "group", "said"),
    [
        (0o002, (4712, []), "can be written by others (mode 07"),
        (0o020, (4711, []), "can be written by others (mode 07"),
        (0o020, (4712, []), ""),
        (0o020, (4712, ["op", "root"]), ""),
        (0o020, (4712, ["op", "mallory"]), "can be written by its group (mode 07"),
        (0o020, (0, ["mallory"]), "can be written by its group (mode 07"),
        (0o020, (0, []), ""),
    ],
)
@pytest.mark.parametrize("place", [TOP, FOLDER, FILE])
def test_every_part_of_the_way_is_written_by_them_alone(
    ground: Ground, place: str, mode: int, group: tuple[int, list[str]], said: str
) -> None:
    gid, members = group
    (ground.folder / place).chmod(0o700 | mode)
    ground.said[place] = {GID: gid}
    ground.members[gid] = members
    assert ground.why().startswith(f"{place} {said}" if said else "")
    assert bool(ground.why()) is bool(said)


def test_who_has_the_group_as_his_first_one_writes_too(ground: Ground) -> None:
    ground.file.chmod(0o664)
    assert ground.why() == ""
    ground.accounts.append(pwd.struct_passwd(("mallory", "x", 815, OPERATOR.pw_gid, "", "/", "/bin/sh")))
    assert ground.why() == f"{FILE} can be written by its group (mode 0664); take that away (chmod g-w)"


@pytest.mark.parametrize(("place", "kind"), [(TOP, "folder"), (FOLDER, "folder"), (FILE, "file")])
def test_no_part_of_the_way_is_a_link(ground: Ground, place: str, kind: str) -> None:
    path = ground.folder / place
    path.rename(f"{path}.real")
    path.symlink_to(f"{path}.real")
    assert ground.why() == f"{place} is no {kind} but a link or something else; have the {kind} itself there"


def test_neither_a_fifo_nor_a_folder_is_a_unit(ground: Ground) -> None:
    ground.file.unlink()
    os.mkfifo(ground.file)
    assert "is no file but a link or something else" in ground.why()
    ground.file.unlink()
    ground.file.mkdir()
    assert "is no file but a link or something else" in ground.why()


def test_what_is_missing_is_told(ground: Ground) -> None:
    ground.file.unlink()
    assert ground.why() == f"{FILE} cannot be looked at: No such file or directory; restore it from the commit"


@pytest.mark.parametrize("text", [f"{GOOD}# \n", "", GOOD.rstrip("\n"), "x" * (1024 * 1024)])
def test_a_text_that_is_not_the_commits_is_not_linked(ground: Ground, text: str) -> None:
    ground.file.write_text(text)
    assert ground.why() == (
        f"{FILE} differs from commit {COMMIT[:12]}; commit the change in the ai-systems repository and ship it (2.9), "
        "or undo it on the node"
    )


def test_a_text_that_has_no_end_is_not_read(ground: Ground) -> None:
    ground.file.write_text("x" * (1024 * 1024 + 1))
    assert ground.why() == f"{FILE} is larger than 1048576 bytes; restore it from the commit"


def test_what_a_boot_would_not_have_is_not_linked(ground: Ground) -> None:
    ground.said[FOLDER] = {DEVICE: 99}
    assert "is not on the root file system, and systemd reads its units before" in ground.why()


def test_without_the_operators_account_nothing_is_linked(ground: Ground) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pwd, "getpwnam", {}.__getitem__)
        assert ground.why() == "there is no account 'op' to own it; operator_user (2.7) comes first"


def test_the_way_begins_at_the_root_of_all(ground: Ground) -> None:
    asked: list[str] = []
    lstat = os.lstat

    def noted(path: str) -> os.stat_result:
        asked.append(path)
        return lstat(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "lstat", noted)
        why_not_linked(ground.order(), SRC)
    assert asked[0] == "/"


def test_the_checkout_is_at_the_declared_commit(tmp_path: pathlib.Path) -> None:
    upstream = Upstream(tmp_path / "repo")
    upstream.commit({SRC: GOOD})
    order = ordered({SRC: GOOD}, checkout=str(upstream.path))
    require_commit(order._replace(commit=upstream.head))
    with pytest.raises(StepError, match=rf"is at commit {upstream.head[:12]}, and {COMMIT[:12]} is declared; the rep"):
        require_commit(order)
    with pytest.raises(StepError, match="is no git checkout"):
        require_commit(order._replace(checkout=str(tmp_path)))
