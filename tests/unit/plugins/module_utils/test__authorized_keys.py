"""Public keys against what ssh-keygen makes, and what operators paste by mistake."""

from __future__ import annotations

import base64
import pathlib
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._authorized_keys import (
    KeyLineError,
    PublicKey,
    added,
    declared_keys,
    keys_in,
    parse_declared,
    render,
)


def wire(*fields: bytes) -> str:
    return base64.b64encode(b"".join(len(field).to_bytes(4, "big") + field for field in fields)).decode()


def ed25519(number: int = 1) -> str:
    return f"ssh-ed25519 {wire(b'ssh-ed25519', bytes([number]) * 32)}"


KEY = ed25519()
BODY = KEY.split()[1]


@pytest.mark.parametrize(
    ("kind", "bits"), [("ed25519", 256), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 3072)]
)
def test_every_kind_that_ssh_keygen_makes_is_taken_with_its_own_fingerprint(
    tmp_path: pathlib.Path, kind: str, bits: int
) -> None:
    path = tmp_path / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-b", str(bits), "-N", "", "-C", "a b", "-f", str(path)], check=True
    )
    line = path.with_suffix(".pub").read_text().strip()
    key = parse_declared(f"  {line}  ")
    said = subprocess.run(["ssh-keygen", "-lf", f"{path}.pub"], capture_output=True, text=True, check=True).stdout
    assert key.fingerprint == said.split()[1]
    assert (key.line, key.comment) == (line, "a b")


@pytest.mark.parametrize(
    "line",
    [
        f"sk-ssh-ed25519@openssh.com {wire(b'sk-ssh-ed25519@openssh.com', b'k' * 32, b'ssh:')} token",
        "sk-ecdsa-sha2-nistp256@openssh.com "
        + wire(b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", b"\x04" + b"k" * 64, b"ssh:"),
        f'from="192.0.2.0/24,!192.0.2.9,*.example.org,2001:db8::/32" {KEY} desk',
        f"restrict,pty {KEY}",
        f"no-agent-forwarding,no-X11-forwarding {KEY} x",
        f"""{KEY} a'b"c $(reboot) `id` ; ü 鍵""",
    ],
)
def test_lines_that_are_taken_as_they_are(line: str) -> None:
    assert parse_declared(line).line == line
    assert keys_in(f"{line}\n") == [parse_declared(line)]


DSA = wire(b"ssh-dss", b"\x00" + b"p" * 128, b"q" * 20, b"g" * 128, b"y" * 128)
SHORT_RSA = wire(b"ssh-rsa", b"\x01\x00\x01", b"\x00\xff" + b"\xff" * 255)
OPENSSH_PRIVATE = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUSECRET\n-----END OPENSSH PRIVATE KEY-----"
)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (OPENSSH_PRIVATE, "PRIVATE key (not shown)"),
        ("-----BEGIN RSA PRIVATE KEY-----\nSECRET", "PRIVATE key (not shown)"),
        ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUSECRET", "PRIVATE key (not shown)"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\nSECRET", "PRIVATE key (not shown)"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", "ssh-keygen -i"),
        ("-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----", "ssh-keygen -i"),
        ("", "it is empty"),
        ("  \n", "it is empty"),
        (f"{KEY}\n{ed25519(2)}", "it holds 2 lines"),
        (f"# {KEY}", "it is a comment"),
        (f"ssh-dss {DSA}", "DSA key"),
        (f"ssh-rsa {SHORT_RSA}", "RSA key of 2048 bits"),
        (f"ssh-rsa {wire(b'ssh-rsa', b'', b'')}", "not a whole ssh-rsa key"),
        (f"ssh-rsa {wire(b'ssh-rsa', b'', bytes([1]))}", "not a whole ssh-rsa key"),
        ("ssh-ed25519", "the key itself is missing"),
        (f"ssh-ed25519 {BODY[:-1]}", "not valid base64"),
        (f"ssh-ed25519 {BODY[:-4]}", "truncated"),
        (f"ssh-ed25519 {BODY}!", "not valid base64"),
        (f"ssh-ed25519 {wire(b'ssh-ed25519', b'k' * 31)}", "not a whole ssh-ed25519 key"),
        (f"ssh-ed25519 {wire(b'ssh-ed25519', b'k' * 32, b'more')}", "not a whole ssh-ed25519 key"),
        (f"ssh-ed25519 {wire(b'ssh-ed25519')}", "not a whole ssh-ed25519 key"),
        (f"ssh-rsa {BODY}", "it says ssh-rsa but its body is of type ssh-ed25519"),
        (f"ssh-ed25519 {wire(bytes([27]) + b'[2J', b'k' * 32)}", "its body is of type something else"),
        (
            f"ecdsa-sha2-nistp256 {wire(b'ecdsa-sha2-nistp256', b'nistp384', bytes([4]) + b'k' * 96)}",
            "not a whole ecdsa-sha2-nistp256 key",
        ),
        (f"ecdsa-sha2-nistp256 {wire(b'ecdsa-sha2-nistp256', b'nistp256', b'k' * 65)}", "not a whole"),
        (f"sk-ssh-ed25519@openssh.com {wire(b'sk-ssh-ed25519@openssh.com', b'k' * 32)}", "not a whole"),
        (f"ssh-ed25519-cert-v01@openssh.com {BODY}", "certificate"),
        (f"{BODY} anna@desk", "begins neither with a key type"),
        (f'command="/bin/sh" {KEY}', "option 'command' is not allowed"),
        (f'environment="LD_PRELOAD=/tmp/x" {KEY}', "option 'environment' is not allowed"),
        (f"restrict,port-forwarding {KEY}", "option 'port-forwarding' is not allowed"),
        (f"cert-authority {KEY}", "option 'cert-authority' is not allowed"),
        (f'expiry-time="20300101" {KEY}', "option 'expiry-time' is not allowed"),
        (f'restrict="x" {KEY}', "option 'restrict' is not allowed"),
        (f'from="" {KEY}', 'from="…"'),
        (f'from="!192.0.2.1" {KEY}', 'from="…"'),
        (f'from="a b" {KEY}', 'from="…"'),
        (f'from="192.0.2.1 {KEY}', "a quote of its options is not closed"),
        (f"{KEY} a\x1b[2Jb", "U+001B"),
        (f"{KEY} a\u202eb", "U+202E"),
        (f"{KEY} {'x' * 20000}", "no public key is that long"),
        ("hunter2", "begins with no key type"),
        ("hunter2 hunter2", "begins neither with a key type"),
    ],
)
def test_what_is_pasted_by_mistake_is_an_error_that_shows_nothing_of_it(line: str, reason: str) -> None:
    with pytest.raises(KeyLineError) as caught:
        parse_declared(line)
    assert reason in str(caught.value)
    for secret in ("SECRET", "hunter2", BODY[20:]):
        assert secret not in str(caught.value)


