from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_entries import (
    Entry,
    disabled,
    form_of,
    parse_entries,
    without_login,
)

LIST, SOURCES = "/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
STANZAS = f"""# Debian

Types: deb deb-src
URIs: http://deb.example.org/debian
Suites: trixie trixie-updates
# between
Components: main
  non-free-firmware
Signed-By: {KEYRING}

# a comment of its own stanza
types: deb
uris: http://sec.example.org/debian-security
suites: trixie-security
components: main
Enabled: no
"""


def one(file: str, text: str) -> Entry:
    (entry,) = parse_entries(file, text)
    return entry


def test_deb822() -> None:
    first, second = parse_entries(SOURCES, STANZAS)
    assert (first.line, first.last, first.enabled, first.problem) == (3, 9, True, "")
    assert first.types == ("deb", "deb-src")
    assert first.suites == ("trixie", "trixie-updates")
    assert first.components == ("main", "non-free-firmware")
    assert first.options == {"signed-by": KEYRING}
    assert (second.line, second.last, second.enabled, second.problem) == (12, 16, False, "")
    assert second.uris == ("http://sec.example.org/debian-security",)


def test_a_key_within_an_entry() -> None:
    text = (
        "Types: deb\nURIs: http://h/\nSuites: ./\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDME\n =x\n"
    )
    assert one(SOURCES, text).options["signed-by"] == "\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n.\nmDME\n=x"


def test_a_line_of_blanks_ends_no_stanza() -> None:
    assert one(SOURCES, "Types: deb\nURIs: http://h/\n  \nSuites: ./\n").problem == ""


def test_one_line() -> None:
    text = (
        "# deb http://h/debian bookworm main\n\n"
        f" deb [arch=arm64,armhf  Trusted=yes signed-by={KEYRING}] http://h/debian\ttrixie main contrib # why\r\n"
        "deb-src copy:/srv/x ./"
    )
    first, second = parse_entries(LIST, text)
    assert (first.line, first.last) == (3, 3)
    assert first.types + first.uris + first.suites == ("deb", "http://h/debian", "trixie")
    assert first.components == ("main", "contrib")
    assert first.options == {"arch": "arm64,armhf", "trusted": "yes", "signed-by": KEYRING}
    assert first.says("trusted")
    assert (second.types, second.uris, second.suites, second.line) == (("deb-src",), ("copy:/srv/x",), ("./",), 4)


def test_quotes_and_percent_signs_are_read_as_apt_does() -> None:
    entry = one(LIST, 'deb "http://h/a%20b" trixie main')
    assert entry.uris == ("http://h/a b",)
    assert one(LIST, "deb cdrom:[Debian 13]/ trixie main").uris == ("cdrom:[Debian 13]/",)


@pytest.mark.parametrize(
    ("value", "says", "denies"),
    [("yes", True, False), ("1", True, False), ("No", False, True), ("0", False, True), ("", False, False)],
)
def test_booleans(value: str, says: bool, denies: bool) -> None:  # noqa: FBT001
    entry = one(SOURCES, f"Types: deb\nURIs: http://h\nSuites: ./\nAllow-Insecure: {value}\n")
    assert entry.says("allow-insecure") is says
    assert entry.denies("allow-insecure") is denies


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        (LIST, "deb", "no address"),
        (LIST, "deb http://h", "no suite"),
        (LIST, "deb http://h trixie", "do not fit"),
        (LIST, "deb http://h ./ main", "do not fit"),
        (LIST, "rpm http://h trixie main", "'rpm'"),
        (LIST, "deb [trusted=yes http://h trixie main", "no end"),
        (LIST, "deb [trusted] http://h trixie main", "'trusted'"),
        (LIST, "\x00\x1b[31m", "type"),
        (SOURCES, "URIs: http://h\nSuites: trixie\nComponents: main", "no type"),
        (SOURCES, "Types: deb\nURIs: h\nSuites: trixie\nComponents: main", "no address"),
        (SOURCES, "Types: deb\nURIs: http://h\nSuites: trixie\nSuites: sid\nComponents: main", "Suites stands twice"),
        (SOURCES, "Types: deb\nnonsense\nURIs: http://h\nSuites: ./", "'nonsense'"),
        (SOURCES, " continued\n", "' continued'"),
    ],
)
def test_what_apt_cannot_read_says_why(file: str, text: str, problem: str) -> None:
    assert problem in one(file, text).problem


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n# comments\n", "  \n\t\n", "#\x00\n"])
@pytest.mark.parametrize("file", [LIST, SOURCES])
def test_no_entries(file: str, text: str) -> None:
    assert parse_entries(file, text) == []


def test_many_lines_are_all_read() -> None:
    line = "deb http://h/debian trixie main\n"
    assert len(parse_entries(LIST, line * 50_000)) == 50_000
    assert len(parse_entries(SOURCES, "Types: deb\nURIs: http://h\nSuites: ./\n\n" * 20_000)) == 20_000


def test_disabling_a_line_changes_that_line_alone() -> None:
    text = "deb http://a/ ./\n\tdeb http://b/ ./\r\nraw \udce9 \x00"
    _first, second, _third = parse_entries(LIST, text)
    assert disabled(text, [second]) == "deb http://a/ ./\n# \tdeb http://b/ ./\r\nraw \udce9 \x00"


def test_disabling_a_stanza_adds_or_replaces_one_field() -> None:
    first, second = parse_entries(SOURCES, STANZAS)
    text = disabled(STANZAS, [first])
    assert text == STANZAS.replace("Types: deb deb-src", "Enabled: no\nTypes: deb deb-src")
    assert [entry.enabled for entry in parse_entries(SOURCES, text)] == [False, False]
    enabled = STANZAS.replace("Enabled: no", "enabled: yes\n # x\n yes\n# kept").replace("\n", "\r\n")
    second = parse_entries(SOURCES, enabled)[1]
    assert second.enabled
    text = disabled(enabled, [second])
    assert text.endswith("components: main\r\nenabled: no\r\n# kept\r\n")
    assert [entry.enabled for entry in parse_entries(SOURCES, text)] == [True, False]


def test_many_are_disabled_in_one_go() -> None:
    text = "deb http://h/ ./\n" * 50_000
    entries = parse_entries(LIST, text)
    assert disabled(text, entries) == "# deb http://h/ ./\n" * 50_000
    assert disabled(text, []) == text
    assert disabled("a\n" + STANZAS, []) == "a\n" + STANZAS


def test_a_stanza_that_apt_cannot_read_becomes_a_comment() -> None:
    text = "nonsense\nTypes: deb\n\nTypes: deb\nURIs: http://h\nSuites: ./"
    broken, whole = parse_entries(SOURCES, text)
    assert disabled(text, [broken]) == "# nonsense\n# Types: deb\n\nTypes: deb\nURIs: http://h\nSuites: ./"
    assert parse_entries(SOURCES, disabled(text, [broken]))[0].uris == whole.uris


def test_logins_are_left_out() -> None:
    assert without_login("deb http://me:secret@h/x y\nhttp://t@h") == "deb http://***@h/x y\nhttp://***@h"
    assert without_login("http://me:a@b@h/x") == "http://***@h/x"
    assert without_login("http://h/a@b mailto:a@b") == "http://h/a@b mailto:a@b"


def test_the_name_alone_says_how_a_file_is_read() -> None:
    assert [form_of(name) for name in ("a.sources", "a.list", "sources.list")] == ["deb822", "one-line", "one-line"]
