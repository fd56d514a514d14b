from __future__ import annotations

import pathlib

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils._context_md import read_context
from ansible_collections.ai_systems.runbook.plugins.module_utils._documentation import (
    CHECKLIST_PACKAGES,
    PROCEDURE_PACKAGES,
    Judgement,
    Node,
    exempt_packages,
    judge,
    line_to_add,
)

ROOT = pathlib.Path(__file__).resolve().parents[4]
# As Ansible's group_names, which leaves "all" out.
NODE = Node("greenhouse-1", frozenset({"workers", "sensors"}))
WHY = "shows load over SSH"
HEAD = "# Installed packages\n\n"
TABLE = f"{HEAD}| Package | Since | Nodes | Justification |\n|--|--|--|--|\n"


def judged(text: str | None, wanted: dict[str, str], anywhere: list[str] | None = None) -> Judgement:
    context = None if text is None else read_context(text.encode())
    return judge(
        wanted, node=NODE, exempt=exempt_packages(["adduser:arm64"]), context=context, wanted_anywhere=anywhere
    )


def test_the_checklist_is_what_the_role_installs_unasked() -> None:
    defaults = yaml.safe_load((ROOT / "roles/essential_packages/defaults/main.yml").read_text(encoding="utf-8"))
    assert tuple(defaults["essential_packages_list"]) == CHECKLIST_PACKAGES
    assert tuple(defaults["essential_packages_procedures"]) == PROCEDURE_PACKAGES


@pytest.mark.parametrize("text", [None, "", HEAD, f"{HEAD}- `htop`: {WHY}\n"])
def test_what_is_exempt_needs_no_entry(text: str | None) -> None:
    names = [*CHECKLIST_PACKAGES, *PROCEDURE_PACKAGES, "python3", "python3-apt", "sudo", "adduser"]
    assert judged(text, dict.fromkeys(names, "all")) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}- `htop`: {WHY}\n",
        f"{TABLE}| htop | | | {WHY} |\n",
        f"{TABLE}| htop | | all | {WHY} |\n",
        f"{TABLE}| htop | | robots, greenhouse-1 | {WHY} |\n",
        f"{TABLE}| htop | | sensors | {WHY} |\n",
    ],
)
def test_a_documented_package_passes(text: str) -> None:
    assert judged(text, {"htop": "group workers"}, ["htop"]) == ((), ())


@pytest.mark.parametrize(
    ("text", "asked_by", "said"),
    [
        (
            None,
            "group workers",
            (
                "context.md: package htop, which group workers asks for, is not documented, and the repository's "
                "commit has no such file; commit one with the heading ## Installed packages and below it the line - "
                "`htop`: <why this node needs it>"
            ),
        ),
        (
            "# Context\n",
            "all",
            (
                "context.md: package htop, which all asks for, is not documented, and there is no section 'Installed "
                "packages'; add the heading ## Installed packages and below it the line - `htop`: <why this node needs "
                "it>"
            ),
        ),
        (
            "# Context\n\n## Packages\n",
            "all",
            (
                "context.md:3: package htop, which all asks for, is not documented, and the section is to be called "
                "'Installed packages', not 'Packages'; rename it and add the line - `htop`: <why this node needs it>"
            ),
        ),
        (
            HEAD,
            "all",
            (
                "context.md:1: package htop, which all asks for, is not documented; add below line 1, in the section "
                "'Installed packages': - `htop`: <why this node needs it>"
            ),
        ),
        (
            f"{HEAD}- `tmux`: keeps sessions alive\n",
            "all",
            (
                "context.md:3: package htop, which all asks for, is not documented; add below line 3, in the section "
                "'Installed packages': - `htop`: <why this node needs it>"
            ),
        ),
        (
            f"{HEAD}- `htpo`: {WHY}\n",
            "all",
            (
                "context.md:3: package htop, which all asks for, is not documented; add below line 3, in the section "
                "'Installed packages': - `htop`: <why this node needs it>; or did you mean line 3, 'htpo'?"
            ),
        ),
        (
            TABLE,
            "group workers, host greenhouse-1",
            (
                "context.md:4: package htop, which group workers, host greenhouse-1 asks for, is not documented; add "
                "below line 4, in the section 'Installed packages': | `htop` |  | workers, greenhouse-1 | <why this "
                "node needs it> |"
            ),
        ),
        (
            f"{TABLE}| htop | | robots | {WHY} |\n",
            "group workers",
            (
                "context.md:5: package htop is documented for robots and not for greenhouse-1, where group workers "
                "asks for it; add workers to the cell of the column Nodes, or leave it empty for all nodes"
            ),
        ),
        (
            f"{TABLE}| htop | | robots | {WHY} |\n",
            "the command line",
            (
                "context.md:5: package htop is documented for robots and not for greenhouse-1, where the command line "
                "asks for it; add greenhouse-1 to the cell of the column Nodes, or leave it empty for all nodes"
            ),
        ),
    ],
)
def test_what_is_not_documented_comes_with_the_line_to_add(text: str | None, asked_by: str, said: str) -> None:
    assert judged(text, {"git": "all", "htop": asked_by}) == ((said,), ())


