# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose word a node takes (runbook 1.2): authorities, realms, directories. Private to the collection."""

from __future__ import annotations

import os
import re
import typing as t

from ._access_words import NODES, all_of, beyond_role, by, is_packaged, removal, typed, unreadable, violation
from ._node_view import ViewError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView

LOCAL = "/usr/local/share/ca-certificates"
_CERTS = "/etc/ssl/certs"
_BUNDLE = f"{_CERTS}/ca-certificates.crt"
_SHIPPED = "/usr/share/ca-certificates"
_RENEW = "update-ca-certificates --fresh"
_CERTIFICATE = re.compile(r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----(.*?)-----END", re.DOTALL)
# A proof of identity towards another system, or the whole node's place in a directory of another system.
_JOINED = (
    ("/etc/krb5.keytab", "a Kerberos key of this node"),
    ("/etc/sssd/sssd.conf", "the settings that take accounts from a directory"),
    ("/var/lib/samba/private/secrets.tdb", "a Samba domain's secret"),
    ("/etc/nslcd.conf", "the settings that take accounts from LDAP"),
    ("/etc/libnss-ldap.conf", "the settings that take accounts from LDAP"),
    ("/etc/yp.conf", "the settings that take accounts from NIS"),
)
_TICKET = re.compile(r"krb5cc_?.*")


def certificates(text: str) -> list[str]:
    """Return the bodies of the certificates of a file, without white space."""
    return ["".join(body.split()) for body in _CERTIFICATE.findall(text)]


def look_at_authorities(view: NodeView) -> t.Iterator[Finding]:
    """Judge the authorities beside those of Debian's package ca-certificates that the node believes."""
    local: set[str] = set()
    for path in _local(view):
        evidence = "who signs with it is believed to be any other system"
        command = all_of(removal(path), _RENEW)
        if found := beyond_role(view.declared, path, evidence, command):
            yield found
        local.update(_bodies(view, path))
    for name in view.names(_CERTS):
        path = f"{_CERTS}/{name}"
        target = view.target(path)
        if not target and path != _BUNDLE and not os.path.isdir(view.on_disk(path)) and not is_packaged(view, path):
            evidence = "it is a file among the links to the authorities of Debian's package"
            if found := beyond_role(view.declared, path, evidence, all_of(removal(path), _RENEW)):
                yield found
            local.update(_bodies(view, path))
        elif target.startswith("/") and not target.startswith((f"{_SHIPPED}/", f"{LOCAL}/")):
            evidence = f"it leads to {one_line(target, 150)} and not to Debian's package"
            if found := beyond_role(view.declared, path, evidence, all_of(removal(path), _RENEW), targets=(target,)):
                yield found
    yield from _of_bundle(view, local)


def _of_bundle(view: NodeView, local: set[str]) -> t.Iterator[Finding]:
    bundled = set(certificates(view.text(_BUNDLE) or ""))
    if not bundled:
        return
    shipped = {body for path in _below(view, _SHIPPED) for body in _bodies(view, path)}
    strangers = bundled - shipped - local
    if strangers:
        evidence = f"it holds {len(strangers)} authorities that neither Debian's package nor {LOCAL} has"
        yield violation(NODES, _BUNDLE, evidence, by(_RENEW, what="have it made anew"))
    changed = [path for path in _below(view, _SHIPPED) if not is_packaged(view, path)]
    for path in changed[:20]:
        evidence = "it is not the certificate that Debian's package brought"
        command = all_of("apt-get install --yes --reinstall ca-certificates", _RENEW)
        if not view.checksums.expected(path):
            command = all_of(removal(path), _RENEW)
        yield violation(NODES, path, evidence, by(command, what="put back what Debian ships"))


def _local(view: NodeView) -> list[str]:
    return [path for path in _below(view, LOCAL) if path.endswith(".crt")]


def _below(view: NodeView, folder: str) -> list[str]:
    found = []
    for path in (f"{folder}/{name}" for name in view.names(folder)):
        is_folder = os.path.isdir(view.on_disk(path))
        found += [f"{path}/{name}" for name in view.names(path)] if is_folder else [path]
    return found


def _bodies(view: NodeView, path: str) -> list[str]:
    try:
        return certificates(view.text(path) or "")
    except ViewError:
        # A file that cannot be read is no authority either: nothing takes it up.
        return []


def look_at_realms(view: NodeView) -> t.Iterator[Finding]:
    """Judge proofs of identity towards other systems that are no keys of ssh."""
    for path, what in _JOINED:
        try:
            if not (view.content(path) or b"").strip() or is_packaged(view, path):
                continue
        except ViewError as exc:
            yield unreadable(NODES, path, exc)
            continue
        if found := beyond_role(view.declared, path, f"it is {what}", removal(path)):
            yield found
    for name in view.names("/tmp"):  # noqa: S108 -- where Kerberos puts them
        path = f"/tmp/{name}"  # noqa: S108
        if _TICKET.fullmatch(name):
            status = view.status(path)
            names = {account.uid: account.name for account in reversed(view.accounts.accounts)}
            owner = one_line(names.get(status.st_uid, str(status.st_uid)), 64) if status else "somebody"
            evidence = f"{one_line(path, 100)} is a Kerberos ticket, with which that account is known elsewhere"
            if found := beyond_role(view.declared, f"ticket of {owner}", evidence, typed("rm", "-r", "--", path)):
                yield found


__all__ = ("LOCAL", "certificates", "look_at_authorities", "look_at_realms")
