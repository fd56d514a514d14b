from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._hostname import (
    CLOUD_INIT_FILE,
    CLOUD_INIT_TEXT,
    HostnameState,
    decide,
    hosts_with,
    why_not_a_hostname,
)

FRESH_HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n"
DONE_HOSTS = "127.0.0.1\tlocalhost\n127.0.1.1\tgreenhouse-1\n::1\tlocalhost ip6-localhost\n"


@pytest.mark.parametrize("name", ["a", "greenhouse-1", "node.example.org", "x" * 63, "3com", "a.b"])
def test_good_names(name: str) -> None:
    assert why_not_a_hostname(name) == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("Greenhouse", "'Greenhouse'"),
        ("green_house", "'green_house'"),
        ("-node", "'-node'"),
        ("node-", "'node-'"),
        ("node..org", "''"),
        ("node.", "''"),
        ("x" * 64, "1 to 63"),
        (".".join(["x" * 32] * 2), "at most 64"),
        ("192.0.2.7", "reads as an address"),
        ("localhost", "localhost"),
        ("localhost.localdomain", "localhost"),
        ("--help", "'--help'"),
        ("a\nb", r"'a\nb'"),
        ("nöde", "'nöde'"),
        ("a;reboot", "'a;reboot'"),
    ],
)
def test_bad_names_say_why(name: str, reason: str) -> None:
    assert reason in why_not_a_hostname(name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(FRESH_HOSTS, DONE_HOSTS, id="added after localhost"),
        pytest.param(DONE_HOSTS, DONE_HOSTS, id="kept"),
        pytest.param("", "127.0.1.1\tgreenhouse-1\n", id="empty file"),
        pytest.param("127.0.1.1 old old.example\n", "127.0.1.1\tgreenhouse-1\n", id="another name replaced"),
        pytest.param("127.0.1.1 greenhouse-1\n", "127.0.1.1 greenhouse-1\n", id="white space is the operator's"),
        pytest.param("127.0.1.1 a\n127.0.1.1 b\n", "127.0.1.1\tgreenhouse-1\n", id="two lines become one"),
        pytest.param("# 127.0.1.1 old\n", "127.0.1.1\tgreenhouse-1\n# 127.0.1.1 old\n", id="a comment is no line"),
        pytest.param("192.0.2.7 other", "127.0.1.1\tgreenhouse-1\n192.0.2.7 other\n", id="no final newline"),
    ],
)
def test_hosts(before: str, after: str) -> None:
    assert hosts_with(before, "greenhouse-1") == after


def test_a_domain_gives_the_short_name_too() -> None:
    assert hosts_with("", "node.example.org") == "127.0.1.1\tnode.example.org node\n"


def test_a_fresh_node_gets_everything_and_the_name_last() -> None:
    state = HostnameState(static="debian", kernel="debian", hosts=FRESH_HOSTS, cloud_init="")
    changes = decide("greenhouse-1", state)
    assert [change.subject for change in changes] == ["/etc/hosts", CLOUD_INIT_FILE, "hostname"]


def test_a_conforming_node_gets_nothing() -> None:
    state = HostnameState("greenhouse-1", "greenhouse-1", DONE_HOSTS, CLOUD_INIT_TEXT)
    assert decide("greenhouse-1", state) == []


@pytest.mark.parametrize(("static", "kernel"), [("greenhouse-1", "debian"), ("debian", "greenhouse-1"), ("", "x")])
def test_both_names_count(static: str, kernel: str) -> None:
    changes = decide("greenhouse-1", HostnameState(static, kernel, DONE_HOSTS, None))
    assert [(change.subject, change.action) for change in changes] == [("hostname", "set")]


def test_without_cloud_init_its_file_is_not_made() -> None:
    changes = decide("greenhouse-1", HostnameState("x", "x", "", None))
    assert CLOUD_INIT_FILE not in [change.subject for change in changes]
