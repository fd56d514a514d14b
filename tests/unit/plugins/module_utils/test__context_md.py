from __future__ import annotations

import pathlib
import re
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._context_md import (
    Context,
    ContextError,
    Form,
    read_context,
)

ROOT = pathlib.Path(__file__).resolve().parents[4]
WHY = "shows load over SSH"
HEAD = "# Installed packages\n\n"
TABLE = f"{HEAD}| Package | Justification |\n| --- | --- |\n"


def read(text: str) -> Context:
    return read_context(text.encode())


def packages(text: str) -> list[str]:
    context = read(text)
    assert context.problems == ()
    return [entry.package for entry in context.entries]


def complaints(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.sentence) for problem in read(text).problems]


@pytest.mark.parametrize(
    "heading",
    [
        "# Installed packages",
        "### installed PACKAGES:",
        "## **Installed packages**",
        "## *Installed* packages ##",
        "Installed packages\n---",
        "Installed   packages\n===",
    ],
)
def test_the_heading_may_have_any_level_case_and_markup(heading: str) -> None:
    assert packages(f"Text.\n\n{heading}\n\n- `htop`: {WHY}\n") == ["htop"]


@pytest.mark.parametrize(
    "heading", ["# Packages", "# Installed packages of ours", "Installed packages", "#Installed packages"]
)
def test_another_heading_is_another_section(heading: str) -> None:
    assert packages(f"{heading}\n\n- `htop`: {WHY}\n") == []


def test_a_table_is_read_by_its_titles() -> None:
    context = read(
        f"{HEAD}| Since | justification: | **PACKAGE** | Nodes |\n|---|:-:|---|---|\n"
        f"| 2026 | {WHY} | `htop` | workers, n1 |\n| | compiles kernel drivers | g++ | |\n"
    )
    assert context.problems == ()
    assert [(e.package, e.justification, e.nodes, e.line) for e in context.entries] == [
        ("htop", WHY, ("workers", "n1"), 5),
        ("g++", "compiles kernel drivers", (), 6),
    ]
    assert context.form == Form("table", ("", "justification", "package", "nodes"), 6)


@pytest.mark.parametrize(
    "item",
    [
        f"- `htop`: {WHY}",
        f"* `htop` : {WHY}",
        f"1. `htop`: {WHY}",
        f"- **htop**: {WHY}",
        f"- **htop:** {WHY}",
        f"- **`htop`**: {WHY}",
        f"- [`htop`](http://x.invalid/a:b): {WHY}",
        "- `htop`: shows load\n  over SSH",
        f"- `htop`: {WHY}\n\n  More of it, with `code`: and all.",
        f"- `htop`: {WHY}\n  - `F6`: sorts",
        f"- Monitoring\n  - `htop`: {WHY}",
        f"- Monitoring\n\n  text\n\n  1. deep\n     - `htop`: {WHY}",
    ],
)
def test_a_list_item_is_an_entry(item: str) -> None:
    context = read(f"{HEAD}{item}\n")
    assert [(e.package, e.justification) for e in context.entries] == [("htop", WHY)]
    assert context.problems == ()


def test_the_section_ends_with_the_next_heading_of_its_level() -> None:
    text = f"""\
# Context
- `before`: {WHY}
## Installed packages
- `one`: {WHY}
### Robots
- `two`: {WHY}

| Package | Justification |
|--|--|
| three | {WHY} |

Other text.

- `four`: {WHY}
## Other
- `after`: {WHY}
### Installed packages
- `five`: {WHY}
# More
- `late`: {WHY}
"""
    assert packages(text) == ["one", "two", "three", "four", "five"]


@pytest.mark.parametrize(
    "block",
    [
        f"> - `htop`: {WHY}",
        f"> ## Installed packages\n> - `htop`: {WHY}",
        f"```\n- `htop`: {WHY}\n```",
        f"~~~md\n- `htop`: {WHY}",
        f"    - `htop`: {WHY}",
        f"<!--\n- `htop`: {WHY}\n-->",
        f"<div>\n- `htop`: {WHY}\n</div>",
        f"Text.\n<!-- - `htop`: {WHY} -->",
        f"| Name | Justification of it |\n|--|--|\n| htop | {WHY} |",
        "- Prose, which explains: this list.\n- More prose.",
        "- ![x](y)",
        "-\n- \n",
        "| Package | Justification |\n|--|--|\n| | |",
    ],
)
def test_what_is_no_entry(block: str) -> None:
    context = read(f"{HEAD}{block}\n")
    assert context.entries == ()
    assert context.problems == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{TABLE}| htop |\n", 5, "the row has 1 cell where the table has 2 columns"),
        (f"{TABLE}| htop | {WHY} | x |\n", 5, "the row has 3 cells where the table has 2 columns"),
        (f"{TABLE}| htop | a pipe | shows bars |\n", 5, "a '|' in a cell is written '\\|'"),
        (f"{TABLE}| htop | {WHY} |\ntext\n", 6, "text after a table needs an empty line before it"),
        (f"{TABLE}| | {WHY} |\n", 5, "'' is no package: it is empty"),
        (f"{TABLE}| htop | needed |\n", 5, "package htop: its justification says nothing"),
        (f"{TABLE}| htop | |\n", 5, "package htop: it has no justification"),
        (f"{TABLE}| htop | <why this node needs it> |\n", 5, "package htop: it has no justification"),
        (f"{TABLE}| htop | {WHY} |\n\n- `htop`: again and again\n", 7, "documented in line 5 already"),
        (f"{HEAD}| Package |\n|--|\n| htop |\n", 3, "the table has no column Justification; add it"),
        (f"{HEAD}| Justification | x |\n|--|--|\n", 3, "the table has no column Package; add it"),
        (f"{HEAD}|Package|Justification|Package|\n|-|-|-|\n|a|b|c|\n", 3, "two columns Package; keep one"),
        (f"{HEAD}- `htop`\n", 3, "package htop: it has no justification"),
        (f"{HEAD}- `htop`:\n", 3, "package htop: it has no justification"),
        (f"{HEAD}- `htop` {WHY}\n", 3, "write - `htop`: and what the node has it for"),
        (f"{HEAD}- `htop`, `tmux`: {WHY}\n", 3, "one package an item"),
        (f"{HEAD}- `htop` (workers): {WHY}\n", 3, "after the package comes a colon"),
        (f"{HEAD}- htop: {WHY}\n", 3, "'htop' looks like a package and stands without backticks; write - `htop`:"),
        (f"{HEAD}- htop\n", 3, "stands without backticks"),
        (f"{HEAD}- `htop=3.4`: {WHY}\n", 3, "'htop=3.4' is no package: which version"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, line: int, said: str) -> None:
    ((where, sentence),) = complaints(text)
    assert where == line
    assert said in sentence


