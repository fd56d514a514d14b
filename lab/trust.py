# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate authorities and web proxies a host has beside its distribution's: its nodes must have them too.

Behind a company's gateway the registries of Python and Node.js answer with the gateway's certificate. A node that knows
only Debian's authorities could fetch nothing there. An ordinary host
has neither, and its nodes stay as Debian made them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import ssl
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lab.archive import reachable_from_node
from lab.configuration import File

# Where an administrator adds authorities, on Debian and on Fedora.
ANCHORS = (Path("/usr/local/share/ca-certificates"), Path("/etc/pki/ca-trust/source/anchors"))
DISTRIBUTION = Path("/usr/share/ca-certificates")
BUNDLES = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
NODE_FOLDER = "usr/local/share/ca-certificates"
LARGEST = 4 * 1024 * 1024

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def certificates(text: str) -> list[bytes]:
    """The certificates of a PEM file in their binary form; what does not decode is left out."""
    found = []
    for block in _PEM.findall(text):
        try:
            found.append(ssl.PEM_cert_to_DER_cert(block))
        except ValueError:
            continue
    return found


def further(anchors: Iterable[str], bundles: Iterable[str], distribution: Iterable[str]) -> list[bytes]:
    """The authorities that a host trusts beside its distribution's, each once, sorted.

    :param anchors: texts of the files that the administrator added.
    :param bundles: texts of the bundles that programs of this host are told to use.
    :param distribution: texts of the distribution's own; without any, the bundles cannot be told apart and are left.
    """
    own = {certificate for text in distribution for certificate in certificates(text)}
    texts = [*anchors, *bundles] if own else list(anchors)
    return sorted({certificate for text in texts for certificate in certificates(text)} - own)


def host_certificates(environment: Mapping[str, str] = os.environ) -> list[bytes]:
    """The authorities that this host trusts beside its distribution's."""
    bundles = {environment[name] for name in BUNDLES if environment.get(name)}
    return further(
        read(path for folder in ANCHORS for path in sorted(folder.rglob("*"))),
        read(Path(bundle) for bundle in sorted(bundles)),
        read(sorted(DISTRIBUTION.rglob("*.crt"))),
    )


def read(paths: Iterable[Path]) -> list[str]:
    """The texts of the files among some paths; one that cannot be read says nothing."""
    texts = []
    for path in paths:
        try:
            if path.is_file() and path.stat().st_size <= LARGEST:
                texts.append(path.read_text(encoding="ascii", errors="ignore"))
        except OSError:
            continue
    return texts


def certificate_files(found: Sequence[bytes]) -> dict[str, File]:
    """The authorities as a node's files; Debian's update-ca-certificates takes up each ``.crt`` there."""
    return {
        f"{NODE_FOLDER}/lab-host-{hashlib.sha256(certificate).hexdigest()[:16]}.crt": File(
            ssl.DER_cert_to_PEM_cert(certificate)
        )
        for certificate in found
    }


def image_hooks(found: Sequence[bytes]) -> list[str]:
    """Commands by which mmdebstrap builds the authorities in; emulated, a node would take half a minute for them."""
    if not found:
        return []
    files = certificate_files(found)
    writes = [f'printf %s {shlex.quote(file.content)} > "$1/{path}"' for path, file in files.items()]
    return [*writes, 'chroot "$1" update-ca-certificates']


def proxy_files(gateway: str, environment: Mapping[str, str] = os.environ) -> dict[str, File]:
    """The web proxies of this host's environment as a node's /etc/environment; no file without any.

    A node's own services are reached directly, and so are the hosts that the host itself reaches so.
    """
    lines = []
    for scheme in ("http", "https"):
        name = f"{scheme}_proxy"
        url = environment.get(name) or (environment.get(name.upper()) if scheme == "https" else "")
        if url:
            lines.append(f'{name}="{reachable_from_node(url, gateway)}"\n')
    if not lines:
        return {}
    direct = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = dict.fromkeys(["localhost", "127.0.0.1", "::1", *filter(None, direct.split(","))])
    lines.append(f'no_proxy="{",".join(hosts)}"\n')
    return {"etc/environment": File("".join(lines))}
