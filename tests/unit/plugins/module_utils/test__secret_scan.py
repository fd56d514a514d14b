from __future__ import annotations

import os
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_look import marker
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_mounts import Mount
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_scan import Scan, Scanner, order_of
from tests.secret_samples import pem
from tests.tree_rig import Link, build

KEY = pem()


def scan(
    base: pathlib.Path,
    files: t.Mapping[str, str | bytes | Link | None],
    *,
    homes: t.Sequence[str] = ("/root", "/home/op"),
    data: t.Sequence[str] = (),
    mounts: t.Sequence[Mount] = (),
    original: t.Collection[str] = (),
    seconds: float = 60,
    clock: t.Callable[[], float] | None = None,
) -> Scan:
    build(base, files)
    options: dict[str, t.Any] = {"clock": clock} if clock else {}
    return Scanner(
        order_of(homes, data, mounts),
        mark=marker(b"x"),
        is_original=original.__contains__,
        seconds=seconds,
        base=str(base),
        **options,
    ).scan()


def paths(found: Scan) -> list[str]:
    return [seen.path for seen in found.seen]


def test_everything_is_looked_through_in_its_order(tmp_path: pathlib.Path) -> None:
    files = [
        "/home/op/k",
        "/root/k",
        "/etc/x/k",
        "/opt/k",
        "/srv/k",
        "/usr/local/k",
        "/boot/k",
        "/var/k",
        "/usr/lib/k",
        "/k",
    ]
    found = scan(tmp_path, dict.fromkeys(files, KEY))
    assert sorted(paths(found)) == sorted(files)
    assert paths(found)[:3] == ["/root/k", "/home/op/k", "/etc/x/k"]
    assert set(paths(found)[-2:]) == {"/usr/lib/k", "/k"}
    assert (found.missed, found.unread, found.left_out) == ([], [], 0)


def test_declared_data_comes_last(tmp_path: pathlib.Path) -> None:
    files = dict.fromkeys(["/srv/data/k", "/srv/k", "/home/op/data/k", "/k"], KEY)
    found = scan(tmp_path, files, data=["/srv/data/", "/home/op/data", "relative", "/"])
    assert paths(found)[-2:] == ["/srv/data/k", "/home/op/data/k"]
    assert len(paths(found)) == 4
    assert len(paths(scan(tmp_path, {}, data=["/srv"]))) == 4


def test_what_is_as_its_package_brought_it_is_left_out(tmp_path: pathlib.Path) -> None:
    files = dict.fromkeys(["/usr/share/k", "/etc/k"], KEY)
    assert paths(scan(tmp_path, files, original=["/usr/share/k"])) == ["/etc/k"]


def test_what_is_in_memory_or_elsewhere_is_not_entered(tmp_path: pathlib.Path) -> None:
    folders = ("/proc", "/sys", "/dev", "/run", "/tmp", "/mnt/nfs", "/mnt/odd", "/mnt/disk", "/mnt/again", "/srv")  # noqa: S108
    files = dict.fromkeys([f"{folder}/k" for folder in folders], KEY)
    mounts = [
        Mount("/", "ext4", "1:1", "/"),
        Mount("/tmp", "tmpfs", "0:1", "/"),  # noqa: S108
        Mount("/mnt/nfs", "nfs", "0:2", "/"),
        Mount("/mnt/odd", "fuse.unheard", "0:3", "/"),
        Mount("/mnt/disk", "ext4", "1:2", "/"),
        Mount("/mnt/again", "ext4", "1:2", "/sub"),
        Mount("/run/x", "nfs", "0:4", "/"),
    ]
    found = scan(tmp_path, files, mounts=mounts)
    assert sorted(paths(found)) == ["/mnt/disk/k", "/srv/k"]
    assert [mount.point for mount in found.remote] == ["/mnt/nfs"]
    assert [one.path for one in found.missed] == ["/mnt/odd"]


