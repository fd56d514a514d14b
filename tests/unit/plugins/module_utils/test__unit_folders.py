"""systemd's folders: whose file wins, what is an alias, which drop-ins are read, how a unit is enabled."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_folders import (
    SYSTEM,
    alias_of,
    drop_ins_of,
    is_unit_name,
    read_folders,
    state_of,
)
from tests.view import view

ETC, USR = "/etc/systemd/system", "/usr/lib/systemd/system"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("a.service", True), ("a@b.timer", True), (r"a\x2db.mount", True), ("a.conf", False), ("a b.service", False)],
)
def test_names_of_units(name: str, *, is_one: bool) -> None:
    assert is_unit_name(name) is is_one


def test_the_strongest_file_wins_and_hides_the_others(tmp_path: pathlib.Path) -> None:
    files = {f"{ETC}/a.service": "", f"{USR}/a.service": "", "/run/systemd/system/b.timer": "", f"{ETC}/README": ""}
    found = read_folders(view(tmp_path, files=files), SYSTEM)
    assert found.files == {"a.service": f"{ETC}/a.service", "b.timer": "/run/systemd/system/b.timer"}
    assert found.hidden == (f"{USR}/a.service",)


def test_a_link_to_another_name_in_the_folders_is_an_alias(tmp_path: pathlib.Path) -> None:
    links = {
        f"{ETC}/sshd.service": "/lib/systemd/system/ssh.service",
        f"{ETC}/web.service": "/home/ops/ai-systems/web/web.service",
        f"{ETC}/other.service": "/opt/else.service",
        f"{ETC}/round.service": "again.service",
        f"{ETC}/again.service": "round.service",
    }
    node = view(tmp_path, files={f"{USR}/ssh.service": ""}, links=links)
    folders = read_folders(node, SYSTEM)
    names = ("sshd.service", "web.service", "other.service", "nothing.service")
    assert [alias_of(node, folders, name) for name in names] == ["ssh.service", *names[1:]]
    assert alias_of(node, folders, "round.service") in ("round.service", "again.service")


def test_drop_ins_of_a_unit_its_template_its_prefixes_its_kind(tmp_path: pathlib.Path) -> None:
    files = {
        f"{USR}/job-night@.service.d/30.conf": "",
        f"{ETC}/job-night@one.service.d/20.conf": "",
        f"{ETC}/job-.service.d/10.conf": "",
        f"{ETC}/service.d/05.conf": "",
        f"{ETC}/service.d/20.conf": "",
        f"{USR}/job-night@.service.d/20.conf": "",
        f"{ETC}/other.service.d/1.conf": "",
        f"{ETC}/job-night@one.service.d/notes.txt": "",
        f"{ETC}/job-night@one.service.d/.hidden.conf": "",
    }
    node = view(tmp_path, files=files, links={f"{ETC}/job-night@one.service.d/40.conf": "/dev/null"})
    assert drop_ins_of(node, read_folders(node, SYSTEM), ["job-night@one.service"]) == [
        f"{ETC}/service.d/05.conf",
        f"{ETC}/job-.service.d/10.conf",
        f"{ETC}/job-night@one.service.d/20.conf",
        f"{USR}/job-night@.service.d/30.conf",
    ]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("on.service", "enabled"),
        ("now.service", "enabled-runtime"),
        ("linked.service", "linked"),
        ("masked.service", "masked"),
        ("made.service", "generated"),
        ("run.service", "transient"),
        ("alias.service", "alias"),
        ("off.service", "disabled"),
        ("vendor.service", "disabled"),
        ("t@one.service", "enabled"),
        ("t@.service", "enabled"),
        ("unknown.service", ""),
    ],
)
def test_states_of_files(tmp_path: pathlib.Path, name: str, state: str) -> None:
    files = {
        f"{USR}/on.service": "", f"{USR}/now.service": "", f"{USR}/off.service": "", f"{USR}/vendor.service": "",
        "/run/systemd/generator/made.service": "", "/run/systemd/transient/run.service": "", f"{USR}/t@.service": "",
        "/opt/linked.service": "",
    }  # fmt: skip
    links = {
        f"{ETC}/multi-user.target.wants/on.service": f"{USR}/on.service",
        "/run/systemd/system/multi-user.target.wants/now.service": f"{USR}/now.service",
        f"{USR}/multi-user.target.wants/vendor.service": "../vendor.service",
        f"{ETC}/x.target.requires/t@one.service": f"{USR}/t@.service",
        f"{ETC}/linked.service": "/opt/linked.service",
        f"{ETC}/masked.service": "/dev/null",
        f"{ETC}/alias.service": f"{USR}/on.service",
    }
    node = view(tmp_path, files=files, links=links)
    assert state_of(node, read_folders(node, SYSTEM), name, has_install=True) == state


def test_a_unit_that_says_nothing_of_enabling_is_static(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={f"{USR}/a.service": ""})
    assert state_of(node, read_folders(node, SYSTEM), "a.service", has_install=False) == "static"