def test_the_named_package_comes_with_the_fault() -> None:
    assert [p.package for p in read(f"{TABLE}| htop |\n| tm ux | x |\n| *tmux*=1 | x y |\n").problems] == [
        "htop",
        "",
        "tmux",
    ]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", Form("none")),
        ("# Other\n", Form("none")),
        ("text\n\n# Installed packages\n", Form("heading", line=3)),
        (f"{HEAD}- `a1`: {WHY}\n- `b1`: {WHY}\n  more\n\n\n# Next\n", Form("list", line=5)),
        (f"{HEAD}- prose\n", Form("heading", line=1)),
        (TABLE, Form("table", ("package", "justification"), 4)),
        (f"{HEAD}- `a1`: {WHY}\n\n|Justification|Package|\n|-|-|\n", Form("table", ("justification", "package"), 6)),
        (
            f"{TABLE}\n## More\n\n|Package|Nodes|Justification|\n|-|-|-|\n",
            Form("table", ("package", "justification"), 4),
        ),
    ],
)
def test_the_place_for_one_more_entry(text: str, form: Form) -> None:
    assert read(text).form == form


def test_the_labs_sample_takes_entries() -> None:
    context = read_context((ROOT / "lab/sample/ai-systems/context.md").read_bytes())
    assert [entry.package for entry in context.entries] == ["tree", "python3-venv"]
    assert context.problems == ()
    assert context.form.columns == ("package", "nodes", "justification")


def test_a_heading_that_was_meant_for_it_is_told() -> None:
    assert read("# Context\n\n## Extra Packages\n").like == (3, "Extra Packages")
    assert read("# Context\n").like is None


def test_bom_and_line_ends_are_no_matter() -> None:
    text = TABLE + f"| htop | {WHY} |\n"
    for content in (
        b"\xef\xbb\xbf" + text.encode(),
        text.replace("\n", "\r\n").encode(),
        text.replace("\n", "\r").encode(),
    ):
        context = read_context(content)
        assert [(entry.package, entry.line) for entry in context.entries] == [("htop", 5)]
        assert context.problems == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"# Installed packages\n\n- `htop`: l\xe4uft\n", "docs/context.md:3: it is not UTF-8; save it as UTF-8"),
        ("# Installed".encode("utf-16"), "docs/context.md:1: it is not UTF-8"),
        (b"a" * 1_048_577, "docs/context.md: it is larger than 1048576 bytes"),
        (b"\n" * 50_001, "or 50000 lines"),
    ],
)
def test_a_file_that_cannot_be_read(content: bytes, said: str) -> None:
    with pytest.raises(ContextError) as caught:
        read_context(content, "docs/context.md")
    assert said in str(caught.value)


def test_ten_thousand_rows_are_read() -> None:
    text = TABLE + "".join(f"| package{number} | {WHY} |\n" for number in range(10_000))
    context = read(text)
    assert len(context.entries) == 10_000
    assert context.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}- `htop`: " + "[" * 900_000,
        f"{HEAD}- `htop`: " + "` " * 450_000,
        f"{HEAD}- `htop`: " + "*a " * 300_000,
        f"{TABLE}| htop | " + "a b " * 200_000 + "|\n",
        ">" * 900_000,
        "- " * 450_000,
        "".join("  " * depth + "- a\n" for depth in range(900)),
        "<!--\n" * 49_000,
        "a\n" * 49_000 + "===\n",
        "[a\n" * 49_000,
        "|" * 450_000 + "\n" + "|-" * 225_000,
        "\0" * 900_000,
    ],
)
def test_a_hostile_file_ends_in_time(text: str) -> None:
    started = time.process_time()
    context = read(text)
    assert time.process_time() - started < 10
    assert all(len(problem.sentence) < 500 and problem.sentence.isprintable() for problem in context.problems)


def test_what_is_shown_is_printable() -> None:
    context = read(
        f"{TABLE}| \x1b[2Jhtop | {WHY} |\n| tmux | a \x1b]0;x\x07 \u202e shows processes |\n\n- **\x07x**: y\n\n"
        "# P\x1b[31mackages package\n"
    )
    texts = [p.sentence for p in context.problems] + [e.justification for e in context.entries]
    texts.append(context.like[1] if context.like else "")
    assert len(context.problems) == 2
    assert all(text.isprintable() for text in texts)


def test_the_examples_of_the_page_are_accepted() -> None:
    page = (ROOT / "docs/context.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```markdown\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    assert [packages(example) for example in examples] == [["htop", "i2c-tools"], ["htop", "i2c-tools", "v4l-utils"]]
