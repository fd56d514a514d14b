from __future__ import annotations

import os

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_places import (
    PLACES,
    exempt_of,
    place_of,
    why_readable,
)
from tests.secret_samples import basic, drawn

_PLACED = {
    "ssh-private-key": ("/home/op/.ssh/id_ed25519", "/root/.ssh/id_rsa.bak"),
    "gnupg-private-key": ("/home/op/.gnupg/private-keys-v1.d/A.key", "/home/op/.gnupg/secring.gpg"),
    "git-credentials": ("/root/.git-credentials", "/home/op/.config/git/credentials"),
    "aws-session": ("/home/op/.aws/sso/cache/x.json",),
    "gcloud-credentials": ("/home/op/.config/gcloud/credentials.db", "/home/op/.config/gcloud/legacy_credentials/a/b"),
    "azure-credentials": ("/home/op/.azure/msal_token_cache.json",),
    "vault-token": ("/root/.vault-token",),
    "vault-password": ("/home/op/.vault_pass.txt", "/srv/vault-password", "/srv/ansible-vault-pass"),
    "tailscale-state": ("/var/lib/tailscale/tailscaled.state",),
    "cloudflared-tunnel": ("/etc/cloudflared/01234567-0123-0123-0123-0123456789ab.json",),
    "k3s-credentials": ("/var/lib/rancher/k3s/server/token", "/var/lib/rancher/k3s/server/cred/x"),
    "keystore": ("/srv/a.p12", "/srv/b.kdbx", "/home/op/x.ppk"),
    "keyring": ("/home/op/.local/share/keyrings/login.keyring", "/home/op/.password-store/a/b.gpg"),
    "browser-logins": ("/home/op/.mozilla/firefox/x/logins.json",),
    "keytab": ("/etc/krb5.keytab",),
    "kerberos-tickets": ("/srv/cache/krb5cc_1000",),
    "credential-store": ("/etc/credstore/x", "/etc/credstore.encrypted/x"),
    "tls-private": ("/etc/ssl/private/site.key",),
    "samba-secrets": ("/var/lib/samba/private/secrets.tdb",),
    "mysql-login": ("/root/.mylogin.cnf",),
    "erlang-cookie": ("/var/lib/rabbitmq/.erlang.cookie",),
    "iwd-network": ("/var/lib/iwd/home.psk",),
    "raspberry-pi-connect": ("/home/op/.config/com.raspberrypi.connect/auth",),
    "jupyter-secret": ("/home/op/.local/share/jupyter/runtime/jupyter_cookie_secret",),
    "home-assistant": ("/srv/ha/.storage/auth", "/srv/ha/.storage/auth_provider.homeassistant"),
    "disk-key": ("/etc/cryptsetup-keys.d/data",),
    "core-dump": ("/var/lib/systemd/coredump/core.x.zst",),
    "docker-login": ("/root/.docker/config.json",),
    "pgpass": ("/home/op/.pgpass",),
    "ppp-secrets": ("/etc/ppp/chap-secrets",),
    "mail-login": ("/etc/postfix/sasl_passwd", "/etc/exim4/passwd.client"),
    "davfs-secrets": ("/etc/davfs2/secrets",),
    "mail-password": ("/home/op/.msmtprc", "/etc/msmtprc"),
    "ngrok-token": ("/home/op/.config/ngrok/ngrok.yml",),
    "debconf-password": ("/var/cache/debconf/passwords.dat",),
}


def test_every_place_has_a_sample() -> None:
    assert {place.name for place in PLACES} == set(_PLACED)


