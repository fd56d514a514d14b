"""Units are read as systemd 257 reads them: what is expected here was seen in what systemd-analyze verify says."""

from __future__ import annotations

import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_file
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, Unit, in_order, parse


def unit_of(*contents: str | bytes, name: str = "web.service") -> Unit:
    texts = [content.encode() if isinstance(content, str) else content for content in contents]
    return parse(name, [Text(f"/repo/{number}", content) for number, content in enumerate(texts)])


def values(unit: Unit, key: str, section: str = "Service") -> list[tuple[str, int]]:
    return [(one.value, one.line) for one in unit.assignments.get((section, key), [])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[Service]\nA=1\nA=2\n", [("1", 2), ("2", 3)], id="repeated"),
        pytest.param("[Service]\n A = 1 \n", [("1", 2)], id="blanks around"),
        pytest.param("[Service]\nA=x=y\n", [("x=y", 2)], id="only the first equals sign counts"),
        pytest.param("[Service]\nA=\n", [("", 2)], id="empty"),
        pytest.param("[Service]\nA=1", [("1", 2)], id="no final newline"),
        pytest.param("[Service]\r\nA=1\r\nA=2\r\n", [("1", 2), ("2", 3)], id="lines of Windows"),
        pytest.param("\ufeff[Service]\nA=1\n", [("1", 2)], id="byte order mark"),
        pytest.param("# c\n; c\n\n[Service]\n  # c\nA=1\n", [("1", 6)], id="comments"),
        pytest.param("[Service]\nA=1 # no comment\n", [("1 # no comment", 2)], id="no comment behind a value"),
        pytest.param("[Service]\nA=1\\\n  2\n", [("1   2", 2)], id="continued"),
        pytest.param("[Service]\nA=1 \\\n# c\n; c\n2\nA=3\n", [("1  2", 2), ("3", 6)], id="comments while continued"),
        pytest.param("[Service]\nA=1 \\\n\nA=3\n", [("1", 2), ("3", 4)], id="an empty line ends it"),
        pytest.param("[Service]\nA=1 \\", [("1", 2)], id="continued by nothing"),
        pytest.param("[Service]\nA=1\\\\\nA=2\n", [("1\\\\", 2), ("2", 3)], id="an escaped backslash continues not"),
        pytest.param("[Service]\nA=1\\\\\\\n2\n", [("1\\\\ 2", 2)], id="three backslashes do"),
        pytest.param("[Service]\nA=1 \\ \nB=2\n", [("1 \\", 2)], id="a blank behind the backslash"),
        pytest.param("[Service]\nA=1 \\\n[Unit]\nA=2\n", [("1  [Unit]", 2), ("2", 4)], id="a section swallowed"),
        pytest.param("[Service]\n\\\nA=1\n", [("1", 2)], id="continued from nothing"),
        pytest.param('[Service]\nA="a b"\n', [('"a b"', 2)], id="quotes stay"),
        pytest.param("[Service]\nA=1\n[Unit]\nA=2\n[Service]\nA=3\n", [("1", 2), ("3", 6)], id="a section twice"),
        pytest.param("[X-Ours]\nA=1\n[Service]\nA=2\n", [("2", 4)], id="others' sections"),
    ],
)
def test_lines_become_assignments(text: str, expected: list[tuple[str, int]]) -> None:
    unit = unit_of(text)
    assert values(unit, "A") == expected
    assert unit.problems == []


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        pytest.param("A=1\n[Service]\n", 1, "'A' stands before any section", id="before any section"),
        pytest.param("[Service]\nA\n", 2, "'A' is no assignment", id="no equals sign"),
        pytest.param("[Service]\n=1\n", 2, "'=' is no assignment", id="no key"),
        pytest.param("[Service\nA=1\n", 1, "'[Service' is no section", id="open bracket"),
        pytest.param('[Ser"vice]\n', 1, "is no section", id="quote in a section"),
        pytest.param("[Service]\n[\n", 2, "'[' is no section", id="a bracket alone"),
        pytest.param(
            "[ Service ]\nA=1\n", 1, "'[ Service ]' means nothing in a service unit", id="blanks in a section"
        ),
        pytest.param("[Timer]\nA=1\n", 1, "'[Timer]' means nothing in a service unit", id="another kind's section"),
        pytest.param("[service]\nA=1\n", 1, "'[service]' means nothing", id="case counts"),
        pytest.param(b"[Service]\nB=\xff\n", 2, "it is not UTF-8", id="invalid UTF-8"),
        pytest.param(b"[Service]\n# \xff\n", 2, "it is not UTF-8", id="invalid UTF-8 in a comment"),
        pytest.param("[Service]\n# c\0B=1\n", 2, "a NUL byte ends a line", id="NUL"),
        pytest.param("[Service]\n# c\rB=1\n", 2, "a carriage return alone ends a line", id="carriage return"),
        pytest.param("[Service]\nB=\x1b[2J\n", 2, r"'B' holds the control character '\x1b'", id="control character"),
        pytest.param("[Service]\nB=\u202e\n", 2, r"holds the control character '\u202e'", id="bidirectional"),
        pytest.param("x" * 1_048_577, 0, "it has 1048577 bytes, 1048576 are the most", id="too long"),
        pytest.param("[Service]\n" * 100_000, 10_001, "it has more than 10000 lines", id="too many lines"),
    ],
)
def test_odd_texts_are_problems_with_a_line(text: str | bytes, line: int, what: str) -> None:
    unit = unit_of(text)
    problem = unit.problems[0]
    assert (problem.clause, problem.rule, problem.file, problem.line) == ("4.3", "syntax", "/repo/0", line)
    assert what in problem.what
    assert problem.remedy


