# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins by the form of the line that they stand in: URLs, headers, hashes, commands (runbook 6.3). Private to the
collection.
"""

from __future__ import annotations

import re
import typing as t

from ._secret_checks import is_login, is_random, stands_for_one
from ._secret_pattern import Pattern, random_of, value_of
from ._secret_words import URL_LOGIN, is_secret_name

# A word of a command line or of a line of settings, in quotes or without.
_ARGUMENT = r"""(?:"(?P<q2>[^"\r\n]{1,300})"|'(?P<q1>[^'\r\n]{1,300})'|(?P<plain>[^\s"'`;|&<>()]{1,300}))"""
_SETTING = r"""(?:"(?P<q2>[^"\r\n]{1,300})"|'(?P<q1>[^'\r\n]{1,300})'|(?P<plain>[^\s"']{1,300}))"""
_BEFORE = r"(?<![A-Za-z0-9_.-])"
_B64 = "[./A-Za-z0-9]"


def _argument(match: re.Match[str]) -> str:
    return match["q2"] or match["q1"] or match["plain"] or ""


def _says_one(match: re.Match[str]) -> bool:
    return not stands_for_one(_argument(match))


def _is_option(match: re.Match[str]) -> bool:
    return is_secret_name(match["name"]) and not _argument(match).startswith("-") and _says_one(match)


def _has_password(match: re.Match[str]) -> bool:
    return not stands_for_one(value_of(match).partition("://")[2].partition(":")[2].removesuffix("@"))


def _is_bearer(match: re.Match[str]) -> bool:
    value = value_of(match)
    if match["scheme"].lower() == "basic":
        return is_login(value)
    return is_random(value, bits=2.5) and not stands_for_one(value)


def _is_user_and_password(match: re.Match[str]) -> bool:
    user, colon, password = _argument(match).partition(":")
    return bool(colon and user) and not stands_for_one(password)


def _line(name: str, what: str, keywords: str, form: str, check: t.Callable[[re.Match[str]], bool]) -> Pattern:
    words = tuple(keywords.split(","))
    return Pattern(name, "high", what, words, f"(?im){form}", check, folded=True)


def _command(name: str, what: str, keywords: str, form: str, check: t.Callable[[re.Match[str]], bool]) -> Pattern:
    """Return the pattern of what begins with one of its keywords, as commands do."""
    return Pattern(name, "high", what, tuple(keywords.split(",")), form, check, begins=True)


