"""waivers.yml as written: what it may hold, and that every mistake is told with its place and its remedy."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import textwrap
import time

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook import CLAUSES
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Waiver
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers_file import (
    KEYS,
    MOST_BYTES,
    WaiverError,
    read_waivers,
    waivers_from,
)

ROOT = pathlib.Path(__file__).resolve().parents[4]
GOOD = {
    "clause": '"3.1"',
    "node": "example",
    "subject": "raspi-firmware",
    "reason": "The Pi 5 boots with nothing else",
    "who": "anna",
    "expires": "2027-06-30",
}


def entry(**changed: str | None) -> str:
    values = {**GOOD, **changed}
    lines = [f"{key}: {value}" for key, value in values.items() if value is not None]
    return "- " + "\n  ".join(lines) + "\n"


def refused(text: str | bytes) -> str:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(WaiverError) as error:
        waivers_from(content)
    message = str(error.value)
    assert "waivers.yml" in message
    assert message == message.strip()
    assert message.isprintable()
    assert len(message) < 4000
    return message


def test_an_entry_as_the_sample_shows_it() -> None:
    assert waivers_from(("---\n# Why\n\n" + entry()).encode()) == (
        Waiver(
            1,
            4,
            "3.1",
            "example",
            "raspi-firmware",
            "The Pi 5 boots with nothing else",
            "anna",
            dt.date(2027, 6, 30),
        ),
    )


def test_the_sample_itself_allows_nothing_and_its_comment_is_an_entry() -> None:
    path = ROOT / "inventory" / "waivers.yml"
    assert read_waivers(path) == ()
    lines = [line[2:] for line in path.read_text().splitlines() if line.startswith("#   ")]
    (waiver,) = waivers_from(textwrap.dedent("\n".join(lines)).encode())
    assert waiver.clause in CLAUSES
    assert waiver.node == "example"


def test_the_entry_of_the_documentation_is_one() -> None:
    text = (ROOT / "docs" / "inventory.md").read_text()
    (waiver,) = waivers_from(text.partition("## Waivers")[2].partition("```yaml\n")[2].partition("```")[0].encode())
    assert waiver.subject == "raspi-firmware"
    assert all(f"| `{key}` |" in text for key in KEYS)


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n", "[]\n", "--- []\n...\n", "~\n", "\ufeff---\n"])
def test_a_file_without_entries(text: str) -> None:
    assert waivers_from(text.encode()) == ()


def test_several_entries_in_any_order_of_keys() -> None:
    turned = "- " + "\n  ".join(f"{key}: {GOOD[key]}" for key in reversed(KEYS)) + "\n"
    read = waivers_from((entry() + turned + entry(node="all", clause="'6.2'", subject="'*'")).encode())
    assert [(one.number, one.line, one.clause, one.node) for one in read] == [
        (1, 1, "3.1", "example"),
        (2, 7, "3.1", "example"),
        (3, 13, "6.2", "all"),
    ]


@pytest.mark.parametrize("expires", ["2027-06-30", '"2027-06-30"', "'2027-06-30'"])
def test_a_day_with_and_without_quotes(expires: str) -> None:
    (waiver,) = waivers_from(entry(expires=expires).encode())
    assert waiver.expires == dt.date(2027, 6, 30)


def test_text_becomes_one_line_that_a_terminal_can_show() -> None:
    (waiver,) = waivers_from(entry(reason='"two\\nlines \\e[31mred \\u202e"', subject=">-\n    a\n    b").encode())
    assert waiver.reason == "two lines \\x1b[31mred \\u202e"
    assert waiver.subject == "a b"


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"reason": None}, "has no reason; add it"),
        ({"who": None}, "has no who; add it"),
        ({"clause": None}, "has no clause; add it"),
        ({"node": None}, "has no node; add it"),
        ({"subject": None}, "has no subject; add it"),
        ({"expires": None}, "has no expires; add the last day on which it holds, as 2027-06-30"),
        ({"reason": ""}, "has an empty reason; fill it in"),
        ({"reason": '"  "'}, "has an empty reason; fill it in"),
        ({"who": "''"}, "has an empty who; fill it in"),
        ({"who": "~"}, "has ~ for its who, which YAML reads as nothing; put it in quotes"),
        ({"who": "7"}, "has 7 for its who, which YAML reads as a number; put it in quotes"),
        ({"subject": "yes"}, "has yes for its subject, which YAML reads as true or false; put it in quotes"),
        ({"subject": "2026-01-01"}, "has 2026-01-01 for its subject, which YAML reads as a date; put it in quotes"),
        ({"clause": "3.1"}, "has 3.1 for its clause, which YAML reads as a number; put it in quotes"),
        ({"clause": '"9.9"'}, "clause '9.9' is none of the runbook's; docs/traceability.md lists them"),
        ({"clause": '"3"'}, "clause '3' is none of the runbook's"),
        ({"clause": "Source"}, "clause 'Source' is none of the runbook's"),
        ({"node": "[n1, n2]"}, "has a list for its node; write one text, and an entry for each"),
        ({"subject": "{a: b}"}, "has a mapping for its subject; write one text"),
        ({"reason": "x" * 501}, "has a reason of 501 characters; 500 are enough"),
        ({"expires": "never"}, "expires on 'never', which is no day; write the last day on which it holds"),
        ({"expires": "30.6.2027"}, "expires on '30.6.2027', which is no day"),
        ({"expires": "2027-02-30"}, "expires on '2027-02-30', which is no day"),
        ({"expires": "2027-06"}, "expires on '2027-06', which is no day"),
        ({"expires": "20270630"}, "expires on '20270630', which is no day"),
        ({"expires": "2027-W26-3"}, "expires on '2027-W26-3', which is no day"),
        ({"expires": "2027-06-30 12:00:00"}, "expires on '2027-06-30 12:00:00', which is no day"),
        ({"expires": "[2027-06-30]"}, "expires on 'a list', which is no day"),
        ({"expires": ""}, "expires on '', which is no day"),
        (
            {"until": "2027-06-30"},
            "has the key 'until', which nobody knows; its keys are clause, node, subject",
        ),
        ({"Reason": "x"}, "has the key 'Reason', which nobody knows"),
        ({"1": "x"}, "has the key '1', which nobody knows"),
        ({"? [a]\n  ": "x"}, "has the key 'a list', which nobody knows"),
    ],
)
def test_a_mistake_is_told_with_its_entry_value_and_remedy(changed: dict[str, str | None], complaint: str) -> None:
    message = refused(entry() + entry(**changed))
    assert message.startswith(f"waivers.yml: entry 2 (line 7) {complaint}")
    assert ";" in message


def test_a_key_that_stands_twice() -> None:
    assert "entry 1 (line 1) has who twice, and one would silently count; keep one" in refused(entry() + "  who: bob\n")


def test_every_mistake_is_told_at_once() -> None:
    message = refused(entry(who=None, expires="never") + entry() + entry(reason=None))
    assert message == (
        "waivers.yml: entry 1 (line 1) has no who; add it; waivers.yml: entry 1 (line 1) expires on 'never', which is "
        "no day; write the last day on which it holds, as 2027-06-30; "
        "waivers.yml: entry 3 (line 12) has no reason; add it"
    )


def test_a_key_that_nobody_knows_hides_no_other_mistake() -> None:
    message = refused(entry(until="never", who=None))
    assert "has the key 'until'" in message
    assert "has no who" in message


def test_a_thousand_mistakes_are_counted() -> None:
    message = refused("- x\n" * 900)
    assert message.count("write its keys") == 10
    assert message.endswith("; and 890 more")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("clause: x\n", "waivers.yml is no list; begin each entry with '- clause:'"),
        ("waivers: []\n", "waivers.yml is no list"),
        ("word\n", "waivers.yml is no list"),
        ("$ANSIBLE_VAULT;1.1;AES256\n3132\n", "waivers.yml is no list"),
        ("- word\n", "entry 1 (line 1) is the text 'word'; write its keys"),
        ("-\n", "entry 1 (line 1) is nothing; write its keys"),
        ("- [a]\n", "entry 1 (line 1) is a list; write its keys"),
        ("- {}\n", "entry 1 (line 1) has no clause; add it"),
        ("- a: [\n", "waivers.yml is no YAML"),
        ("- a: b: c\n", "line 1 of waivers.yml is no YAML"),
        ("---\n- a\n---\n- b\n", "is no YAML"),
        ("\t- a\n", "is no YAML"),
        ("- \x00\n", "is no YAML"),
        ("- \x1b[31m\n", "is no YAML"),
        ("%YAML 9.9\n---\n- a\n", "is no YAML"),
        ('- "\\UFFFFFFFF"\n', "is no YAML"),
        ("- who: *anna\n", "line 1 of waivers.yml has an anchor or alias"),
        ("- &anna who: x\n", "has an anchor or alias"),
        ("- subject: *\n", "but found '\\n'); put text with signs like * : @ in quotes"),
        (f"{entry()}  <<: {{who: bob}}\n", "has the key '<<', which nobody knows"),
        ("- who: !!python/object/apply:os.system [id]\n", "line 1 of waivers.yml has a tag (!)"),
        ("- !!python/object/new:os.system [id]\n", "has a tag (!)"),
        ("- who: !vault |\n    $ANSIBLE_VAULT\n", "has a tag (!)"),
        ("- who: !!binary aGk=\n", "has a tag (!)"),
        ("- who: !!str 7\n", "has a tag (!)"),
        ("!!set {a, b}\n", "has a tag (!)"),
    ],
)
def test_what_is_no_list_of_plain_entries_is_refused(text: str, complaint: str) -> None:
    assert complaint in refused(text)


def test_text_that_is_not_utf8() -> None:
    assert refused(b"- a\n- \xff\xfe\n") == "waivers.yml: line 2 is not UTF-8; save the file as UTF-8"
    assert "is not UTF-8" in refused(os.urandom(4096) + b"\xff")


def test_what_grows_when_it_is_read_is_refused_at_once() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + depth)}: &{chr(98 + depth)} [{', '.join([f'*{chr(97 + depth)}'] * 9)}]\n" for depth in range(20)
    )
    started = time.process_time()
    assert "has an anchor or alias" in refused(bomb)
    assert "is nested too deeply" in refused("[" * 100_000)
    assert "is nested too deeply" in refused("- " * 100_000)
    assert "is nested too deeply" in refused("- a: {b: {c: {d: {e: {f: g}}}}}\n")
    assert time.process_time() - started < 5


def test_a_file_at_its_limits_is_read_in_bearable_time() -> None:
    text = entry(reason="x" * 90) * 1000
    assert len(text) < MOST_BYTES
    started = time.process_time()
    assert len(waivers_from(text.encode())) == 1000
    assert time.process_time() - started < 20
    assert "waivers.yml has 1001 entries, more than 1000" in refused(text + entry())


def test_no_object_is_ever_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def constructed(*_given: object) -> None:
        pytest.fail("a value of the file was constructed")

    monkeypatch.setattr(yaml.SafeLoader, "get_data", constructed)
    monkeypatch.setattr(yaml.SafeLoader, "construct_document", constructed)
    assert len(waivers_from(entry().encode())) == 1


class TestFile:
    def test_it_is_read(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "waivers.yml"
        path.write_text(entry())
        assert [one.who for one in read_waivers(path)] == ["anna"]

    @pytest.mark.parametrize("name", ["waivers.yml", "none/waivers.yml", "file/waivers.yml"])
    def test_where_there_is_none_nothing_is_waived(self, tmp_path: pathlib.Path, name: str) -> None:
        (tmp_path / "file").write_text("")
        assert read_waivers(tmp_path / name) == ()

    def test_a_mistake_names_the_file(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "fleet-waivers.yml"
        path.write_text(entry(who=None))
        with pytest.raises(WaiverError) as error:
            read_waivers(path)
        assert str(error.value) == f"{path}: entry 1 (line 1) has no who; add it"

    def test_what_is_no_file_is_refused_and_never_waited_for(self, tmp_path: pathlib.Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        (tmp_path / "folder").mkdir()
        for name in ("fifo", "folder"):
            with pytest.raises(WaiverError, match="is not a regular file; runbook_waivers_file has to lead to"):
                read_waivers(tmp_path / name)
        with pytest.raises(WaiverError, match="is not a regular file"):
            read_waivers(pathlib.Path("/dev/zero"))

    def test_a_huge_file_is_not_read(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "waivers.yml"
        with path.open("wb") as file:
            file.truncate(1 << 40)
        with pytest.raises(WaiverError, match=f"is larger than {MOST_BYTES} bytes; runbook_waivers_file has to"):
            read_waivers(path)

    def test_a_file_that_cannot_be_opened(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "loop.yml"
        path.symlink_to(path)
        with pytest.raises(WaiverError, match=r"loop.yml cannot be read \(.*\); let this account read it"):
            read_waivers(path)
        with pytest.raises(WaiverError, match="cannot be read"):
            read_waivers(pathlib.Path("a\0b"))
