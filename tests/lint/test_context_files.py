"""context.md of a repository, read by the reader of apt_package, and held against an inventory."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from runbook_lint import inventory_files
from runbook_lint.context_files import check_context
from runbook_lint.decisions._context_md import MOST_BYTES, read_context
from runbook_lint.declared_packages import ASKED, asked_packages, waived_units
from runbook_lint.inventory_files import Inventory, InventoryError
from runbook_lint.reported import Reported
from runbook_lint.repository import Repository

HEAD = "# Context\n\n## Installed packages\n\n"
TABLE = f"{HEAD}| Package | Nodes | Justification |\n|---|---|---|\n"
HTOP = f"{TABLE}| `htop` | | shows load over SSH |\n"


def check(top: Path, text: str | bytes | None, inventory: t.Mapping[str, str] | None = None) -> list[Reported]:
    repository = top / "repository"
    repository.mkdir()
    (repository / "README.md").write_text("x")
    if text is not None:
        (repository / "context.md").write_bytes(text.encode() if isinstance(text, str) else text)
    declared = Inventory(written(top / "inventory", inventory), ASKED) if inventory is not None else None
    found, looked_at = check_context(Repository(repository), inventory=declared)
    assert looked_at == (text is not None)
    return found


def written(folder: Path, files: t.Mapping[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def said(found: t.Iterable[Reported]) -> list[tuple[int, str, str]]:
    return [(one.line, one.rule, one.verdict) for one in found]


BAD: dict[str, tuple[str | bytes, int, str]] = {
    "no reason": (f"{TABLE}| htop | | |\n", 7, "it has no justification"),
    "nothing said": (f"{TABLE}| htop | | needed |\n", 7, "says nothing that would not go for any package"),
    "still to be written": (f"{HEAD}- `htop`: TODO\n", 5, "still to be written"),
    "twice": (f"{HTOP}| htop | | shows what runs on a node |\n", 8, "documented in line 7 already"),
    "a glob": (f"{HEAD}- `lib*`: the libraries of the cameras\n", 5, "is no package"),
    "a version": (f"{HEAD}- `htop=3.4`: shows load over SSH\n", 5, "is no package"),
    "no backticks": (f"{HEAD}- htop: shows load over SSH\n", 5, "without backticks"),
    "several at once": (f"{HEAD}- `htop`, `tmux`: for people over SSH\n", 5, "after the package comes a colon"),
    "an odd node": (f"{TABLE}| htop | a b! | shows load over SSH |\n", 7, "names no node or group"),
    "a cell too many": (f"{TABLE}| htop | | shows load | over SSH |\n", 7, "4 cells"),
    "no such column": (f"{HEAD}| Package | Why |\n|---|---|\n| htop | shows load |\n", 5, "no column Justification"),
    "too long": (f"{HEAD}- `htop`: {'shows load over SSH ' * 60}\n", 5, "longer than 1000 characters"),
    "not UTF-8": (b"# Context\n\xff\n", 2, "it is not UTF-8"),
    "too large": (b"x" * (MOST_BYTES + 1), 0, "larger than"),
    "larger still": (b"x" * (MOST_BYTES + 2), 0, "more than"),
}


@pytest.mark.parametrize(("text", "line", "what"), BAD.values(), ids=BAD)
def test_a_fault_is_found_at_its_line(tmp_path: Path, text: str | bytes, line: int, what: str) -> None:
    (found,) = check(tmp_path, text)
    assert (found.path, found.line, found.clause, found.rule) == ("context.md", line, "3.3", "runbook-3-3-context")
    assert what in found.what
    assert found.remedy
    assert "; " not in found.what
    assert found.is_breach


GOOD = {
    "a table": HTOP,
    "a list": f"{HEAD}- `htop`: shows load over SSH\n",
    "bold": f"{HEAD}- **htop**: shows load over SSH\n",
    "under a group": f"{HEAD}- Cameras\n  - `v4l-utils`: sets exposure of the USB cameras\n",
    "nothing installed": HEAD,
    "no section": "# Context\n\nWhat we do.\n",
    "empty": "",
    "nodes": f"{TABLE}| htop | sensors, greenhouse-1 | shows load over SSH |\n",
    "code": f"{HEAD}```\n- `lib*`: needed\n```\n",
    "a comment": f"{HEAD}<!-- - htop: needed -->\n",
    "another section": f"{HTOP}\n## Services\n\n- htop: needed\n",
    "another table": f"{HEAD}| Node | Purpose |\n|---|---|\n| a | b |\n",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_is_in_order_is_silent(tmp_path: Path, text: str) -> None:
    assert check(tmp_path, text) == []


def test_it_is_the_reader_of_the_module(tmp_path: Path) -> None:
    text = f"{TABLE}| htop | | needed |\n| lib* | | |\n| tmux | | a b c |\n"
    problems = read_context(text.encode()).problems
    assert [f"{one.what}; {one.remedy}" for one in check(tmp_path, text)] == [one.sentence for one in problems]
    assert len(problems) == 3


def test_a_repository_without_the_file_is_no_finding(tmp_path: Path) -> None:
    assert check(tmp_path, None) == []


@pytest.mark.parametrize("what", ["link", "fifo", "folder"])
def test_what_is_no_file_is_not_read(tmp_path: Path, what: str) -> None:
    top = tmp_path / "repository"
    top.mkdir()
    (tmp_path / "outside").write_text(f"{HEAD}- `secret-of-outside`\n")
    if what == "link":
        (top / "context.md").symlink_to(tmp_path / "outside")
    elif what == "fifo":
        os.mkfifo(top / "context.md")
    else:
        (top / "context.md").mkdir()
        (top / "context.md/x").write_text("x")
    found, dummy = check_context(Repository(top))
    assert "secret-of-outside" not in repr(found)
    assert [one.line for one in found] == ([] if what == "folder" else [0])


def test_a_hostile_file_ends_and_is_shown_clean(tmp_path: Path) -> None:
    text = HEAD + "".join(f"- `\x1b[2J\u202e{number}`: needed\n" for number in range(1000)) + "[" * 20_000
    found = check(tmp_path, text)
    assert found
    assert all(one.what.isprintable() and len(one.what) < 1000 for one in found)


# ---- Beside an inventory ----

HOSTS = (
    "all:\n  children:\n    workers:\n      hosts:\n        w1:\n        w2:\n    sensors:\n      hosts:\n        s1:\n"
)


def test_packages_that_nobody_justified(tmp_path: Path) -> None:
    inventory = {
        "hosts.yml": HOSTS,
        "group_vars/all.yml": "packages_list: [htop, tmux]\n",
        "group_vars/workers.yml": "packages_list:\n  - ffmpeg\n",
        "host_vars/w1.yml": "essential_packages_procedures: [nftables, tcpdump]\n",
        "host_vars/s1.yml": "essential_packages_list: [git, vim, curl, i2c-tools]\n",
    }
    found = check(tmp_path, HTOP, inventory)
    assert [(one.line, one.what) for one in found] == [
        (7, "package tmux, which all asks for, is not documented"),
        (7, "package ffmpeg, which group workers asks for, is not documented"),
        (7, "package tcpdump, which host w1 asks for, is not documented"),
        (7, "package tmux, which all asks for, is not documented"),
        (7, "package ffmpeg, which group workers asks for, is not documented"),
        (7, "package tmux, which all asks for, is not documented"),
        (7, "package i2c-tools, which host s1 asks for, is not documented"),
    ]
    assert {one.rule for one in found} == {"runbook-3-3-undocumented"}
    assert "| `ffmpeg` | workers | <why this node needs it> |" in found[1].remedy


def test_a_repository_without_context_md_has_justified_nothing(tmp_path: Path) -> None:
    (found,) = check(tmp_path, None, {"hosts.yml": HOSTS, "group_vars/sensors.yml": "packages_list: [i2c-tools]\n"})
    assert (found.path, found.line, found.rule) == ("context.md", 0, "runbook-3-3-undocumented")
    assert "has no such file" in found.what
    assert found.remedy.startswith("commit one with the heading")


GOOD_INVENTORIES = {
    "documented": {"hosts.yml": HOSTS, "group_vars/all.yml": "packages_list: [htop]\n"},
    "a version": {"hosts.yml": HOSTS, "group_vars/all.yml": "packages_list: [htop=3.4.1-5]\n"},
    "the checklist's own": {"hosts.yml": HOSTS, "group_vars/all.yml": "packages_list: [htop, git, sudo, nftables]\n"},
    "one file": {"hosts.yml": "all:\n  hosts:\n    n1:\n      packages_list: [htop]\n"},
    "a folder of variables": {"hosts.yml": HOSTS, "group_vars/all/packages.yml": "packages_list: [htop]\n"},
    "in the group": {"hosts.yml": "workers:\n  hosts:\n    n1:\n  vars:\n    packages_list: [htop]\n"},
    "no hosts": {"group_vars/all.yml": "packages_list: [htop]\n"},
    "vault": {
        "hosts.yml": HOSTS,
        "group_vars/all.yml": "packages_list: [htop]\nsecret: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n",
        "group_vars/all/vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
    },
    "what the image held": {
        "hosts.yml": "all:\n  hosts:\n    n1:\n",
        "group_vars/all.yml": "packages_list: [htop, less]\n",
        "baselines/n1.json": '{"packages": {"less": "1"}, "enabled_units": [], "accounts": []}',
    },
}


@pytest.mark.parametrize("inventory", GOOD_INVENTORIES.values(), ids=GOOD_INVENTORIES)
def test_an_inventory_that_asks_for_what_is_documented(tmp_path: Path, inventory: dict[str, str]) -> None:
    assert check(tmp_path, HTOP, inventory) == []


UNDECIDED = {
    "a template": ('packages_list: "{{ more }}"\n', 1, "3.3", "is a template"),
    "a template in it": ('packages_list:\n  - htop\n  - "{{ x }}"\n', 3, "3.3", "holds a template"),
    "no list": ("packages_list: htop\n", 1, "3.2", "is no list"),
    "a glob": ("packages_list:\n  - htop\n  - lib*\n", 3, "3.2", "no explicit package name"),
    "no text": ("packages_list: [htop, 7]\n", 1, "3.2", "no text"),
    "a dictionary": ("packages_list:\n  - name: htop\n", 2, "3.2", "no text"),
    "no YAML": ("packages_list: [htop\n", 2, "3.3", "it is no YAML"),
    "nested": ("a: " + "[" * 5000 + "\n", 0, "3.3", "nested too deeply"),
}


@pytest.mark.parametrize(("text", "line", "clause", "what"), UNDECIDED.values(), ids=UNDECIDED)
def test_what_cannot_be_decided_is_never_passed(tmp_path: Path, text: str, line: int, clause: str, what: str) -> None:
    found = [one for one in check(tmp_path, HTOP, {"hosts.yml": HOSTS, "group_vars/all.yml": text}) if one.is_breach]
    assert [(one.line, one.clause) for one in found] == [(line, clause)]
    assert what in found[0].what
    assert found[0].path.endswith("group_vars/all.yml")


def test_an_entry_for_other_nodes_and_one_that_nobody_asks_for(tmp_path: Path) -> None:
    text = f"{TABLE}| htop | sensors | shows load over SSH |\n| tmux | | keeps sessions over bad links |\n"
    found = check(tmp_path, text, {"hosts.yml": HOSTS, "group_vars/workers.yml": "packages_list: [htop]\n"})
    breaches = [one for one in found if one.is_breach]
    assert [(one.line, one.what) for one in breaches] == [
        (7, "package htop is documented for sensors and not for w1, where group workers asks for it"),
        (7, "package htop is documented for sensors and not for w2, where group workers asks for it"),
    ]
    assert {(one.line, one.rule, one.verdict) for one in found if not one.is_breach} == {
        (8, "runbook-3-3-unused", "info")
    }


def test_groups_in_groups(tmp_path: Path) -> None:
    hosts = "all:\n  children:\n    outer:\n      children:\n        inner:\n          hosts:\n            n1:\n"
    folder = written(tmp_path / "inventory", {"hosts.yml": hosts, "group_vars/outer.yml": "packages_list: [htop]\n"})
    asked = asked_packages(Inventory(folder, ASKED))
    assert asked.by_host == {"n1": {"htop": "group outer"}}
    assert asked.groups == {"n1": {"all", "outer", "inner"}}


def test_an_inventory_that_is_not_there() -> None:
    with pytest.raises(InventoryError, match="no inventory"):
        Inventory(Path("/nonexistent/inventory"), ASKED)


def test_aliases_do_not_make_a_short_inventory_endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_files, "_MOST_GROUPS", 100)
    text = "g0: &g0\n  hosts:\n    n:\n"
    for level in range(1, 20):
        children = "".join(f"    c{level}x{number}: *g{level - 1}\n" for number in range(9))
        text += f"g{level}: &g{level}\n  children:\n{children}"
    inventory = Inventory(written(tmp_path / "inventory", {"hosts.yml": text}), ASKED)
    assert [unread[2] for unread in inventory.unread] == ["its groups are nested too deeply, or are too many"]


def test_waivers_and_texts_of_an_inventory(tmp_path: Path) -> None:
    text = (
        "operator_user_name: anna\nrepository_path: '{{ home }}/ai'\nservices_list:\n"
        "  - src: gpio/gpio.service\n    waive: {runs-as-root: binds GPIO}\n  - src: a/a.service\n  - 7\n"
    )
    inventory = Inventory(written(tmp_path / "inventory", {"group_vars/all.yml": text}), ASKED)
    assert waived_units(inventory) == {"gpio/gpio.service": {"runs-as-root": "binds GPIO"}}
    assert inventory.text_of("operator_user_name") == "anna"
    assert inventory.text_of("repository_path") == ""
