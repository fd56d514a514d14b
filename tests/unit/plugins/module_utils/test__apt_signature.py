"""How the tools are asked and read; that they verify is shown on real nodes (tests/nodes/test_apt_sources.py)."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_signature
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_signature import (
    Authenticated,
    Verifier,
    gpgv_signers,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError, Completed

KEY, OTHER = "A" * 40, "B" * 40
SIGNED = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\n- -----\n"
    b"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
)
NOBODY = Authenticated("", frozenset(), frozenset())

Answer = t.Callable[[list[str]], Completed]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> t.Callable[[int, str, str], list[list[str]]]:
    """Let sqv exist and answer; gives the command lines that it was called with."""
    tool = tmp_path / "sqv"
    tool.touch()
    monkeypatch.setattr(_apt_signature, "_SQV", str(tool))
    monkeypatch.setattr(_apt_signature, "_GPGV", str(tmp_path / "gpgv"))

    def answers(rc: int, out: str, err: str = "") -> list[list[str]]:
        calls: list[list[str]] = []

        def run(_self: Command, arguments: list[str], **_more: object) -> Completed:
            calls.append(arguments)
            if "--output" in arguments:
                # As the real one: it writes before it knows.
                pathlib.Path(arguments[arguments.index("--output") + 1]).write_text("Origin: Debian\n")
            return Completed(arguments, rc, out, err)

        monkeypatch.setattr(Command, "run", run)
        return calls

    return t.cast("t.Callable[[int, str, str], list[list[str]]]", answers)


def test_signers_and_the_text_that_the_tool_hands_out(answer: t.Callable[..., list[list[str]]]) -> None:
    calls = answer(0, f"{KEY}\n{OTHER}\n")
    with Verifier(b"keyring") as verifier:
        assert verifier.inline(SIGNED) == Authenticated("Origin: Debian\n", frozenset({KEY, OTHER}), frozenset())
        assert verifier.inline(SIGNED).signers == {KEY, OTHER}
        folder = pathlib.Path(calls[0][1]).parent
        assert pathlib.Path(calls[0][1]).read_bytes() == b"keyring"
    assert not folder.exists()


def test_a_text_that_nobody_signed_is_not_handed_on(answer: t.Callable[..., list[list[str]]]) -> None:
    answer(1, f"{KEY}\n", f"Missing key {OTHER}, which is needed to verify signature.\n")
    with Verifier(b"") as verifier:
        assert verifier.inline(SIGNED) == Authenticated("", frozenset(), frozenset({OTHER}))
        assert verifier.detached(b"Origin: Debian\n", b"x") == Authenticated("", frozenset(), frozenset({OTHER}))


def test_a_detached_signature_authenticates_what_was_given(answer: t.Callable[..., list[list[str]]]) -> None:
    answer(0, KEY)
    with Verifier(b"") as verifier:
        assert verifier.detached(b"Origin: X\n", b"x") == Authenticated("Origin: X\n", frozenset({KEY}), frozenset())


def test_a_large_file_is_verified_where_it_lies(
    answer: t.Callable[..., list[list[str]]], tmp_path: pathlib.Path
) -> None:
    calls = answer(0, KEY)
    with Verifier(b"") as verifier:
        said = verifier.of_file(str(tmp_path / "x.img"), b"x")
    assert said == Authenticated("", frozenset({KEY}), frozenset())
    assert calls[0][-1] == str(tmp_path / "x.img")
    assert calls[0][-3] == "--signature-file"


def test_what_is_no_fingerprint_is_no_signer(answer: t.Callable[..., list[list[str]]]) -> None:
    answer(0, "warning: something\nABCD\n")
    with Verifier(b"") as verifier:
        assert verifier.inline(SIGNED) == NOBODY


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Origin: Debian\n",
        b"Origin: Evil\n" + SIGNED,
        SIGNED + b"Origin: Evil\n",
        SIGNED + SIGNED,
        SIGNED.replace(b"-----END", b"---END"),
        SIGNED.replace(b"Origin", b"-----BEGIN PGP SIGNED MESSAGE-----\nOrigin"),
    ],
)
def test_text_around_a_signed_one_is_not_looked_at(answer: t.Callable[..., list[list[str]]], content: bytes) -> None:
    calls = answer(0, KEY)
    with Verifier(b"") as verifier:
        assert verifier.inline(content) == NOBODY
    assert calls == []


def test_without_any_tool_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(_apt_signature, "_SQV", str(tmp_path / "sqv"))
    monkeypatch.setattr(_apt_signature, "_GPGV", str(tmp_path / "gpgv"))
    with Verifier(b"") as verifier, pytest.raises(CommandError, match="reinstall the package sqv"):
        verifier.inline(SIGNED)


GOOD = f"[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG X\n[GNUPG:] VALIDSIG {OTHER} 2026-11-24 17 0 4 0 1 10 01 {KEY}\n"


@pytest.mark.parametrize(
    ("status", "signers"),
    [
        (GOOD, [KEY]),
        (GOOD + "[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG X\n[GNUPG:] NO_PUBKEY X\n", [KEY]),
        (GOOD.replace("GOODSIG", "EXPKEYSIG"), []),
        (GOOD.replace("GOODSIG", "REVKEYSIG"), []),
        (GOOD + GOOD.replace("GOODSIG", "REVKEYSIG").replace(KEY, OTHER), [KEY]),
        (GOOD + "[GNUPG:] NEWSIG\n[GNUPG:] BADSIG X\n", []),
        (GOOD.replace("[GNUPG:]", "gpgv:"), []),
        ("[GNUPG:]\n\n[GNUPG:] VALIDSIG\n", []),
    ],
)
def test_status_lines_of_gpgv(status: str, signers: list[str]) -> None:
    assert gpgv_signers(status) == signers
