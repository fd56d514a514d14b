"""The controller's side of runbook 2.9: signatures, with real git and real keys."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_signature import require_signature
from tests.git_rig import Upstream, ask


def test_signatures(upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (tmp_path / "signers").write_text(f"op@example.org {(tmp_path / 'key.pub').read_text()}")
    config = tmp_path / "gitconfig"
    config.write_text(f'[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tallowedSignersFile = {tmp_path}/signers\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    with pytest.raises(SourceError, match="does not verify the signature"):
        ask(upstream, verify_signature=True)
    upstream.git("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}", "commit", "-qS", "--allow-empty", "-m", "s")
    assert ask(upstream, verify_signature=True).commit == upstream.head
    upstream.commit({"b": "2"})
    upstream.git("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}", "tag", "--sign", "--message", "m", "v1")
    assert ask(upstream, "v1", verify_signature=True).commit == upstream.head
    (tmp_path / "signers").write_text("")
    with pytest.raises(SourceError, match="does not verify the signature"):
        ask(upstream, "v1", verify_signature=True)


def test_a_repository_elsewhere_is_verified_in_the_mirror(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    mirror = Mirror("https://op:t0ken@git.example.org/x", seconds=60, cache=tmp_path / "cache")
    with mirror.locked():
        mirror.make()
    with pytest.raises(SourceError, match=f"does not verify the signature of commit {upstream.head[:12]}") as error:
        require_signature(mirror, "main", upstream.head, "main")
    assert "t0ken" not in str(error.value)
