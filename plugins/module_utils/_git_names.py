# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may name a repository, a version and a place for it (runbook 2.9): pure decisions. Private to the collection."""

from __future__ import annotations

import posixpath
import re

LONGEST = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://([^/]*)(.*)", re.DOTALL)
_SCP = re.compile(r"(?:([^@/:\s]+)@)?(\[[0-9a-fA-F:.]+\]|[^@/:\s]+):(?!/?/)(.+)", re.DOTALL)
_SCHEMES = ("https", "ssh", "file", "http", "git")
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")
# What git check-ref-format forbids in a name, and "@{", which asks for an older value of a ref.
_NOT_IN_A_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def is_commit(text: str) -> bool:
    """Whether ``text`` is a full commit id."""
    return bool(_COMMIT.fullmatch(text))


def why_not_a_version(version: str) -> str:
    """Return why ``version`` cannot name a branch, a tag or a commit, "" when it can."""
    if not version:
        return "it is empty"
    if version.startswith("-"):
        return "it begins with '-', as an option of git does"
    if len(version) > LONGEST:
        return f"it has {len(version)} characters, {LONGEST} are the most"
    if version in ("HEAD", "FETCH_HEAD", "ORIG_HEAD", "@"):
        return "it names whatever is checked out at the moment, not a version"
    found = _NOT_IN_A_REF.search(version)
    if found:
        return f"git allows no {found[0]!r} in the name of a branch or tag"
    for part in version.split("/"):
        if not part or part.startswith(".") or part.endswith((".", ".lock")):
            return f"git allows no part {part!r} in the name of a branch or tag"
    return ""


def why_not_a_source(url: str) -> str:
    """Return why ``url`` cannot be the repository's URL or path on the controller, "" when it can.

    The reason never repeats the URL, which may hold a secret.
    """
    if not url:
        return "it is empty"
    if url.startswith("-"):
        return "it begins with '-', as an option of git does"
    if _CONTROL.search(url):
        return "it holds a control character"
    if "::" in url.partition("/")[0]:
        return "a transport that runs a helper program is not supported; use https, ssh or a local clone"
    if is_local(url):
        return ""
    scheme = _SCHEME.fullmatch(url)
    if scheme and ("?" in url or "#" in url):
        return "it holds a query, in which a token may hide; leave it out"
    if scheme:
        return _why_not_an_authority(scheme[1], scheme[2])
    if _SCP.fullmatch(url):
        return ""
    return "it is neither a URL, nor host:path, nor an absolute path of a local clone on the controller"


def _why_not_an_authority(scheme: str, authority: str) -> str:
    if scheme not in _SCHEMES:
        return f"the transport {scheme}:// is not supported; use https, ssh or a local clone"
    user, at, host = authority.rpartition("@")
    if scheme == "ssh" and at and ":" in user:
        return "it holds a password; leave it out and log in with a key"
    if scheme != "ssh" and at:
        return (
            "it holds a user name or token, which would end up in logs and on the node; leave it out and let the git "
            "credential helper of the account that runs Ansible supply it (git config credential.helper)"
        )
    if scheme != "file" and (not host or host.startswith("-")):
        return "it names no host"
    return ""


def is_local(url: str) -> bool:
    """Whether ``url`` is a path on the controller."""
    return url.startswith(("/", "~", "file:///"))


def remote_for_node(url: str) -> str:
    """Return what the node's checkout may call its origin: the URL without user and token, "" for a local path.

    It is there to be read. The node cannot and shall not fetch from it.
    """
    if is_local(url):
        return ""
    scheme = _SCHEME.fullmatch(url)
    if scheme:
        return f"{scheme[1]}://{scheme[2].rpartition('@')[2]}{scheme[3]}"
    scp = _SCP.fullmatch(url)
    return f"{scp[2]}:{scp[3]}" if scp else ""


def without_credentials(text: str) -> str:
    """Return ``text``, as git may have printed it, with the user part of every URL left out."""
    return _USERINFO.sub("", text)


def why_not_a_place(path: str, home: str) -> str:
    """Return why a checkout cannot lie at ``path`` for the account with that home, "" when it can."""
    if _CONTROL.search(path):
        return "it holds a control character"
    if not path.startswith("/") or posixpath.normpath(path) != path:
        return "it must be an absolute path without '.', '..' or doubled or trailing slashes"
    if not path.startswith(f"{home.rstrip('/')}/"):
        return f"it must lie inside the operator's home {home}"
    first = path[len(home.rstrip("/")) + 1 :].partition("/")[0]
    if first in (".ssh", ".ansible", ".config", ".gnupg"):
        return f"{first} holds settings of the account"
    if ".git" in path.lower().split("/"):
        return "git keeps its own files under .git"
    return ""


__all__ = (
    "is_commit",
    "is_local",
    "remote_for_node",
    "why_not_a_place",
    "why_not_a_source",
    "why_not_a_version",
    "without_credentials",
)
