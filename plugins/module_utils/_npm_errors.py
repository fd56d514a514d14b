# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What npm's failures mean, in one sentence with the remedy: pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._git_names import without_credentials
from ._text import one_line

_LONGEST = 60_000
_CODE = re.compile(r"^npm ERR! code (?P<code>[A-Z][A-Z0-9_]*|\d+)\s*$", re.MULTILINE)
_LOCK = "make the lock anew with 'npm install --package-lock-only' and commit it"
_NETWORK = (
    "the package registry cannot be reached from the node; check its network, name servers and proxy, then run again"
)
_CERTIFICATE = (
    "the certificate of the package registry is not one that the node trusts; check the node's clock, and whether a "
    "gateway's authority has to be added under /usr/local/share/ca-certificates"
)
_FULL = "the disk is full; make room on the node, then run again"
_ARCHIVE = "an archive is damaged; commit or publish it anew"
_CODES: t.Final = {
    "E401": "the registry wants a login for {asked}, and no credentials are kept on a node (6.3); use one without",
    "E403": "the registry refuses {asked}; ask who runs it, or use another version",
    "E404": "the registry has no {asked}; correct package.json and the lock, or declare the registry that has it",
    "ETARGET": "the registry has no such version ({said}); choose one that was published, and make the lock anew",
    "EUSAGE": f"package.json and the lock file disagree ({{detail}}); {_LOCK}",
    "ERESOLVE": f"the packages of the lock contradict each other ({{said}}); {_LOCK}",
    "EBADENGINE": "a package is not made for the Node.js of Debian 13 ({said}); choose another version of it",
    "EBADPLATFORM": "a package is not made for this node's system or processor ({said}); choose another one",
    "EINVALIDPACKAGENAME": "the lock holds what is no package's name ({said}); look at where it came from",
    "EACCES": "the owner of the project may not write {path}; correct its owner and mode",
    "EPERM": "the owner of the project may not write {path}; correct its owner and mode",
    "ENOSPC": _FULL,
    "EDQUOT": _FULL,
    "TAR_BAD_ARCHIVE": _ARCHIVE,
    "TAR_ENTRY_INVALID": _ARCHIVE,
    "Z_DATA_ERROR": _ARCHIVE,
    "Z_BUF_ERROR": _ARCHIVE,
    **dict.fromkeys(
        (
            *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH"),
            *("FETCH_ERROR", "ERR_SOCKET_TIMEOUT", "EIDLETIMEOUT", "ERR_INVALID_URL", "EPIPE", "EPROTO"),
        ),
        _NETWORK,
    ),
    **dict.fromkeys(
        (
            *("SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
            *("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT", "CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"),
            *("ERR_TLS_CERT_ALTNAME_INVALID", "CERT_UNTRUSTED"),
        ),
        _CERTIFICATE,
    ),
}
_INTEGRITY = re.compile(r"wanted (?P<wanted>sha\d+-\S+) but got (?P<got>sha\d+-\S+?)\.?(?:\s|$)")
_COMPILER = re.compile(r"node-gyp: (?:command )?not found|gyp ERR!|not found: (?:make|g\+\+|cc|python)")
_FAILED_SCRIPT = re.compile(r"^npm ERR! path (?P<path>[^\n]+)", re.MULTILINE)


def explain(what: str, rc: int, out: str, err: str, hashes: t.Mapping[str, str]) -> str:
    """Return why npm failed.

    :param what: what it was to do, as in "installing 12 packages".
    :param hashes: the package that each hash of the lock is of.
    """
    shortened = err if len(err) <= 2 * _LONGEST else f"{err[:_LONGEST]}\n{err[-_LONGEST:]}"
    text = without_credentials(f"{shortened}\n{out[-_LONGEST:]}")
    found = _CODE.search(text)
    code = found["code"] if found else ""
    if code == "EINTEGRITY":
        return f"{what} failed: {_integrity(text, hashes)}"
    if code.isdigit() or _COMPILER.search(text):
        return f"{what} failed: {_script(text)}"
    if "No space left on device" in text:
        code = "ENOSPC"
    said = _said(text)
    if code in _CODES:
        return f"{what} failed: {_CODES[code].format(**_words(text, said))}"
    if rc == -9:
        return f"{what} failed: npm was killed; was the node out of memory?"
    shown = f"{code}, " if code else ""
    return f"{what} failed: npm ended with status {rc} and said: {shown}{said or 'nothing'}"


def _words(text: str, said: str) -> dict[str, str]:
    asked = re.search(r"npm ERR! 404\s+'(?P<what>@?[^'@\n]{1,200})@[^'\n]*' is not in", text)
    url = re.search(r"(?:GET|PUT) (?P<what>https?://[^\s]{1,300})", text)
    path = re.search(r"npm ERR! path (?P<what>[^\n]{1,300})", text)
    detail = re.search(r"npm ERR! (?P<what>(?:Missing|Invalid): [^\n]{1,300})", text)
    return {
        "said": said,
        "asked": one_line((asked or url)["what"], 200) if asked or url else "a package",  # type: ignore[index]
        "path": one_line(path["what"], 200) if path else "a file of it",
        "detail": one_line(detail["what"], 200) if detail else said,
    }


def _integrity(text: str, hashes: t.Mapping[str, str]) -> str:
    found = _INTEGRITY.search(text)
    name = one_line(hashes.get(found["wanted"], "a package"), 200) if found else "a package"
    got = f" (it has {one_line(found['got'], 120)})" if found else ""
    return (
        f"the archive of {name} is not the one that the lock's integrity is of{got}; nothing of it was installed. Find "
        "out which of the two is right before you change the lock"
    )


def _script(text: str) -> str:
    found = _FAILED_SCRIPT.search(text)
    name = one_line(found["path"].rpartition("/node_modules/")[2], 200) if found else "a package"
    if _COMPILER.search(text):
        return (
            f"{name} has to be compiled; let the packages role (3.3) install node-gyp, build-essential and what headers"
            " it needs, or use a version of it that brings what it needs"
        )
    lines = [
        line.removeprefix("npm ERR! ").strip()
        for line in text.splitlines()
        if line.startswith("npm ERR! ") and not re.match(r"npm ERR! (?:code|path|command|A complete log|\s*/)", line)
    ]
    return f"the install script of {name} failed; it said: {one_line(' '.join(lines), 300) or 'nothing'}"


def _said(text: str) -> str:
    """Return the first line that tells more than where npm has its log."""
    telling = []
    for line in text.splitlines():
        said = line.removeprefix("npm ERR! ").strip()
        if said and not re.match(r"code |errno |syscall |path |A complete log|Run |npm ci$|npm ERR!|/", said):
            telling.append(said)
    return one_line(telling[0] if telling else "", 300)


__all__ = ("explain",)
