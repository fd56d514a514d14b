"""Authorities for certificates, and realms."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_authorities as authorities
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Access
from tests.view import view

TMP = "/tmp"  # noqa: S108 -- where Kerberos puts tickets
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def certificate(body: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


ONE, TWO, EVIL = (certificate(body) for body in ("AAAA\nBBBB", "CCCC", "EEEE"))
SHIPPED: t.Mapping[str, str] = {
    "/usr/share/ca-certificates/mozilla/One.crt": ONE,
    "/usr/share/ca-certificates/mozilla/Two.crt": TWO,
}
LINKS = {"/etc/ssl/certs/One.pem": "/usr/share/ca-certificates/mozilla/One.crt", "/etc/ssl/certs/abc.0": "One.pem"}


def look(
    tmp_path: pathlib.Path, files: dict[str, str], *targets: str, links: dict[str, str] | None = None
) -> dict[str, str]:
    node = view(
        tmp_path,
        files={BUNDLE: ONE + TWO, **files},
        links={**LINKS, **(links or {})},
        packages={"ca-certificates": SHIPPED},
        declared={"access": tuple(Access(target, "x", "Ann") for target in targets)},
    )
    return {one.subject: one.remedy for one in authorities.look_at_authorities(node)}


def test_certificates_are_compared_by_their_bodies() -> None:
    assert authorities.certificates(f"# x\n{ONE}{TWO}") == ["AAAABBBB", "CCCC"]
    assert authorities.certificates("-----BEGIN CERTIFICATE-----\nAAAA") == []


def test_debians_own_are_silent(tmp_path: pathlib.Path) -> None:
    assert look(tmp_path, {}) == {}


def test_a_local_authority_is_found_once_unless_it_is_declared(tmp_path: pathlib.Path) -> None:
    local = "/usr/local/share/ca-certificates/x/lab.crt"
    files = {local: EVIL, BUNDLE: ONE + TWO + EVIL}
    found = look(tmp_path / "a", files)
    assert list(found) == [local]
    assert f"('rm -- {local} && update-ca-certificates --fresh')" in found[local]
    assert look(tmp_path / "b", files, local) == {}


def test_what_was_put_beside_the_links_or_into_the_bundle(tmp_path: pathlib.Path) -> None:
    assert list(look(tmp_path / "a", {BUNDLE: ONE + EVIL})) == [BUNDLE]
    assert list(look(tmp_path / "b", {"/etc/ssl/certs/evil.pem": EVIL})) == ["/etc/ssl/certs/evil.pem"]
    assert list(look(tmp_path / "c", {}, links={"/etc/ssl/certs/e.pem": "/opt/e.pem"})) == ["/etc/ssl/certs/e.pem"]


def test_a_certificate_of_the_package_that_is_another_now(tmp_path: pathlib.Path) -> None:
    changed, added = "/usr/share/ca-certificates/mozilla/One.crt", "/usr/share/ca-certificates/mozilla/Evil.crt"
    found = look(tmp_path, {changed: EVIL, added: EVIL, BUNDLE: EVIL + TWO})
    assert set(found) == {changed, added}
    assert "--reinstall ca-certificates" in found[changed]
    assert f"rm -- {added}" in found[added]


def test_realms(tmp_path: pathlib.Path) -> None:
    files: dict[str, str | bytes] = {
        "/etc/krb5.keytab": b"\5\2x",
        "/etc/sssd/sssd.conf": "[sssd]",
        "/etc/yp.conf": "",
        f"{TMP}/krb5cc_0": "x",
        f"{TMP}/other": "x",
    }
    node = view(tmp_path, files=files)
    assert {one.subject for one in authorities.look_at_realms(node)} == {
        "/etc/krb5.keytab",
        "/etc/sssd/sssd.conf",
        "ticket of root",
    }
    granted = {"access": (Access("/etc/krb5.keytab", "x", "Ann"), Access("/etc/sssd/sssd.conf", "x", "Ann"))}
    assert len(list(authorities.look_at_realms(view(tmp_path / "b", files=files, declared=granted)))) == 1