def test_what_a_hidden_line_assigns_is_seen() -> None:
    assert values(unit_of("[Service]\n# c\rRestart=always\n"), "Restart") == [("always", 3)]
    assert values(unit_of("[Service]\n# c\0Restart=always\n"), "Restart") == [("always", 3)]


def test_an_ignored_section_is_one_problem_not_one_a_line() -> None:
    assert len(unit_of("[Nonsense]\n" + "A=1\n" * 50).problems) == 1


def test_many_problems_are_counted_not_listed() -> None:
    problems = unit_of("[Service]\n" + "nonsense\n" * 500).problems
    assert len(problems) == _unit_file.MOST_PROBLEMS + 1
    assert problems[-1].what == "it has 480 more problems of this kind"


def test_no_value_of_a_bad_line_is_shown() -> None:
    unit = unit_of("TOKEN=geheim\n[Service]\nEnvironment=TOKEN=geheim\x07\n")
    assert len(unit.problems) == 2
    assert not any("geheim" in problem.sentence for problem in unit.problems)


def test_nothing_at_all_is_a_unit_without_assignments() -> None:
    assert (unit_of("").assignments, unit_of("").problems) == ({}, [])
    assert parse("web.service", []).file == "web.service"


@pytest.mark.parametrize("kind", ["service", "timer", "socket", "path", "target"])
def test_each_kind_has_its_sections(kind: str) -> None:
    own = "" if kind == "target" else f"[{kind.title()}]\n"
    assert unit_of(f"[Unit]\n{own}[Install]\n", name=f"web.{kind}").problems == []


def test_drop_ins_follow_the_file() -> None:
    unit = unit_of("[Service]\nA=1\n", "[Service]\nA=2\n", "[Service]\nA=3\n")
    assert [(one.value, one.file) for one in unit.said("Service", "A")] == [
        ("1", "/repo/0"),
        ("2", "/repo/1"),
        ("3", "/repo/2"),
    ]


def test_a_section_ends_with_its_file() -> None:
    unit = unit_of("[Service]\nA=1\n", "A=2\n")
    assert values(unit, "A") == [("1", 2)]
    assert unit.problems[0].file == "/repo/1"


def test_drop_ins_are_read_by_name_whatever_their_folder() -> None:
    assert in_order(["/z/a@.service.d/20.conf", "/b/10.conf", "/a/20.conf", "/a/B.conf", "/a/a.conf"]) == [
        "/b/10.conf",
        "/a/20.conf",
        "/z/a@.service.d/20.conf",
        "/a/B.conf",
        "/a/a.conf",
    ]


def test_an_empty_assignment_resets_a_list_and_nothing_else() -> None:
    unit = unit_of("[Service]\nA=1\nA=2\n", "[Service]\nA=\nA=3\n")
    assert [one.value for one in unit.listed("Service", "A")] == ["3"]
    assert [one.value for one in unit.said("Service", "A")] == ["1", "2", "3"]


def test_an_empty_assignment_takes_a_single_value_only_where_systemd_does_so() -> None:
    unit = unit_of("[Service]\nA=1\nA=2\n", "[Service]\nA=\n")
    last = unit.last("Service", "A")
    assert last
    assert last.value == "2"
    assert unit.last("Service", "A", resets=True) is None
    assert unit.last("Service", "B") is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["always"], "always"),
        (["no"], None),
        (["always", "no"], None),
        (["no", "always"], "always"),
        (["always", ""], "always"),
        (["always", "nonsense"], "nonsense"),
        ([], None),
    ],
)
def test_only_a_known_value_makes_an_earlier_one_harmless(said: list[str], expected: str | None) -> None:
    unit = unit_of("[Service]\n" + "".join(f"A={value}\n" for value in said))
    found = unit.unsafe("Service", "A", "no")
    assert (found.value if found else None) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"[Service]\nA=" + b"x" * 1_048_000,
        b"[Service]\nA=" + b"\\" * 1_048_000,
        b"\0" * 1_048_576,
        b"[Service]\n" + b"A=1\\\n" * 9_000,
        b"\xff" * 1_048_576,
        b"[" * 1_048_576,
        bytes(range(256)) * 4_000,
    ],
    ids=["one line", "backslashes", "NUL", "continued", "no text", "brackets", "every byte"],
)
def test_a_megabyte_is_read_in_bounded_time(content: bytes) -> None:
    began = time.process_time()
    unit_of(content)
    assert time.process_time() - began < 5
