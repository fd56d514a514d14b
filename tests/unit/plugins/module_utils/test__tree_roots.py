from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import Account
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_roots import (
    arranged,
    homes_of,
    parse_mounts,
    parse_remote,
    prefix_of,
    read_mounts,
    read_roots,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._walk import Root
from tests.tree_rig import Link, build

ACCOUNTS = """\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
ops:x:1000:1000::/home/ops:/bin/bash
data:x:1001:1001::/data/people/data/:/bin/bash
twin:x:1000:1000::/home/ops:/bin/bash
linked:x:1002:1002::/home/usr:/bin/bash
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
"""


def account(home: str, uid: int = 1000) -> Account:
    return Account("a", uid, uid, "", home, "/bin/sh")


@pytest.mark.parametrize("home", ["/", "//", "/usr", "/etc/", "/var/../", "/proc/1/root", "/run/x", "/usr/../etc"])
def test_a_home_that_is_the_system_is_not_walked_through(home: str) -> None:
    found, missed = homes_of([account(home)], [])
    assert found == []
    assert [one.reason for one in missed] == ["it is the home of the account 'a', and far more than a home"]


def test_homes_are_those_of_root_and_of_people_and_what_else_lies_in_home() -> None:
    accounts = [
        account("/root", 0),
        account("/home/a/"),
        account("/var/lib/x", 999),
        account("x"),
        account("/y", 65534),
    ]
    assert homes_of(accounts, ["/home/a", "/home/left"]) == (["/root", "/home/a", "/home/left"], [])


def test_homes_of_services_count_where_they_are_theirs() -> None:
    accounts = [account("/var/lib/homebridge", 998), account("/var/mail", 8), account("/", 997), account("/run/x", 996)]
    found = homes_of(accounts, [], belongs=lambda home, uid: (home, uid) != ("/var/mail", 8))
    assert found == (["/var/lib/homebridge"], [])


def test_of_what_lies_on_another_machine_nothing_is_asked() -> None:
    asked: list[str] = []

    def belongs(home: str, _uid: int) -> bool:
        asked.append(home)
        return True

    accounts = [account("/net/a"), account("/net/deep/er", 998), account("/network", 998)]
    found, missed = homes_of(accounts, [], remote=["/net"], belongs=belongs)
    assert (found, asked) == (["/network"], ["/network"])
    assert [one.path for one in missed] == ["/net/a", "/net/deep/er"]
    assert all("lies on another machine" in one.reason for one in missed)


def test_mounts_of_other_machines() -> None:
    text = (
        "1 2 0:1 / /home rw - nfs4 server:/x rw\n2 2 0:1 / /mnt/a\\040b rw shared:1 - cifs //s/x rw\n"
        "3 2 0:1 / / rw - ext4 /dev/x rw\n4 2 0:1 / /y rw - fuse.sshfs s: rw\nshort\n"
    )
    assert parse_remote(text) == {"/home", "/mnt/a b", "/y"}


def test_roots_on_another_machine_are_missed(tmp_path: pathlib.Path) -> None:
    build(
        tmp_path, {"etc/passwd": ACCOUNTS, "home/ops/x": "", "srv/x": "", "opt/x": "", "etc/npmrc": "prefix=/net/npm"}
    )
    roots = read_roots(base=str(tmp_path), remote={"/home", "/srv", "/net"})
    paths = {root.path.removeprefix(str(tmp_path)) for root in roots.roots}
    assert "/opt" in paths
    assert not paths & {"/srv", "/home/ops", "/net/npm/lib"}
    assert {one.path for one in roots.missed} >= {"/home/ops", "/home", "/srv", "/net/npm"}
    assert not [home for home in roots.homes if "/home/" in home]


@pytest.mark.parametrize(("text", "prefix"), [
    ("prefix=/data/npm\n", "/data/npm"),
    ("prefix = ~/.npm-global", "/home/a/.npm-global"),
    ("prefix=${HOME}/x/", "/home/a/x"),
    ('prefix="/q"', "/q"),
    ("prefix=/first\nprefix=/last\n", "/last"),
    ("prefix=relative", ""),
    ("prefix=/x\0y", ""),
    ("# prefix=/x\nregistry=r", ""),
    ("", ""),
])  # fmt: skip
def test_where_npm_installs_globally(text: str, prefix: str) -> None:
    assert prefix_of(text, "/home/a") == prefix


def test_mounts() -> None:
    text = "1 2 0:1 / /home/a\\040b rw - x y z\n3 4 0:2 / /proc rw\nshort\n5 6 0:3 / /a\\134b rw\n"
    assert parse_mounts(text) == {"/home/a b", "/proc", "/a\\b"}
    assert "/proc" in read_mounts()


def test_a_root_below_another_is_left_to_that_one() -> None:
    shallow = Root("/usr/local/lib", 0, whole=False)
    roots = [
        Root("/usr/lib", 0, whole=False),
        shallow,
        Root("/usr/local"),
        Root("/usr/local/home/a"),
        Root("/usr/local"),
    ]
    assert [root.path for root in arranged(roots)] == ["/usr/lib", "/usr/local"]
    assert [root.path for root in arranged([Root("/a", 0, whole=False), Root("/a/b")])] == ["/a", "/a/b"]


def test_the_roots_of_a_node(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {
        "etc/passwd": ACCOUNTS, "root/x": "", "home/ops/.npmrc": "prefix=~/.g\n", "home/left/x": "", "home/file": "",
        "home/link": Link("/etc"), "home/usr": Link("../usr"),
        "data/people/data/x": "", "usr/lib/python3.13/x": "", "usr/lib/python3/x": "",
        "usr/lib/python-x/x": "", "etc/npmrc": "prefix=/data/npm", "opt/x": "",
        "real/srv/x": "", "srv": Link("real/srv"),
    })  # fmt: skip
    base = str(tmp_path)
    roots = read_roots(base=base)
    assert roots.homes == tuple(f"{base}{home}" for home in ("/root", "/home/ops", "/data/people/data", "/home/left"))
    assert roots.prefixes == (("/etc/npmrc", "/data/npm"), (f"{base}/home/ops/.npmrc", f"{base}/home/ops/.g"))
    assert {root.path.removeprefix(base) for root in roots.roots} >= {
        "/usr/lib/python3/dist-packages", "/usr/lib/python3.13/site-packages", "/usr/local", "/opt", "/real/srv",
        "/home/ops", "/home/left", "/data/people/data", "/root", "/data/npm/lib", "/snap", "/usr/lib",
    }  # fmt: skip
    assert f"{base}/home/link" not in {root.path for root in roots.roots}
    assert roots.names[1000] == "ops"
    # A folder in /home that no account names is nobody's home, whoever owns it.
    owners = {"/root": 0, "/home/ops": 1000, "/data/people/data": 1001}
    assert roots.of_accounts == {f"{base}{home}": uid for home, uid in owners.items()}
    assert f"{base}/home/ops/.local" in roots.places


def test_a_node_without_accounts_still_has_roots(tmp_path: pathlib.Path) -> None:
    roots = read_roots(base=str(tmp_path))
    assert f"{tmp_path}/opt" in {root.path for root in roots.roots}
    assert roots.homes == ()
