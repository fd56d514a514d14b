from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_checksums import ChecksumError, given, listed

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize("text", [A, f"sha256:{A}", f" SHA256:{A.upper()}\n"])
def test_what_an_operator_types_is_taken(text: str) -> None:
    assert given(text) == A


@pytest.mark.parametrize("text", ["", "sha512:" + "a" * 128, "a" * 63, "g" * 64])
def test_what_is_no_sha256_is_refused(text: str) -> None:
    with pytest.raises(ChecksumError, match="is no SHA-256, which has 64 hexadecimal digits"):
        given(text)


@pytest.mark.parametrize(
    "line",
    [f"{A}  card.img", f"{A} *card.img", f"{A}  ./card.img", f"SHA256 (card.img) = {A}", f"{A.upper()}  card.img"],
)
def test_a_list_names_the_file(line: str) -> None:
    assert listed(f"# made by hand\n{B}  other.img\n{line}\n", "card.img") == A


@pytest.mark.parametrize("text", ["", f"{A}  card.img.xz\n", f"{A[:-1]}  card.img\n", "\x1b]0;card.img"])
def test_another_file_is_not_it(text: str) -> None:
    assert listed(text, "card.img") == ""


def test_two_words_for_one_file_are_none() -> None:
    with pytest.raises(ChecksumError, match=r"names card.img with 2 different checksums"):
        listed(f"{A}  card.img\n{B}  card.img\n", "card.img")
    assert listed(f"{A}  card.img\n{A}  card.img\n", "card.img") == A
