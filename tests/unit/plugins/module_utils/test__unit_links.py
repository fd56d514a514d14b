from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_links
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import (
    Links,
    Place,
    drop_ins_at,
    instances_in,
    names_in,
    other_file,
    place_of,
    read_links,
    running_instances,
)

REPO = "/home/op/ai-systems"


@pytest.fixture
def system(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder as systemd keeps it, with what can lie in it."""
    (tmp_path / "web.service").symlink_to(f"{REPO}/web/web.service")
    (tmp_path / "dangling.service").symlink_to("../../nowhere/dangling.service")
    (tmp_path / "plain.service").write_text("[Service]\n")
    (tmp_path / "multi-user.target.wants").mkdir()
    (tmp_path / "multi-user.target.wants" / "web.service").symlink_to("../web.service")
    (tmp_path / "multi-user.target.wants" / "file.service").write_text("")
    (tmp_path / "a.target.requires").mkdir()
    (tmp_path / "a.target.requires" / "job@x.service").symlink_to(f"{REPO}/job@.service")
    (tmp_path / "a.target.upholds").mkdir()
    (tmp_path / "a.target.upholds" / "up.service").symlink_to(f"{REPO}/up.service")
    (tmp_path / "b.target.wants").symlink_to(tmp_path / "multi-user.target.wants")
    (tmp_path / "web.service.d").mkdir()
    (tmp_path / "web.service.d" / "a.conf").symlink_to(f"{REPO}/web/web.service.d/a.conf")
    return tmp_path


def test_units_and_the_ways_in_which_they_are_enabled(system: pathlib.Path) -> None:
    above = system.parent.parent
    links = read_links(str(system))
    assert links == Links(
        units={
            "web.service": f"{REPO}/web/web.service",
            "dangling.service": f"{above}/nowhere/dangling.service",
            # A folder behind a link is not systemctl's work, and is not gone into.
            "b.target.wants": f"{system}/multi-user.target.wants",
        },
        enabled={
            "multi-user.target.wants/web.service": f"{system}/web.service",
            "a.target.requires/job@x.service": f"{REPO}/job@.service",
            "a.target.upholds/up.service": f"{REPO}/up.service",
        },
    )


def test_where_there_is_no_folder_nothing_is_linked(tmp_path: pathlib.Path) -> None:
    assert read_links(str(tmp_path / "nowhere")) == Links({}, {})
    assert drop_ins_at("web.service", str(tmp_path)) == {}
    assert running_instances("job@.service", str(tmp_path)) == []


def test_what_lies_at_a_path(system: pathlib.Path) -> None:
    os.mkfifo(system / "fifo")
    assert {
        name: place_of(f"{system}/{name}")
        for name in ("gone", "plain.service/x", "plain.service", "web.service.d", "fifo", "web.service")
    } == {
        "gone": Place("absent"),
        "plain.service/x": Place("absent"),
        "plain.service": Place("file"),
        "web.service.d": Place("folder"),
        "fifo": Place("other"),
        "web.service": Place("link", f"{REPO}/web/web.service"),
    }


def test_drop_ins_are_told_by_their_paths(system: pathlib.Path) -> None:
    (system / "web.service.d" / "b.conf").write_text("")
    assert drop_ins_at("web.service", str(system)) == {
        f"{system}/web.service.d/a.conf": Place("link", f"{REPO}/web/web.service.d/a.conf"),
        f"{system}/web.service.d/b.conf": Place("file"),
    }


@pytest.mark.parametrize(
    ("units", "enabled", "names"),
    [
        ({"web.service": f"{REPO}/w/web.service"}, {}, ["web.service"]),
        ({}, {"x.wants/job@a.service": f"{REPO}/job@.service"}, ["job@.service"]),
        ({"www.service": f"{REPO}/w/web.service", "web.service": f"{REPO}/w/web.service"}, {}, ["web.service"]),
        ({"web.service": f"{REPO}2/web.service", "a.service": "/opt/a.service"}, {}, []),
        ({"web.service": REPO}, {}, []),
    ],
    ids=["a unit", "an instance", "an alias", "of other folders", "the folder itself"],
)
def test_what_is_linked_from_a_folder(units: dict[str, str], enabled: dict[str, str], names: list[str]) -> None:
    assert names_in(Links(units, enabled), f"{REPO}/") == names


def test_instances_are_told_by_links_and_by_processes(tmp_path: pathlib.Path) -> None:
    links = Links(
        {"job@b.service": "x", "job@.service": "x", "job@t.timer": "x", "jobs@c.service": "x"},
        {"m.target.wants/job@a.service": "x", "n.target.wants/job@a.service": "x", "m.target.wants/job.service": "x"},
    )
    assert instances_in(links, "job@.service") == ["a", "b"]
    group = tmp_path / r"system-my\x2djob.slice"
    for name in ("my-job@one.service", "my-job@two.service", "my-job@one.socket", "other@x.service", "cgroup.procs"):
        (group / name).mkdir(parents=True)
    assert running_instances("my-job@.service", str(tmp_path)) == ["one", "two"]


def test_a_unit_that_another_one_would_hide_is_found(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = (str(tmp_path / "run"), str(tmp_path / "lib"))
    monkeypatch.setattr(_unit_links, "_OTHERS", folders)
    assert other_file("web.service") == ""
    for folder in map(pathlib.Path, reversed(folders)):
        folder.mkdir()
        (folder / "web.service").symlink_to("/nowhere")
        assert other_file("web.service") == f"{folder}/web.service"
