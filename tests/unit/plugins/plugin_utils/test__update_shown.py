from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._update_shown import lines_of_fleet, lines_of_node

KERNEL = {"name": "linux-image-arm64", "before": "6", "after": "7", "archives": ["trixie-security"], "security": True,
          "size": 50_000_000, "growth": 1_000_000, "kind": "kernel"}  # fmt: skip
VIM = {"name": "vim", "before": "1", "after": "2", "archives": ["trixie"], "security": False, "size": 1_500_000,
       "growth": 0, "kind": ""}  # fmt: skip
NEW = {**VIM, "name": "new", "before": ""}


def look(*packages: dict[str, t.Any], actions: t.Sequence[tuple[str, str]] = (), **more: t.Any) -> dict[str, t.Any]:
    foretold = {"actions": [{"clause": "6.1", "subject": subject, "action": action} for subject, action in actions]}
    room = {"free": 900, "firmware": 300, "kernel": 80}
    return {"packages": list(packages), "room": room, "foretold": foretold, "then": {}, **more}


def text(said: t.Mapping[str, t.Any]) -> str:
    return "\n".join(line.text for line in lines_of_node(said))


def test_what_matters_most_comes_first() -> None:
    assert text(look(VIM, KERNEL, NEW)) == (
        "2 to upgrade, 1 new, 1 of them for security; 53.0 MB to fetch, 1.0 MB more on the disk, 900 MiB free in /\n"
        "  linux-image-arm64  6 -> 7      trixie-security  50.0 MB  KERNEL SECURITY\n"
        "  new                (new) -> 2  trixie           1.5 MB\n"
        "  vim                1 -> 2      trixie           1.5 MB\n"
        "  Caution: what the node boots from changes (linux-image-arm64, 300 MiB free in /boot/firmware): have "
        "the card at hand, and see the first node boot"
    )


def test_an_update_may_take_less_room_than_what_was_there() -> None:
    assert "1.5 MB to fetch, 2.0 MB less on the disk" in text(look({**VIM, "growth": -2_000_000}))


def test_what_follows_is_said() -> None:
    then = {"services": ["greeter.service"], "others": [], "reasons": ["libc6 upgraded since boot"]}
    said = text(look(VIM, then=then, failing=["bad.service"], kept_back=["held"], unfinished=["x half-installed"]))
    assert "First: finishes what a killed run left: x half-installed" in said
    assert "Run the old code until -e restart_services=yes: greeter.service" in said
    assert "A reboot is due after it (-e reboot=yes): libc6 upgraded since boot" in said
    assert "Fails already: bad.service" in said
    assert "Kept back, as it is held or would remove something: held" in said
    said = text(look(VIM, then=then, actions=[("greeter.service", "stop and start")]))
    assert "Stopped and started after it: greeter.service" in said
    said = text(look(VIM, then=then, actions=[("the node", "reboot")]))
    assert "The node is rebooted after it: libc6 upgraded since boot" in said
    assert "old code" not in said


def test_nodes_with_the_same_to_do_share_a_paragraph() -> None:
    shown = [line.text for line in lines_of_fleet({"n1": look(VIM), "n2": look(NEW), "n3": look(VIM)}, width=120)]
    assert [line.partition(":")[0] for line in shown if line.startswith("n")] == ["n1, n3", "n2"]
    assert max(len(line.text) for line in lines_of_fleet({"node": look(VIM)}, width=60)) <= 60
    assert "no package to upgrade" in text(look(actions=[("the node", "reboot")]))


def test_what_a_node_says_is_no_escape_sequence_and_not_endless() -> None:
    hostile = {**VIM, "name": "x\x1b[2J", "after": "\x07" * 500, "archives": "no list", "size": "many", "kind": []}
    said = text(look(hostile, *[VIM] * 500, then={"services": 7, "reasons": "text"}, room={"free": None}, failing={}))
    assert not any(char in said for char in "\x1b\x07")
    assert "and 101 more" in said
