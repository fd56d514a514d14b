# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a flashed card does at its first boot: seeds, right and wrong, and each step of it, also after a power cut."""

from __future__ import annotations

import configparser
import copy
import grp
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import pwd
import sys
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _hostname, _image_seed, _network_networkd
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_plan import resolv_conf_with

FILES = pathlib.Path(__file__).resolve().parents[4] / "roles/image/files"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDJdkm0nKHUsEmX3FDRt8lN8IVhVVTv1sxtP21ZXWwE7 anna@desk"
SEED: dict[str, t.Any] = {
    "format": 1,
    "hostname": "greenhouse-1",
    "network": {"assignment": "static", "address": "192.0.2.11/24", "gateway": "192.0.2.1", "dns": ["192.0.2.1"]},
    "bootstrap": {"user": "debian", "authorized_keys": [KEY]},
}


def _load() -> types.ModuleType:
    loader = importlib.machinery.SourceFileLoader("runbook_first_boot", str(FILES / "runbook-first-boot"))
    spec = importlib.util.spec_from_loader("runbook_first_boot", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    # Typed tuples look their own module up.
    sys.modules["runbook_first_boot"] = module
    loader.exec_module(module)
    return module


first_boot = _load()


class Machine:
    """A tree in the place of a card's root, and the programs that would change it."""

    def __init__(self, root: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.ran: list[tuple[str, ...]] = []
        self.fails = ""
        self.accounts = {"root": (0, "/root"), "daemon": (1, "/usr/sbin")}
        for folder in ("boot/firmware/runbook-seed", "etc/ssh", "etc/systemd/system/multi-user.target.wants", "root"):
            (root / folder).mkdir(parents=True)
        (root / "etc/hosts").write_text("127.0.0.1\tlocalhost\n127.0.1.1\tdebian\n")
        (root / "usr/local/sbin").mkdir(parents=True)
        (root / first_boot.PROGRAM).touch()
        (root / first_boot.UNIT).touch()
        self.link = root / "etc/systemd/system/multi-user.target.wants/runbook-first-boot.service"
        self.link.symlink_to("/" + first_boot.UNIT)
        self.disk(size=16 * 1024**2)
        card = root / "sys/devices/net/eth0"
        card.mkdir(parents=True)
        (card / "type").write_text("1\n")
        (card / "device").mkdir()
        (root / "sys/class/net").mkdir(parents=True)
        (root / "sys/class/net/eth0").symlink_to(card)
        self.mounted = True
        self.named = ""
        monkeypatch.setattr(first_boot.os.path, "ismount", lambda path: self.mounted and str(path).endswith("firmware"))
        monkeypatch.setattr(first_boot.socket, "sethostname", lambda name: setattr(self, "named", name))
        monkeypatch.setattr(first_boot.shutil, "which", lambda *_a, **_k: "/usr/sbin/visudo")
        monkeypatch.setattr(first_boot.pwd, "getpwall", lambda: [self._entry(name) for name in self.accounts])
        monkeypatch.setattr(first_boot.pwd, "getpwnam", self._entry)
        monkeypatch.setattr(first_boot.grp, "getgrall", list)
        monkeypatch.setattr(first_boot.time, "sleep", lambda _seconds: None)
        monkeypatch.setattr(first_boot, "INTERFACE_SECONDS", -1.0)

    def disk(self, *, size: int, behind: bool = False) -> None:
        """Give the machine a disk of so many sectors, whose second partition is the root, 8 GiB large."""
        device = self.root.stat().st_dev
        disk = self.root / "sys/devices/mmcblk0"
        for name, start, sectors, number in (("mmcblk0p1", 2048, 1048576, 1), ("mmcblk0p2", 1050624, 16 * 1024**2, 2)):
            (disk / name).mkdir(parents=True, exist_ok=True)
            for file, value in (("start", start), ("size", sectors), ("partition", number)):
                (disk / name / file).write_text(f"{value}\n")
        if behind:
            (disk / "mmcblk0p3").mkdir()
            (disk / "mmcblk0p3/start").write_text("18000000\n")
        (disk / "size").write_text(f"{1050624 + size}\n")
        link = self.root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(disk / "mmcblk0p2")

    def _entry(self, name: str) -> types.SimpleNamespace:
        uid, home = self.accounts[name]
        real = pwd.getpwuid(os.getuid())
        return types.SimpleNamespace(pw_name=name, pw_uid=uid and real.pw_uid + uid, pw_dir=home, pw_gid=real.pw_gid)

    def told(self, seed: t.Any) -> None:
        text = seed if isinstance(seed, str) else json.dumps(seed)
        (self.root / first_boot.SEED).write_text(text)

    def run(self, argv: t.Sequence[str], stdin: str = "") -> str:
        self.ran.append(tuple(argv))
        if argv[0] == self.fails:
            raise first_boot.FirstBootError(f"{argv[0]} ended with 1: \x1b[2Jbroken \\d")
        if argv[:2] == ["ssh-keygen", "-A"]:
            for kind in ("ecdsa", "ed25519", "rsa"):
                path = self.root / f"etc/ssh/ssh_host_{kind}_key"
                if not path.exists():
                    path.write_text(f"private {kind} {len(self.ran)}\n")
                    path.with_suffix(".pub").write_text(f"ssh-{kind} {len(self.ran)}\n")
        elif argv[:2] == ["ssh-keygen", "-l"]:
            return (
                f"256 SHA256:abc/def+ {argv[-1]}\n" if argv[-1] != "-" else stdin.replace("bad", "").replace("\n\n", "")
            )
        elif argv[0] == "useradd":
            self.accounts[argv[-1]] = (1000, f"/home/{argv[-1]}")
            (self.root / "home" / argv[-1]).mkdir(parents=True)
        elif argv[0] == "userdel":
            del self.accounts[argv[-1]]
        return ""

    def boots(self) -> int:
        self.ran = []
        return int(first_boot.main(first_boot.Node(self.root, self.run)))

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def has(self, path: str) -> bool:
        return (self.root / path).exists()

    def can_log_in(self) -> bool:
        return any(self.root.glob("home/*/.ssh/authorized_keys")) or self.has("root/.ssh/authorized_keys")


@pytest.fixture
def machine(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path, monkeypatch)
    # Nobody but root gives files away.
    monkeypatch.setattr(first_boot.os, "fchown", lambda *_arguments: None)
    monkeypatch.setattr(first_boot.os, "chown", lambda *_arguments: None)
    made.told(SEED)
    return made


def test_a_card_becomes_the_node_that_it_was_told_to_be(machine: Machine) -> None:
    assert machine.boots() == 0
    assert machine.named == "greenhouse-1"
    assert machine.read("etc/hostname") == "greenhouse-1\n"
    assert machine.read("home/debian/.ssh/authorized_keys") == f"{KEY}\n"
    assert machine.read("etc/sudoers.d/90-bootstrap") == "debian ALL=(ALL) NOPASSWD:ALL\n"
    assert (machine.root / "etc/sudoers.d/90-bootstrap").stat().st_mode & 0o777 == 0o440
    assert (machine.root / "home/debian/.ssh/authorized_keys").stat().st_mode & 0o777 == 0o600
    assert (machine.root / "home/debian/.ssh").stat().st_mode & 0o777 == 0o700
    assert not any("password" in word for command in machine.ran for word in command)


def test_nothing_of_it_stays(machine: Machine) -> None:
    assert machine.boots() == 0
    assert not machine.link.is_symlink()
    assert not machine.has(first_boot.UNIT)
    assert not machine.has(first_boot.PROGRAM)
    assert [path for path in machine.root.rglob("*") if path.name.endswith((".runbook-new", ".new"))] == []


def test_what_enroll_compares_is_on_the_prompt_and_on_the_boot_partition(machine: Machine) -> None:
    assert machine.boots() == 0
    assert machine.read(first_boot.HOST_KEYS).splitlines() == [
        machine.read(f"etc/ssh/ssh_host_{kind}_key.pub").strip() for kind in ("ecdsa", "ed25519", "rsa")
    ]
    prompt = machine.read(first_boot.ISSUE)
    assert prompt.count("SHA256:abc/def+") == 3
    assert "\naddress \\4\n" in prompt
    # agetty reads no other names.
    assert first_boot.ISSUE.endswith(".issue")


def test_the_roles_find_what_they_would_write(machine: Machine) -> None:
    assert machine.boots() == 0
    declared = parse("192.0.2.11/24", "192.0.2.1", ["192.0.2.1"])
    path = _network_networkd.permanent_path("eth0")
    assert machine.read(path[1:]) == _network_networkd.network_file("eth0", declared)
    text = machine.read("etc/resolv.conf")
    assert resolv_conf_with(text, declared) == text
    hosts = machine.read("etc/hosts")
    assert _hostname.hosts_with(hosts, "greenhouse-1") == hosts


def test_a_full_name_is_in_hosts_with_its_short_form() -> None:
    text = first_boot.hosts_with("127.0.0.1\tlocalhost\n", "a.example.org")
    assert _hostname.hosts_with(text, "a.example.org") == text


@pytest.mark.parametrize("assignment", ["static", "reservation"])
def test_what_flash_writes_is_understood(assignment: str) -> None:
    seed = _image_seed.seed_from(
        {
            "name": "n1",
            "hostname": "n1",
            "assignment": assignment,
            "address": "192.0.2.11/24",
            "gateway": "192.0.2.1",
            "dns": ["192.0.2.53"],
            "user": "debian",
            "authorized_keys": [KEY],
        }
    )
    read = first_boot.parse_seed(_image_seed.seed_files(seed, _image_seed.OURS)[_image_seed.NODE_FILE])
    assert (read.hostname, read.user, read.keys, read.dns) == ("n1", "debian", (KEY,), ("192.0.2.53",))
    assert read.address == ("192.0.2.11/24" if assignment == "static" else "")


def test_dhcp_asks_for_an_address_and_the_declared_servers_are_asked(machine: Machine) -> None:
    machine.told({**SEED, "network": {"assignment": "dhcp", "dns": ["192.0.2.53"]}})
    assert machine.boots() == 0
    assert "DHCP=ipv4" in machine.read("etc/systemd/network/10-eth0.network")
    assert _network_networkd.is_only_for(machine.read("etc/systemd/network/10-eth0.network"), "eth0")
    assert machine.read("etc/resolv.conf") == "nameserver 192.0.2.53\n"


def test_root_gets_keys_and_no_rule(machine: Machine) -> None:
    machine.told({**SEED, "bootstrap": {"user": "root", "authorized_keys": [KEY]}})
    assert machine.boots() == 0
    assert machine.read("root/.ssh/authorized_keys") == f"{KEY}\n"
    assert not machine.has("etc/sudoers.d/90-bootstrap")


# ---- Wrong cards -------------------------------------------------------------------------------------------------


def _with(path: str, value: t.Any) -> dict[str, t.Any]:
    seed = copy.deepcopy(SEED)
    place: dict[str, t.Any] = seed
    *folders, last = path.split(".")
    for folder in folders:
        place = place[folder]
    place[last] = value
    return seed


WRONG = [
    ("", "no JSON"),
    ("[]", "format is missing"),
    ("null", "format is missing"),
    ("[" * 60_000, "no JSON"),
    ("\x1b[2J", "no JSON"),
    ("x" * 70_000, "too large"),
    (_with("format", 2), "its format is 2"),
    (_with("format", value=True), "format is missing"),
    (_with("format", "1"), "format is missing"),
    (_with("hostname", ""), "1 to 64"),
    (_with("hostname", "a\nb"), "a-z, 0-9"),
    (_with("hostname", "../etc"), "a-z, 0-9"),
    (_with("hostname", "Pi"), "a-z, 0-9"),
    (_with("hostname", "x" * 65), "1 to 64"),
    (_with("hostname", "localhost"), "calls itself"),
    (_with("hostname", "10.1"), "reads as an address"),
    (_with("hostname", ["a"]), "hostname is missing"),
    (_with("network", None), "network is missing"),
    (_with("network.assignment", "bootp"), "neither static nor dhcp"),
    (_with("network.address", "192.0.2.11"), "no prefix length"),
    (_with("network.address", "192.0.2.11/33"), "network:"),
    (_with("network.address", "192.0.2.11/24\nDHCP=yes"), "network:"),
    (_with("network.address", "2001:db8::1/64"), "network:"),
    (_with("network.gateway", "198.51.100.1"), "outside"),
    (_with("network.gateway", "192.0.2.1\n[Route]"), "network:"),
    (_with("network.dns", []), "dns is empty"),
    (_with("network.dns", ["192.0.2.1\nsearch evil.example"]), "network:"),
    (_with("network.dns", ["192.0.2.1"] * 4), "no more than 3"),
    (_with("network.dns", [53]), "no text"),
    (_with("network.dns", "192.0.2.1"), "dns is missing"),
    (_with("bootstrap.user", "debian ALL=(ALL) NOPASSWD:ALL #"), "cannot be an account"),
    (_with("bootstrap.user", "-r"), "cannot be an account"),
    (_with("bootstrap.user", "../root"), "cannot be an account"),
    (_with("bootstrap.user", "a\n"), "cannot be an account"),
    (_with("bootstrap.user", "daemon"), "account of the system"),
    (_with("bootstrap.authorized_keys", []), "nobody could log in"),
    (_with("bootstrap.authorized_keys", [f"{KEY}\n{KEY}"]), "not one line"),
    (_with("bootstrap.authorized_keys", ["# key"]), "not one line"),
    (_with("bootstrap.authorized_keys", [""]), "empty"),
    (_with("bootstrap.authorized_keys", ["-----BEGIN OPENSSH PRIVATE KEY-----"]), "PRIVATE key (not shown)"),
    (_with("bootstrap.authorized_keys", [KEY, "bad"]), "1 of bootstrap.authorized_keys"),
]


@pytest.mark.parametrize(("seed", "why"), WRONG, ids=[why for _seed, why in WRONG])
def test_a_wrong_card_says_why_and_lets_nobody_in(
    machine: Machine, seed: t.Any, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.told(seed)
    assert machine.boots() == 1
    said = capsys.readouterr().out
    prompt = machine.read(first_boot.ISSUE)
    for shown in (said, prompt):
        assert why in shown
        assert "Nobody can log in" in shown
        assert all(char.isprintable() or char == "\n" for char in shown)
    assert not machine.can_log_in()
    assert "debian" not in machine.accounts
    assert not machine.has("etc/sudoers.d/90-bootstrap")
    assert list(machine.root.glob("etc/systemd/network/*")) == []
    # The next boot may find a card that was put right.
    assert machine.has(first_boot.PROGRAM)
    # sshd can start, and the fingerprints are there to be read.
    assert machine.has(first_boot.HOST_KEYS)


def test_a_wrong_card_that_was_put_right_is_carried_out(machine: Machine) -> None:
    machine.told("{")
    assert machine.boots() == 1
    machine.told(SEED)
    assert machine.boots() == 0
    assert machine.can_log_in()
    assert "not finished" not in machine.read(first_boot.ISSUE)


def test_bytes_that_are_no_text_are_an_error(machine: Machine) -> None:
    (machine.root / first_boot.SEED).write_bytes(b"\xff\xfe{")
    assert machine.boots() == 1
    assert "cannot be read" in machine.read(first_boot.ISSUE)


def test_a_card_that_says_nothing_is_no_error(machine: Machine) -> None:
    (machine.root / first_boot.SEED).unlink()
    assert machine.boots() == 0
    assert "was not told whose it is: nobody can log in" in machine.read(first_boot.ISSUE)
    assert not machine.can_log_in()
    assert machine.named == ""
    assert machine.has(first_boot.HOST_KEYS)
    assert machine.has(first_boot.PROGRAM)


def test_without_its_boot_partition_it_says_so(machine: Machine) -> None:
    machine.mounted = False
    assert machine.boots() == 1
    assert "/boot/firmware is not mounted" in machine.read(first_boot.ISSUE)
    assert not machine.can_log_in()
    # Nothing is written into the folder that the partition would hide.
    assert not machine.has(first_boot.HOST_KEYS)


def test_an_image_without_sudo_takes_root_only(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_boot.shutil, "which", lambda *_a, **_k: None)
    assert machine.boots() == 1
    assert "has no sudo" in machine.read(first_boot.ISSUE)


# ---- Steps that fail, and power cuts -----------------------------------------------------------------------------


@pytest.mark.parametrize("program", ["sfdisk", "partx", "resize2fs", "ssh-keygen", "udevadm", "useradd", "visudo"])
def test_a_failure_leaves_nobody_in_and_the_next_boot_finishes(
    machine: Machine, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.disk(size=62 * 1024**2)
    machine.fails = program
    assert machine.boots() == 1
    assert not machine.can_log_in()
    assert not machine.has("etc/sudoers.d/90-bootstrap")
    assert machine.has(first_boot.PROGRAM)
    assert machine.link.is_symlink()
    said = capsys.readouterr().out + machine.read(first_boot.ISSUE)
    assert "not finished" in said
    # agetty would take \d for the date, and a terminal the other for an order.
    assert "\\d" not in said
    assert "\x1b" not in said
    machine.fails = ""
    assert machine.boots() == 0
    assert machine.can_log_in()
    assert not machine.has(first_boot.PROGRAM)


class PowerCutError(BaseException):
    """The power is gone: nothing that comes after is done, and no error is handled."""


@pytest.mark.parametrize("moment", range(14))
def test_a_power_cut_at_any_command_is_mended_by_the_next_boot(machine: Machine, moment: int) -> None:
    machine.disk(size=62 * 1024**2)
    real = machine.run

    def run(argv: t.Sequence[str], stdin: str = "") -> str:
        if len(machine.ran) == moment:
            raise PowerCutError
        return real(argv, stdin)

    was_cut = False
    try:
        first_boot.main(first_boot.Node(machine.root, run))
    except PowerCutError:
        was_cut = True
    assert machine.can_log_in() is not was_cut
    if was_cut:
        assert machine.boots() == 0
    assert machine.read("home/debian/.ssh/authorized_keys") == f"{KEY}\n"
    assert not machine.has(first_boot.PROGRAM)


def test_a_second_time_changes_nothing(machine: Machine) -> None:
    assert machine.boots() == 0
    before = {path: path.read_bytes() for path in machine.root.rglob("*") if path.is_file()}
    for path in (first_boot.PROGRAM, first_boot.UNIT):
        (machine.root / path).touch()
    assert machine.boots() == 0
    assert {path: path.read_bytes() for path in machine.root.rglob("*") if path.is_file()} == before
    assert not {"useradd", "sfdisk", "userdel"} & {command[0] for command in machine.ran}


def test_an_account_that_was_half_made_is_made_anew(machine: Machine) -> None:
    machine.accounts["debian"] = (1000, "/home/debian")
    assert machine.boots() == 0
    assert ("userdel", "--force", "debian") in machine.ran
    assert machine.can_log_in()


def test_a_group_that_was_left_is_removed(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    left = grp.struct_group(("debian", "x", 1000, []))
    monkeypatch.setattr(first_boot.grp, "getgrall", lambda: [left])
    assert machine.boots() == 0
    assert machine.ran.index(("groupdel", "debian")) < [command[0] for command in machine.ran].index("useradd")


@pytest.mark.parametrize("torn", ["", None])
def test_half_a_pair_of_host_keys_is_made_anew(machine: Machine, torn: str | None) -> None:
    private = machine.root / "etc/ssh/ssh_host_rsa_key"
    private.write_text("private from before\n")
    if torn is not None:
        private.with_suffix(".pub").write_text(torn)
    assert machine.boots() == 0
    assert "before" not in private.read_text()
    assert private.with_suffix(".pub").read_text()


def test_whole_host_keys_stay(machine: Machine) -> None:
    private = machine.root / "etc/ssh/ssh_host_rsa_key"
    private.write_text("private from before\n")
    private.with_suffix(".pub").write_text("ssh-rsa before\n")
    assert machine.boots() == 0
    assert private.read_text() == "private from before\n"
    assert "ssh-rsa before" in machine.read(first_boot.HOST_KEYS)


# ---- The disk and the network ------------------------------------------------------------------------------------


def test_the_root_takes_the_rest_of_the_card(machine: Machine) -> None:
    machine.disk(size=62 * 1024**2)
    assert machine.boots() == 0
    ran = [command for command in machine.ran if command[0] in ("sfdisk", "partx", "resize2fs")]
    assert ran == [
        ("sfdisk", "--no-reread", "--no-tell-kernel", "-N", "2", "/dev/mmcblk0"),
        ("partx", "--update", "--nr", "2", "/dev/mmcblk0"),
        ("resize2fs", "/dev/mmcblk0p2"),
    ]


def test_without_room_the_partition_stays(machine: Machine) -> None:
    assert machine.boots() == 0
    assert "sfdisk" not in {command[0] for command in machine.ran}
    # The partition may have grown before a power cut, and the file system not.
    assert ("resize2fs", "/dev/mmcblk0p2") in machine.ran


def test_a_partition_behind_the_root_is_never_overwritten(machine: Machine) -> None:
    machine.disk(size=62 * 1024**2, behind=True)
    assert machine.boots() == 0
    assert "sfdisk" not in {command[0] for command in machine.ran}


def test_a_root_that_is_no_partition_is_left(machine: Machine) -> None:
    for link in (machine.root / "sys/dev/block").iterdir():
        link.unlink()
    assert machine.boots() == 0
    assert not {"sfdisk", "resize2fs"} & {command[0] for command in machine.ran}


def test_wireless_and_virtual_interfaces_are_not_taken(machine: Machine) -> None:
    net = machine.root / "sys/class/net"
    for name, kind, parts in (("aaa", "1", ["device", "phy80211"]), ("br0", "1", []), ("lo", "772", ["device"])):
        for part in parts:
            (net / name / part).mkdir(parents=True)
        (net / name).mkdir(exist_ok=True)
        (net / name / "type").write_text(kind)
    assert first_boot.wired_interfaces(machine.root / "sys") == ["eth0"]


def test_without_an_interface_it_says_so(machine: Machine) -> None:
    (machine.root / "sys/class/net/eth0").unlink()
    assert machine.boots() == 1
    assert "no Ethernet interface" in machine.read(first_boot.ISSUE)
    assert not machine.can_log_in()


# ---- The unit ----------------------------------------------------------------------------------------------------


def _unit() -> configparser.RawConfigParser:
    unit = configparser.RawConfigParser(strict=False, dict_type=dict)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((FILES / "runbook-first-boot.service").read_text())
    return unit


def test_the_unit_runs_what_the_image_has() -> None:
    assert _unit()["Service"]["ExecStart"] == f"/usr/bin/python3 -I /{first_boot.PROGRAM}"
    assert "Restart" not in _unit()["Service"]


@pytest.mark.parametrize("unit", ["ssh.service", "systemd-networkd.service", "network-pre.target", "getty-pre.target"])
def test_the_unit_comes_before_what_needs_its_work(unit: str) -> None:
    lines = (FILES / "runbook-first-boot.service").read_text().splitlines()
    assert any(unit in line.split("=")[1].split() for line in lines if line.startswith("Before="))


def test_programs_are_found_without_a_path_of_anybodys(tmp_path: pathlib.Path) -> None:
    with pytest.raises(first_boot.FirstBootError, match="cannot be run"):
        first_boot.run(["no-such-program"])
    with pytest.raises(first_boot.FirstBootError, match="ended with 1"):
        first_boot.run(["false"])
    assert first_boot.run(["cat"], "in") == "in"
    assert str(tmp_path) not in first_boot.run(["env"])
