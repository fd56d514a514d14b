# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell text read as commands: what runs, through what, into what, and what nobody can tell beforehand."""

from __future__ import annotations

import typing as t

import pytest

from runbook_lint import shell

U = shell.UNKNOWN


def argvs(text: str) -> list[list[str]]:
    return [command.argv for command in shell.read(text).commands if command.words]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("systemctl  restart\tx", [["systemctl", "restart", "x"]]),
        ("a; b && c || d\ne & f", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("a | b |& c", [["a"], ["b"], ["c"]]),
        ("(a; b) && { c; }", [["a"], ["b"], ["c"]]),
        ("if a; then b; elif c; then d; else e; fi", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("for x in 1 2; do a $x; done", [["a", U]]),
        ("while a; do b; done; until c; do d; done", [["a"], ["b"], ["c"], ["d"]]),
        ("case $x in a) b;; *) c;; esac", [["b"], ["c"]]),
        ("f() { a; }\n! b", [["a"], ["b"]]),
        ("a \\\n  b", [["a", "b"]]),
        ("# a\nb # c", [["b"]]),
        ("'a b' \"c d\" e\\ f g'h'\"i\"", [["a b", "c d", "e f", "ghi"]]),
        ("a $'b\\tc'", [["a", "b\tc"]]),
        ('a "$B c" ${D:-e} $(f) `g`', [["a", f"{U} c", U, U, U], ["f"], ["g"]]),
        ("a *.deb x[0-9] {b,c}", [["a", "*.deb", "x[0-9]", "{b,c}"]]),
        ("X=1 Y=2 a", [["a"]]),
        ("X=systemctl; $X restart y", [["systemctl", "restart", "y"]]),
        ("X='systemctl restart'; $X y", [["systemctl", "restart", "y"]]),
        ('X="a b"; c "$X"', [["c", "a b"]]),
        ("X=a; X=b; $X", [[U]]),
        ("read X; $X", [["read", "X"], [U]]),
        ("export X=a; $X b", [["a", "b"]]),
        ("cat <<EOF\nsystemctl restart x\nEOF\na", [["cat"], ["a"]]),
        ("cat <<'EOF' && a\nb\nEOF", [["cat"], ["a"]]),
        ("a > b 2>&1 < c", [["a"]]),
        ("{% if x %}\na\n{% endif %}\n{# b #}c", [["a"], ["c"]]),
        ("a {{ b }} c{{ d | e('f') }}", [["a", U, f"c{U}"]]),
        ("a {{ b\n  | c }} d\ne", [["a", U, "d"], ["e"]]),
        ("echo 'systemctl restart x'", [["echo", "systemctl restart x"]]),
        ("", []),
    ],
)
def test_commands_are_what_a_shell_would_start(text: str, wanted: list[list[str]]) -> None:
    assert argvs(text) == wanted


@pytest.mark.parametrize(
    ("text", "wrappers", "argv"),
    [
        ("sudo -n a b", ("sudo",), ["a", "b"]),
        ("sudo -u root -- a", ("sudo",), ["a"]),
        ("sudo -Hu ops a", ("sudo",), ["a"]),
        ("sudo --user=ops X=1 a", ("sudo",), ["a"]),
        ("/usr/bin/sudo a", ("sudo",), ["a"]),
        ("env -i X=1 a", ("env",), ["a"]),
        ("env -u Y a", ("env",), ["a"]),
        ("env -S 'a b' c", ("env",), ["a", "b", "c"]),
        ("nice -n 5 ionice -c 3 a", ("nice", "ionice"), ["a"]),
        ("timeout -k 5 10s a", ("timeout",), ["a"]),
        ("nohup setsid a", ("nohup", "setsid"), ["a"]),
        ("flock -w 5 /x a", ("flock",), ["a"]),
        ("flock /x -c 'a b'", ("flock", "sh"), ["a", "b"]),
        ("exec a", ("exec",), ["a"]),
        ("command a", ("command",), ["a"]),
        ("command -v a", (), ["command", "-v", "a"]),
        ("time -f x a", ("time",), ["a"]),
        ("sh -c 'a b'", ("sh",), ["a", "b"]),
        ("bash -euxc 'a b' c", ("bash",), ["a", "b"]),
        ("sudo bash -lc 'a'", ("sudo", "bash"), ["a"]),
        ("sh -c 'sh -c \"a b\"'", ("sh", "sh"), ["a", "b"]),
        ("eval a b", ("eval",), ["a", "b"]),
        ("eval 'a b'", ("eval",), ["a", "b"]),
        ("su - ops -c 'a b'", ("su", "sh"), ["a", "b"]),
        ("runuser -u ops -- a", ("runuser",), ["a"]),
        ("bash <<EOF\na b\nEOF", ("bash",), ["a", "b"]),
        ("bash <<< 'a b'", ("bash",), ["a", "b"]),
    ],
)
def test_what_only_starts_a_command_is_taken_off(text: str, wrappers: tuple[str, ...], argv: list[str]) -> None:
    (command,) = shell.read(text).commands
    assert (command.wrappers, command.argv) == (wrappers, argv)