def test_links_fifos_and_what_vanishes_are_no_files(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"/etc/k": KEY, "/srv/loop": Link("."), "/srv/up": Link("/"), "/srv/k": Link("../etc/k")})
    os.mkfifo(tmp_path / "etc" / ".netrc")
    found = scan(tmp_path, {"/home/op": Link("../srv")})
    assert paths(found) == ["/etc/k"]
    assert (found.missed, found.unread) == ([], [])


def test_what_others_published_is_left_out(tmp_path: pathlib.Path) -> None:
    files = dict.fromkeys(
        [
            "/srv/web/node_modules/x/k",
            "/srv/py/.venv/lib/python3.13/site-packages/x/k",
            "/srv/app/.git/objects/ab/k",
            "/srv/bare.git/objects/k",
            "/var/lib/apt/lists/x_main_binary-arm64_Packages",
            "/var/lib/dpkg/info/x.list",
        ],
        KEY,
    )
    marks = {"/srv/py/.venv/pyvenv.cfg": "home = /usr/bin\n", "/srv/app/.git/HEAD": "x", "/srv/bare.git/HEAD": "x"}
    assert scan(tmp_path, {**files, **marks}).seen == []
    near = dict.fromkeys(
        [
            "/srv/py/.venv/pip.conf",
            "/srv/app/.git/config",
            "/var/lib/apt/lists/k",
            "/srv/objects/k",
            "/srv/py/.venv/bin/k",
        ],
        KEY,
    )
    assert sorted(paths(scan(tmp_path, near))) == sorted(near)


def test_ssh_host_keys_and_their_kin_are_exempt_by_name(tmp_path: pathlib.Path) -> None:
    files = dict.fromkeys(["/etc/ssh/ssh_host_rsa_key", "/etc/ssh/old_key", "/root/ssh_host_rsa_key"], KEY)
    assert sorted(paths(scan(tmp_path, files))) == ["/etc/ssh/old_key", "/root/ssh_host_rsa_key"]


class Clock:
    """One second for each look at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_what_the_time_did_not_suffice_for_is_named(tmp_path: pathlib.Path) -> None:
    files = {f"/etc/{number}/x": "x" for number in range(500)} | {"/srv/data/x": "x", "/srv/x": "x"}
    found = scan(tmp_path, files, seconds=400, clock=Clock(), data=["/srv/data"])
    assert {"/etc", "/srv", "/", "/srv/data"} <= {one.path for one in found.missed}
    assert all("time" in one.reason for one in found.missed)


def test_a_home_takes_no_more_than_half_of_the_time(tmp_path: pathlib.Path) -> None:
    files = {f"/home/op/{number}/x": "x" for number in range(500)} | {"/etc/k": KEY}
    found = scan(tmp_path, files, seconds=1200, clock=Clock())
    assert [one.path for one in found.missed] == ["/home/op"]
    assert paths(found) == ["/etc/k"]


def test_a_folder_that_was_not_looked_through_whole_is_named(tmp_path: pathlib.Path) -> None:
    files = {f"/srv/x/{number}": "x" for number in range(500)}
    found = scan(tmp_path, files, homes=(), seconds=300, clock=Clock())
    assert ("/srv", "/srv/x") in {(one.path, one.reason.rpartition(" ")[2]) for one in found.missed}


def test_a_file_that_cannot_be_read_is_unknown(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"/etc/x": "x"})
    scanner = Scanner(
        order_of((), (), ()), mark=marker(b"x"), is_original=lambda _path: False, seconds=60, base=str(tmp_path)
    )

    class Broken:
        def opened(self, name: str) -> int:
            raise OSError(5, "Input/output error", name)

    scanner._file(t.cast("t.Any", Broken()), "x", "/etc/x")
    assert [(one.path, one.reason) for one in scanner._unread] == [
        ("/etc/x", "it cannot be opened: Input/output error")
    ]
