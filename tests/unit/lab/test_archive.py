# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the lab reaches the archive from a host and from a node."""

from __future__ import annotations

import pytest

from lab import archive


def test_proxies_are_read_from_apts_own_settings() -> None:
    dump = (
        'APT "";\n'
        'Acquire::http::Proxy "http://proxy.example:3142/";\n'
        'Acquire::https::Proxy "DIRECT";\n'
        'Acquire::http::Proxy::deb.example "DIRECT";\n'
        'Acquire::ftp::Proxy "ftp://old.example";\n'
    )
    assert archive.parse_proxies(dump) == {"http": "http://proxy.example:3142/"}


@pytest.mark.parametrize(
    ("proxy", "seen_from_node"),
    [
        ("http://127.0.0.1:3142/", "http://10.89.77.1:3142/"),
        ("http://localhost:8000", "http://10.89.77.1:8000"),
        ("http://[::1]:8000", "http://10.89.77.1:8000"),
        ("http://localhost", "http://10.89.77.1"),
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("http://192.0.2.7:3128", "http://192.0.2.7:3128"),
    ],
)
def test_a_proxy_on_the_hosts_loopback_is_on_the_nodes_gateway(proxy: str, seen_from_node: str) -> None:
    assert archive.reachable_from_node(proxy, "10.89.77.1") == seen_from_node


def test_a_fresh_node_has_the_release_its_updates_and_its_security_fixes() -> None:
    sources = archive.node_sources()
    assert "Suites: trixie trixie-updates\n" in sources
    assert "Suites: trixie-security\n" in sources
    assert sources.count("Signed-By:") == 2


def test_images_are_built_from_the_release_alone_so_that_updates_remain() -> None:
    assert archive.base_source().endswith(" trixie main")


def test_without_proxies_apt_gets_no_configuration() -> None:
    assert archive.apt_proxy_configuration({}) == ""
    assert archive.apt_proxy_configuration({"http": "http://p:1"}) == 'Acquire::http::Proxy "http://p:1";\n'
