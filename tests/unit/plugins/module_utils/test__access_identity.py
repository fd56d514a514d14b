"""Whether a node is one machine of its own, and what keeps its clock."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_identity as identity
from ansible_collections.ai_systems.runbook.plugins.module_utils._preflight import Clock
from tests.view import view

ID = "d35467f6a6041cc2bfbf7c2eed04b1b3"


@pytest.mark.parametrize(
    ("text", "dbus", "is_link", "subject"),
    [
        (f"{ID}\n", None, False, ""),
        (f"{ID}\n", f"{ID}\n", False, ""),
        (f"{ID}\n", "another", True, ""),
        (f"{ID}\n", "another", False, "/var/lib/dbus/machine-id"),
        ("uninitialized\n", None, False, "/etc/machine-id"),
        ("", None, False, "/etc/machine-id"),
        (None, None, False, "/etc/machine-id"),
        ("0" * 32, None, False, "/etc/machine-id"),
        (ID.upper(), None, False, "/etc/machine-id"),
    ],
)
def test_the_id_of_a_machine(text: str | None, dbus: str | None, subject: str, *, is_link: bool) -> None:
    found = list(identity.judge_machine_id(text, dbus, is_link=is_link, made=1000.7))
    assert [one.subject for one in found] == ([subject] if subject else [])
    assert all("touch --date=@1000 /etc/machine-id" in one.remedy for one in found if one.subject == "/etc/machine-id")


DAY = 24 * 3600
KEY = identity.HostKey("/etc/ssh/ssh_host_x_key", 0o600, 0, 10 * DAY)


@pytest.mark.parametrize(
    ("key", "subject"),
    [
        (KEY, ""),
        (KEY._replace(mode=0o640), KEY.path),
        (KEY._replace(uid=1000), KEY.path),
        (KEY._replace(changed=9.5 * DAY), ""),
        (KEY._replace(changed=8 * DAY), "host keys"),
    ],
)
def test_host_keys(key: identity.HostKey, subject: str) -> None:
    found = list(identity.judge_host_keys([key], [], 10 * DAY))
    assert [one.subject for one in found] == ([subject] if subject else [])


def test_a_host_key_that_is_missing_and_a_machine_that_says_no_time() -> None:
    assert [one.subject for one in identity.judge_host_keys([], ["/k"], 0)] == ["/k"]
    assert not list(identity.judge_host_keys([KEY._replace(changed=0)], [], 0))


def test_a_node_is_looked_at(tmp_path: pathlib.Path) -> None:
    asked = ("/usr/sbin/sshd", "-T", "-C", "user=root,host=localhost,addr=127.0.0.1")
    files = {"/etc/machine-id": f"{ID}\n", "/usr/sbin/sshd": "", "/k": "x"}
    node = view(tmp_path / "a", files=files, commands={asked: "hostkey /k\nhostkey /none\n"})
    (tmp_path / "a/node/k").chmod(0o600)
    assert {one.subject for one in identity.look_at_identity(node)} == {"/none"}
    silent = view(tmp_path / "b", files=files)
    assert {one.subject: one.verdict for one in identity.look_at_identity(silent)}["host keys"] == "unknown"
    assert not list(identity.look_at_identity(view(tmp_path / "c", files={"/etc/machine-id": ID})))


@pytest.mark.parametrize(
    ("clock", "said", "remedy"),
    [
        (Clock(synchronised=True), "", ""),
        (Clock(synchronised=False, load="loaded", active="inactive"), "timesyncd is inactive", "('systemctl enable"),
        (Clock(synchronised=False, load="loaded", condition=False), "as in a container", "preflight_clock_owner"),
        (Clock(synchronised=False), "is not installed", "an image that holds"),
        (Clock(synchronised=False, load="loaded", active="active"), "reached no time server", "time servers"),
    ],
)
def test_the_clock_in_the_words_of_preflight(clock: Clock, said: str, remedy: str) -> None:
    found = list(identity.judge_clock(clock))
    assert len(found) == bool(said)
    assert all(said in one.evidence and remedy in one.remedy for one in found)


def test_who_keeps_the_clock(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "read_clock", lambda: Clock(synchronised=False))
    container = {"/run/.containerenv": ""}

    def verdicts(name: str, owner: str, files: dict[str, str]) -> list[str]:
        node = view(tmp_path / name, files=files, declared={"clock_owner": owner})
        return [one.verdict for one in identity.look_at_clock(node)]

    assert verdicts("a", "host", {}) == []
    assert verdicts("b", "node", container) == ["violation"]
    assert verdicts("c", "", {}) == ["violation"]
    assert verdicts("d", "", container) == ["unknown"]
