# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pinned host keys: what a node shows, what known_hosts holds, and what follows from both. Private to the collection.

The file is OpenSSH's own format, so that ssh itself insists on what is pinned here. Each line of ours ends with the
node's name in the inventory, for whoever reviews the file and for the sentence about a key that two nodes share.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import hashlib
import hmac
import os
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

SCANNED_TYPES: t.Final = "ed25519,ecdsa,rsa"
HEADER: t.Final = "# SSH host keys that an operator confirmed, written by enroll.yml: review and commit each change.\n"
_TYPES: t.Final = {
    "ssh-ed25519": "ED25519",
    "ecdsa-sha2-nistp256": "ECDSA",
    "ecdsa-sha2-nistp384": "ECDSA",
    "ecdsa-sha2-nistp521": "ECDSA",
    "ssh-rsa": "RSA",
}
_MOST_KEYS = 16
_LONGEST_LINE = 8192


class HostKey(t.NamedTuple):
    """A public host key: its type in SSH's words, and the key itself in base64."""

    kind: str
    blob: str

    @property
    def fingerprint(self) -> str:
        """SHA256 fingerprint, written as ssh-keygen writes it."""
        digest = hashlib.sha256(base64.b64decode(self.blob)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    @property
    def label(self) -> str:
        """The type in the words of ssh-keygen -l."""
        return _TYPES[self.kind]


class Pin(t.NamedTuple):
    """One line of known_hosts: its hosts field, its key, and its comment, which names the node."""

    hosts: str
    key: HostKey
    comment: str

    def is_for(self, name: str) -> bool:
        """Return whether ssh would look this line up for ``name``; hashed lines are matched too."""
        if not self.hosts.startswith("|1|"):
            return name in self.hosts.split(",")
        try:
            salt, digest = (base64.b64decode(part, validate=True) for part in self.hosts.split("|")[2:4])
        except (ValueError, binascii.Error):
            return False
        return hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), digest)

    def shown(self, name: str) -> str:
        """Return the line for people, with the fingerprint in the place of the key.

        :param name: what a hashed line was found by, since it does not say for whom it is.
        """
        return f"{name if self.hosts.startswith('|') else self.hosts} {self.key.kind} {self.key.fingerprint}\n"


class Pinning(t.NamedTuple):
    """What becomes of known_hosts where keys are pinned, as it is told.

    :param gone: the pins that are removed for that; none unless the old ones are to be replaced.
    :param keys: the keys that are pinned.
    """

    name: str
    gone: tuple[Pin, ...]
    keys: tuple[HostKey, ...]

    @property
    def before(self) -> str:
        """The lines that are removed, for people."""
        return "".join(pin.shown(self.name) for pin in self.gone)

    @property
    def after(self) -> str:
        """The lines that are added, for people."""
        return "".join(Pin(self.name, key, "").shown(self.name) for key in self.keys)

    @property
    def actions(self) -> list[tuple[str, str]]:
        """Types of keys, and what is done with each: pin, replace or remove; a key that stays is not among them."""
        old = dict.fromkeys(pin.key for pin in self.gone)
        kinds = {key.kind for key in old}
        new = [(key.kind, "replace" if key.kind in kinds else "pin") for key in self.keys if key not in old]
        kept = {key.kind for key in self.keys}
        return [*new, *((kind, "remove") for kind in dict.fromkeys(key.kind for key in old) if kind not in kept)]

    @property
    def said(self) -> str:
        """The keys that are pinned, and those in whose place."""
        lost = dict.fromkeys(pin.key for pin in self.gone if pin.key not in self.keys)
        new, old = (", ".join(f"{key.label} {key.fingerprint}" for key in some) for some in (self.keys, lost))
        return f"{new} in place of {old}" if old else new


class PinError(Exception):
    """A host key must not be pinned; the message is one sentence with the value and the remedy."""


def why_not_a_key(kind: str, blob: str) -> str:
    """Return why type and base64 are no host key, "" when they are."""
    if kind not in _TYPES:
        return f"its type '{one_line(kind, 60)}' is not one of {', '.join(_TYPES)}"
    try:
        raw = base64.b64decode(blob, validate=True)
    except (ValueError, binascii.Error):
        return "it is not base64"
    # The key repeats its own type, length first.
    if raw[:4] != len(kind).to_bytes(4, "big") or raw[4 : 4 + len(kind)] != kind.encode():
        return f"what it holds is not of type {kind}"
    return ""


def scanned_keys(said: str) -> list[HostKey]:
    """Return the keys in the output of ssh-keyscan, best type first.

    :raises PinError: the node shows something that is no host key.
    """
    keys: list[HostKey] = []
    for line in said.splitlines()[: _MOST_KEYS + 1]:
        if not line.strip() or line.startswith("#"):
            continue
        words = line[:_LONGEST_LINE].split()
        reason = why_not_a_key(words[1], words[2]) if len(words) == 3 else "it is cut short"
        if reason:
            raise PinError(f"it shows a host key that is none: {reason}; look at the node's console")
        key = HostKey(words[1], words[2])
        if key not in keys:
            keys.append(key)
    return sorted(keys, key=lambda key: list(_TYPES).index(key.kind))


