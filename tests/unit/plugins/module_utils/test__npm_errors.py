from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_errors import explain

HASH = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
LOG = "\nnpm ERR! A complete log of this run can be found in:\nnpm ERR!     /x/_logs/debug-0.log\n"
# As npm 9.2 of Debian 13 says it.
SAID = [
    (
        (
            f"npm ERR! code EINTEGRITY\nnpm ERR! Integrity checksum failed when using sha512: wanted {HASH} but got "
            "sha512-AAAA==."
        ),
        "the archive of ms is not the one that the lock's integrity is of (it has sha512-AAAA==); nothing of it was",
    ),
    (
        (
            f"npm ERR! code EINTEGRITY\nnpm ERR! {HASH} integrity checksum failed when using sha512: wanted {HASH} "
            "but got sha512-AAAA==. (10240 bytes)"
        ),
        "the archive of ms is not the one",
    ),
    (
        (
            "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://r.example/none\nnpm ERR! 404 \n"
            "npm ERR! 404  'none@2.1.3' is not in this registry.\nnpm ERR! 404 "
        ),
        "the registry has no none; correct package.json and the lock",
    ),
    (
        (
            "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://r.example/@s%2fnone\n"
            "npm ERR! 404  '@s/none@1.0.0' is not in this registry."
        ),
        "the registry has no @s/none;",
    ),
    ("npm ERR! code E401\nnpm ERR! Unable to authenticate, GET https://u:SECRET@r.example/x", "wants a login for"),
    (
        "npm ERR! code ETARGET\nnpm ERR! notarget No matching version found for ms@99.0.0.\nnpm ERR! notarget In most",
        "the registry has no such version (notarget No matching version found for ms@99.0.0.)",
    ),
    (
        (
            "npm ERR! code EAI_AGAIN\nnpm ERR! syscall getaddrinfo\nnpm ERR! errno EAI_AGAIN\nnpm ERR! request to "
            "https://r.example/ms/-/ms-2.1.3.tgz failed, reason: getaddrinfo EAI_AGAIN r.example"
        ),
        "the package registry cannot be reached from the node; check its network, name servers and proxy",
    ),
    ("npm ERR! code ECONNREFUSED\nnpm ERR! errno ECONNREFUSED", "the package registry cannot be reached"),
    ("npm ERR! code SELF_SIGNED_CERT_IN_CHAIN\nnpm ERR! errno SELF", "the certificate of the package registry is not"),
    ("npm ERR! code ENOSPC\nnpm ERR! syscall write\nnpm ERR! errno -28", "the disk is full; make room on the node"),
    ("npm ERR! code EACCES\nnpm ERR! syscall mkdir\nnpm ERR! path /c/web/x\nnpm ERR! errno -13", "not write /c/web/x"),
    (
        (
            "npm ERR! code EUSAGE\nnpm ERR! \nnpm ERR! \x60npm ci\x60 can only install packages when your package.json "
            "and package-lock.json or npm-shrinkwrap.json are in sync.\nnpm ERR! Invalid: lock file's ms@2.1.3 "
            "does not satisfy ms@2.1.2\nnpm ERR! \nnpm ERR! Clean install a project"
        ),
        "package.json and the lock file disagree (Invalid: lock file's ms@2.1.3 does not satisfy ms@2.1.2);",
    ),
    (
        "npm ERR! code EBADENGINE\nnpm ERR! engine Unsupported engine\nnpm ERR! engine Not compatible",
        "a package is not made for the Node.js of Debian 13 (engine Unsupported engine)",
    ),
    (
        (
            "npm ERR! code 3\nnpm ERR! path /c/web/.node_modules-runbook/node_modules/@s/bad\nnpm ERR! command failed\n"
            "npm ERR! command sh -c echo why; exit 3\nnpm ERR! why it fails"
        ),
        "the install script of @s/bad failed; it said: why it fails",
    ),
    (
        (
            "npm ERR! code 127\nnpm ERR! path /c/x/node_modules/nat\nnpm ERR! command failed\n"
            "npm ERR! sh: 1: node-gyp: not found"
        ),
        "nat has to be compiled; let the packages role (3.3) install node-gyp",
    ),
    ("npm ERR! code EODD\nnpm ERR! something new", "npm ended with status 1 and said: EODD, something new"),
    ("", "npm ended with status 1 and said: nothing"),
    ("npm ERR! write ENOSPC: No space left on device", "the disk is full"),
]


@pytest.mark.parametrize(("text", "words"), SAID)
def test_what_npm_means(text: str, words: str) -> None:
    said = explain("installing 2 packages", 1, "", text + LOG, {HASH: "ms"})
    assert said.startswith("installing 2 packages failed: ")
    assert words in said
    assert "SECRET" not in said
    assert "\n" not in said


def test_a_killed_npm() -> None:
    assert "npm was killed; was the node out of memory?" in explain("x", -9, "", "", {})


def test_endless_and_hostile_text() -> None:
    said = explain("x", 1, "y" * 10**7, "npm ERR! code E404\n\x1b[2J" + "npm ERR! {said} %s\x1b]0;\n" * 100_000, {})
    assert len(said) < 1000
    assert "\x1b" not in said
    assert "\x1b" not in explain("x", 1, "", "npm ERR! \x1b[2J {x}", {})