@pytest.mark.parametrize("name", _PLACED)
def test_what_lies_there_is_known(name: str) -> None:
    for path in _PLACED[name]:
        place = place_of(path)
        assert place is not None
        assert place.name == name


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/home/op/.ssh/id_ed25519.pub",
            "/home/op/.ssh/known_hosts",
            "/etc/ssl/private/ssl-cert-snakeoil.key",
            "/etc/passwd",
        ),
        *(
            "/etc/ssl/certs/x.pem",
            "/home/op/vault.yml",
            "/srv/p12",
            "/srv/credentials.db",
            "/etc/machine-id",
            "/srv/x.keys",
        ),
    ],
)
def test_what_is_no_place_of_a_credential(path: str) -> None:
    assert place_of(path) is None


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("/root/.docker/config.json", f'{{"auths": {{"r": {{\n"auth": "{basic()}"}}}}}}', [2]),
        ("/root/.docker/config.json", '{"auths": {"r": {}}, "credsStore": "pass"}', []),
        ("/home/op/.pgpass", "# h:p:d:u:w\nh:5432:d:u:geheim\nh:5432:d:u:<password>\n", [2]),
        ("/etc/ppp/chap-secrets", "# Secrets for authentication using CHAP\n# client server secret IP\n", []),
        ("/etc/ppp/chap-secrets", '\nop * "geheim" *\nguest * "" *\n', [2]),
        ("/etc/postfix/sasl_passwd", "[m.example.net]:587 op:geheim\n", [1]),
        ("/etc/exim4/passwd.client", "# password file used when the local exim\n### target:login:password\n", []),
        ("/etc/davfs2/secrets", "# x y z\n/mnt op geheim\n", [2]),
        ("/home/op/.msmtprc", "account x\nuser op\npassword geheim\npasswordeval pass show\n", [3]),
        ("/home/op/.config/ngrok/ngrok.yml", f"version: 2\nauthtoken: {drawn('abc123', 40)}\n", [2]),
        ("/var/cache/debconf/passwords.dat", "Name: x/password\nTemplate: x/password\nValue: \n\nValue: geheim\n", [5]),
    ],
)
def test_lines_of_files_that_are_not_secret_as_a_whole(path: str, text: str, lines: list[int]) -> None:
    place = place_of(path)
    assert place is not None
    assert place.holds is not None
    assert place.holds(text) == lines


def status(mode: int, uid: int = 0, gid: int = 0) -> os.stat_result:
    return os.stat_result((0o100000 | mode, 0, 0, 1, uid, gid, 1, 0, 0, 0))


@pytest.mark.parametrize(
    ("path", "mode", "uid", "group", "said"),
    [
        ("/etc/ssh/ssh_host_rsa_key", 0o600, 0, "root", ""),
        ("/etc/ssh/ssh_host_rsa_key", 0o400, 0, "root", ""),
        ("/etc/ssh/ssh_host_rsa_key", 0o640, 0, "root", "its mode is 0640"),
        ("/etc/ssh/ssh_host_rsa_key", 0o600, 1000, "root", "it belongs to user id 1000"),
        ("/etc/shadow", 0o640, 0, "shadow", ""),
        ("/etc/shadow-", 0o600, 0, "root", ""),
        ("/etc/gshadow", 0o644, 0, "shadow", "its mode is 0644"),
        ("/etc/shadow", 0o640, 0, "users", "the group users reads it"),
        ("/var/lib/systemd/random-seed", 0o600, 0, "root", ""),
        ("/var/lib/systemd/credential.secret", 0o400, 0, "root", ""),
        ("/etc/ssl/private/ssl-cert-snakeoil.key", 0o640, 0, "ssl-cert", ""),
    ],
)
def test_who_may_read_what_each_node_must_have(path: str, mode: int, uid: int, group: str, said: str) -> None:
    exempt = exempt_of(path)
    assert exempt is not None
    why = why_readable(exempt, status(mode, uid, 4), group)
    assert why.startswith(said) if said else not why


@pytest.mark.parametrize(
    "path", ["/etc/ssh/ssh_host_rsa_key.bak", "/root/shadow", "/etc/ssl/private/x.key", "/etc/passwd"]
)
def test_nothing_else_is_exempt(path: str) -> None:
    assert exempt_of(path) is None
