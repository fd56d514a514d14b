from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_keys import KEYS
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_pattern import search
from tests.secret_samples import B64, armored, drawn, openssh, pem, putty

_KEY = "KEY"


def found(text: str) -> dict[str, str]:
    return {pattern.name: pattern.grade for pattern in KEYS for _hit in search(pattern, text)}


def test_a_passphrase_is_told_from_none() -> None:
    assert found(openssh()) == {"openssh-key": "critical"}
    assert found(openssh("aes256-ctr")) == {"openssh-encrypted-key": "high"}
    assert found(pem()) == {"pem-key": "critical"}
    assert found(pem(encrypted=True)) == {"pem-encrypted-key": "high"}
    assert found(putty()) == {"putty-key": "critical"}
    assert found(putty("aes256-cbc")) == {"putty-encrypted-key": "high"}


@pytest.mark.parametrize("frame", ["{}", "  {}", "key: |\n{}", "KEY='{}'", "x = b'''{}'''", "\r\n{}"])
def test_a_key_is_one_in_any_frame(frame: str) -> None:
    for key in (openssh(), pem(), pem("")):
        assert len(found(frame.format(key))) == 1
        assert len(found(frame.format(key.replace("\n", "\\n")))) == 1
        assert len(found(frame.format(key.replace("\n", "\n    ")))) == 1


def test_the_hit_reaches_to_the_end_of_the_key() -> None:
    text = f"a\n{pem()}b\n"
    (hit,) = [hit for pattern in KEYS for hit in search(pattern, text)]
    assert text[: hit.start] == "a\n"
    assert text[hit.end :] == "\nb\n"


@pytest.mark.parametrize(
    "text",
    [
        f"-----BEGIN RSA PRIVATE {_KEY}-----\n-----END RSA PRIVATE {_KEY}-----",
        f"grep -q 'BEGIN OPENSSH PRIVATE {_KEY}' file",
        f"-----BEGIN PRIVATE {_KEY}-----\n{'A' * 64}\n{'A' * 64}\n",
        f"-----BEGIN EC PRIVATE {_KEY}-----\nMHcCAQEE...\n",
        f"-----BEGIN PRIVATE {_KEY}-----\n<your key here, in base64, as the issuer gave it to you>\n",
        armored("CERTIFICATE REQUEST", drawn(B64, 400)),
        "PrivateKey = abc=\n",
        f"PrivateKey = {drawn(B64, 42)}==\n",
        f"PrivateKey = {'A' * 43}=\n",
        f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 1\n{drawn(B64, 64)}\n",
        "LS0tLS1CRUdJTi" + drawn(B64, 200),
        f'{{"kty": "EC", "x": "{drawn(B64[:62], 43)}"}}',
    ],
)
def test_a_mark_alone_is_no_key(text: str) -> None:
    assert found(text) == {}
