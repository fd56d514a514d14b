"""Host keys of a decommissioned node are revoked wherever they are shown; all other lines stay as they are."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import is_pinned
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._pins import parse
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revoked_keys import revoke, revoked_notes

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIHltCXp9kO0aa8FOezC844IGbtR8/7KPb6E2oWepoUMw"
OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIIltCXp9kO0aa8FOezC844IGbtR8/7KPb6E2oWepoUMw"
ON = "2026-11-26"


def marked(hosts: str, key: str = KEY) -> str:
    return f"@revoked * ssh-ed25519 {key} n1 ({hosts}), decommissioned {ON}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"192.0.2.1 ssh-ed25519 {KEY} n1\n", f"{marked('192.0.2.1')}\n"),
        (f"192.0.2.1 ssh-ed25519 {KEY}", marked("192.0.2.1")),
        (f"x,192.0.2.1 ssh-ed25519 {KEY} her note\n", f"{marked('x,192.0.2.1')}\n"),
        # Another address of the same key, and the name alone.
        (
            f"192.0.2.1 ssh-ed25519 {KEY}\n10.0.0.9 ssh-ed25519 {KEY} old\n",
            f"{marked('192.0.2.1')}\n{marked('10.0.0.9')}\n",
        ),
        (f"10.0.0.9 ssh-ed25519 {KEY} n1\n", f"{marked('10.0.0.9')}\n"),
    ],
)
def test_what_is_the_nodes_is_marked(before: str, after: str) -> None:
    rest = f"# note\n\n192.0.2.11 ssh-ed25519 {OTHER} n11\n@cert-authority * ssh-ed25519 {OTHER} ca\n"
    done = revoke(rest + before, names=["192.0.2.1", "n1"], node="n1", on=ON)
    assert done.text == rest + after
    assert done.lines == after.count("@revoked")
    assert revoke(done.text, names=["192.0.2.1", "n1"], node="n1", on=ON) == (done.text, 0, ())
    assert set(revoked_notes(done.text)) == {KEY}


def test_a_hashed_name_is_found(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"[192.0.2.1]:2222 ssh-ed25519 {KEY}\n192.0.2.1 ssh-ed25519 {OTHER}\n")
    subprocess.run(["ssh-keygen", "-H", "-f", str(path)], check=True, capture_output=True)
    done = revoke(path.read_text(), names=["[192.0.2.1]:2222"], node="n1", on=ON)
    assert done.text.splitlines()[0] == marked("hashed")
    assert done.text.splitlines()[1].startswith("|1|")


@pytest.mark.parametrize("hosts", ["192.0.2.*", "*", "!x,192.0.2.?"])
def test_a_line_for_many_is_left_to_a_person(hosts: str) -> None:
    text = f"{hosts} ssh-ed25519 {KEY}\n"
    done = revoke(text, names=["192.0.2.1"], node="n1", on=ON)
    assert (done.text, done.lines) == (text, 0)
    assert done.by_hand[0].startswith(f"line 1 is for '{hosts}', which is more than n1")


@pytest.mark.parametrize("hosts", ["192.0.3.*", "[192.0.2.1]:*"])
def test_a_line_for_others_is_nobodys_business(hosts: str) -> None:
    assert revoke(f"{hosts} ssh-ed25519 {KEY}\n", names=["192.0.2.1"], node="n1", on=ON).by_hand == ()


def test_hostile_notes_end_no_line() -> None:
    done = revoke(f"192.0.2.1 ssh-ed25519 {KEY} a\x1b[31m\u2028b\n", names=["192.0.2.1"], node="n\n1", on=ON)
    assert done.text.count("\n") == 1
    assert done.text.isascii()


def test_ssh_takes_the_key_from_nobody_and_the_name_is_not_pinned(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(marked("192.0.2.1") + f"\n192.0.2.2 ssh-ed25519 {OTHER} n2\n")
    found = subprocess.run(
        ["ssh-keygen", "-F", "10.9.9.9", "-f", str(path)], check=False, capture_output=True, text=True
    )
    assert "@revoked" in found.stdout
    assert not is_pinned(str(path), "192.0.2.1")
    assert not is_pinned(str(path), "10.9.9.9")
    assert is_pinned(str(path), "192.0.2.2")
    assert [pin.comment for pin in parse(path.read_text())] == ["n2"]
