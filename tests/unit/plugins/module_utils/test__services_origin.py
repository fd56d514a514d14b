"""Where each unit file comes from."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _services_origin as origin
from tests.units_view import CHECKOUT, SERVICE, SYSTEM, USR, checkout, command, matters, units_view

WANTS = f"{SYSTEM}/multi-user.target.wants"
OURS = {"web/web.service": SERVICE}
LINK = {f"{SYSTEM}/web.service": f"{CHECKOUT}/web/web.service"}


def test_what_is_linked_from_the_repository_or_a_packages_is_silent(tmp_path: pathlib.Path) -> None:
    packages = {"p": {f"{USR}/p.service": SERVICE}}
    links = {**LINK, f"{SYSTEM}/alias.service": f"{USR}/p.service", f"{WANTS}/p.service": f"{USR}/p.service"}
    node = units_view(tmp_path, packages=packages, links=links, loaded={"-.mount": {}})
    checkout(tmp_path, OURS)
    assert [unit.name for unit in origin.units_of_ours(node)] == ["web.service"]
    for check in (origin.origins, origin.hidden, origin.dangling, origin.ways_of_no_link, origin.committed):
        assert list(check(node)) == []


@pytest.mark.parametrize(
    ("files", "links", "evidence", "typed"),
    [
        (
            {f"{SYSTEM}/x.service": SERVICE},
            {},
            "a file in its own right",
            f"mv --backup=numbered -- {SYSTEM}/x.service",
        ),
        ({f"{USR}/x.service": SERVICE}, {}, "a file that no package brought", f"-- {USR}/x.service /root/"),
        ({"/opt/x.service": SERVICE}, {f"{SYSTEM}/x.service": "/opt/x.service"}, "not into the repository", "disable"),
        ({}, {f"{SYSTEM}/x.service": f"{CHECKOUT}/x.service"}, "which is not there", "stop x.service; systemctl dis"),
        ({"/run/systemd/transient/x.service": SERVICE}, {}, "made it at run time", "systemctl stop x.service"),
    ],
)
def test_a_unit_of_somebodys_own(
    tmp_path: pathlib.Path, files: dict[str, str], links: dict[str, str], evidence: str, typed: str
) -> None:
    (one,) = origin.origins(units_view(tmp_path, files=files, links=links))
    assert (one.clause, one.verdict, one.subject) == ("4.3", "violation", "x.service")
    assert evidence in one.evidence
    assert typed in command(one)


def test_scopes_masks_and_generated_units_are_no_matter(tmp_path: pathlib.Path) -> None:
    files = {"/run/systemd/transient/session-1.scope": "[Scope]\n", "/run/systemd/generator/g.service": SERVICE}
    node = units_view(tmp_path, files=files, links={f"{SYSTEM}/m.service": "/dev/null"})
    assert list(origin.origins(node)) == []


def test_a_unit_that_podman_makes_of_a_file_that_is_not_from_the_repository(tmp_path: pathlib.Path) -> None:
    files = {f"/run/systemd/generator/{name}.service": SERVICE for name in ("mine", "ours")}
    files |= {"/etc/containers/systemd/mine.container": "", f"{CHECKOUT}/ours.container": ""}
    links = {"/etc/containers/systemd/ours.container": f"{CHECKOUT}/ours.container"}
    loaded = {
        f"{name}.service": {"SourcePath": f"/etc/containers/systemd/{name}.container"} for name in ("mine", "ours")
    }
    (one,) = origin.origins(units_view(tmp_path, files=files, links=links, loaded=loaded))
    assert one.subject == "mine.service"
    assert command(one).startswith("systemctl stop mine.service; mv --backup=numbered -- /etc/containers/systemd/mine.")


def test_a_packages_unit_that_was_changed_comes_back_with_its_package(tmp_path: pathlib.Path) -> None:
    packages = {"web-server": {f"{USR}/p.service": SERVICE}}
    (one,) = origin.origins(units_view(tmp_path, packages=packages, files={f"{USR}/p.service": "[Service]\n"}))
    assert one.subject == "p.service"
    assert command(one).startswith("apt-get install --reinstall --yes web-server && systemctl enable /usr/lib")


def test_units_of_people(tmp_path: pathlib.Path) -> None:
    files = {"/home/ops/.config/systemd/user/a.service": SERVICE, "/etc/systemd/user/b.service": SERVICE}
    found = {one.subject: command(one) for one in origin.origins(units_view(tmp_path, files=files))}
    assert set(found) == {"ops: a.service", "every account: b.service"}
    assert "XDG_RUNTIME_DIR=/run/user/1000 systemctl --user stop a.service; mv" in found["ops: a.service"]


def test_what_another_file_hides(tmp_path: pathlib.Path) -> None:
    packages = {"p": {f"{USR}/web.service": SERVICE, f"{USR}/m.service": SERVICE}}
    files = {"/usr/local/lib/systemd/system/web.service": SERVICE}
    node = units_view(tmp_path, packages=packages, files=files, links={**LINK, f"{SYSTEM}/m.service": "/dev/null"})
    checkout(tmp_path, OURS)
    assert [one.subject for one in origin.hidden(node)] == [
        "web.service in /usr/local/lib/systemd/system",
        "web.service",
    ]


def test_ways_that_lead_nowhere_or_are_no_links(tmp_path: pathlib.Path) -> None:
    links = {f"{WANTS}/old.service": "/srv/old.service", f"{WANTS}/t@a.service": f"{USR}/t@.service"}
    node = units_view(
        tmp_path, links=links, files={f"{WANTS}/odd.service": ""}, packages={"p": {f"{USR}/t@.service": SERVICE}}
    )
    assert matters(origin.dangling(node)) == [("4.3", "violation", f"{WANTS}/old.service")]
    assert matters(origin.ways_of_no_link(node)) == [("4.3", "violation", f"{WANTS}/odd.service")]


def test_files_of_the_checkout_that_are_not_as_committed(tmp_path: pathlib.Path) -> None:
    drop = f"{SYSTEM}/web.service.d/extra.conf"
    new = {f"{SYSTEM}/new.service": f"{CHECKOUT}/new.service"}
    node = units_view(tmp_path, links={**LINK, **new, drop: f"{CHECKOUT}/web/web.service.d/extra.conf"})
    repository = checkout(tmp_path, OURS)
    (repository.path / "web/web.service").write_text("changed\n")
    (repository.path / "web/web.service.d").mkdir()
    (repository.path / "web/web.service.d/extra.conf").write_text("[Service]\n")
    (repository.path / "new.service").write_text(SERVICE)
    found = {one.subject: command(one) for one in origin.committed(node)}
    assert {subject: typed.partition(" /")[0].partition(";")[0] for subject, typed in found.items()} == {
        "new.service new.service": "systemctl stop new.service",
        "web.service web/web.service": "runuser -u ops -- git -C",
        "web.service web/web.service.d/extra.conf": "rm --",
    }


def test_a_file_that_others_can_write(tmp_path: pathlib.Path) -> None:
    node = units_view(tmp_path, links=LINK)
    repository = checkout(tmp_path, OURS)
    (repository.path / "web").chmod(0o777)
    (one,) = origin.committed(node)
    assert (one.subject, command(one)) == ("web.service path", f"chmod go-w {CHECKOUT}/web")


def test_a_checkout_on_a_file_system_of_its_own(tmp_path: pathlib.Path) -> None:
    node = units_view(tmp_path, links=LINK, files={"/proc/self/mounts": "/dev/sda1 /home ext4 rw 0 0\n"})
    checkout(tmp_path, OURS)
    mounted = "/home" in node.mounts
    assert [one.subject for one in origin.file_systems(node)] == ["web.service file system"] * mounted


def test_a_hostile_name_is_neither_shown_raw_nor_typed(tmp_path: pathlib.Path) -> None:
    name = r"a\x27b.service"
    (one,) = origin.origins(units_view(tmp_path, files={f"{SYSTEM}/{name}": SERVICE}))
    assert f'"{SYSTEM}/{name}"' in command(one)
    odd = "a\x1b[2J.service"
    assert list(origin.origins(units_view(tmp_path / "2", files={f"{SYSTEM}/{odd}": SERVICE}))) == []
