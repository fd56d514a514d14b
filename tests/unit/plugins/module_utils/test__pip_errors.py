"""What pip 25.1 of Debian 13 says, seen on a node, and what is made of it."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_errors import explain

MISMATCH = """\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, \
please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.
    idna==3.7 from https://user:secret@a.example/idna-3.7-py3-none-any.whl#sha256=82fe (from -r /x/wanted.txt (line 1)):
        Expected sha256 aaaa
             Got        82fee1fc78add434
"""
RETRYING = """\
WARNING: Retrying (Retry(total=2, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new \
connection: [Errno -2] Name or service not known')': /simple/idna/
ERROR: Could not find a version that satisfies the requirement idna==3.7 (from versions: none)
ERROR: No matching distribution found for idna==3.7
"""
CONFLICT = """\
ERROR: Cannot install a==1.0 and b==2.0 because these package versions have conflicting dependencies.
ERROR: ResolutionImpossible: for help visit https://pip.example/topics/dependency-resolution
"""
OTHER_PYTHON = """\
ERROR: Ignored the following versions that require a different python version: 2 Requires-Python <3
ERROR: No matching distribution found for x==2
"""


@pytest.mark.parametrize(
    ("err", "words"),
    [
        (MISMATCH, "the archive of idna==3.7 from https://a.example/idna-3.7-py3-none-any.whl"),
        (MISMATCH, "it has 82fee1fc78add434"),
        (RETRYING, "cannot be reached from the node"),
        (CONFLICT, "contradict each other (a==1.0 and b==2.0)"),
        ("ERROR: No matching distribution found for nothing==9.9", "there is no wheel for nothing==9.9"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] ...", "not one that the node trusts"),
        ("ERROR: 403 Client Error: Forbidden for url: https://a", "answers 403 (Forbidden)"),
        ("ERROR: x-1.0-cp27-cp27m-win32.whl is not a supported wheel on this platform.", "cp27m-win32.whl is not made"),
        (OTHER_PYTHON, "not made for the Python of Debian 13"),
        ("pyproject_hooks._impl.BackendUnavailable: Cannot import 'setuptools.build_meta'", "such as setuptools"),
        ("ERROR: Failed to build 'x' when getting requirements", "could not be built from source"),
        ("ERROR: Wheel 'd' located at /x/d.whl is invalid.", "a wheel is damaged"),
        ("ERROR: Something\x1b[2J new\nmore", r"pip ended with status 1 and said: Something\x1b[2J new"),
        ("", "it said nothing"),
        ("x" * 100_000, "more characters"),
    ],
)  # fmt: skip
def test_one_sentence(err: str, words: str) -> None:
    said = explain("installing into /x/.venv", 1, "", err)
    assert said.startswith("installing into /x/.venv failed: ")
    assert words in said
    assert "\n" not in said
    assert "secret" not in said
    assert len(said) < 1000
