"""Keys are read from cards as the kernel or a reader shows them, and from their mounted files."""

from __future__ import annotations

import base64
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _card_keys as cards
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._pins import HostKey, PinError

MIB = 1024 * 1024


def key(fill: bytes = b"\x01", kind: str = "ssh-ed25519") -> HostKey:
    raw = len(kind).to_bytes(4, "big") + kind.encode() + (32).to_bytes(4, "big") + fill * 32
    return HostKey(kind, base64.b64encode(raw).decode())


FIRST, SECOND = key(), key(b"\x02", "ssh-rsa")
TEXT = f"{FIRST.kind} {FIRST.blob} root@greenhouse-1\n\n{SECOND.kind} {SECOND.blob}\n"


class Boot:
    """A boot partition by what mtools would say of it; that it says so is seen in tests/flash."""

    size_of: int | None = len(TEXT)
    text: str | None = TEXT
    fails = False
    asked: t.ClassVar[list[tuple[str, int]]] = []

    def __init__(self, path: str, offset: int) -> None:
        self.asked.append((path, offset))

    def size(self, name: str) -> int | None:
        assert name == "runbook-seed/host-keys.pub"
        if self.fails:
            raise CommandError("mdir failed", argv=[])
        return self.size_of

    def read(self, name: str) -> str | None:
        assert name == "runbook-seed/host-keys.pub"
        return self.text


@pytest.fixture
def boot(monkeypatch: pytest.MonkeyPatch) -> type[Boot]:
    one = type("One", (Boot,), {"asked": []})
    monkeypatch.setattr(cards, "Fat", one)
    monkeypatch.setattr(cards, "is_there", lambda: True)
    return one


def disk(path: pathlib.Path) -> pathlib.Path:
    table = bytearray(MIB)
    table[446:462] = bytes((0, 0, 0, 0, 0x0C, 0, 0, 0)) + (4096).to_bytes(4, "little") + (32768).to_bytes(4, "little")
    table[510:512] = b"\x55\xaa"
    path.write_bytes(bytes(table))
    return path


def fat(path: pathlib.Path, mark: bytes, at: int) -> pathlib.Path:
    sector = bytearray(512)
    sector[at : at + 8] = mark
    # A FAT's own boot sector ends as a partition table does.
    sector[446:462] = bytes((0, 0, 0, 0, 0x0C, 0, 0, 0)) + (9).to_bytes(4, "little") + (9).to_bytes(4, "little")
    sector[510:512] = b"\x55\xaa"
    path.write_bytes(bytes(sector))
    return path


def test_keys_are_read_from_a_card_a_partition_and_a_file(tmp_path: pathlib.Path, boot: type[Boot]) -> None:
    card, part, old = (
        disk(tmp_path / "card"),
        fat(tmp_path / "part", b"FAT32   ", 0x52),
        fat(tmp_path / "old", b"FAT16   ", 0x36),
    )
    text = tmp_path / "host-keys.pub"
    text.write_text(TEXT)
    for path in (card, part, old, text):
        assert cards.read_card_keys(str(path)) == [FIRST, SECOND]
    assert boot.asked == [(str(card), 2 * MIB), (str(part), 0), (str(old), 0)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"size_of": None}, "carries no runbook-seed/host-keys.pub: it has not booted yet"),
        ({"size_of": 2_000_000}, "has 2000000 bytes, which no host keys have"),
        ({"fails": True}, "cannot be read: mdir failed; flash it anew"),
    ],
)
def test_a_boot_partition_without_keys_is_named(
    tmp_path: pathlib.Path, boot: type[Boot], changes: dict[str, t.Any], told: str
) -> None:
    for name, value in changes.items():
        setattr(boot, name, value)
    with pytest.raises(PinError, match=told):
        cards.read_card_keys(str(disk(tmp_path / "card")))


def test_mtools_are_asked_for_by_name(
    tmp_path: pathlib.Path, boot: type[Boot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "is_there", lambda: False)
    with pytest.raises(PinError, match=r"run 'apt install mtools', or name runbook-seed/host-keys.pub"):
        cards.read_card_keys(str(disk(tmp_path / "card")))
    assert boot.asked == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "carries 0 host keys"),
        (b"# none\n", "carries 0 host keys"),
        (TEXT.encode() * 20, "carries 40 host keys"),
        (b"ssh-ed25519\n", "is none: it is cut short"),
        (b"ssh-ed25519 !!!\n", "is none: it is not base64"),
        (b"\x1b[2J AAAA\n", "is none: its type '\\x1b[2J' is not one of"),
        (b"\0" * 4096, "has no boot partition"),
        (b"#" * 100_000, "too large for a file of host keys"),
    ],
)
def test_what_carries_no_keys_is_named(tmp_path: pathlib.Path, content: bytes, told: str) -> None:
    path = tmp_path / "card"
    path.write_bytes(content)
    with pytest.raises(PinError) as caught:
        cards.read_card_keys(str(path))
    assert told in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_what_is_no_card_is_named(tmp_path: pathlib.Path) -> None:
    for path, told in (
        ("card.img", "is no absolute path"),
        (str(tmp_path), "neither a disk nor a regular file"),
        (str(tmp_path / "gone"), "cannot be read: No such file"),
        ("/dev/null", "neither a disk nor a regular file"),
    ):
        with pytest.raises(PinError, match=told):
            cards.read_card_keys(path)


def test_the_cards_keys_are_pinned_and_no_others() -> None:
    third = key(b"\x03", "ecdsa-sha2-nistp256")
    shown = [SECOND, third, FIRST]
    assert cards.shown_by_node(shown, [FIRST, SECOND], node="n", path="/c") == [SECOND, FIRST]


def test_another_key_is_refused_naming_both() -> None:
    other = key(b"\x09")
    for shown in ([other, SECOND], [FIRST]):
        with pytest.raises(PinError) as caught:
            cards.shown_by_node(shown, [FIRST, SECOND], node="n", path="/dev/disk/by-id/c")
        said = str(caught.value)
        for one in (*shown, FIRST, SECOND):
            assert one.fingerprint in said
        assert "/dev/disk/by-id/c" in said
        assert "nothing was pinned" in said
