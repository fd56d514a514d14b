from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_facts import (
    Noted,
    Owners,
    finding,
    is_plain,
    lies_in,
    listed,
    removal,
    shown,
)


@pytest.mark.parametrize(("path", "said"), [
    ("/opt/x", "remove it ('rm -r -- /opt/x')"),
    ("/opt/a b", "remove it ('rm -r -- '/opt/a b'')"),
    ("/opt/$(reboot)", "remove it ('rm -r -- '/opt/$(reboot)'')"),
    ("/opt/{{ x }}", "remove it ('rm -r -- '/opt/{{ x }}'')"),
    ("/opt/a\nb", "remove it; its name holds what cannot be shown here, 'ls -b' shows it"),
    ("/opt/a  b", "remove it; its name holds what cannot be shown here, 'ls -b' shows it"),
    ("/opt/\x1b[2J", "remove it; its name holds what cannot be shown here, 'ls -b' shows it"),
    ("/opt/\udcff", "remove it; its name holds what cannot be shown here, 'ls -b' shows it"),
    (f"/opt/{'x' * 400}", "remove it; its name holds what cannot be shown here, 'ls -b' shows it"),
])  # fmt: skip
def test_a_command_is_only_said_of_a_name_that_is_what_it_shows(path: str, said: str) -> None:
    assert removal(path) == said
    assert is_plain(path) == ("rm -r" in said)


def test_a_file_goes_without_its_folder() -> None:
    assert removal("/opt/x", folder=False) == "remove it ('rm -- /opt/x')"


def test_owners() -> None:
    owners = Owners({0: "root", 1000: "ops", 1001: "a b;c"})
    assert [owners.name(uid) for uid in (0, 1000, 4)] == ["root", "ops", "user id 4"]
    assert owners.as_owner(0, "x") == owners.as_owner(4, "x") == "x"
    assert owners.as_owner(1000, "x y") == "sudo -H -u ops -- x y"
    assert owners.as_owner(1001, "x") == "sudo -H -u 'a b;c' -- x"


def test_of_many_names_the_first_are_said() -> None:
    assert listed(["a", "b\nc"]) == "a, b c"
    assert listed([str(number) for number in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"


@pytest.mark.parametrize(("path", "inside"), [
    ("/a/b", True), ("/a/b/c/d", True), ("/a", False), ("/a/bc", False), ("", False), ("/x", False),
])  # fmt: skip
def test_lies_in(path: str, inside: bool) -> None:  # noqa: FBT001
    assert lies_in(path, {"/a/b"}) is inside


def test_a_finding_is_one_bounded_line() -> None:
    one = finding("3.1", "violation", "a\nb" * 1000, "c\x1b\u202e" * 1000, "d\n" * 1000)
    for part in one[2:]:
        assert len(part) < 12_000
        assert "\n" not in part
        assert part.isprintable()
    assert shown("/a\x07") == "/a\\x07"


def test_facts_beyond_the_bound_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Noted, "MOST", 2)
    noted = Noted[int]()
    noted.append(1)
    noted.extend([2, 3, 4])
    assert (list(noted), noted.left) == ([1, 2], 2)