def parse(text: str) -> list[Pin]:
    """Return the pins of a known_hosts file. Comments, marked lines and types that we never pin are passed over."""
    pins = []
    for line in text.splitlines():
        words = line.split(None, 3)
        if len(words) < 3 or line.startswith(("#", "@")) or why_not_a_key(words[1], words[2]):
            continue
        pins.append(Pin(words[0], HostKey(words[1], words[2]), words[3].strip() if len(words) > 3 else ""))
    return pins


def require_fingerprints(words: t.Iterable[str]) -> None:
    """Refuse what cannot be a fingerprint, before a node is asked for its keys.

    :raises PinError: a word is none.
    """
    for word in words:
        if not word.startswith("SHA256:") or len(word) != 50:
            raise PinError(
                f"fingerprint '{one_line(word, 100)}' is not of the form SHA256: and 43 characters; "
                "take it from 'ssh-keygen -lf' on the node's console"
            )


def chosen(keys: t.Sequence[HostKey], fingerprints: t.Sequence[str]) -> list[HostKey]:
    """Return the keys whose fingerprints somebody compared: those of the other types stay unproven and are not pinned.

    :raises PinError: a fingerprint is none, or is not among those that the node shows.
    """
    require_fingerprints(fingerprints)
    shown = {key.fingerprint: key for key in keys}
    absent = [fingerprint for fingerprint in fingerprints if fingerprint not in shown]
    if absent:
        raise PinError(
            f"the node does not have the key {absent[0]}, it shows {', '.join(shown)}; another machine answers at its "
            "address or the fingerprint is another node's: nothing was pinned"
        )
    return [shown[fingerprint] for fingerprint in dict.fromkeys(fingerprints)]


def judge(keys: t.Sequence[HostKey], pins: t.Sequence[Pin], *, name: str, node: str, known_hosts: str) -> bool:
    """Return whether the node's key is pinned already.

    :param name: what ssh looks the node up by.
    :param node: the node's name in the inventory.
    :raises PinError: the key changed, or another node has it.
    """
    shared = next((pin for pin in pins for key in keys if pin.key == key and not pin.is_for(name)), None)
    if shared is not None:
        other = shared.comment or shared.hosts
        raise PinError(
            f"{node} ({name}) and {one_line(other, 100)} ({one_line(shared.hosts, 100)}) have one host key, "
            f"{shared.key.fingerprint}: one card was cloned from the other; flash {node} anew (2.1), or if it is the "
            f"same machine under a new address remove the old line with {_removal(known_hosts, shared.hosts)}"
        )
    mine = [pin.key for pin in pins if pin.is_for(name)]
    if not mine:
        return False
    kinds = {key.kind for key in mine}
    changed = [key for key in keys if key.kind in kinds and key not in mine]
    if changed or not any(key in mine for key in keys):
        pinned, shown = ([key.fingerprint for key in some] for some in (mine, changed or keys))
        raise PinError(
            f"the host key of {node} ({name}) is not the pinned one: pinned {', '.join(pinned)}, "
            f"shown {', '.join(shown)}. Either the node was re-imaged, or another "
            "machine answers at its address, or somebody sits in between. Compare the fingerprint on the node's own "
            f"console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); only if it is right, run again with "
            f"-e replace=true, or remove the old line with {_removal(known_hosts, name)}"
        )
    return True


def _removal(known_hosts: str, name: str) -> str:
    return f"ssh-keygen -R '{name}' -f '{known_hosts}'"


def added(text: str, keys: t.Sequence[HostKey], *, name: str, node: str, replace: bool = False) -> str:
    """Return the text of known_hosts with these keys pinned; all other lines stay as they are."""
    lines = (text or HEADER).splitlines(keepends=True)
    if replace:
        lines = [line for line in lines if not any(pin.is_for(name) for pin in parse(line))]
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return "".join(lines) + "".join(f"{name} {key.kind} {key.blob} {node}\n" for key in keys)


def pinning(text: str, keys: t.Sequence[HostKey], *, name: str, replace: bool = False) -> Pinning:
    """Return what :func:`added` does to the text of known_hosts, to be told."""
    gone = tuple(pin for pin in parse(text) if pin.is_for(name)) if replace else ()
    return Pinning(name, gone, tuple(keys))


def read(path: pathlib.Path) -> str:
    """Return the text of known_hosts, "" where there is none yet."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""


@contextlib.contextmanager
def locked(path: pathlib.Path) -> t.Iterator[pathlib.Path]:
    """Hold off the enrollment of other nodes, which runs at the same time; yields the file that a link leads to.

    The folder is locked, so that no lock file lies about in the operator's repository.
    """
    real = pathlib.Path(os.path.realpath(path))
    real.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(real.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield real
    finally:
        os.close(descriptor)


def write(path: pathlib.Path, text: str) -> None:
    """Put known_hosts in place whole, readable for all: nothing in it is secret."""
    write_atomically(str(path), text.encode("utf-8", "surrogateescape"), mode=0o644, uid=os.getuid(), gid=os.getgid())


__all__ = (
    "HEADER",
    "SCANNED_TYPES",
    "HostKey",
    "Pin",
    "PinError",
    "Pinning",
    "added",
    "chosen",
    "judge",
    "locked",
    "parse",
    "pinning",
    "read",
    "require_fingerprints",
    "scanned_keys",
    "why_not_a_key",
    "write",
)
