from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_names
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import Name, parts_of


@pytest.mark.parametrize(
    "name",
    [
        "web.service",
        "backup.timer",
        "web.socket",
        "inbox.path",
        "garden.target",
        "mail@.service",
        "mail@a.service",
        "mail@a@b.service",
        r"mnt-usb\x2dstick.service",
        "a.b_c:d.service",
        "3com.service",
        "x" * 247 + ".service",
    ],
)
def test_good_names(name: str) -> None:
    assert _unit_names.why_not_a_unit(name) == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("web", "'web' is no kind of unit"),
        ("web.conf", "'conf' is no kind"),
        ("data.mount", "'mount' is no kind"),
        ("web.Service", "'Service' is no kind"),
        ("x" * 248 + ".service", "has 256 characters"),
        (".service", "begins with '.'"),
        ("-web.service", "begins with '-'"),
        ("@a.service", "nothing stands before the @"),
        ("../web.service", "begins with '.'"),
        ("a/web.service", "no '/'"),
        ("a b.service", "no ' '"),
        ("a%i.service", "no '%'"),
        ("*.service", "no '*'"),
        ("wéb.service", r"no '\xe9'"),
        ("a\nb.service", r"no '\n'"),
        (r"a\x2.service", "begins no escape"),
        (r"a\n.service", "begins no escape"),
        ("web-.service", "ends with '-'"),
        ("web-@.service", "ends with '-'"),
    ],
)
def test_bad_names_say_why_and_what_to_do(name: str, reason: str) -> None:
    said = _unit_names.why_not_a_unit(name)
    assert reason in said
    assert ";" in said


def test_a_template_can_be_linked_and_not_started() -> None:
    assert _unit_names.why_not_a_unit("mail@.service") == ""
    assert _unit_names.why_not_an_instance("mail@.service").endswith("as 'mail@one.service'")
    assert _unit_names.why_not_an_instance("mail@a.service") == ""
    assert "no kind" in _unit_names.why_not_an_instance("mail")


def test_a_name_comes_apart() -> None:
    assert parts_of("mail@a.b.service") == Name("mail", "a.b", "service")
    assert parts_of("mail@a.service").template == "mail@.service"
    assert parts_of("web.service").template == "web.service"
    assert (parts_of("mail@.service").is_template, parts_of("web.service").is_template) == (True, False)


@pytest.mark.parametrize(
    "name",
    [
        "ssh.service",
        "ssh.socket",
        "sshd.service",
        "ssh@1.service",
        "sshd@.service",
        "NetworkManager.service",
        "networking.service",
        "wpa_supplicant@wlan0.service",
        "ifup@eth0.service",
        "dbus.service",
        "dbus.socket",
        "systemd-networkd.socket",
        "systemd-journald.service",
        r"systemd\x2dlogind.service",
        "dbus-org.freedesktop.login1.service",
        "multi-user.target",
        "reboot.target",
        "nftables.service",
        "user@1000.service",
        "getty@tty1.service",
    ],
)
def test_what_the_operators_access_hangs_on(name: str) -> None:
    assert _unit_names.why_protected(name)


@pytest.mark.parametrize(
    "name",
    ["web.service", "reboot.service", "garden.target", "ssh-tunnel.service", "mysystemd-x.service", "cron.service"],
)
def test_other_units_are_not_protected(name: str) -> None:
    assert _unit_names.why_protected(name) == ""


@pytest.mark.parametrize("name", ["10-user.conf", "override.conf", "a@b.conf"])
def test_good_drop_ins(name: str) -> None:
    assert _unit_names.why_not_a_drop_in(name) == ""


@pytest.mark.parametrize(
    "name", ["10-user", "10-user.conf~", ".hidden.conf", "-a.conf", "a b.conf", "../a.conf", "x" * 255 + ".conf"]
)
def test_drop_ins_that_systemd_would_not_read(name: str) -> None:
    assert "rename it" in _unit_names.why_not_a_drop_in(name)
