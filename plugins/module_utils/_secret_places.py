# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are credentials by the place where they lie, whatever their content says (runbook 6.3). Private to the
collection.
"""

from __future__ import annotations

import os
import re
import stat
import typing as t

from ._secret_checks import is_login, stands_for_one
from ._secret_pattern import Grade


class Place(t.NamedTuple):
    """A kind of file.

    :param name: unique, kebab-case; a waiver names it after the path.
    :param what: with its article.
    :param path: an expression that the end of a path matches.
    :param holds: the lines, counted from 1, that hold a credential; none at all where the whole file is one.
    """

    name: str
    grade: Grade
    what: str
    path: str
    holds: t.Callable[[str], list[int]] | None = None


class Exempt(t.NamedTuple):
    """A file with secrets that each node must have (ruling 6), so that only who can read it is looked at.

    :param bits: permission bits that it may have at most.
    :param groups: names of groups that may own it.
    """

    folder: str
    name: re.Pattern[str]
    bits: int
    groups: tuple[str, ...]
    right: str


def _lines(said: t.Callable[[list[str]], bool], separator: str | None = None) -> t.Callable[[str], list[int]]:
    """Return what counts the lines, but for comments, whose words are judged."""

    def holds(text: str) -> list[int]:
        found = []
        for number, line in enumerate(text.split("\n"), 1):
            plain = line.strip()
            if plain and plain[0] not in "#;*" and said(plain.split(separator)):
                found.append(number)
        return found

    return holds


_DOCKER = re.compile(r'"(?:auth|identitytoken|registrytoken)"\s*:\s*"([^"]+)"')


def _docker(text: str) -> list[int]:
    return [
        text.count("\n", 0, match.start()) + 1
        for match in _DOCKER.finditer(text)
        if is_login(match[1]) or len(match[1]) > 60
    ]


_DIRECTIVE = re.compile(r"""(?im)^[ \t]*(?:password|passwd|authtoken|_password|key)[ \t:=]+["']?([^\s"']+)""")


def _directives(text: str) -> list[int]:
    found = [match for match in _DIRECTIVE.finditer(text) if not stands_for_one(match[1])]
    return [text.count("\n", 0, match.start(1)) + 1 for match in found]


_DEBCONF = re.compile(r"(?m)^Value:[ \t]*(\S+)")


def _debconf(text: str) -> list[int]:
    return [text.count("\n", 0, match.start()) + 1 for match in _DEBCONF.finditer(text)]


PLACES: t.Final = (
    # Files that are one credential, or nothing else.
    Place("ssh-private-key", "critical", "a private key of SSH", r"/\.ssh/id_[^/]+(?<!\.pub)"),
    Place("gnupg-private-key", "critical", "a private key of GnuPG", r"/private-keys-v1\.d/[^/]+\.key|/secring\.gpg"),
    Place("git-credentials", "critical", "passwords that git stores", r"/\.git-credentials|/\.config/git/credentials"),
    Place("aws-session", "high", "a session of AWS", r"/\.aws/(?:sso|cli)/cache/[^/]+\.json"),
    Place(
        "gcloud-credentials",
        "critical",
        "credentials of Google Cloud",
        r"/(?:\.config/)?gcloud/(?:credentials\.db|access_tokens\.db|application_default_credentials\.json"
        r"|legacy_credentials/.+)|/\.boto",
    ),
    Place(
        "azure-credentials",
        "critical",
        "credentials of Azure",
        r"/\.azure/(?:accessTokens\.json|msal_token_cache\.[a-z]+|service_principal_entries\.[a-z]+)",
    ),
    Place("vault-token", "critical", "a token of HashiCorp Vault", r"/\.vault-token"),
    Place(
        "vault-password",
        "critical",
        "the password of a vault",
        r"/\.?(?:ansible[_-]?)?vault[_-]?pass(?:word|wd)?(?:[_-]file)?(?:\.txt)?",
    ),
    Place("tailscale-state", "critical", "the keys of Tailscale", r"/tailscaled\.state"),
    Place("cloudflared-tunnel", "critical", "the key of a tunnel", r"/\.?cloudflared/[0-9a-f-]{36}\.json"),
    Place("k3s-credentials", "critical", "credentials of a cluster",
          r"/rancher/k3s/server/(?:(?:node-|agent-)?token|cred/.+)"),
    Place("keystore", "critical", "a store of keys", r"/[^/]+\.(?:p12|pfx|jks|keystore|kdbx?|ppk|keychain-db)"),
    Place("keyring", "high", "a store of passwords",
          r"/\.local/share/keyrings/.+\.keyring|/kwalletd/.+\.kwl|/\.password-store/.+\.gpg"),
    Place("browser-logins", "high", "passwords that a browser stores", r"/(?:logins\.json|key[34]\.db|Login Data)"),
    Place("keytab", "critical", "keys of Kerberos", r"/[^/]*\.keytab"),
    Place("kerberos-tickets", "high", "tickets of Kerberos", r"/krb5cc_[^/]+"),
    Place(
        "credential-store",
        "critical",
        "a stored credential of systemd",
        r"/(?:etc|usr/lib|usr/local/lib|var/lib)/credstore(?:\.encrypted)?/.+",
    ),
    Place("tls-private", "critical", "a private key of TLS", r"/etc/ssl/private/(?!ssl-cert-snakeoil\.key$).+"),
    Place("samba-secrets", "critical", "secrets of Samba", r"/samba/(?:private/)?(?:secrets|passdb)\.tdb|/smbpasswd"),
    Place("mysql-login", "high", "a login of MySQL", r"/\.mylogin\.cnf"),
    Place("erlang-cookie", "high", "the cookie of an Erlang node", r"/\.erlang\.cookie"),
    Place("iwd-network", "high", "the key of a wireless network", r"/var/lib/iwd/[^/]+\.(?:psk|8021x)"),
    Place("raspberry-pi-connect", "critical", "the login of Raspberry Pi Connect", r"/com\.raspberrypi\.connect/.+"),
    Place("jupyter-secret", "high", "a secret of Jupyter", r"/jupyter_cookie_secret|/jupyter/runtime/.+\.json"),
    Place("home-assistant", "critical", "logins of Home Assistant", r"/\.storage/auth(?:_provider\..+)?"),
    Place("disk-key", "critical", "the key of a disk",
          r"/etc/(?:luks|cryptsetup)[a-z._-]*/.+\.key|/etc/cryptsetup-keys\.d/.+"),
    Place("core-dump", "high", "the memory of a process",
          r"/var/lib/systemd/coredump/.+|/var/crash/.+\.(?:core|crash)"),
    # Files of which some lines are.
    Place("docker-login", "high", "a login of a container registry",
          r"/\.docker/config\.json|/\.dockercfg|/containers/auth\.json", _docker),
    Place("pgpass", "high", "a password of PostgreSQL", r"/\.?pgpass(?:\.conf)?",
          _lines(lambda words: len(words) == 5 and not stands_for_one(words[4]), ":")),
    Place("ppp-secrets", "high", "a secret of a dial-up", r"/ppp/(?:chap|pap|srp)-secrets",
          _lines(lambda words: len(words) >= 3 and words[2].strip('"') not in {"", "*"})),
    Place("mail-login", "high", "a login of a mail server", r"/(?:sasl_passwd|sasl/passwd|passwd\.client|esmtprc)",
          _lines(lambda words: len(words) >= 2 or words[0].count(":") >= 2)),
    Place("davfs-secrets", "high", "a login of WebDAV", r"/\.?davfs2/secrets", _lines(lambda words: len(words) >= 3)),
    Place("mail-password", "high", "a password of a mail account",
          r"/\.?(?:msmtp|fetchmail|getmail|mbsync|offlineimap)rc", _directives),
    Place("ngrok-token", "high", "a token of ngrok", r"/ngrok2?(?:/ngrok)?\.yml", _directives),
    Place("debconf-password", "high", "a password that debconf was told",
          r"/var/cache/debconf/passwords\.dat(?:-old)?", _debconf),
)  # fmt: skip
_ENDS = re.compile("|".join(f"(?P<p{number}>(?:{place.path})$)" for number, place in enumerate(PLACES)))

EXEMPT: t.Final = (
    Exempt("/etc/ssh", re.compile(r"ssh_host_[a-z0-9_]+_key"), 0o600, ("root", "ssh_keys"), "root alone reads it"),
    Exempt("/etc", re.compile(r"g?shadow-?"), 0o640, ("root", "shadow"), "root and the group shadow read it"),
    Exempt(
        "/var/backups", re.compile(r"g?shadow\.bak"), 0o640, ("root", "shadow"), "root and the group shadow read it"
    ),
    Exempt("/var/lib/systemd", re.compile(r"random-seed|credential\.secret"), 0o600, ("root",), "root alone reads it"),
    Exempt(
        "/etc/ssl/private",
        re.compile(r"ssl-cert-snakeoil\.key"),
        0o640,
        ("root", "ssl-cert"),
        "root and the group ssl-cert read it",
    ),
)


def place_of(path: str) -> Place | None:
    """Return what a file is by its place."""
    match = _ENDS.search(path)
    return PLACES[int((match.lastgroup or "p0")[1:])] if match else None


def exempt_of(path: str) -> Exempt | None:
    """Return why a file may hold secrets."""
    folder, _slash, name = path.rpartition("/")
    return next((one for one in EXEMPT if one.folder == folder and one.name.fullmatch(name)), None)


def why_readable(exempt: Exempt, status: os.stat_result, group: str) -> str:
    """Return who can read a file that only few may, "" where only those can."""
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid:
        return f"it belongs to user id {status.st_uid}"
    if mode & ~(exempt.bits | 0o400):
        return f"its mode is {mode:04o}, at most {exempt.bits:04o} is right"
    if mode & 0o070 and group not in exempt.groups:
        return f"the group {group or status.st_gid} reads it"
    return ""


__all__ = ("EXEMPT", "PLACES", "Exempt", "Place", "exempt_of", "place_of", "why_readable")
