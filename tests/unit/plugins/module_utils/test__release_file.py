from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._release_file import Listed, parse_release

ONE, TWO = "1" * 64, "2" * 64
TEXT = f"""Origin: Debian
Label: Debian-Security
Suite: stable-security
Codename: trixie-security
MD5Sum:
 {"3" * 32} 7 main/binary-arm64/Packages
SHA256:
 {ONE} 12 main/binary-arm64/Packages
 {TWO.upper()}       34 main/i18n/Translation-en
Description: x
"""


def test_names_and_hashes() -> None:
    release = parse_release(TEXT)
    assert release[:4] == ("Debian", "Debian-Security", "stable-security", "trixie-security")
    assert release.files == {
        "main/binary-arm64/Packages": Listed(ONE, 12),
        "main/i18n/Translation-en": Listed(TWO, 34),
    }


def test_names_are_compared_without_case_and_carriage_returns() -> None:
    assert parse_release("ORIGIN:Debian\r\ncodename:  trixie \r\n")[:4] == ("Debian", "", "", "trixie")


def test_a_field_that_stands_twice_is_none() -> None:
    assert parse_release("Origin: Debian\nCodename: trixie\nCodename: sid\n").codename == ""
    assert parse_release(f"SHA256:\n {ONE} 1 a\nSHA256:\n {TWO} 1 b\n").files == {}


def test_a_file_with_two_hashes_has_none() -> None:
    lines = f"SHA256:\n {ONE} 1 a\n {TWO} 1 a\n {ONE} 1 a\n {ONE} 1 b\n {ONE} 1 b\n"
    assert parse_release(lines).files == {"b": Listed(ONE, 1)}


def test_what_is_no_line_of_the_table_is_passed_over() -> None:
    text = f"SHA256:\n {ONE} 1\n {ONE[1:]} 1 a\n {ONE} -1 a\n {ONE} ² a\n {'x' * 64} 1 a\n a b c d\n\n\x00\n:\n"
    assert parse_release(text).files == {}
    assert parse_release("") == ("", "", "", "", {})