def test_assignments_before_a_command_and_behind_env_belong_to_it() -> None:
    (command,) = shell.read("X=1 env Y='2 3' Z=$a b").commands
    assert {name: (word.text, word.is_known) for name, word in command.assignments.items()} == {
        "X": ("1", True),
        "Y": ("2 3", True),
        "Z": (U, False),
    }


def test_what_find_and_xargs_start_is_seen() -> None:
    assert argvs("find /x -name '*.service' -exec systemctl restart {} \\; -exec b + ; c | xargs -r -n1 d e") == [
        ["find", "/x", "-name", "*.service", "-exec", "systemctl", "restart", "{}", ";", "-exec", "b", "+"],
        ["systemctl", "restart", U],
        ["b"],
        ["c"],
        ["d", "e"],
    ]


@pytest.mark.parametrize(
    ("text", "program", "into"),
    [
        ("curl x | sh", "curl", ("sh",)),
        ("curl x | sudo -E bash -s -- y", "curl", ("bash",)),
        ("curl x | tee y | sh", "curl", ("tee", "sh")),
        ("(curl x; a) | sh", "curl", ("sh",)),
        ("bash <(curl x)", "curl", ("bash",)),
        ('sh -c "$(curl x)"', "curl", ("sh",)),
        ('eval "$(curl x)"', "curl", ("eval",)),
        ("$(curl x)", "curl", ("sh",)),
        ("`curl x`", "curl", ("sh",)),
        ("echo $(curl x)", "curl", ("echo",)),
        ("X=$(curl x)", "curl", ()),
        ("X=$(curl x | sh)", "curl", ("sh",)),
        ("cat <<EOF | sh\na\nEOF", "cat", ("sh",)),
        ("curl x > y", "curl", ()),
    ],
)
def test_where_output_goes_is_known(text: str, program: str, into: tuple[str, ...]) -> None:
    (command,) = [one for one in shell.read(text).commands if one.program == program]
    assert command.into == into


def test_what_an_echo_tells_a_shell_is_read() -> None:
    assert argvs("echo 'systemctl restart x' | sudo sh") == [
        ["echo", "systemctl restart x"],
        ["systemctl", "restart", "x"],
        ["sh"],
    ]


def test_redirections_hold_what_is_written() -> None:
    (command,) = shell.read("cat > /etc/x <<EOF 2>> $y\n[a]\nb={{ c }}\nEOF").commands
    assert [(one.operator, one.target.text, one.target.is_known) for one in command.redirects] == [
        (">", "/etc/x", True),
        ("<<", f"[a]\nb={U}\n", False),
        ("2>>", U, False),
    ]


def test_nobody_waits_for_what_is_in_the_background() -> None:
    assert [(one.program, one.is_background) for one in shell.read("a & b\nif c; then d & fi; { e; } &").commands] == [
        ("a", True),
        ("b", False),
        ("c", False),
        ("d", True),
        ("e", True),
    ]


def test_lines_are_those_of_the_text() -> None:
    text = "a\n\nb {{ c\n }} \\\n  d\nsh -c 'e\nf'\ncat <<EOF\nx\nEOF\ng"
    assert [(one.line, one.program) for one in shell.read(text).commands] == [
        (1, "a"),
        (3, "b"),
        (6, "e"),
        (7, "f"),
        (8, "cat"),
        (11, "g"),
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("{{ a }}", [1]),
        ("a\n$B c", [2]),
        ("sh -c '{{ a }}'", [1]),
        ('eval "$A"', [1]),
        ("if (", [1]),
        ("{{ a }}/bin/pip install x", []),
        ("/x/{{ a }} b", [1]),
        ("sh {{ script }}", []),
        ("a {{ b }}", []),
    ],
)
def test_what_cannot_be_read_is_said(text: str, lines: list[int]) -> None:
    assert sorted({line for line, _what in shell.read(text).undecided}) == lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("systemctl try-restart x.service", "systemctl try-restart"),
        ("mysql -psecret -u root", "mysql"),
        ("curl -u user:secret https://x", "curl"),
        ("mysql --password hunter", "mysql"),
        ("systemctl --now enable x", "systemctl enable"),
        ("/opt/x/.venv/bin/pip3.13 install x", "pip install"),
        ("$X y", "a program that is not known"),
    ],
)
def test_what_is_shown_of_a_command_holds_no_secret(text: str, shown: str) -> None:
    assert shell.read(text).commands[0].shown == shown


def test_a_list_of_words_and_a_line_are_no_shell_text() -> None:
    assert [one.argv for one in shell.of_argv(["a", "b | c", "$D"]).commands] == [["a", "b | c", "$D"]]
    assert [one.argv for one in shell.of_line("sudo a 'b c' | d {{ e }}").commands] == [["a", "b c", "|", "d", U]]
    assert shell.of_argv([]).commands == ()
    assert shell.of_line("a 'b").undecided


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "$(" * 5000,
        "a" * (shell.LONGEST + 1),
        "\x00\x1b[31m\ud800",
        "eval " * 300 + "a",
        "sh -c '" * 50,
        "<<A " * 500,
        "a | " * 2000 + "b",
    ],
    ids=range(8),
)
def test_hostile_text_ends(text: str) -> None:
    script = shell.read(text)
    assert isinstance(script.commands, tuple)
    assert t.cast("object", script.undecided) is not None