def test_every_wrong_entry_is_named_by_its_number() -> None:
    with pytest.raises(KeyLineError) as caught:
        declared_keys([KEY, OPENSSH_PRIVATE, f"restrict {KEY} again", "ssh-dss AAAA"])
    said = str(caught.value)
    assert "entry 2: it is a PRIVATE key" in said
    assert "entry 3: it is the same key as entry 1" in said
    assert "entry 4: it is a DSA key" in said
    assert "entry 1:" not in said


def test_no_key_at_all_is_an_error() -> None:
    with pytest.raises(KeyLineError, match="it is empty"):
        declared_keys([])


def test_what_a_node_holds_is_read_whatever_it_is() -> None:
    text = f'# a\n\n{KEY} x\ncommand="a \\" b" {ed25519(2)}\nnonsense\nssh-rsa !!!\n"open {KEY}\n'
    assert [(key.options, key.body) for key in keys_in(text)] == [
        ("", BODY),
        ('command="a \\" b"', ed25519(2).split()[1]),
    ]


def test_declared_keys_come_before_those_that_are_there_and_none_is_lost() -> None:
    new, old = parse_declared(f"{KEY} new"), f'command="/bin/false" {KEY} old\n{ed25519(2)} other\n'
    assert added(old, [new]).splitlines() == [new.line, *old.splitlines()]
    assert added(f"{new.line}\n{ed25519(2)}", [new]).splitlines() == [new.line, ed25519(2)]
    assert added("", [new]) == render([new]) == f"{new.line}\n"


def test_a_key_is_one_line() -> None:
    assert PublicKey("restrict", "ssh-ed25519", "AAAA", "").line == "restrict ssh-ed25519 AAAA"