@pytest.mark.parametrize(
    "text",
    [HEAD, f"{HEAD}- `tmux`: keeps sessions alive\n", TABLE, f"{HEAD}|Justification|Package|\n|-|-|\n", "# No\n"],
)
def test_the_line_to_add_is_read_once_its_reason_is_written(text: str) -> None:
    context = read_context(text.encode())
    line = line_to_add(context, "g++", "group workers", NODE)
    where = context.form.line
    lines = text.splitlines()
    pasted = (
        [*lines[:where], line, *lines[where:]]
        if context.form.kind != "none"
        else [*lines, "## Installed packages", line]
    )
    if context.form.kind == "heading":
        pasted.insert(where, "")

    again = judged("\n".join(pasted), {"g++": "group workers"})
    assert len(again.errors) == 1
    assert "package g++: it has no justification" in again.errors[0]

    written = "\n".join(pasted).replace("<why this node needs it>", "compiles kernel drivers")
    assert judged(written, {"g++": "group workers"}) == ((), ())


@pytest.mark.parametrize(
    ("asked_by", "nodes"),
    [
        ("all", ""),
        ("all, group workers", ""),
        ("the command line", ""),
        ("group workers", "workers"),
        ("group workers, host greenhouse-1", "workers, greenhouse-1"),
    ],
)
def test_the_line_to_add_is_for_those_who_ask(asked_by: str, nodes: str) -> None:
    context = read_context(TABLE.encode())
    for groups in (NODE.groups, NODE.groups | {"all"}):
        line = line_to_add(context, "htop", asked_by, Node(NODE.name, groups))
        assert line == f"| `htop` |  | {nodes} | <why this node needs it> |"


def test_every_fault_of_the_file_is_an_error_and_said_once() -> None:
    judgement = judged(
        f"{HEAD}- `tmux`: needed\n- htop: {WHY}\n- `Vim`: edits text well\n", {"htop": "all", "tmux": "all"}
    )
    assert [error.partition(": ")[0] for error in judgement.errors] == ["context.md:3", "context.md:4", "context.md:5"]


def test_what_no_node_wants_any_more_is_a_warning() -> None:
    text = (
        f"{HEAD}- `htop`: {WHY}\n- `tmux`: keeps sessions alive\n- `nload`: shows network load\n- `git`: fetches code\n"
    )
    judgement = judged(text, {"htop": "all"}, ["htop", "nload"])
    assert judgement.errors == ()
    assert judgement.warnings == (
        (
            "context.md:4: package tmux is documented, and the inventory asks for it on no node any more; remove the "
            "entry"
        ),
    )
    assert judged(text, {"htop": "all"}).warnings == ()


def test_a_near_name_that_another_node_wants_is_not_offered() -> None:
    judgement = judged(f"{HEAD}- `htpo`: {WHY}\n", {"htop": "all"}, ["htop", "htpo"])
    assert "did you mean" not in judgement.errors[0]


def test_what_is_said_is_bounded() -> None:
    judgement = judged(HEAD, {f"p{number}": "all" for number in range(10_000)})
    assert len(judgement.errors) == 51
    assert judgement.errors[-1] == "context.md: there are 9950 more; mend these first"
