# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node is handed of its host's authorities and proxies."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from lab import trust

FIRST, SECOND, THIRD = (ssl.DER_cert_to_PEM_cert(name) for name in (b"first", b"second", b"third"))


def test_an_ordinary_host_hands_nothing_on() -> None:
    assert trust.further([], [FIRST + SECOND], [FIRST, SECOND]) == []
    assert trust.certificate_files([]) == {}
    assert trust.proxy_files("10.89.77.1", {}) == {}


def test_an_authority_that_the_administrator_added_is_handed_on() -> None:
    assert trust.further([f"# ours\n{THIRD}"], [FIRST + SECOND + THIRD], [FIRST, SECOND]) == [b"third"]


def test_one_that_is_only_in_a_bundle_is_handed_on() -> None:
    assert trust.further([], [FIRST + THIRD], [FIRST]) == [b"third"]


def test_a_bundle_is_left_where_the_distributions_own_are_unknown() -> None:
    assert trust.further([SECOND], [FIRST + SECOND], []) == [b"second"]


@pytest.mark.parametrize(
    "text",
    ["", "no certificate", "-----BEGIN CERTIFICATE-----\nabc", FIRST.replace("BEGIN C", "BEGIN TRUSTED C")],
)
def test_what_is_no_certificate_is_left_out(text: str) -> None:
    assert trust.further([text], [], []) == []


def test_each_authority_is_a_file_of_its_own_that_root_owns() -> None:
    files = trust.certificate_files([b"first", b"second"])
    assert [file.content for file in files.values()] == [FIRST, SECOND]
    assert all(path.startswith("usr/local/share/ca-certificates/lab-host-") and path.endswith(".crt") for path in files)
    assert {(file.mode, file.owner) for file in files.values()} == {(0o644, 0)}


def test_an_image_is_built_with_the_authorities_that_it_is_to_know(tmp_path: Path) -> None:
    assert trust.image_hooks([]) == []
    *writes, take_up = trust.image_hooks([b"first", b"second"])
    folder = tmp_path / "usr/local/share/ca-certificates"
    folder.mkdir(parents=True)
    for write in writes:
        subprocess.run(["sh", "-c", write, "sh", str(tmp_path)], check=True)
    assert sorted(path.read_text() for path in folder.iterdir()) == sorted([FIRST, SECOND])
    assert take_up == 'chroot "$1" update-ca-certificates'


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.crt").write_bytes(b"\xff" + FIRST.encode())
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    assert [trust.certificates(text) for text in trust.read(sorted(tmp_path.iterdir()))] == [[b"first"]]


def test_proxies_are_those_of_the_environment_as_seen_from_the_node() -> None:
    environment = {
        "https_proxy": "http://127.0.0.1:3128",
        "http_proxy": "http://p.example",
        "no_proxy": "a,localhost",
    }
    assert trust.proxy_files("10.89.77.1", environment)["etc/environment"].content == (
        'http_proxy="http://p.example"\nhttps_proxy="http://10.89.77.1:3128"\nno_proxy="localhost,127.0.0.1,::1,a"\n'
    )


def test_capitals_count_for_https_alone_as_they_do_for_curl() -> None:
    files = trust.proxy_files("10.89.77.1", {"HTTP_PROXY": "http://x:1", "HTTPS_PROXY": "http://y:2"})
    assert "https_proxy" in files["etc/environment"].content
    assert "http_proxy=" not in files["etc/environment"].content