LOGINS: t.Final = (
    Pattern(
        "url-password",
        "high",
        "a URL with a password",
        ("://",),
        rf"(?P<secret>{URL_LOGIN})",
        _has_password,
    ),
    Pattern(
        "discord-token",
        "critical",
        "a token of a Discord bot",
        ("discord",),
        (
            r"(?<![A-Za-z0-9_.-])(?P<secret>[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38})(?![A-Za-z0-9_.-])"
        ),
        random_of(3.8),
        folded=True,
    ),
    _line(
        "auth-header",
        "an Authorization header",
        "authorization",
        r"authorization[\"']?[ \t]*[:=,]?[ \t]*[\"']?(?P<scheme>bearer|basic|token)[ \t]+"
        r"(?P<secret>[A-Za-z0-9+/_=.~-]{8,4000})",
        _is_bearer,
    ),
    _line(
        "key-header",
        "a header with a key",
        "x-",
        r"x-(?:[a-z]{1,20}-){0,3}(?:key|token|secret)[\"']?[ \t]*:[ \t]*[\"']?(?P<secret>[A-Za-z0-9+/_=.~-]{16,400})",
        lambda match: is_random(value_of(match), bits=3.0) and not stands_for_one(value_of(match)),
    ),
    _line(
        "netrc",
        "a password of a netrc",
        "machine,default",
        r"^[ \t]*(?:machine[ \t]+\S{1,200}|default)\s+(?:(?:login|account|port)\s+\S{1,200}\s+){0,3}"
        r"password\s+(?P<secret>" + _SETTING + ")",
        _says_one,
    ),
    _line(
        "crypt-hash",
        "a password's hash outside /etc/shadow",
        "$1$,$2a$,$2b$,$2y$,$2x$,$5$,$6$,$7$,$y$,$gy$,$apr1$,$argon2,$scrypt$,$sha1$,{ssha,{smd5}",
        rf"(?P<secret>\$(?<![A-Za-z0-9$]\$)(?:(?:1|apr1)\${_B64}{{1,8}}\${_B64}{{22}}|2[abxy]\$[0-9]{{2}}\${_B64}{{53}}"
        rf"|[56]\$(?:rounds=[0-9]{{1,9}}\$)?{_B64}{{1,16}}\${_B64}{{43,86}}|g?y\${_B64}{{1,20}}\${_B64}{{1,90}}\${_B64}{{43}}"
        rf"|7\${_B64}{{12,100}}\${_B64}{{43}}|7\$[0-9]{{2,7}}\$[A-Za-z0-9+/=]{{12,64}}\$[A-Za-z0-9+/=]{{64,100}}"
        rf"|(?:argon2(?:id|i|d)|scrypt)\$[a-z0-9=,$]{{3,60}}\$[A-Za-z0-9+/=]{{8,90}}\$[A-Za-z0-9+/=]{{20,140}}"
        rf"|sha1\$[0-9]{{1,9}}\${_B64}{{8,64}}\${_B64}{{28}})|\{{(?:SSHA(?:256|512)?|SMD5)\}}[A-Za-z0-9+/]{{24,120}}={{0,2}})",
        lambda match: is_random(value_of(match), bits=3.5, longest_run=12),
    ),
    _line(
        "wifi-key",
        "the key of a wireless network",
        "wpa-p,wireless-key,wep",
        rf"^[ \t]*(?:wpa-psk|wpa-passphrase|wireless-key[0-9]?|wep[-_]key[0-9]?)[ \t]*[ \t=][ \t]*"
        rf"(?P<secret>{_SETTING})",
        _says_one,
    ),
    _line(
        "setting-password",
        "a password of a server",
        "bindpw,rootpw,requirepass,masterauth",
        rf"^[ \t]*(?:bindpw|rootpw|rootbindpw|requirepass|masterauth)[ \t]+(?P<secret>{_SETTING})[ \t]*\r?$",
        _says_one,
    ),
    _line(
        "tsig-key",
        "a key of a name server",
        "secret",
        r"\bsecret[ \t]+\"(?P<secret>[A-Za-z0-9+/]{20,100}={0,2})\"[ \t]*;",
        lambda match: is_random(value_of(match), bits=3.0),
    ),
    _line(
        "sql-password",
        "a password in a statement of SQL",
        "identified,pass",
        r"\b(?:identified[ \t]+(?:with[ \t]+[a-z0-9_]{1,40}[ \t]+)?(?:by|as)|(?:encrypted[ \t]+|with[ \t]+)password"
        r"|set[ \t]+password[^'\r\n]{0,80}=)"
        r"[ \t]*(?:password\()?(?P<secret>'(?P<q1>[^'\r\n]{1,200})'(?P<q2>)(?P<plain>))",
        _says_one,
    ),
    _command(
        "option-password",
        "a password among a command's options",
        "--",
        rf"(?<![A-Za-z0-9-])--(?P<name>[A-Za-z][A-Za-z0-9_-]{{2,60}})(?:=|[ \t]+)(?P<secret>{_ARGUMENT})",
        _is_option,
    ),
    _command(
        "command-password",
        "a password given to a command",
        "sshpass,mysql,mariadb,redis-cli,docker,podman,htpasswd,smbclient,-pass,wpa_passphrase,nmcli",
        _BEFORE + r"(?:sshpass[ \t]+-p[ \t]*|(?:mysql|mariadb)(?:dump|admin|show)?\b[^\r\n|;]{0,200}?[ \t]-p(?=[^\s])"
        r"|redis-cli\b[^\r\n|;]{0,200}?[ \t]-a[ \t]+|(?:docker|podman)[ \t]+login\b[^\r\n|;]{0,200}?[ \t]-p[ \t]+"
        r"|htpasswd[ \t]+-[a-z]{0,6}b[a-z]{0,6}[ \t]+\S{1,200}[ \t]+\S{1,100}[ \t]+"
        r"|smbclient\b[^\r\n|;]{0,200}?[ \t]-U[ \t]*[^\s%]{1,60}%"
        r"|-pass(?:in|out)[ \t]+pass:|wpa_passphrase[ \t]+(?:\"[^\"\r\n]{1,60}\"|'[^'\r\n]{1,60}'|\S{1,60})[ \t]+"
        r"|nmcli\b[^\r\n|;]{0,300}?[ \t](?:password|wifi-sec\.psk|802-11-wireless-security\.psk)[ \t]+)"
        rf"(?P<secret>{_ARGUMENT})",
        _says_one,
    ),
    _command(
        "command-login",
        "a user and password given to a command",
        "curl,wget,http",
        _BEFORE
        + rf"(?:curl|wget|https?)\b[^\r\n|;]{{0,400}}?[ \t](?:-u|--user|-a|--auth)(?:=|[ \t]*)(?P<secret>{_ARGUMENT})",
        _is_user_and_password,
    ),
    _command(
        "piped-password",
        "a password piped into a command",
        "echo,printf",
        _BEFORE + rf"(?:echo|printf)[ \t]+(?:-[a-z]{{1,3}}[ \t]+)?(?P<secret>{_ARGUMENT})[ \t]*\|[ \t]*"
        r"(?:sudo[ \t]+(?:-[a-z]{1,3}[ \t]+)*)?(?:chpasswd|passwd\b[^\r\n]{0,40}--stdin|sudo[ \t]+-[a-zA-Z]{0,4}S)",
        lambda match: not stands_for_one(_argument(match).partition(":")[2] or _argument(match)),
    ),
)

__all__ = ("LOGINS",)
