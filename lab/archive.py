# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian archive as the lab uses it: which mirror, which suites, through which proxy."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from lab.command import run

SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
SECURITY_MIRROR = "http://deb.debian.org/debian-security"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def mirror() -> str:
    """Debian's own address unless RUNBOOK_LAB_MIRROR names a nearer mirror."""
    return os.environ.get("RUNBOOK_LAB_MIRROR", MIRROR)


def base_source() -> str:
    """The one-line source that images are built from: the release alone, so that a fresh node has updates to fetch."""
    return f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main"


def node_sources() -> str:
    """The sources a fresh Debian 13 has."""
    return (
        f"Types: deb\nURIs: {mirror()}\nSuites: {SUITE} {SUITE}-updates\nComponents: main\nSigned-By: {KEYRING}\n\n"
        f"Types: deb\nURIs: {SECURITY_MIRROR}\nSuites: {SUITE}-security\nComponents: main\nSigned-By: {KEYRING}\n"
    )


def host_proxies(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The proxies through which this host's apt reaches the archive, by scheme."""
    found = {}
    if shutil.which("apt-config"):
        found = parse_proxies(run(["apt-config", "dump"]).out)
    for scheme in ("http", "https"):
        from_environment = environment.get(f"{scheme}_proxy")
        if from_environment and scheme not in found:
            found[scheme] = from_environment
    return found


def parse_proxies(dump: str) -> dict[str, str]:
    """Proxies out of what `apt-config dump` prints; DIRECT and empty mean none."""
    pattern = re.compile(r'^Acquire::(https?)::Proxy "([^"]*)";$', re.MULTILINE | re.IGNORECASE)
    return {scheme.lower(): url for scheme, url in pattern.findall(dump) if url and url.upper() != "DIRECT"}


def reachable_from_node(proxy: str, gateway: str) -> str:
    """A proxy on the host's own loopback is, for a node, on the gateway."""
    parts = urlsplit(proxy)
    host = parts.hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        return proxy
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, gateway + port, parts.path, parts.query, parts.fragment))


def apt_proxy_configuration(proxies: Mapping[str, str]) -> str:
    """The apt.conf lines for proxies; the empty string without any."""
    return "".join(f'Acquire::{scheme}::Proxy "{url}";\n' for scheme, url in sorted(proxies.items()))
